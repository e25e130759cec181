//! What was measured so far, and the results that come of it.

use super::results::{Basis, Mark, Results};
use super::statistics::Quantiles;
use super::tally::{Frame, Tally};
use super::{batches, estimate, pilot, rounds, warnings};
use crate::metrics::Summary;
use crate::rng::{FNV_BASIS, fnv1a};
use crate::scenario::{Expectation, Scenario};
use crate::time::Span;

/// The digest of no runs. That of an experiment is FNV-1a over the bytes of the runs' digests, in the
/// order of the runs.
pub(super) const NO_RUNS: u64 = FNV_BASIS;

/// The digest of some runs and one more.
pub(super) fn digest(before: u64, run: &Summary) -> u64 {
    fnv1a(before, run.digest.to_le_bytes().into_iter())
}

/// What was measured so far.
pub(super) struct Measured {
    pub pilot: Option<pilot::Found>,
    /// The windows that every run looks at: the scenario's own, then the batches.
    pub windows: Vec<(Span, Span)>,
    pub tallies: Vec<Tally>,
    /// How many replications were asked for so far.
    pub replications: u32,
    /// How many runs were finished.
    done: usize,
    digest: u64,
    /// What is less sure than asked for.
    pub lacking: Vec<rounds::Lack>,
}

impl Measured {
    pub fn new(scenario: &Scenario) -> Measured {
        let batches = batches::windows(scenario);
        Measured {
            pilot: None,
            windows: [&scenario.windows[..], &batches].concat(),
            tallies: scenario.variants.iter().map(|_| Tally::new()).collect(),
            replications: scenario.run.replications,
            done: 0,
            digest: NO_RUNS,
            lacking: Vec::new(),
        }
    }

    /// Takes a run in; they must come in their order.
    pub fn tally(
        &mut self,
        scenario: &Scenario,
        index: usize,
        replication: u32,
        summary: &Summary,
    ) {
        self.done += 1;
        let variant = &scenario.variants[index];
        let undisturbed = variant.platform.undisturbed();
        let frame = Frame { scenario, variant: &variant.name, undisturbed };
        self.tallies[index].add(frame, replication, summary);
        self.digest = digest(self.digest, summary);
    }

    /// How many runs were asked for.
    fn total(&self) -> usize {
        self.tallies.len() * self.replications as usize
    }

    /// Whence the intervals come.
    fn basis(&self, scenario: &Scenario) -> Basis {
        match self.windows.len() - scenario.windows.len() {
            0 => Basis::Replications,
            batches => Basis::Batches(batches as u32),
        }
    }

    /// The results of what was measured.
    pub fn results(&self, scenario: &Scenario) -> Results {
        let mut quantiles = Quantiles::default();
        let tallies = &self.tallies;
        let pairs = scenario.variants.iter().zip(tallies).enumerate();
        let variants = pairs.map(|(index, (variant, tally))| {
            let first = (index > 0).then(|| &tallies[0]);
            estimate::variant_result(&mut quantiles, variant.into(), tally, first)
        });
        let variants = variants.collect();
        let verdicts = estimate::verdicts(&mut quantiles, scenario, tallies);
        let basis = self.basis(scenario);
        let mut warnings = scenario.warnings.clone();
        warnings.extend(scenario.expectations.iter().filter_map(Expectation::unjudged));
        warnings.extend(self.warnings(scenario));
        warnings.extend(warnings::of_verdicts(&verdicts, self.replications, basis));
        let marks = scenario.variants[0].platform.marks().into_iter();
        let warmup = self.pilot.as_ref().map(|found| found.warmup);
        Results {
            scenario: scenario.name.clone(),
            question: scenario.question.clone(),
            answer: scenario.answer.clone(),
            seed: scenario.run.seed,
            replications: self.replications,
            precision: scenario.run.precision,
            basis,
            duration: scenario.run.duration,
            warmup: warmup.or(scenario.run.warmup.span()).unwrap_or(Span::ZERO),
            warmup_found: warmup.is_some(),
            interval: scenario.run.interval,
            axes: scenario.axes.clone(),
            marks: marks.map(|m| Mark { label: m.label, from: m.from, to: m.to }).collect(),
            variants,
            verdicts,
            against: None,
            warnings,
            notes: Vec::new(),
            load_test: false,
            beside: None,
            digest: self.digest,
            interrupted: self.done < self.total(),
        }
    }

    /// What a reader should know of the runs themselves.
    fn warnings(&self, scenario: &Scenario) -> Vec<String> {
        let mut found = Vec::new();
        let total = self.total();
        if self.done < total {
            found.push(format!(
                "stopped after {} of {total} runs: the intervals are wider than asked for; run \
                 again to the end",
                self.done
            ));
        }
        found.extend(self.pilot.as_ref().and_then(|p| warnings::of_pilots(scenario, p)));
        if self.done == total
            && let Some(precision) = scenario.run.precision
        {
            found.extend(rounds::warning(&self.lacking, self.replications, precision));
        }
        found.extend(warnings::of_growth(scenario, &self.tallies));
        found.extend(warnings::of_batches(scenario, &self.tallies));
        found.extend(warnings::of_quantiles(scenario, &self.tallies));
        found
    }
}

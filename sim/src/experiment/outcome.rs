//! From what a load test measured to results: the same estimates, intervals and verdicts as for
//! simulated runs, so that the same reports are drawn.
//!
//! A step of a load test is measured once; its intervals come from batches where its `Summary` has
//! them. A prediction is compared with what was measured at the same place of all other axes.

use super::against::error;
use super::estimate::{Head, judged, variant_result};
use super::measured::{NO_RUNS, digest};
use super::results::{Basis, Estimate, Mark, Results, Verdict};
use super::statistics::{Quantiles, pairing_gain, welch};
use super::tally::{Frame, Tally};
use super::{Axis, batches};
use crate::metrics::Summary;
use crate::platform::Platform;
use crate::scenario::{Expectation, Scenario};
use crate::time::Span;

/// What was measured or predicted for one step of a load test.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its name, unlike that of any other: `p2c, 100 users, measured`.
    pub name: String,
    /// For each axis the index of its value.
    pub coordinates: Vec<usize>,
    /// What it sets: dotted path and value; those of the scenario's variant among them.
    pub settings: Vec<(String, String)>,
    /// The stage that it belongs to: an expectation that names another one does not apply.
    pub stage: String,
    /// The step's measured time.
    pub duration: Span,
    /// One run, or several of a prediction; their windows are those of [`step_windows`].
    pub runs: Vec<Summary>,
    /// Whether the scenario's expectations apply.
    pub judged: bool,
    /// Why it says nothing; nothing where it does.
    pub void: Option<String>,
}

/// The windows that the runs of a step must summarize: the scenario's own as far as the step's measured
/// time reaches, then the batches of the step where nothing of the scenario disturbs it.
pub fn step_windows(scenario: &Scenario, platform: &Platform, duration: Span) -> Vec<(Span, Span)> {
    let own = scenario.windows.iter().map(|&(from, to)| match from < duration {
        true => (from, to.min(duration)),
        // Nobody looks at it: see `collect`.
        false => (Span::ZERO, duration),
    });
    let timing = crate::platform::Timing { duration, ..platform.timing };
    let steady = platform.with_timing(timing).undisturbed() == duration;
    let batches = if steady { batches::cut(duration, scenario.run.batches) } else { Vec::new() };
    own.chain(batches).collect()
}

/// The results of a load test. `axes` are those of all outcomes; `duration` is the longest step's
/// measured time, `interval` that of the series, and `notes` what was found beside the measures.
///
/// Expectations apply to the outcomes that are judged, by the variant of the scenario whose settings
/// they have; one about a time that the step did not reach is left out.
pub fn collect(
    scenario: &Scenario,
    axes: Vec<Axis>,
    duration: Span,
    interval: Span,
    outcomes: &[Outcome],
    notes: Vec<String>,
) -> Results {
    let mut quantiles = Quantiles::default();
    let mut all = NO_RUNS;
    let (mut variants, mut verdicts, mut tallies) = (Vec::new(), Vec::new(), Vec::new());
    for outcome in outcomes {
        let variant = variant_of(scenario, outcome);
        let frame = Frame { scenario, variant, undisturbed: Span::ZERO };
        let mut tally = Tally::new();
        for (replication, run) in outcome.runs.iter().enumerate() {
            tally.add(frame, replication as u32, run);
            all = digest(all, run);
        }
        let Outcome { name, coordinates, settings, .. } = outcome;
        let head = Head { name, coordinates, settings };
        let mut found = variant_result(&mut quantiles, head, &tally, None);
        found.void.clone_from(&outcome.void);
        variants.push(found);
        verdicts.extend(verdicts_of(&mut quantiles, scenario, outcome, variant, &tally));
        tallies.push(tally);
    }
    let batches = |outcome: &Outcome| match &outcome.runs[..] {
        [run] => run.windows.len() - scenario.windows.len(),
        _ => 0,
    };
    let basis = match outcomes.iter().map(batches).max().unwrap_or(0) {
        0 => Basis::Replications,
        batches => Basis::Batches(batches as u32),
    };
    let mut warnings = scenario.warnings.clone();
    warnings.extend(verdicts.iter().filter_map(warning));
    let marks = scenario.variants.iter().take(1).flat_map(|variant| variant.platform.marks());
    let marks = marks.filter(|mark| mark.from < duration);
    let mut results = Results {
        scenario: scenario.name.clone(),
        question: scenario.question.clone(),
        answer: scenario.answer.clone(),
        seed: scenario.run.seed,
        replications: outcomes.iter().map(|found| found.runs.len() as u32).max().unwrap_or(0),
        precision: None,
        basis,
        duration,
        warmup: scenario.run.warmup.span().unwrap_or(Span::ZERO),
        warmup_found: false,
        interval,
        axes,
        marks: marks.map(|m| Mark { label: m.label, from: m.from, to: m.to }).collect(),
        variants,
        verdicts,
        against: None,
        warnings,
        notes,
        load_test: true,
        beside: None,
        digest: all,
        interrupted: false,
    };
    compare(&mut results, &mut quantiles, &tallies);
    results
}

/// Judges an outcome by the expectations that apply to it.
fn verdicts_of(
    quantiles: &mut Quantiles,
    scenario: &Scenario,
    outcome: &Outcome,
    variant: &str,
    tally: &Tally,
) -> Vec<Verdict> {
    let applies = |(_, expectation): &(usize, &Expectation)| {
        let window = expectation.window.map(|window| scenario.windows[window]);
        outcome.judged
            && expectation.stage.as_ref().is_none_or(|stage| *stage == outcome.stage)
            && expectation.variants.iter().any(|name| name == variant)
            && window.is_none_or(|(from, _)| from < outcome.duration)
    };
    let expectations = scenario.expectations.iter().enumerate().filter(applies);
    let verdicts = expectations.map(|expectation| {
        let verdict = judged(quantiles, expectation, &outcome.name, tally);
        Verdict { void: outcome.void.clone(), ..verdict }
    });
    verdicts.collect()
}

/// The variant of the scenario that an outcome is of: of those whose settings it has all, the one with
/// most of them; the first where it has none's.
fn variant_of<'s>(scenario: &'s Scenario, outcome: &Outcome) -> &'s str {
    let has_all = |settings: &[(String, String)]| {
        settings.iter().all(|setting| outcome.settings.contains(setting))
    };
    let first = &scenario.variants[0];
    let of = scenario.variants.iter().filter(|variant| has_all(&variant.settings));
    let most = of.fold(None, |most: Option<&'s crate::scenario::Variant>, variant| match most {
        Some(most) if most.settings.len() >= variant.settings.len() => Some(most),
        _ => Some(variant),
    });
    &most.unwrap_or(first).name
}

/// Sets each prediction against what was measured.
fn compare(results: &mut Results, quantiles: &mut Quantiles, tallies: &[Tally]) {
    for at in 0..results.variants.len() {
        let Some(measured) = results.measured_of(&results.variants[at]) else { continue };
        let (predicted, basis) = (&results.variants[at], results.basis);
        let measured_tally = &tallies[measured];
        let difference = |found: &Estimate| {
            let measured = results.variants[measured].estimate(&found.scope, found.metric)?;
            let mean = found.mean - measured.mean;
            if !mean.is_finite() {
                return None;
            }
            let of = |tally: &Tally| tally.batches.values(&found.scope, found.metric);
            let batches = of(measured_tally).zip(of(&tallies[at]));
            let batches = batches.filter(|(one, other)| one.len() == other.len());
            let (ci95, gain) = match batches {
                // Batch by batch: under open load both saw the same requests.
                Some((one, other)) => {
                    let parts: Vec<f64> = one.iter().zip(&other).map(|(m, p)| p - m).collect();
                    (quantiles.sectioned(mean, &parts), pairing_gain(&one, &other))
                }
                None => {
                    let errors = error(measured, basis).zip(error(found, basis));
                    let half = errors.map(|(measured, predicted)| welch(measured, predicted));
                    (half.map(|half| (mean - half, mean + half)), None)
                }
            };
            Some(Estimate { mean, ci95, gain, min: mean, max: mean, ..found.clone() })
        };
        let differences = predicted.estimates.iter().filter_map(difference).collect();
        results.variants[at].differences = differences;
    }
}

/// What to say of a verdict that has no value or is not sure.
fn warning(verdict: &Verdict) -> Option<String> {
    let Verdict { expectation, variant, .. } = verdict;
    if verdict.void.is_some() {
        return None;
    }
    if verdict.observed.is_none() {
        return Some(format!(
            "`{expectation}` cannot be judged for `{variant}`: `{}` had no value; look whether anything \
             succeeds there, and whether a load test can measure it",
            verdict.metric.name()
        ));
    }
    let word = if verdict.holds { "holds" } else { "fails" };
    (!verdict.sure && verdict.ci95.is_some()).then(|| {
        format!(
            "`{expectation}` {word} for `{variant}` by a hair: the bound lies within the 95 % \
             interval, so the next run may turn it; a longer stage would settle it"
        )
    })
}

#[cfg(test)]
mod tests;

//! Against an earlier run: what got better and what got worse since, beyond chance.
//!
//! Of the earlier run only its estimates are known, so its replications cannot be paired with the new
//! ones: a difference has Welch's interval, as if the two runs were independent. Where they share
//! their seed they are not, and the interval is wider than it need be.

use super::results::{Basis, Estimate, PREDICTED, Results, VariantResult};
use super::statistics::{student_t, welch};
use crate::metrics::Metric;
use crate::scenario::Scenario;

/// What is compared, in scope `all`, and whether more of it is better.
const HEADLINE: [(Metric, bool); 6] = [
    (Metric::Goodput, true),
    (Metric::ErrorRate, false),
    (Metric::LatencyMean, false),
    (Metric::LatencyP50, false),
    (Metric::LatencyP99, false),
    (Metric::Recovery, false),
];

/// An earlier run, as far as it is written down.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// The file that it was read from, for people.
    pub file: String,
    /// The scenario's name.
    pub scenario: String,
    /// Its seed.
    pub seed: u64,
    /// Its replications.
    pub replications: u32,
    /// Its measured time in seconds.
    pub duration: f64,
    /// Its warm-up in seconds.
    pub warmup: f64,
    /// Whence its intervals come.
    pub basis: Basis,
    /// The names of its variants, each with its estimates.
    pub variants: Vec<(String, Vec<Estimate>)>,
}

impl Baseline {
    /// The highest goodput of its variants, in successes a second, leaving out what was predicted;
    /// nothing when it has none.
    pub fn highest_goodput(&self) -> Option<f64> {
        let measured = |(name, _): &&(String, Vec<Estimate>)| !name.ends_with(PREDICTED);
        let goodput = |(_, estimates): &(String, Vec<Estimate>)| {
            let all = |found: &&Estimate| found.scope == "all" && found.metric == Metric::Goodput;
            estimates.iter().find(all).map(|found| found.mean)
        };
        self.variants.iter().filter(measured).filter_map(goodput).max_by(f64::total_cmp)
    }
}

/// What changed since an earlier run.
#[derive(Clone, Debug)]
pub struct Against {
    /// The file that the earlier run was read from, for people.
    pub file: String,
    /// The earlier run's seed.
    pub seed: u64,
    /// Every measure of every variant that both runs have.
    pub changes: Vec<Change>,
}

/// One measure of one variant, then and now.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The variant.
    pub variant: String,
    /// The measure, in scope `all`.
    pub metric: Metric,
    /// Its mean in the earlier run.
    pub before: f64,
    /// Its mean now.
    pub now: f64,
    /// Welch's 95 % interval of the difference; nothing where one of the two has no interval.
    pub ci95: Option<(f64, f64)>,
    /// What that comes to.
    pub turn: Turn,
}

/// Which way a measure went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The bad way, beyond chance: a regression.
    Worse,
    /// The good way, beyond chance.
    Better,
    /// No way that could be told from chance.
    Same,
    /// Nobody can say: one of the two runs has no interval.
    Unknown,
}

impl Turn {
    /// One word for people and programs.
    pub const fn word(self) -> &'static str {
        match self {
            Turn::Worse => "worse",
            Turn::Better => "better",
            Turn::Same => "same",
            Turn::Unknown => "unknown",
        }
    }
}

impl Change {
    /// The difference, now less before; not a number where both are infinite.
    pub fn difference(&self) -> f64 {
        self.now - self.before
    }
}

impl Against {
    /// The regressions.
    pub fn worse(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.turn == Turn::Worse)
    }
}

impl Baseline {
    /// Refuses the results of another scenario: the message and what helps. That is all that can be
    /// said of a load test before it has found its steps.
    pub fn check_name(&self, scenario: &str) -> Result<(), (String, String)> {
        if self.scenario == scenario {
            return Ok(());
        }
        let (file, known) = (&self.file, &self.scenario);
        let message = format!("`{file}` is of the scenario `{known}`, not of `{scenario}`");
        Err((message, format!("give the `results.json` of an earlier run of `{scenario}`")))
    }

    /// Refuses, before anything is run, a scenario that this cannot be compared with: the message
    /// and what helps.
    pub fn check(&self, scenario: &Scenario) -> Result<(), (String, String)> {
        self.check_name(&scenario.name)?;
        let file = &self.file;
        let known = |name: &str| self.variants.iter().any(|(known, _)| known == name);
        let missing: Vec<&str> = scenario.variants.iter().map(|v| v.name.as_str()).collect();
        let missing: Vec<&str> = missing.into_iter().filter(|name| !known(name)).collect();
        let Some(first) = missing.first() else { return Ok(()) };
        let more = match missing.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!("`{file}` has no variant `{first}`{more}");
        Err((
            message,
            "run the earlier version again, or only what both have, with `--only`".into(),
        ))
    }
}

impl Results {
    /// Compares with an earlier run that passed [`Baseline::check`] or, for a load test,
    /// [`Baseline::check_name`]. Predictions and what is void are left out.
    pub fn compare(&mut self, baseline: &Baseline) {
        let mut changes = Vec::new();
        let judged =
            |variant: &&VariantResult| variant.void.is_none() && !self.is_predicted(variant);
        for variant in self.variants.iter().filter(judged) {
            let before = baseline.variants.iter().find(|(name, _)| *name == variant.name);
            for (metric, more_is_better) in HEADLINE {
                let known = |found: &&Estimate| found.scope == "all" && found.metric == metric;
                let before = before.and_then(|(_, estimates)| estimates.iter().find(known));
                let now = variant.estimate("all", metric);
                let Some((before, now)) = before.zip(now) else { continue };
                let errors = (error(before, baseline.basis), error(now, self.basis));
                changes.push(change(&variant.name, more_is_better, (before, now), errors));
            }
        }
        let here = (self.duration.seconds(), self.warmup.seconds());
        if here != (baseline.duration, baseline.warmup) {
            self.warnings.push(format!(
                "`{}` measured {} s after {} s of warm-up, this run {} s after {} s: a change may \
                 come of that alone",
                baseline.file, baseline.duration, baseline.warmup, here.0, here.1
            ));
        }
        if changes.is_empty() {
            self.warnings.push(format!(
                "`{}` has no step that was measured here, too: nothing was compared; give both runs \
                 the same stages, predict both or neither, and see that their steps are not void",
                baseline.file
            ));
        }
        let unknown = changes.iter().filter(|change| change.turn == Turn::Unknown).count();
        if unknown > 0 {
            self.warnings.push(format!(
                "{unknown} of {} measures cannot be compared with `{}`: without an interval on both \
                 sides a change is not told from chance; try `--replications 10` for both runs",
                changes.len(),
                baseline.file
            ));
        }
        let (file, seed) = (baseline.file.clone(), baseline.seed);
        self.against = Some(Against { file, seed, changes });
    }
}

/// A standard error and its degrees of freedom.
type Error = (f64, u32);

/// The standard error of an estimate.
pub(super) fn error(found: &Estimate, basis: Basis) -> Option<Error> {
    let values = match basis {
        Basis::Replications => found.replications,
        // Beside one measured run a prediction may have several replications.
        Basis::Batches(_) if found.replications > 1 => found.replications,
        Basis::Batches(batches) => batches,
    };
    let (low, high) = found.ci95.filter(|(low, high)| low.is_finite() && high.is_finite())?;
    let freedom = values.checked_sub(1).filter(|freedom| *freedom > 0)?;
    Some(((high - low) / 2.0 / student_t(freedom), freedom))
}

fn change(
    variant: &str,
    more_is_better: bool,
    (before, now): (&Estimate, &Estimate),
    errors: (Option<Error>, Option<Error>),
) -> Change {
    let difference = now.mean - before.mean;
    let ci95 = errors.0.zip(errors.1).map(|(before, now)| {
        let half = welch(before, now);
        (difference - half, difference + half)
    });
    let several = before.replications > 1 && now.replications > 1;
    let (fell, rose) = match ci95 {
        Some((low, high)) => (high < 0.0, low > 0.0),
        // Of what is infinite in all replications of one run and in none of the other, chance is not
        // the cause.
        None => (
            several && before.min.is_infinite() && now.max.is_finite(),
            several && now.min.is_infinite() && before.max.is_finite(),
        ),
    };
    let both_never = before.min.is_infinite() && now.min.is_infinite();
    let turn = match (fell, rose) {
        (false, false) if ci95.is_none() && !both_never => Turn::Unknown,
        (false, false) => Turn::Same,
        (_, rose) if rose == more_is_better => Turn::Better,
        _ => Turn::Worse,
    };
    let (metric, variant) = (now.metric, variant.to_string());
    Change { variant, metric, before: before.mean, now: now.mean, ci95, turn }
}

#[cfg(test)]
mod tests;

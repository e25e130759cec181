//! What an experiment found: estimates with intervals, differences, series and verdicts.

use super::against::Against;
use crate::metrics::Metric;
use crate::scenario::Axis;
use crate::time::Span;

/// The outcome of all variants and replications of a scenario.
#[derive(Clone, Debug)]
pub struct Results {
    /// The scenario's name: its file name without the ending.
    pub scenario: String,
    /// The question that the scenario's first comment line asks; may be empty.
    pub question: String,
    /// The answer that the scenario's comment expects; may be empty.
    pub answer: String,
    /// The seed.
    pub seed: u64,
    /// How many replications were asked for, or came of asking for a precision.
    pub replications: u32,
    /// The precision that was asked for, as a share of the means.
    pub precision: Option<f64>,
    /// Whence the 95 % intervals come.
    pub basis: Basis,
    /// The measured time.
    pub duration: Span,
    /// The time simulated before it.
    pub warmup: Span,
    /// Whether that was found by MSER-5, not written in the scenario.
    pub warmup_found: bool,
    /// The length of one interval of the series.
    pub interval: Span,
    /// The axes of `[vary]`, in their order; variants are their product.
    pub axes: Vec<Axis>,
    /// The scenario's events in measured time.
    pub marks: Vec<Mark>,
    /// The variants, the first one being what the others are compared with.
    pub variants: Vec<VariantResult>,
    /// Each expectation for each variant that it speaks of.
    pub verdicts: Vec<Verdict>,
    /// How the results differ from those of an earlier run, if they are compared with one.
    pub against: Option<Against>,
    /// What a reader should know before trusting the numbers.
    pub warnings: Vec<String>,
    /// A hash over all runs.
    pub digest: u64,
    /// Whether the experiment was stopped before all replications were done.
    pub interrupted: bool,
}

/// Whence the 95 % intervals come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// From what differs between replications.
    Replications,
    /// From what differs between so many batches of the one replication.
    Batches(u32),
}

/// A span of time that an event of the scenario covers.
#[derive(Clone, Debug)]
pub struct Mark {
    /// What happens, in a few words: `slow shop x4`.
    pub label: String,
    /// When it begins, from the start of the measured time.
    pub from: Span,
    /// When it ends; nothing for a change that stays.
    pub to: Option<Span>,
}

/// What was found for one variant.
#[derive(Clone, Debug)]
pub struct VariantResult {
    /// The variant's name.
    pub name: String,
    /// For each axis of `[vary]` the index of this variant's value; empty for `[variant.NAME]`.
    pub coordinates: Vec<usize>,
    /// What it sets: dotted path and value.
    pub settings: Vec<(String, String)>,
    /// How many replications were finished.
    pub replications: u32,
    /// Every measure of every scope.
    pub estimates: Vec<Estimate>,
    /// Paired differences to the first variant; empty for the first.
    pub differences: Vec<Estimate>,
    /// Every series, over replications.
    pub series: Vec<SeriesEstimate>,
    /// Latency of scope `all` at the quantiles of `metrics::CURVE`, mean over replications.
    pub latency_curve: Vec<f64>,
}

/// A mean over replications, or a difference of two, and how sure it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The scope's name.
    pub scope: String,
    /// What is measured.
    pub metric: Metric,
    /// The mean over replications; may be infinite (`recovery`).
    pub mean: f64,
    /// The 95 % confidence interval of the mean; nothing with fewer than two replications or batches.
    pub ci95: Option<(f64, f64)>,
    /// For a paired difference: how many times smaller pairing made its variance,
    /// (Var X + Var Y) / Var(X - Y), where that says something.
    pub gain: Option<f64>,
    /// The smallest replication.
    pub min: f64,
    /// The largest replication.
    pub max: f64,
    /// How many replications had a value.
    pub replications: u32,
}

/// A series over replications, one value an interval; NaN where no replication has a value.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesEstimate {
    /// The scope's name.
    pub scope: String,
    /// What is measured.
    pub metric: Metric,
    /// The mean over replications.
    pub mean: Vec<f64>,
    /// The smallest replication.
    pub min: Vec<f64>,
    /// The largest replication.
    pub max: Vec<f64>,
}

/// Whether an expectation holds for a variant.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The expectation as written, with its scope and window: `error_rate < 1% from 6m`.
    pub expectation: String,
    /// The variant.
    pub variant: String,
    /// The mean over replications; nothing when the measure has no value.
    pub observed: Option<f64>,
    /// Its 95 % interval.
    pub ci95: Option<(f64, f64)>,
    /// The metric, for its unit.
    pub metric: Metric,
    /// What it is compared with.
    pub bound: f64,
    /// Whether the mean satisfies the condition.
    pub holds: bool,
    /// Whether the whole interval says the same.
    pub sure: bool,
}

impl VariantResult {
    /// The estimate of a measure in a scope.
    pub fn estimate(&self, scope: &str, metric: Metric) -> Option<&Estimate> {
        self.estimates.iter().find(|found| found.scope == scope && found.metric == metric)
    }

    /// The paired difference of a measure to the first variant.
    pub fn difference(&self, scope: &str, metric: Metric) -> Option<&Estimate> {
        self.differences.iter().find(|found| found.scope == scope && found.metric == metric)
    }

    /// A series.
    pub fn series(&self, scope: &str, metric: Metric) -> Option<&SeriesEstimate> {
        self.series.iter().find(|found| found.scope == scope && found.metric == metric)
    }
}

impl Results {
    /// Whether every expectation holds.
    pub fn hold(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.holds)
    }

    /// Whether nothing got worse than in the earlier run that these are compared with.
    pub fn keep_up(&self) -> bool {
        self.against.as_ref().is_none_or(|against| against.worse().next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_of_the_scope_and_the_measure() {
        let places =
            [("all", Metric::Goodput), ("all", Metric::Arrivals), ("app.shop", Metric::Goodput)];
        let estimate = |(scope, metric): &(&str, Metric)| Estimate {
            scope: (*scope).into(),
            metric: *metric,
            mean: 1.0,
            ci95: None,
            gain: None,
            min: 1.0,
            max: 1.0,
            replications: 1,
        };
        let series = |(scope, metric): &(&str, Metric)| {
            let (mean, min, max) = (Vec::new(), Vec::new(), Vec::new());
            SeriesEstimate { scope: (*scope).into(), metric: *metric, mean, min, max }
        };
        let variant = VariantResult {
            name: "base".into(),
            coordinates: Vec::new(),
            settings: Vec::new(),
            replications: 1,
            estimates: places.iter().map(estimate).collect(),
            differences: places.iter().map(estimate).collect(),
            series: places.iter().map(series).collect(),
            latency_curve: Vec::new(),
        };
        for (scope, metric) in places {
            let found = [variant.estimate(scope, metric), variant.difference(scope, metric)];
            for found in found.map(Option::unwrap) {
                assert_eq!((found.scope.as_str(), found.metric), (scope, metric));
            }
            let found = variant.series(scope, metric).unwrap();
            assert_eq!((found.scope.as_str(), found.metric), (scope, metric));
        }
        for (scope, metric) in [("app.shop", Metric::Arrivals), ("all", Metric::QueueMean)] {
            assert!(variant.estimate(scope, metric).is_none());
            assert!(variant.difference(scope, metric).is_none());
            assert!(variant.series(scope, metric).is_none());
        }
    }
}

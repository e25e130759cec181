//! What an experiment found: estimates with intervals, differences, series and verdicts.

use super::against::Against;
use super::beside::Beside;
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
    /// What was found beside the measures, such as a boundary; shown on top.
    pub notes: Vec<String>,
    /// Whether something real was measured: variants are then the steps of a load test, where
    /// [`SOURCE`] is an axis each measured and predicted.
    pub load_test: bool,
    /// The course of a load test beside what its target told of itself, where that was watched.
    pub beside: Option<Beside>,
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
    /// Paired differences to the first variant, empty for the first. In a load test those of a
    /// prediction to what was measured, empty for what was measured.
    pub differences: Vec<Estimate>,
    /// Every series, over replications.
    pub series: Vec<SeriesEstimate>,
    /// Latency of scope `all` at the quantiles of `metrics::CURVE`, mean over replications.
    pub latency_curve: Vec<f64>,
    /// Why it says nothing, such as a load generator that was starved; nothing where it does.
    pub void: Option<String>,
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
    /// Why it says nothing, neither that it holds nor that it fails; nothing where it does.
    pub void: Option<String>,
}

/// The axis of a load test whose values are [`MEASURED`] and [`PREDICTED`].
pub const SOURCE: &str = "source";
/// Of a variant that something real was measured for.
pub const MEASURED: &str = "measured";
/// Of a variant that was simulated beside it.
pub const PREDICTED: &str = "predicted";

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

impl Verdict {
    /// Whether it says that the expectation does not hold.
    pub fn fails(&self) -> bool {
        self.void.is_none() && !self.holds
    }
}

impl Results {
    /// Whether no expectation failed; one that is void did not.
    pub fn hold(&self) -> bool {
        !self.verdicts.iter().any(Verdict::fails)
    }

    /// Whether every variant and every verdict says something.
    pub fn are_valid(&self) -> bool {
        let variants = self.variants.iter().all(|variant| variant.void.is_none());
        variants && self.verdicts.iter().all(|verdict| verdict.void.is_none())
    }

    /// The place of a variant on the axis that tells what was measured from what was predicted.
    fn source(&self, variant: &VariantResult) -> Option<(usize, &str)> {
        let axis = self.axes.iter().position(|axis| axis.path == SOURCE)?;
        let value = self.axes[axis].values.get(*variant.coordinates.get(axis)?)?;
        Some((axis, value))
    }

    /// Whether a variant of a load test was simulated.
    pub fn is_predicted(&self, variant: &VariantResult) -> bool {
        self.load_test && self.source(variant).is_some_and(|(_, value)| value == PREDICTED)
    }

    /// The number of the variant that was measured where this one was predicted; nothing for any
    /// other.
    pub fn measured_of(&self, predicted: &VariantResult) -> Option<usize> {
        let (axis, _) = self.source(predicted).filter(|_| self.is_predicted(predicted))?;
        self.variants.iter().position(|variant| {
            let pairs = variant.coordinates.iter().zip(&predicted.coordinates).enumerate();
            let alike = pairs.filter(|(at, _)| *at != axis).all(|(_, (one, other))| one == other);
            let whole = variant.coordinates.len() == predicted.coordinates.len();
            whole && alike && !self.is_predicted(variant)
        })
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
            void: None,
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

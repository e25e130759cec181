//! What one run says of itself: the one result type of `sim` and `loadgen`.

use super::Metric;

/// The quantiles of the latency curve, from the median to p99.9.
pub const CURVE: [f64; 28] = [
    0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97,
    0.98, 0.985, 0.99, 0.992, 0.994, 0.995, 0.996, 0.997, 0.998, 0.9985, 0.999,
];

/// The measures of one run: one variant, one replication.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// A hash over the end of every request: equal runs have equal digests.
    pub digest: u64,
    /// The measured time, by scope; the first is `all`.
    pub scopes: Vec<Scope>,
    /// The same for each window that was asked for, in the order of asking.
    pub windows: Vec<Vec<Scope>>,
    /// Measures over time, one value an interval of the measured time.
    pub series: Vec<Series>,
}

/// The measures of one scope: `all`, `app.<name>` or `client.<name>`.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// The scope's name.
    pub name: String,
    /// Its measures in SI units; a measure that has no value (the latency of no success) is absent.
    pub values: Vec<(Metric, f64)>,
    /// Latency in seconds at each quantile of [`CURVE`]; empty without successes.
    pub latency_curve: Vec<f64>,
}

/// One measure over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The scope's name.
    pub scope: String,
    /// What is measured.
    pub metric: Metric,
    /// One value an interval; NaN where there is none.
    pub values: Vec<f64>,
}

impl Summary {
    /// The value of `metric` in the scope called `scope` over the measured time.
    pub fn value(&self, scope: &str, metric: Metric) -> Option<f64> {
        value_in(&self.scopes, scope, metric)
    }

    /// The value of `metric` in a window.
    pub fn value_in_window(&self, window: usize, scope: &str, metric: Metric) -> Option<f64> {
        value_in(&self.windows[window], scope, metric)
    }

    /// The series of `metric` in `scope`.
    pub fn series(&self, scope: &str, metric: Metric) -> Option<&Series> {
        self.series.iter().find(|series| series.scope == scope && series.metric == metric)
    }
}

fn value_in(scopes: &[Scope], scope: &str, metric: Metric) -> Option<f64> {
    let scope = scopes.iter().find(|found| found.name == scope)?;
    scope.values.iter().find(|(found, _)| *found == metric).map(|(_, value)| *value)
}

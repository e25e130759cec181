//! From a step's summary to measures with intervals, by which a search judges a level.

use crate::judge::level::{self, Measure, Rule, Try};
use crate::plan::Step;
use sim::experiment::{mean, student_t, variance};
use sim::load::Search;
use sim::metrics::{Metric, Summary};
use sim::scenario::Scenario;

/// What makes a level of a search too much: its own conditions, or else what the scenario expects of
/// the whole time.
pub fn rules(search: &Search, scenario: &Scenario) -> Vec<Rule> {
    if !search.stop_when.is_empty() {
        return search.stop_when.iter().map(Rule::stop_when).collect();
    }
    let whole = scenario.expectations.iter().filter(|expectation| expectation.window.is_none());
    whole.map(Rule::expect).collect()
}

/// Judges how a level was borne. Intervals come from the batches of the step, which stand after the
/// scenario's windows.
pub fn judge(rules: &[Rule], summary: &Summary, step: &Step, scenario: &Scenario) -> Try {
    let batches = scenario.windows.len()..step.windows.len();
    level::judge(rules, |scope, metric| {
        let mean = summary.value(scope, metric)?;
        Some(Measure { mean, ci95: interval(summary, batches.clone(), scope, metric) })
    })
}

/// The 95 % interval of a measure by batch means; nothing where a batch has no value.
fn interval(
    summary: &Summary,
    batches: std::ops::Range<usize>,
    scope: &str,
    metric: Metric,
) -> Option<(f64, f64)> {
    let values = batches.map(|batch| summary.value_in_window(batch, scope, metric));
    let values: Vec<f64> = values.collect::<Option<_>>()?;
    if values.len() < 2 || matches!(metric, Metric::LatencyMax | Metric::ServiceMax) {
        return None;
    }
    let error = (variance(&values)? / values.len() as f64).sqrt();
    let half = student_t(values.len() as u32 - 1) * error;
    let whole = summary.value(scope, metric).unwrap_or_else(|| mean(&values));
    Some((whole - half, whole + half))
}

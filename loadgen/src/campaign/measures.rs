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
        let Some(mean) = summary.value(scope, metric) else {
            // Where every request failed there is no latency: who waits for success waits for ever.
            let none_succeeded = summary.value(scope, Metric::ErrorRate) == Some(1.0);
            return none_succeeded.then_some(Measure { mean: f64::INFINITY, ci95: None });
        };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::predict::predict;
    use crate::plan::{At, Steps, stages, testing};

    #[test]
    fn a_level_at_which_nothing_succeeds_is_too_much_whatever_is_asked_of_latency() {
        let more = "[variant.hopeless]\n\"client.browsers.timeout\" = \"1ms\"\n\
                    \"client.robots.timeout\" = \"1ms\"";
        let scenario = testing::scenario(more);
        let stage = stages(&scenario.load, &scenario.run).remove(0);
        let condition = sim::metrics::parse("latency_p99 > 1h").unwrap();
        let rules = [Rule::stop_when(&condition)];
        let bad = scenario.variants.iter().map(|variant| {
            let platform = &variant.platform;
            let step = Steps::new(&scenario.run, &[]).step(&stage, platform, At::AsWritten, 0);
            let (summary, _) = predict(&step, platform, 1);
            judge(&rules, &summary, &step, &scenario).bad
        });
        assert_eq!(bad.collect::<Vec<bool>>(), [false, true]);
    }
}

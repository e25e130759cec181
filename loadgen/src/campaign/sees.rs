//! Expectations that a closed run cannot judge, because its users send nothing while they wait.

use super::layout::Done;
use crate::judge::blind::{Closed, Samples, blindness};
use sim::experiment::Results;
use sim::metrics::Metric;
use sim::platform::Source;
use sim::scenario::Scenario;

/// Marks each verdict on a quantile of latency that a closed run is blind to as void, with the reason.
/// A scenario with any open client sees what it measures.
pub fn blind_verdicts(scenario: &Scenario, done: &[Done], names: &[String], results: &mut Results) {
    for (done, name) in done.iter().zip(names) {
        let platform = &scenario.variants[done.variant].platform;
        let closed = platform.clients.iter().all(|one| matches!(one.source, Source::Closed { .. }));
        if !closed || done.latencies.is_empty() {
            continue;
        }
        let quantile = |share: f64| done.latencies.quantile(share).map_or(0.0, |s| s.seconds());
        let samples = Samples::of_quantiles(done.latencies.count(), quantile);
        let run = Closed {
            users: done.step.platform(platform).users() as f64,
            seconds: done.step.lasts.seconds(),
            failed: failed(done),
        };
        for verdict in
            results.verdicts.iter_mut().filter(|v| v.variant == *name && v.void.is_none())
        {
            let expectation = scenario.expectations.iter().find(|e| e.text == verdict.expectation);
            let Some(expectation) = expectation.filter(|found| found.window.is_none()) else {
                continue;
            };
            let condition = (expectation.comparison, expectation.bound);
            if let Some(blind) = blindness(&run, &samples, expectation.metric, condition) {
                verdict.void = Some(blind.to_string());
            }
        }
    }
}

/// How many requests of the measured time failed, and how long they took together: the books of the
/// step say so for the whole of it, and the share of the measured time is taken.
fn failed(done: &Done) -> (u64, f64) {
    let rate = |metric| done.measured.value("all", metric).unwrap_or(0.0);
    let ended_well = rate(Metric::Goodput);
    let share = rate(Metric::ErrorRate).min(1.0 - 1e-9);
    let count = ended_well * share / (1.0 - share) * done.step.lasts.seconds();
    let all = done.counted.ended() - done.counted.successes;
    let lasted = done.counted.failures_lasted.seconds();
    let mean = if all == 0 { 0.0 } else { lasted / all as f64 };
    (count.round() as u64, count * mean)
}

//! Expectations that a closed run cannot judge, because its users send nothing while they wait.

use super::layout::Done;
use crate::judge::blind::blindness;
use sim::experiment::Results;
use sim::scenario::Scenario;

/// Marks each verdict on a quantile of latency that a closed run is blind to as void, with the reason.
/// `names` are those of the measured steps. A scenario with any open client sees what it measures.
pub fn blind_verdicts(scenario: &Scenario, done: &[Done], names: &[String], results: &mut Results) {
    for (done, name) in done.iter().zip(names) {
        let Some((run, samples)) = &done.closed else { continue };
        let own = results.verdicts.iter_mut().filter(|verdict| verdict.variant == *name);
        for verdict in own.filter(|verdict| verdict.void.is_none()) {
            let expectation = scenario.expectations.iter().find(|e| e.text == verdict.expectation);
            let whole = expectation.filter(|found| found.window.is_none() && found.scope == "all");
            let Some(expectation) = whole else { continue };
            let condition = (expectation.comparison, expectation.bound);
            let blind = blindness(run, samples, expectation.metric, condition);
            verdict.void = blind.map(|blind| blind.to_string());
        }
    }
}

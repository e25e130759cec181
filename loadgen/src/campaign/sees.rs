//! Expectations that a run cannot judge: of a closed one, because its users send nothing while they
//! wait; of a stage that was left out, because nothing was sent at all.

use super::layout::Done;
use crate::judge::blind::blindness;
use sim::experiment::{Results, Verdict};
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

/// Adds a void verdict for what is expected of each stage that was left out: the variant's place, the
/// stage, and why.
pub fn left_out_verdicts(
    scenario: &Scenario,
    left_out: &[(usize, String, String)],
    results: &mut Results,
) {
    for (variant, stage, why) in left_out {
        let variant = &scenario.variants[*variant].name;
        let shown = match scenario.variants.len() {
            1 => stage.clone(),
            _ => format!("{variant}, {stage}"),
        };
        let own = scenario.expectations.iter().filter(|expectation| {
            let of_stage = expectation.stage.as_ref().is_none_or(|named| named == stage);
            of_stage && expectation.variants.contains(variant)
        });
        results.verdicts.extend(own.map(|expectation| Verdict {
            expectation: expectation.text.clone(),
            variant: shown.clone(),
            observed: None,
            ci95: None,
            metric: expectation.metric,
            bound: expectation.bound,
            holds: false,
            sure: false,
            void: Some(why.clone()),
        }));
    }
}

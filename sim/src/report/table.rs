//! The tables that text, markdown and html share, as shown numbers.

use super::number::{NOTHING, Shown, quantity};
use crate::experiment::{Estimate, Results, VariantResult, Verdict};
use crate::metrics::Metric;

/// The measures of the table of variants, with their short and their long heading.
pub const HEADLINE: [(Metric, &str, &str); 7] = [
    (Metric::Goodput, "goodput", "goodput"),
    (Metric::ErrorRate, "errors", "error rate"),
    (Metric::LatencyP50, "p50", "latency p50"),
    (Metric::LatencyP99, "p99", "latency p99"),
    (Metric::WaitMean, "wait", "mean wait"),
    (Metric::AttemptsPerRequest, "attempts", "attempts a request"),
    (Metric::Recovery, "recovery", "recovery"),
];

/// One variant's row of the table of variants.
pub fn headline(variant: &VariantResult) -> Vec<Shown> {
    let show =
        |(metric, ..): &(Metric, _, _)| Shown::estimate(variant.estimate("all", *metric), false);
    HEADLINE.iter().map(show).collect()
}

/// One variant's row of the paired differences to the first variant: each difference, and whether
/// its whole 95 % interval lies on one side of zero.
pub fn differences(variant: &VariantResult) -> Vec<(Shown, bool)> {
    let show = |(metric, ..): &(Metric, _, _)| {
        let found = variant.difference("all", *metric);
        let sure =
            found.and_then(|found| found.ci95).is_some_and(|(low, high)| low > 0.0 || high < 0.0);
        (difference(variant, found), sure)
    };
    HEADLINE.iter().map(show).collect()
}

/// A difference to the first variant. One of recoveries is infinite where one of the two never
/// recovers, and is then said in words, which agree with the variant's own recovery.
fn difference(variant: &VariantResult, found: Option<&Estimate>) -> Shown {
    let infinite = |found: &&Estimate| found.metric == Metric::Recovery && found.mean.is_infinite();
    let Some(found) = found.filter(infinite) else { return Shown::estimate(found, true) };
    let own = variant.estimate(&found.scope, Metric::Recovery);
    let ever = own.is_none_or(|own| own.min.is_finite());
    let always = own.is_none_or(|own| own.mean.is_finite());
    Shown::word(match (found.mean > 0.0, ever, always) {
        (false, _, true) => "recovers",
        (false, ..) => "some recover",
        (true, false, _) => "never",
        (true, ..) => "some never",
    })
}

/// Whether any variant has a difference to the first.
pub fn compares(results: &Results) -> bool {
    results.variants.iter().any(|variant| !variant.differences.is_empty())
}

/// What an expectation saw: `0.910 ±0.18 %`, `never`, `no value`.
pub fn observed(verdict: &Verdict) -> String {
    match verdict.observed {
        None => "no value".to_string(),
        Some(value) if value.is_finite() => {
            Shown::value(verdict.metric, value, verdict.ci95, false).full()
        }
        Some(value) => quantity(verdict.metric, value),
    }
}

/// What a reader should know of a verdict that the interval does not settle.
pub fn doubt(verdict: &Verdict) -> &'static str {
    match (verdict.sure, verdict.observed, verdict.ci95) {
        (true, ..) | (_, None, _) => "",
        (false, _, Some(_)) => "not sure: interval spans the bound",
        (false, _, None) => "not sure: one replication has no interval",
    }
}

/// How the expectations went, in a few words; empty when there are none.
pub fn outcome(results: &Results) -> String {
    let (all, failed) =
        (results.verdicts.len(), results.verdicts.iter().filter(|verdict| !verdict.holds).count());
    match (all, failed) {
        (0, _) => String::new(),
        (1, 0) => "the expectation holds".to_string(),
        (_, 0) => format!("all {all} expectations hold"),
        (_, failed) => format!("{failed} of {all} expectations failed"),
    }
}

/// What was run: `5 variants, 10 replications of 10m after 1m of warm-up, seed 1`.
pub fn runs(results: &Results) -> String {
    let count = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    };
    let after = if results.warmup.is_zero() {
        String::new()
    } else {
        format!(" after {} of warm-up", results.warmup)
    };
    format!(
        "{}, {} of {}{after}, seed {}",
        count(results.variants.len(), "variant"),
        count(results.replications as usize, "replication"),
        results.duration,
        results.seed,
    )
}

/// The settings of a variant in one line.
pub fn settings(variant: &VariantResult) -> String {
    let settings = variant.settings.iter().map(|(path, value)| format!("{path} = {value}"));
    let joined = settings.collect::<Vec<_>>().join(", ");
    if joined.is_empty() { NOTHING.to_string() } else { joined }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_difference_of_recoveries_is_said_in_words() {
        let check = |own: (f64, f64), difference: Option<f64>, expected: &str| {
            let mut variant = fixture::variant("p2c", vec![0], 0.3);
            let (min, mean) = own;
            variant.estimates.retain(|found| found.metric != Metric::Recovery);
            variant.estimates.push(Estimate { min, ..fixture::estimate(Metric::Recovery, mean) });
            variant.differences = difference
                .map(|mean| Estimate { ci95: None, ..fixture::estimate(Metric::Recovery, mean) })
                .into_iter()
                .collect();
            let (shown, sure) = differences(&variant).pop().unwrap();
            assert_eq!((shown.full().as_str(), sure), (expected, false), "{own:?} {difference:?}");
        };
        let never = f64::INFINITY;
        check((15.0, 21.0), Some(-never), "recovers");
        check((15.0, never), Some(-never), "some recover");
        check((never, never), Some(never), "never");
        check((15.0, never), Some(never), "some never");
        check((never, never), None, NOTHING);
        check((15.0, 21.0), Some(-4.0), "-4.00 s");
    }
}

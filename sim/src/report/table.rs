//! The tables that text, markdown and html share, as shown numbers.

use super::number::{NOTHING, Shown, quantity};
use crate::experiment::{Results, VariantResult, Verdict};
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
        (Shown::estimate(found, true), sure)
    };
    HEADLINE.iter().map(show).collect()
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

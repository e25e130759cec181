//! The tables that text, markdown and html share, as shown numbers.

use super::number::{NOTHING, Shown, quantity, short};
use super::predicted::VOID;
use crate::experiment::{Basis, Estimate, Results, VariantResult, Verdict};
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

/// The same for load tests: latency counts from the intended start, service from the actual send, and
/// what lies between is how late the generator was.
const LOAD_TEST: [(Metric, &str, &str); 7] = [
    (Metric::Goodput, "goodput", "goodput"),
    (Metric::ErrorRate, "errors", "error rate"),
    (Metric::LatencyP50, "p50", "latency p50"),
    (Metric::LatencyP99, "p99", "latency p99"),
    (Metric::ServiceP99, "service p99", "service p99"),
    (Metric::LateP99, "late p99", "late p99"),
    (Metric::Users, "users", "users"),
];

/// The measures of the table of variants of these results.
pub fn columns(results: &Results) -> &'static [(Metric, &'static str, &'static str); 7] {
    if results.load_test { &LOAD_TEST } else { &HEADLINE }
}

/// One variant's row of the table of variants.
pub fn headline(results: &Results, variant: &VariantResult) -> Vec<Shown> {
    let show =
        |(metric, ..): &(Metric, _, _)| Shown::estimate(variant.estimate("all", *metric), false);
    columns(results).iter().map(show).collect()
}

/// The variants that say nothing, each with the reason.
pub fn voids(results: &Results) -> Vec<(&str, &str)> {
    let void = results.variants.iter().filter_map(|variant| {
        Some((variant.name.trim_end_matches(VOID), variant.void.as_deref()?))
    });
    void.collect()
}

/// What is missing in results that were interrupted; nothing where they were not.
pub fn missing(results: &Results) -> Option<&'static str> {
    let missing = match results.load_test {
        true => "not all load steps were done to their ends",
        false => "not all replications were done",
    };
    results.interrupted.then_some(missing)
}

/// Whether a verdict holds, in one word.
pub fn word(verdict: &Verdict) -> &'static str {
    match (&verdict.void, verdict.holds) {
        (Some(_), _) => "void",
        (None, true) => "ok",
        (None, false) => "FAIL",
    }
}

/// A paired difference to the first variant, as shown.
pub struct Difference {
    /// The difference.
    pub shown: Shown,
    /// Whether its whole 95 % interval lies on one side of zero.
    pub sure: bool,
    /// How many times smaller pairing made its variance.
    pub gain: Option<f64>,
}

/// One variant's row of the paired differences to the first variant.
pub fn differences(variant: &VariantResult) -> Vec<Difference> {
    let show = |(metric, ..): &(Metric, _, _)| {
        let found = variant.difference("all", *metric);
        let ci95 = found.and_then(|found| found.ci95);
        let sure = ci95.is_some_and(|(low, high)| low > 0.0 || high < 0.0);
        let gain = found.and_then(|found| found.gain);
        Difference { shown: difference(variant, found), sure, gain }
    };
    HEADLINE.iter().map(show).collect()
}

/// A gain as shown: `x 12`.
pub fn gain(gain: f64) -> String {
    format!("x {}", short(gain, 2))
}

/// The least and the most that pairing gained for a variant's differences: `0.9 to 310`.
pub fn gains(differences: &[Difference]) -> Option<String> {
    let all = || differences.iter().filter_map(|difference| difference.gain);
    let (least, most) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
    let (low, high) = (short(least, 2), short(most, 2));
    let range = if low == high { low } else { format!("{low} to {high}") };
    least.is_finite().then_some(range)
}

/// What a gain is, in one line.
pub const GAIN: &str = "x N: pairing made the variance of that difference N times smaller";

/// Whence the intervals come: `95 % over replications`; nothing where there are none.
pub fn basis(results: &Results) -> Option<String> {
    match results.basis {
        Basis::Batches(count) => Some(format!("95 % by {count} batch means")),
        Basis::Replications if results.replications > 1 => Some("95 % over replications".into()),
        Basis::Replications => None,
    }
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
    !results.load_test && results.variants.iter().any(|variant| !variant.differences.is_empty())
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
pub fn doubt(verdict: &Verdict) -> &str {
    if let Some(reason) = &verdict.void {
        return reason;
    }
    match (verdict.sure, verdict.observed, verdict.ci95) {
        (true, ..) | (_, None, _) => "",
        (false, _, Some(_)) => "not sure: interval spans the bound",
        (false, _, None) => "not sure: one replication has no interval",
    }
}

/// How the expectations went and which load steps are void, in a few words; empty when there is nothing
/// to say of them.
pub fn outcome(results: &Results) -> String {
    let (all, failed) =
        (results.verdicts.len(), results.verdicts.iter().filter(|verdict| verdict.fails()).count());
    let void = results.verdicts.iter().filter(|verdict| verdict.void.is_some()).count();
    let expectations = match (all, failed) {
        _ if void > 0 => Some(format!("{failed} of {all} expectations failed, {void} void")),
        (0, _) => None,
        (1, 0) => Some("the expectation holds".to_string()),
        (_, 0) => Some(format!("all {all} expectations hold")),
        (_, failed) => Some(format!("{failed} of {all} expectations failed")),
    };
    let measured = results.variants.iter().filter(|found| !results.is_predicted(found)).count();
    let steps = match voids(results).len() {
        0 => None,
        1 => Some(format!("1 of {measured} load steps is void")),
        void => Some(format!("{void} of {measured} load steps are void")),
    };
    expectations.into_iter().chain(steps).collect::<Vec<_>>().join("; ")
}

/// What was run: `5 variants, 10 replications of 10m after 1m of warm-up, seed 1`.
pub fn runs(results: &Results) -> String {
    let count = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    };
    if results.load_test {
        let predicted = results.variants.iter().filter(|found| results.is_predicted(found)).count();
        let and = if predicted > 0 { " and predicted" } else { "" };
        return format!(
            "{} of up to {}, measured{and}, seed {}",
            count(results.variants.len() - predicted, "load step"),
            results.duration,
            results.seed,
        );
    }
    let found = if results.warmup_found { ", found by MSER-5" } else { "" };
    let after = match (results.warmup.is_zero(), results.warmup_found) {
        (true, false) => String::new(),
        (true, true) => format!(" without warm-up{found}"),
        (false, _) => format!(" after {} of warm-up{found}", results.warmup),
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
    fn the_outcome_tells_of_void_steps_without_expectations_too() {
        let mut results = fixture::load_test();
        let told = "1 of 3 expectations failed, 1 void; 1 of 6 load steps is void";
        assert_eq!(outcome(&results), told);
        results.verdicts.clear();
        assert_eq!(outcome(&results), "1 of 6 load steps is void");
        results.variants.iter_mut().for_each(|variant| variant.void = None);
        assert_eq!(outcome(&results), "");
    }

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
            let found = differences(&variant).pop().unwrap();
            let shown = (found.shown.full(), found.sure);
            assert_eq!(shown, (expected.to_string(), false), "{own:?} {difference:?}");
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

//! From tallies to estimates: means with intervals, paired differences, verdicts and warnings.

use super::results::{Estimate, SeriesEstimate, VariantResult, Verdict};
use super::statistics::{Quantiles, mean};
use super::tally::{Measured, Tally};
use crate::metrics::Metric;
use crate::scenario::{Expectation, Scenario, Variant};

/// Fewer replications than this make intervals so wide that they say little.
const FEW: u32 = 5;

/// The estimate of one measure; nothing without values, or where infinities cancel out.
fn estimate(quantiles: &mut Quantiles, values: &[f64]) -> Option<Estimate> {
    let mean = mean(values);
    (!mean.is_nan()).then(|| Estimate {
        scope: String::new(),
        metric: Metric::Arrivals,
        mean,
        ci95: quantiles.interval(values),
        min: values.iter().copied().fold(f64::INFINITY, f64::min),
        max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        replications: values.len() as u32,
    })
}

/// The differences of two measures, by replication; only those that both have, and not those where
/// both are infinite, which have no difference.
fn paired(first: &Measured, other: &Measured) -> Vec<f64> {
    let mut differences = Vec::new();
    let mut at = 0;
    for (replication, value) in other.replications.iter().zip(&other.values) {
        while first.replications.get(at).is_some_and(|known| known < replication) {
            at += 1;
        }
        if first.replications.get(at) == Some(replication) {
            differences.push(value - first.values[at]);
        }
    }
    differences.retain(|difference| !difference.is_nan());
    differences
}

/// What was found for one variant, compared with the first.
pub(super) fn variant_result(
    quantiles: &mut Quantiles,
    variant: &Variant,
    tally: &Tally,
    first: Option<&Tally>,
) -> VariantResult {
    let (mut estimates, mut differences) = (Vec::new(), Vec::new());
    for (scope, metrics) in &tally.scopes {
        for (metric, measured) in metrics {
            let named = |estimate| Estimate { scope: scope.clone(), metric: *metric, ..estimate };
            estimates.extend(estimate(quantiles, &measured.values).map(named));
            let Some(base) = first.and_then(|first| first.measured(scope, *metric)) else {
                continue;
            };
            differences.extend(estimate(quantiles, &paired(base, measured)).map(named));
        }
    }
    let series = tally.series.iter().map(|series| SeriesEstimate {
        scope: series.scope.clone(),
        metric: series.metric,
        mean: series.mean(),
        min: series.min.clone(),
        max: series.max.clone(),
    });
    VariantResult {
        name: variant.name.clone(),
        coordinates: variant.coordinates.clone(),
        settings: variant.settings.clone(),
        replications: tally.replications.len() as u32,
        estimates,
        differences,
        series: series.collect(),
        latency_curve: tally.latency_curve(),
    }
}

/// Each expectation for each variant that it speaks of and that is run.
pub(super) fn verdicts(
    quantiles: &mut Quantiles,
    scenario: &Scenario,
    tallies: &[Tally],
) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for (index, expectation) in scenario.expectations.iter().enumerate() {
        for (variant, tally) in scenario.variants.iter().zip(tallies) {
            if expectation.variants.contains(&variant.name) {
                let values = tally.expected.get(index).map_or(&[][..], Vec::as_slice);
                verdicts.push(verdict(quantiles, expectation, &variant.name, values));
            }
        }
    }
    verdicts
}

/// Judges one expectation by the mean; it is sure when the whole interval says the same, or, where
/// an infinite value leaves no interval, when every one of several replications does.
fn verdict(
    quantiles: &mut Quantiles,
    expectation: &Expectation,
    variant: &str,
    values: &[f64],
) -> Verdict {
    let found = estimate(quantiles, values);
    let holds = found.as_ref().is_some_and(|found| expectation.holds(found.mean));
    let says_the_same = |value: f64| expectation.holds(value) == holds;
    let sure = match &found {
        Some(Estimate { ci95: Some((low, high)), .. }) => {
            says_the_same(*low) && says_the_same(*high)
        }
        Some(found) if found.replications > 1 => {
            says_the_same(found.min) && says_the_same(found.max)
        }
        _ => false,
    };
    Verdict {
        expectation: expectation.text.clone(),
        variant: variant.into(),
        observed: found.as_ref().map(|found| found.mean),
        ci95: found.and_then(|found| found.ci95),
        metric: expectation.metric,
        holds,
        sure,
    }
}

/// What a reader should know before trusting the verdicts: what happened, why it matters, what to
/// try.
pub(super) fn warnings(scenario: &Scenario, verdicts: &[Verdict]) -> Vec<String> {
    let mut warnings = Vec::new();
    let replications = scenario.run.replications;
    if !verdicts.is_empty() && replications < FEW {
        let times = if replications == 1 { "once".into() } else { format!("{replications} times") };
        warnings.push(format!(
            "each variant ran only {times}: another seed may turn a verdict; try `--replications 10`"
        ));
    }
    for verdict in verdicts {
        let Verdict { expectation, variant, .. } = verdict;
        if verdict.observed.is_none() {
            warnings.push(format!(
                "`{expectation}` cannot be judged for `{variant}`: `{}` had no value; look whether \
                 anything succeeds there, and whether a fault is in the scenario when it is \
                 `recovery`",
                verdict.metric.name()
            ));
        } else if !verdict.sure && replications >= FEW {
            warnings.push(format!(
                "`{expectation}` {} for `{variant}` by a hair: the bound lies within the 95 % \
                 interval, so another seed may turn it; try `--replications {}`",
                if verdict.holds { "holds" } else { "fails" },
                u64::from(replications) * 4,
            ));
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Comparison;

    fn measured(pairs: &[(u32, f64)]) -> Measured {
        Measured {
            replications: pairs.iter().map(|(replication, _)| *replication).collect(),
            values: pairs.iter().map(|(_, value)| *value).collect(),
        }
    }

    #[test]
    fn differences_pair_equal_replications() {
        let infinite = f64::INFINITY;
        for (first, other, expected) in [
            (vec![(0, 1.0), (1, 2.0)], vec![(0, 1.5), (1, 2.5)], vec![0.5, 0.5]),
            (vec![(0, 1.0), (2, 2.0)], vec![(1, 1.5), (2, 2.5)], vec![0.5]),
            (vec![(0, 1.0)], vec![(1, 1.5)], vec![]),
            (vec![(0, infinite), (1, 1.0)], vec![(0, infinite), (1, infinite)], vec![infinite]),
        ] {
            assert_eq!(paired(&measured(&first), &measured(&other)), expected);
        }
    }

    #[test]
    fn pairs_are_surer_than_the_variants_alone() {
        // Traffic moves both variants alike; the pairs show the constant difference.
        let first: Vec<(u32, f64)> = (0..10).map(|r| (r, f64::from(r * r % 7))).collect();
        let other: Vec<(u32, f64)> =
            first.iter().map(|(r, value)| (*r, value + 1.0 + f64::from(r % 2) * 0.01)).collect();
        let mut quantiles = Quantiles::default();
        let differences = paired(&measured(&first), &measured(&other));
        let (low, high) = quantiles.interval(&differences).unwrap();
        let (wide_low, wide_high) = quantiles.interval(&measured(&other).values).unwrap();
        assert!(high - low < 0.01 && wide_high - wide_low > 1.0);
        assert!(low <= 1.005 && 1.005 <= high);
    }

    #[test]
    fn verdicts_judge_the_mean_and_say_how_sure() {
        let infinite = f64::INFINITY;
        for (bound, values, observed, holds, sure) in [
            (2.0, vec![1.0, 1.1, 0.9], Some(1.0), true, true),
            (2.0, vec![0.0, 3.0], Some(1.5), true, false),
            (2.0, vec![4.0, 4.0], Some(4.0), false, true),
            (2.0, vec![1.0], Some(1.0), true, false),
            (2.0, vec![], None, false, false),
            (2.0, vec![infinite, infinite], Some(infinite), false, true),
            (2.0, vec![1.0, infinite], Some(infinite), false, false),
        ] {
            let expectation = Expectation {
                text: "recovery < 2s".into(),
                metric: Metric::Recovery,
                comparison: Comparison::Less,
                bound,
                scope: "all".into(),
                window: None,
                variants: vec!["base".into()],
            };
            let verdict = verdict(&mut Quantiles::default(), &expectation, "base", &values);
            let found = (verdict.observed, verdict.holds, verdict.sure);
            assert_eq!(found, (observed, holds, sure), "{values:?}");
        }
    }
}

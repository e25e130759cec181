//! From tallies to estimates: means with intervals, paired differences and verdicts.

use super::results::{Estimate, SeriesEstimate, VariantResult, Verdict};
use super::statistics::{Quantiles, mean, pairing_gain};
use super::tally::{Measured, Tally};
use crate::metrics::Metric;
use crate::scenario::{Expectation, Scenario, Variant};

/// The estimate of one measure; nothing without values, or where infinities cancel out.
pub(super) fn estimate(quantiles: &mut Quantiles, values: &[f64]) -> Option<Estimate> {
    let mean = mean(values);
    (!mean.is_nan()).then(|| Estimate {
        scope: String::new(),
        metric: Metric::Arrivals,
        mean,
        ci95: quantiles.interval(values),
        gain: None,
        min: values.iter().copied().fold(f64::INFINITY, f64::min),
        max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        replications: values.len() as u32,
    })
}

/// Two measures' values, by replication; only those that both have.
fn paired(first: &Measured, other: &Measured) -> (Vec<f64>, Vec<f64>) {
    let mut pairs = (Vec::new(), Vec::new());
    let mut at = 0;
    for (replication, value) in other.replications.iter().zip(&other.values) {
        while first.replications.get(at).is_some_and(|known| known < replication) {
            at += 1;
        }
        if first.replications.get(at) == Some(replication) {
            pairs.0.push(first.values[at]);
            pairs.1.push(*value);
        }
    }
    pairs
}

/// The second values less the first; not where both are infinite, which have no difference.
fn differences(first: &[f64], other: &[f64]) -> Vec<f64> {
    let differences = first.iter().zip(other).map(|(first, other)| other - first);
    differences.filter(|difference| !difference.is_nan()).collect()
}

/// The paired difference of a measure between two variants, by replication, or by batch where there
/// is one replication.
fn difference(
    quantiles: &mut Quantiles,
    (first, other): (&Tally, &Tally),
    scope: &str,
    metric: Metric,
) -> Option<Estimate> {
    let values = paired(first.measured(scope, metric)?, other.measured(scope, metric)?);
    let found = estimate(quantiles, &differences(&values.0, &values.1))?;
    let batches = first.batches.values(scope, metric).zip(other.batches.values(scope, metric));
    Some(match batches {
        Some((first, other)) => {
            let ci95 = quantiles.sectioned(found.mean, &differences(&first, &other));
            Estimate { ci95, gain: pairing_gain(&first, &other), ..found }
        }
        None => Estimate { gain: pairing_gain(&values.0, &values.1), ..found },
    })
}

/// What a variant is called, and what it sets.
pub(super) struct Head<'a> {
    pub name: &'a str,
    pub coordinates: &'a [usize],
    pub settings: &'a [(String, String)],
}

impl<'a> From<&'a Variant> for Head<'a> {
    fn from(variant: &'a Variant) -> Head<'a> {
        let Variant { name, coordinates, settings, .. } = variant;
        Head { name, coordinates, settings }
    }
}

/// What was found for one variant, compared with the first.
pub(super) fn variant_result(
    quantiles: &mut Quantiles,
    variant: Head<'_>,
    tally: &Tally,
    first: Option<&Tally>,
) -> VariantResult {
    let (mut estimates, mut differences) = (Vec::new(), Vec::new());
    for (scope, metrics) in &tally.scopes {
        for (metric, measured) in metrics {
            let named = |estimate| Estimate { scope: scope.clone(), metric: *metric, ..estimate };
            if let Some(mut found) = estimate(quantiles, &measured.values) {
                if let Some(batches) = tally.batches.values(scope, *metric) {
                    found.ci95 = quantiles.sectioned(found.mean, &batches);
                }
                estimates.push(named(found));
            }
            let found = first.and_then(|f| difference(quantiles, (f, tally), scope, *metric));
            differences.extend(found.map(named));
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
        name: variant.name.to_string(),
        coordinates: variant.coordinates.to_vec(),
        settings: variant.settings.to_vec(),
        replications: tally.replications.len() as u32,
        estimates,
        differences,
        series: series.collect(),
        latency_curve: tally.latency_curve(),
        void: None,
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
        if expectation.is_for_load_tests() {
            continue;
        }
        for (variant, tally) in scenario.variants.iter().zip(tallies) {
            if expectation.variants.contains(&variant.name) {
                verdicts.push(judged(quantiles, (index, expectation), &variant.name, tally));
            }
        }
    }
    verdicts
}

/// Judges the expectation of this number by what was measured of a variant.
pub(super) fn judged(
    quantiles: &mut Quantiles,
    (index, expectation): (usize, &Expectation),
    variant: &str,
    tally: &Tally,
) -> Verdict {
    let values = tally.expected.get(index).map_or(&[][..], Vec::as_slice);
    let mut found = estimate(quantiles, values);
    // The batches are of the whole measured time.
    let batches = tally.batches.values(&expectation.scope, expectation.metric);
    if let (Some(found), Some(batches), None) = (&mut found, batches, expectation.window) {
        found.ci95 = quantiles.sectioned(found.mean, &batches);
    }
    verdict(expectation, variant, found)
}

/// Judges one expectation by the mean; it is sure when the whole interval says the same, or, where
/// an infinite value leaves no interval, when every one of several replications does.
fn verdict(expectation: &Expectation, variant: &str, found: Option<Estimate>) -> Verdict {
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
        bound: expectation.bound,
        holds,
        sure,
        void: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Comparison;

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
            let pairs = paired(&measured(&first), &measured(&other));
            assert_eq!(differences(&pairs.0, &pairs.1), expected);
        }
    }

    #[test]
    fn pairs_are_surer_than_the_variants_alone() {
        // Traffic moves both variants alike; the pairs show the constant difference.
        let first: Vec<(u32, f64)> = (0..10).map(|r| (r, f64::from(r * r % 7))).collect();
        let other: Vec<(u32, f64)> =
            first.iter().map(|(r, value)| (*r, value + 1.0 + f64::from(r % 2) * 0.01)).collect();
        let mut quantiles = Quantiles::default();
        let pairs = paired(&measured(&first), &measured(&other));
        let (low, high) = quantiles.interval(&differences(&pairs.0, &pairs.1)).unwrap();
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
                stage: None,
            };
            let found = estimate(&mut Quantiles::default(), &values);
            let verdict = verdict(&expectation, "base", found);
            let found = (verdict.observed, verdict.holds, verdict.sure);
            assert_eq!(found, (observed, holds, sure), "{values:?}");
        }
    }
}

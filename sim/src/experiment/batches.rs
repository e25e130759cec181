//! Batch means: how sure one long run is of itself.
//!
//! The measured time of the one replication is cut into equal windows, and each measure's values in
//! them stand for replications. That needs a run in its steady state and windows so long that one
//! knows nothing of the next (Law 2015, 9.5.3; Schmeiser 1982); so runs under events or changing
//! traffic have no batches, and neighbours that resemble each other are warned about.

use crate::metrics::{Metric, Scope};
use crate::scenario::Scenario;
use crate::time::Span;

/// The measures of one run in each of its batches; empty where there are none.
#[derive(Default)]
pub(super) struct Batches(Vec<Vec<Scope>>);

/// The windows of a scenario's batches, to be looked at beside its own: none unless it has one
/// replication of steady runs.
pub(super) fn windows(scenario: &Scenario) -> Vec<(Span, Span)> {
    let duration = scenario.run.duration;
    let steady = scenario.variants.iter().all(|variant| variant.platform.undisturbed() == duration);
    if scenario.run.replications > 1 || !steady {
        return Vec::new();
    }
    cut(duration, scenario.run.batches)
}

/// A measured time cut into so many equal windows; none where it is too short for that.
pub(super) fn cut(duration: Span, count: u32) -> Vec<(Span, Span)> {
    let count = u64::from(count);
    let at = |batch: u64| {
        let nanos = u128::from(duration.nanos()) * u128::from(batch) / u128::from(count);
        Span::from_nanos(nanos as u64)
    };
    let windows: Vec<_> = (0..count).map(|batch| (at(batch), at(batch + 1))).collect();
    // A run of fewer nanoseconds than batches has none.
    if windows.iter().any(|(from, to)| from == to) { Vec::new() } else { windows }
}

impl Batches {
    /// The batches of a run, in the order of [`windows`].
    pub fn of(windows: &[Vec<Scope>]) -> Batches {
        Batches(windows.to_vec())
    }

    /// The value of a measure in every batch; nothing where one has none, and for a measure that is
    /// not about any time alike: the largest of a run, and the time of its recovery.
    pub fn values(&self, scope: &str, metric: Metric) -> Option<Vec<f64>> {
        use Metric::{LateMax, LatencyMax, QueueMax, Recovery, ServiceMax, WaitMax};
        let extreme = matches!(metric, LatencyMax | WaitMax | QueueMax | ServiceMax | LateMax);
        if self.0.is_empty() || extreme || metric == Recovery {
            return None;
        }
        let value = |scopes: &Vec<Scope>| {
            let scope = scopes.iter().find(|found| found.name == scope)?;
            scope.values.iter().find(|(found, _)| *found == metric).map(|(_, value)| *value)
        };
        self.0.iter().map(value).collect()
    }
}

/// How much each value resembles the one before it, from -1 to 1: the lag-1 autocorrelation. Nothing
/// where all values are the same.
pub(super) fn resemblance(values: &[f64]) -> Option<f64> {
    let mean = super::statistics::mean(values);
    let from_mean = |value: f64| value - mean;
    let squares: f64 = values.iter().map(|value| from_mean(*value) * from_mean(*value)).sum();
    let products: f64 = values.windows(2).map(|pair| from_mean(pair[0]) * from_mean(pair[1])).sum();
    (squares > 0.0).then(|| products / squares)
}

/// From which resemblance on batches are too short: independent ones exceed it once in forty times.
pub(super) fn too_alike(batches: usize) -> f64 {
    1.96 / (batches as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::statistics::Quantiles;
    use super::*;
    use crate::rng::{Seed, Stream};

    /// Observations of an AR(1) process around 10 in its steady state: each is `memory` times the
    /// one before and as much noise as keeps its variance 1.
    fn autoregression(seed: u64, memory: f64, count: usize) -> Vec<f64> {
        let mut stream = Stream::named(Seed { scenario: seed, replication: 0 }, "ar", 0);
        // Twelve uniforms are close to normal, with mean 6 and variance 1.
        let mut normal = || (0..12).map(|_| stream.unit()).sum::<f64>() - 6.0;
        let (mut state, noise) = (normal(), (1.0 - memory * memory).sqrt());
        let mut next = || {
            state = memory * state + noise * normal();
            10.0 + state
        };
        (0..count).map(|_| next()).collect()
    }

    fn batch_means(values: &[f64], batches: usize) -> Vec<f64> {
        let size = values.len() / batches;
        values.chunks(size).map(super::super::statistics::mean).collect()
    }

    /// How often of 1,000 the interval of 20 batches holds the true mean, and how often they are
    /// called too alike.
    fn coverage(memory: f64, count: usize) -> (u32, u32) {
        let mut quantiles = Quantiles::default();
        let (mut held, mut alike) = (0, 0);
        for seed in 0..1_000 {
            let means = batch_means(&autoregression(seed, memory, count), 20);
            let whole = super::super::statistics::mean(&means);
            let (low, high) = quantiles.sectioned(whole, &means).unwrap();
            held += u32::from(low <= 10.0 && 10.0 <= high);
            alike += u32::from(resemblance(&means).unwrap() > too_alike(means.len()));
        }
        (held, alike)
    }

    #[test]
    fn long_batches_of_an_autoregression_cover_its_mean() {
        // The memory lasts 9.5 observations, a batch 200. Of 1,000 intervals 950 are expected; four
        // standard deviations are 4 * sqrt(1000 * 0.95 * 0.05) = 28.
        let (held, alike) = coverage(0.9, 4_000);
        assert!((922..=978).contains(&held), "{held}");
        assert!(alike < 60, "{alike}");
    }

    #[test]
    fn short_batches_are_found_out() {
        // Batches of 10 observations, about as long as the memory, resemble their neighbours: their
        // intervals are too narrow, and that is seen.
        let (held, alike) = coverage(0.9, 200);
        assert!(held < 850, "{held}");
        assert!(alike > 350, "{alike}");
    }

    #[test]
    fn resemblance_of_small_samples() {
        assert_eq!(resemblance(&[1.0, -1.0, 1.0, -1.0]), Some(-0.75));
        assert_eq!(resemblance(&[1.0, 1.0, -1.0, -1.0]), Some(0.25));
        assert_eq!(resemblance(&[2.0, 2.0]), None);
    }

    #[test]
    fn a_measure_needs_a_value_in_every_batch() {
        let scope = |values: &[(Metric, f64)]| {
            vec![Scope { name: "all".into(), values: values.to_vec(), latency_curve: Vec::new() }]
        };
        let both = [(Metric::Goodput, 1.0), (Metric::LatencyMean, 0.1), (Metric::LatencyMax, 9.0)];
        let batches = Batches::of(&[scope(&both), scope(&[(Metric::Goodput, 2.0)])]);
        assert_eq!(batches.values("all", Metric::Goodput), Some(vec![1.0, 2.0]));
        assert_eq!(batches.values("all", Metric::LatencyMean), None);
        assert_eq!(batches.values("all", Metric::LatencyMax), None);
        assert_eq!(batches.values("app.shop", Metric::Goodput), None);
        assert_eq!(Batches::default().values("all", Metric::Goodput), None);
    }
}

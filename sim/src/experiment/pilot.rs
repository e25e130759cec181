//! How long a platform needs to settle, found by MSER-5 in pilot runs.
//!
//! MSER-5 (White 1997; Franklin and White 2008) leaves out so much of a series' beginning that the
//! standard error of the mean of the rest, taken as if it were independent, is the smallest: what is
//! left out because it differs pays more than it costs. The series is looked at in means of five
//! observations, and at most its first half is left out: of less than half, chance decides.
//!
//! The pilots are warm-ups as long as the measured time, each variant's under seeds of their own,
//! recorded from their first instant: nothing that the scenario names happens in them, and rates are
//! those of time 0. What is in flight and what is queued are averaged over the pilots (Welch 1983),
//! and the series that needs longest decides for all variants, because they share the warm-up.

use super::jobs::Crew;
use super::statistics::mean;
use crate::metrics::{Metric, Summary};
use crate::platform::{Platform, Timing, rehearse};
use crate::rng::Seed;
use crate::scenario::Scenario;
use crate::time::Span;

/// How many pilots each variant has. Their replications are counted down from the largest number,
/// where no measured one ever is.
const PILOTS: u32 = 5;
/// How many observations a pilot's series have.
const OBSERVATIONS: u64 = 1_000;
/// How many observations make a mean: the 5 of MSER-5.
const BATCH: usize = 5;
/// What shows that a platform fills up.
const LEVELS: [Metric; 2] = [Metric::InFlightMean, Metric::QueueMean];

/// The warm-up that pilots ask for.
pub(super) struct Found {
    /// Its length, whole intervals.
    pub warmup: Span,
    /// The names of the variants that did not settle in the first half of their pilots.
    pub unsettled: Vec<String>,
}

/// The series of one variant, added up over its pilots.
type Sums = [Vec<f64>; LEVELS.len()];

/// How many pilots a scenario needs.
pub(super) fn jobs(scenario: &Scenario) -> usize {
    scenario.variants.len() * PILOTS as usize
}

/// Runs the pilots; nothing when they were stopped.
pub(super) fn find(scenario: &Scenario, crew: &mut Crew<'_>) -> Option<Found> {
    let duration = scenario.run.duration;
    let interval = Span::from_nanos((duration.nanos() / OBSERVATIONS).max(1));
    let platforms: Vec<Platform> = scenario.variants.iter().map(|v| pilot(&v.platform)).collect();
    let mut sums: Vec<Sums> = vec![Sums::default(); platforms.len()];
    let variants = platforms.len();
    let rehearsal = |job: usize| {
        let replication = u32::MAX - (job / variants) as u32;
        let seed = Seed { scenario: scenario.run.seed, replication };
        levels(&rehearse(&platforms[job % variants], seed, interval))
    };
    let all = crew.work(0..jobs(scenario), &rehearsal, &mut |job, levels| {
        for (sum, values) in sums[job % variants].iter_mut().zip(levels) {
            sum.resize(values.len(), 0.0);
            sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
    });
    if !all {
        return None;
    }
    let (mut longest, mut unsettled) = (Span::ZERO, Vec::new());
    for (variant, sums) in scenario.variants.iter().zip(&sums) {
        let cuts = sums.each_ref().map(|series| mser5(series));
        if cuts.iter().any(Option::is_none) {
            unsettled.push(variant.name.clone());
        }
        let cut = cuts.into_iter().flatten().max().unwrap_or(0);
        longest = longest.max(interval * cut as u64);
    }
    if !unsettled.is_empty() {
        longest = Span::from_nanos(duration.nanos() / 2);
    }
    let step = scenario.run.interval;
    let warmup = step * longest.nanos().div_ceil(step.nanos());
    Some(Found { warmup, unsettled })
}

/// A platform whose warm-up is as long as its measured time.
fn pilot(platform: &Platform) -> Platform {
    let timing = Timing { warmup: platform.timing.duration, ..platform.timing };
    Platform { timing, ..platform.clone() }
}

/// The series that are looked at.
fn levels(run: &Summary) -> Sums {
    LEVELS.map(|metric| run.series("all", metric).map_or_else(Vec::new, |s| s.values.clone()))
}

/// How many observations of a series to leave out, a multiple of five; nothing when the best cut is
/// the last that is looked at, because then the series does not settle.
fn mser5(series: &[f64]) -> Option<usize> {
    let means: Vec<f64> = series.chunks_exact(BATCH).map(mean).collect();
    let most = means.len() / 2;
    let mut best = (0, f64::INFINITY);
    for cut in 0..=most {
        let rest = &means[cut..];
        let middle = mean(rest);
        let squares: f64 = rest.iter().map(|value| (value - middle) * (value - middle)).sum();
        let statistic = squares / (rest.len() * rest.len()) as f64;
        if statistic < best.1 {
            best = (cut, statistic);
        }
    }
    (best.0 < most || most == 0).then_some(best.0 * BATCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    /// A level of 10 that is reached from 0 within `rise` observations, with some noise.
    fn rising(rise: usize, seed: u64) -> Vec<f64> {
        let mut stream = Stream::named(Seed { scenario: seed, replication: 0 }, "rise", 0);
        let level = |at: usize| if at < rise { 10.0 * at as f64 / rise as f64 } else { 10.0 };
        (0..1_000).map(|at| level(at) + stream.unit() - 0.5).collect()
    }

    #[test]
    fn a_known_start_is_cut_off() {
        let cuts = |rise: usize| (0..20).map(move |seed| mser5(&rising(rise, seed)).unwrap());
        // Nearly all of the rise goes; what is left of it hides in the noise.
        assert!(cuts(200).all(|cut| (185..=250).contains(&cut)));
        let mean = cuts(200).sum::<usize>() / 20;
        assert!((195..=210).contains(&mean), "{mean}");
        // What starts settled mostly loses next to nothing.
        assert!(cuts(0).filter(|cut| *cut <= 50).count() >= 17);
    }

    #[test]
    fn the_statistic_is_the_published_one() {
        // Without the first two means the squares are 6 over 6^2: 0.167. With none cut off it is
        // 39.5 over 8^2, with one 13.7 over 7^2, with three 4.8 over 5^2, with four 4 over 4^2.
        let means = [0.0, 8.0, 4.0, 6.0, 4.0, 6.0, 4.0, 6.0];
        let series: Vec<f64> = means.iter().flat_map(|mean| [*mean; BATCH]).collect();
        assert_eq!(mser5(&series), Some(2 * BATCH));
        // What comes down to its level counts alike: 7.5 over 8^2 with none cut off, 5.71 over 7^2
        // with one, 5.33 over 6^2 with two.
        let falling = [6.0, 4.0, 4.0, 4.0, 4.0, 6.0, 6.0, 4.0];
        let falling: Vec<f64> = falling.iter().flat_map(|mean| [*mean; BATCH]).collect();
        assert_eq!(mser5(&falling), Some(BATCH));
        // A rest of fewer than five observations does not count.
        let longer = [&series[..], &[1e9; 4]].concat();
        assert_eq!(mser5(&longer), Some(2 * BATCH));
    }

    #[test]
    fn what_only_grows_does_not_settle() {
        let line: Vec<f64> = (0..1_000).map(f64::from).collect();
        assert_eq!(mser5(&line), None);
        assert_eq!(mser5(&[0.1; 1_000]), Some(0));
        assert_eq!(mser5(&[]), Some(0));
    }
}

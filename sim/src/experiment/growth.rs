//! Whether runs are steady: what is in flight or queued must not grow over the measured time.
//!
//! Looked at is only the stretch that nothing disturbs, before the first event and under traffic that
//! does not change. Its last third is compared with its first, replication by replication.

use super::statistics::{STRICT, half_width, mean, variance};
use crate::metrics::{Metric, Summary};
use crate::time::Span;

/// A stretch of fewer intervals says nothing.
const LEAST: u64 = 30;
/// Growth of less than this share of the first third may be what is left of a start.
const NOTICEABLE: f64 = 0.2;
/// With the growth from the middle to the last third below this share of that from the first to the
/// middle one, a run has begun to settle: of a line they are the same.
const SETTLING: f64 = 1.0 / 3.0;
/// Levels below this are those of a platform that does next to nothing.
const IDLE: f64 = 0.1;

/// The means of the three thirds of a stretch, one a replication.
#[derive(Default)]
pub(super) struct Thirds(Vec<[f64; 3]>);

/// What grows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Growth {
    /// Its mean over the first third.
    pub from: f64,
    /// Its mean over the last third.
    pub to: f64,
    /// Whether it was settling: it grew at first and hardly at last.
    pub settling: bool,
}

impl Thirds {
    /// Adds a run, of which the first `stretch` is undisturbed.
    pub fn add(&mut self, run: &Summary, metric: Metric, stretch: Span, interval: Span) {
        let intervals = stretch.nanos() / interval.nanos();
        let series = run.series("all", metric).map_or(&[][..], |series| &series.values);
        let stretch = &series[..series.len().min(intervals as usize)];
        if intervals >= LEAST && stretch.len() as u64 >= LEAST {
            let third = stretch.len() / 3;
            let middle = &stretch[third..stretch.len() - third];
            let parts = [&stretch[..third], middle, &stretch[stretch.len() - third..]];
            self.0.push(parts.map(mean));
        }
    }

    /// What grew, if it did so beyond chance (at 99.9 %, because many variants are looked at) and to
    /// a degree that matters.
    pub fn growth(&self) -> Option<Growth> {
        let of = |third: usize| mean(&self.0.iter().map(|run| run[third]).collect::<Vec<_>>());
        let growths: Vec<f64> = self.0.iter().map(|[first, _, last]| last - first).collect();
        let error = (variance(&growths)? / growths.len() as f64).sqrt();
        let sure = mean(&growths) > half_width(growths.len() as u32 - 1, STRICT) * error;
        let [from, middle, to] = [0, 1, 2].map(of);
        let settling = to - middle < SETTLING * (middle - from);
        let matters = to > IDLE && to - from > NOTICEABLE * from;
        (sure && matters).then_some(Growth { from, to, settling })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Series;
    use crate::rng::{Seed, Stream};

    /// Ten runs of 90 seconds whose level is `level` of the second, with noise.
    fn thirds(level: impl Fn(f64) -> f64, stretch: u64) -> Thirds {
        let mut thirds = Thirds::default();
        for replication in 0..10 {
            let seed = Seed { scenario: 1, replication };
            let mut stream = Stream::named(seed, "growth", 0);
            let values = (0..90).map(|t| level(f64::from(t)) * (0.5 + stream.unit())).collect();
            let metric = Metric::QueueMean;
            let series = vec![Series { scope: "all".into(), metric, values }];
            let run = Summary { digest: 0, scopes: vec![], windows: vec![], series };
            thirds.add(&run, metric, Span::from_secs(stretch), Span::from_secs(1));
        }
        thirds
    }

    #[test]
    fn growth_is_seen_and_its_kind() {
        let growing = thirds(|t| 5.0 + t, 90).growth().unwrap();
        assert!(!growing.settling && growing.to > 2.0 * growing.from, "{growing:?}");
        let settling = thirds(|t| 50.0 * (t / 15.0).min(1.0), 90).growth().unwrap();
        assert!(settling.settling, "{settling:?}");
        assert_eq!(thirds(|_| 50.0, 90).growth(), None);
        assert_eq!(thirds(|t| 50.0 - t / 3.0, 90).growth(), None);
    }

    #[test]
    fn what_is_disturbed_or_idle_is_not_looked_at() {
        // It grows only after 60 seconds, where an event begins.
        let later = |t: f64| if t < 60.0 { 50.0 } else { 50.0 + t };
        assert!(thirds(later, 90).growth().is_some());
        assert_eq!(thirds(later, 60).growth(), None);
        assert_eq!(thirds(|t| 5.0 + t, 29).growth(), None);
        assert_eq!(thirds(|t| 5.0 + t, 0).growth(), None);
        assert_eq!(thirds(|t| t * 1e-4, 90).growth(), None);
    }
    #[test]
    fn two_runs_must_agree_very_well() {
        // One degree of freedom: at 99.9 % a growth must be 637 times its standard error.
        let growth = |last: f64| Thirds(vec![[10.0, 15.0, 20.0], [10.0, 15.0, last]]).growth();
        assert_eq!(growth(20.1), None);
        assert_eq!(
            growth(20.015_625),
            Some(Growth { from: 10.0, to: 20.007_812_5, settling: false })
        );
    }
}

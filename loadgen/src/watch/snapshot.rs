//! How a run goes, at one instant: what the live view and the exports show.

use crate::crew::Frame;
use crate::plan::Step;
use sim::metrics::{Cause, Counted};
use sim::time::Span;
use std::sync::{Arc, Mutex, PoisonError};

/// How a step goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The stage's name.
    pub stage: String,
    /// The step's name; the stage's own where it has only one.
    pub step: String,
    /// The time since the step began, its warm-up included.
    pub elapsed: Span,
    /// The time until it ends.
    pub left: Span,
    /// Users that run now.
    pub users: u64,
    /// The books of the step so far, its warm-up included.
    pub counted: Counted,
    /// The books of the last moments alone.
    pub recent: Counted,
    /// How long those moments were; about a second.
    pub lasts: Span,
    /// The median latency of successes in those moments; none without successes.
    pub latency_p50: Option<Span>,
    /// The 99th percentile of the same.
    pub latency_p99: Option<Span>,
    /// The 99th percentile of how late the generator sent in those moments.
    pub late_p99: Option<Span>,
    /// The share of those moments in which the generator had no core, 0 to 1.
    pub lost: f64,
}

impl Snapshot {
    /// What a frame of a step says.
    pub fn of(step: &Step, frame: &Frame) -> Snapshot {
        Snapshot {
            stage: step.stage.clone(),
            step: step.name.clone(),
            elapsed: frame.at,
            left: step.whole().saturating_sub(frame.at),
            users: frame.users,
            counted: frame.counted.clone(),
            recent: frame.recent.clone(),
            lasts: frame.lasts,
            latency_p50: frame.latency.quantile(0.5),
            latency_p99: frame.latency.quantile(0.99),
            late_p99: frame.late.quantile(0.99),
            lost: frame.gaps.lost_share(),
        }
    }

    /// Requests that begin, a second.
    pub fn rate(&self) -> f64 {
        self.per_second(self.recent.arrivals)
    }

    /// Requests that end well, a second.
    pub fn goodput(&self) -> f64 {
        self.per_second(self.recent.successes)
    }

    /// The causes of failures in the step so far, the most frequent first.
    pub fn failures(&self) -> Vec<(Cause, u64)> {
        let counts = Cause::ALL.into_iter().zip(self.counted.failures);
        let mut failures: Vec<_> = counts.filter(|(_, count)| *count > 0).collect();
        failures.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        failures
    }

    fn per_second(&self, count: u64) -> f64 {
        if self.lasts.is_zero() { 0.0 } else { count as f64 / self.lasts.seconds() }
    }
}

/// Where the last snapshot hangs, for whoever wants to read it.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<Option<Snapshot>>>);

impl Board {
    /// Replaces what hangs there.
    pub fn set(&self, snapshot: Snapshot) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(snapshot);
    }

    /// The last snapshot; nothing before the first.
    pub fn get(&self) -> Option<Snapshot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A snapshot with something in every part, for the tests of those who show it.
#[cfg(test)]
pub(super) fn example() -> Snapshot {
    let mut counted = Counted { arrivals: 6100, attempts: 6200, ..Counted::default() };
    counted.successes = 6000;
    counted.failures[Cause::Timeout as usize] = 8;
    counted.failures[Cause::H12 as usize] = 20;
    let recent = Counted { arrivals: 640, successes: 630, ..Counted::default() };
    Snapshot {
        stage: "finding the boundaries".into(),
        step: "400 users".into(),
        elapsed: Span::from_secs(12),
        left: Span::from_secs(8),
        users: 400,
        counted,
        recent,
        lasts: Span::from_millis(2000),
        latency_p50: Some(Span::from_nanos(12_340_000)),
        latency_p99: Some(Span::from_millis(1500)),
        late_p99: Some(Span::from_nanos(210_000)),
        lost: 0.004,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::GapsReport;
    use crate::plan::At;
    use sim::metrics::Counts;

    #[test]
    fn rates_are_a_second_and_causes_come_by_frequency() {
        let snapshot = example();
        assert_eq!((snapshot.rate(), snapshot.goodput()), (320.0, 315.0));
        assert_eq!(snapshot.failures(), [(Cause::H12, 20), (Cause::Timeout, 8)]);
        assert_eq!(Snapshot::default().rate(), 0.0);
    }

    #[test]
    fn a_frame_of_a_step_is_a_snapshot() {
        let step = Step {
            number: 0,
            stage: "soak".into(),
            name: "400 users".into(),
            at: At::Users(400),
            repeat: 0,
            warmup: Span::from_secs(5),
            lasts: Span::from_secs(15),
            interval: Span::from_secs(1),
            windows: Vec::new(),
            beginners_a_second: 5000,
        };
        let mut latency = Counts::new(2);
        latency.record(Span::from_millis(10));
        let frame = Frame {
            second: 11,
            at: Span::from_secs(12),
            lasts: Span::from_secs(1),
            users: 400,
            counted: Counted { arrivals: 100, ..Counted::default() },
            recent: Counted { arrivals: 9, ..Counted::default() },
            latency,
            late: Counts::new(2),
            gaps: GapsReport::default(),
        };
        let snapshot = Snapshot::of(&step, &frame);
        assert_eq!((&snapshot.stage[..], &snapshot.step[..]), ("soak", "400 users"));
        assert_eq!((snapshot.elapsed, snapshot.left), (Span::from_secs(12), Span::from_secs(8)));
        assert_eq!((snapshot.rate(), snapshot.counted.arrivals), (9.0, 100));
        assert!(snapshot.latency_p99.is_some_and(|p99| p99.seconds() < 0.0102));
        assert_eq!(snapshot.late_p99, None);
    }

    #[test]
    fn the_board_shows_the_last() {
        let board = Board::default();
        let reader = board.clone();
        assert_eq!(reader.get(), None);
        board.set(Snapshot::default());
        board.set(example());
        assert_eq!(reader.get(), Some(example()));
    }
}

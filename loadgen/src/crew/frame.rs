//! Frames: how a step goes, once a second.

use crate::machine::GapsReport;
use serde::{Deserialize, Serialize};
use sim::metrics::{Counted, Counts};
use sim::time::Span;

/// One second of a step, of one worker or, merged, of all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Which second of the step it is, from 0.
    pub second: u64,
    /// The time from the step's start to the frame's end.
    pub at: Span,
    /// How long the frame is; about a second.
    pub lasts: Span,
    /// Users that the step runs: all closed ones, and open ones with a request.
    pub users: u64,
    /// The books of the step so far, its warm-up included.
    pub counted: Counted,
    /// What was booked in this frame alone.
    pub recent: Counted,
    /// The latency of successes in this frame, to two digits.
    pub latency: Counts,
    /// How late users sent in this frame, to two digits.
    pub late: Counts,
    /// How the processes were scheduled in this frame.
    pub gaps: GapsReport,
}

impl Frame {
    /// Adds the same second of another worker.
    pub fn merge(&mut self, other: &Frame) {
        self.at = self.at.max(other.at);
        self.lasts = self.lasts.max(other.lasts);
        self.users += other.users;
        self.counted.add(&other.counted);
        self.recent.add(&other.recent);
        self.latency.merge(&other.latency);
        self.late.merge(&other.late);
        self.gaps.merge(&other.gaps);
    }
}

/// Puts the frames of several workers together, second by second.
///
/// A second is complete when every worker that still runs has told of it. A worker that lags holds the
/// others back by `MOST_WAITING` seconds at most; what it tells later of a second that was given is
/// left out of the frames, and is in the ledgers all the same.
#[derive(Debug)]
pub struct Frames {
    /// Each with the workers that have told of it.
    waiting: Vec<(Frame, Vec<usize>)>,
    /// The first second that was not given yet.
    next: u64,
}

/// Seconds that are held for a worker that lags.
const MOST_WAITING: usize = 5;

impl Frames {
    /// No frame yet.
    pub fn new() -> Frames {
        Frames { waiting: Vec::new(), next: 0 }
    }

    /// Takes a frame of the worker of this number.
    pub fn add(&mut self, worker: usize, frame: Frame) {
        if frame.second < self.next {
            return;
        }
        match self.waiting.iter_mut().find(|(found, _)| found.second == frame.second) {
            Some((found, told)) => {
                found.merge(&frame);
                told.push(worker);
            }
            None => {
                self.waiting.push((frame, vec![worker]));
                self.waiting.sort_by_key(|(frame, _)| frame.second);
            }
        }
    }

    /// The next second, where it is complete: all workers that still run have told of it.
    pub fn next(&mut self, running: &[usize]) -> Option<Frame> {
        let (first, told) = self.waiting.first()?;
        let complete = running.iter().all(|worker| told.contains(worker));
        if !complete && self.waiting.len() <= MOST_WAITING {
            return None;
        }
        self.next = first.second + 1;
        Some(self.waiting.remove(0).0)
    }
}

impl Default for Frames {
    fn default() -> Frames {
        Frames::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(second: u64, users: u64) -> Frame {
        let (at, lasts) = (Span::from_secs(second + 1), Span::from_secs(1));
        let mut latency = Counts::new(2);
        latency.record(Span::from_millis(users));
        Frame {
            second,
            at,
            lasts,
            users,
            counted: Counted { arrivals: 10 * second, ..Counted::default() },
            recent: Counted { arrivals: 10, ..Counted::default() },
            latency,
            late: Counts::new(2),
            gaps: GapsReport::default(),
        }
    }

    #[test]
    fn a_second_is_given_when_all_have_told_of_it() {
        let mut frames = Frames::new();
        frames.add(0, frame(0, 1));
        assert_eq!(frames.next(&[0, 1]), None);
        frames.add(0, frame(1, 1));
        // The first has ended; what the other one has to tell of this second is still waited for.
        assert_eq!(frames.next(&[1]), None);
        frames.add(1, frame(0, 2));
        let both = frames.next(&[0, 1]).unwrap();
        assert_eq!((both.second, both.users, both.recent.arrivals), (0, 3, 20));
        assert_eq!(both.latency.count(), 2);
        assert_eq!(frames.next(&[0, 1]), None);
        assert_eq!(frames.next(&[0]).unwrap().second, 1, "the other one has ended");
    }

    #[test]
    fn one_who_lags_holds_the_others_back_for_some_seconds_only() {
        let mut frames = Frames::new();
        let mut given = Vec::new();
        for second in 0..20 {
            frames.add(0, frame(second, 1));
            given.extend(frames.next(&[0, 1]).map(|frame| frame.second));
            assert!(frames.waiting.len() <= MOST_WAITING);
        }
        assert_eq!(given, (0..15).collect::<Vec<_>>());
        frames.add(1, frame(3, 7));
        assert_eq!(frames.next(&[0]).unwrap().second, 15, "what comes too late is left out");
    }
}

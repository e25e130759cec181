//! Whether the generator itself was fit to measure a step.
//!
//! The thresholds, each for every worker by itself, in the measured time of a step:
//!
//! - more than one send in a hundred was late by more than 5 ms and more than a tenth of the step's
//!   median latency: what is measured then is the generator;
//! - the process could not run in more than one part in a hundred of the time;
//! - the process, whose users share one thread, was busy for more than nine tenths of it;
//! - connections failed because this machine had no file, port or memory left.
//!
//! A step that meets one of these is void: it neither passed nor failed.

use super::message::Done;
use crate::machine::GapsReport;
use serde::{Deserialize, Serialize};
use sim::metrics::Counts;
use sim::time::Span;

/// Sends may be late by this, whatever the latency.
const LATE: Span = Span::from_millis(5);
/// And by this share of the median latency.
const LATE_SHARE: f64 = 0.1;
/// The share of sends that is looked at.
const LATE_QUANTILE: f64 = 0.99;
/// The share of time without a core that is borne.
const LOST_SHARE: f64 = 0.01;
/// The cores that a process may keep busy.
const BUSY: f64 = 0.9;

/// How the generator fared in a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// How late users sent after the intended start, in all workers, to two digits.
    pub late: Counts,
    /// How the processes were scheduled, all together.
    pub gaps: GapsReport,
    /// The cores that the busiest process kept busy, where the system tells.
    pub cpu: Option<f64>,
    /// Losses for which this machine was at fault.
    pub ours: u64,
    /// Why the step is void; nothing when the generator was fit.
    pub starved: Option<String>,
}

impl Health {
    /// The health of all workers in a step; `latency` is that of all.
    pub fn of(workers: &[Done], latency: &Counts) -> Health {
        let mut health = Health {
            late: Counts::new(2),
            gaps: GapsReport::default(),
            cpu: None,
            ours: workers.iter().map(|done| done.ours).sum(),
            starved: None,
        };
        let median = latency.quantile(0.5).unwrap_or(Span::ZERO);
        for (index, done) in workers.iter().enumerate() {
            health.late.merge(&done.late);
            health.gaps.merge(&done.gaps);
            health.cpu = health.cpu.into_iter().chain(done.gaps.cpu_share()).reduce(f64::max);
            health.starved = health.starved.or_else(|| starved(index, done, median));
        }
        health
    }
}

/// Why a worker was not fit to measure.
fn starved(index: usize, done: &Done, median: Span) -> Option<String> {
    let bound = LATE.max(median.scaled(LATE_SHARE));
    let late = done.late.quantile(LATE_QUANTILE).unwrap_or(Span::ZERO);
    if late > bound {
        let (late, bound) = (late.seconds() * 1e3, bound.seconds() * 1e3);
        return Some(format!(
            "worker {index} of the generator sent one request in a hundred more than {late:.1} ms late; \
             more than {bound:.1} ms says more of the generator than of the target"
        ));
    }
    let lost = done.gaps.lost_share();
    if lost > LOST_SHARE {
        let share = lost * 100.0;
        return Some(format!(
            "worker {index} of the generator wanted to run and could not in {share:.1} % of the time"
        ));
    }
    let busy = done.gaps.cpu_share().unwrap_or(0.0);
    if busy > BUSY {
        let share = busy * 100.0;
        return Some(format!(
            "worker {index} of the generator kept its core busy for {share:.0} % of the time"
        ));
    }
    (done.ours > 0).then(|| {
        let ours = done.ours;
        format!("{ours} connections failed because this machine had no file, port or memory left")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::{Reasons, Streams};
    use sim::metrics::{Ledger, Plan};
    use sim::time::SimTime;

    fn done(late: u64, watched: u64, cpu: u64, ours: u64) -> Done {
        let plan = Plan {
            apps: Vec::new(),
            clients: Vec::new(),
            begin: SimTime::ZERO,
            duration: Span::from_secs(1),
            interval: Span::from_secs(1),
            windows: Vec::new(),
            faults: None,
        };
        let mut counts = Counts::new(2);
        for sent in 0..100 {
            // Two in a hundred are late.
            counts.record(Span::from_millis(if sent < 98 { 0 } else { late }));
        }
        Done {
            ledger: Ledger::new(&plan),
            late: counts,
            latency: Counts::new(2),
            gaps: GapsReport { watched, cpu: Some(cpu), ..GapsReport::default() },
            ours,
            cut_off: 0,
            reasons: Reasons::default(),
            streams: Streams::default(),
            diary: Vec::new(),
            ran: Span::from_secs(1),
        }
    }

    #[test]
    fn a_starved_worker_makes_the_step_void_and_says_why() {
        let mut latency = Counts::new(2);
        latency.record(Span::from_millis(100));
        for (done, reason) in [
            (done(0, 1_000, 500, 0), None),
            (done(9, 1_000, 500, 0), None),
            (done(12, 1_000, 500, 0), Some("late")),
            (done(0, 1_000, 950, 0), Some("busy")),
            (done(0, 1_000, 500, 2), Some("no file")),
        ] {
            let health = Health::of(&[self::done(0, 1_000, 100, 0), done], &latency);
            match (&health.starved, reason) {
                (None, None) => {}
                (Some(found), Some(reason)) => assert!(found.contains(reason), "{found}"),
                (found, expected) => panic!("{found:?} is not {expected:?}"),
            }
        }
    }

    #[test]
    fn five_milliseconds_are_borne_where_answers_are_quick() {
        let mut latency = Counts::new(2);
        latency.record(Span::from_millis(1));
        let starved = |late| Health::of(&[done(late, 1_000, 0, 0)], &latency).starved;
        assert_eq!(starved(4), None);
        assert!(starved(6).is_some());
    }
}

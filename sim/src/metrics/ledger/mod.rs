//! What a load test measured: a ledger that several processes keep apart and that adds up exactly.
//!
//! A real run has no order of events: threads and processes tell of theirs when they can. So a ledger
//! holds counts, sums and histograms alone, one set for each piece of time, and no event of it depends
//! on another. Whatever is told in whatever order, in one ledger or in several that are merged, makes
//! the same sums. Memory is fixed by the plan and the longest time; no sample is kept.
//!
//! Times count from the start of the step, warm-up included. `plan.begin` is the end of the warm-up: a
//! piece of time belongs to windows and intervals only after it.

mod cut;
mod pieces;
mod summary;

#[cfg(test)]
mod tests;

use self::pieces::Pieces;
use super::{Cause, Plan, Summary};
use crate::time::{SimTime, Span};
use serde::{Deserialize, Serialize};

/// Records what a load test measured in one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    plan: Plan,
    /// The whole step, by client.
    whole: Vec<Counted>,
    /// The present number of users, by client.
    users: Vec<u64>,
    /// By the begins and ends of all windows.
    windows: Pieces,
    /// By the intervals of the series.
    intervals: Pieces,
    /// Whether dynos told what they finished.
    dynos_tell: bool,
}

/// The books of a step from its start to its end, its warm-up included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Requests that began, dropped ones too.
    pub arrivals: u64,
    /// Attempts that were sent.
    pub attempts: u64,
    /// Requests that ended well.
    pub successes: u64,
    /// Requests that failed, in the order of [`Cause::ALL`].
    pub failures: [u64; Cause::ALL.len()],
    /// How long those took that failed, all together.
    pub failures_lasted: Span,
}

impl Ledger {
    /// An empty ledger for a step of this shape.
    pub fn new(plan: &Plan) -> Ledger {
        let (clients, apps) = (plan.clients.len(), plan.apps.len());
        let whole = (Span::ZERO, plan.duration);
        let marks = [whole].into_iter().chain(plan.windows.iter().copied());
        let marks = marks.flat_map(|(from, to)| [plan.begin + from, plan.begin + to]).collect();
        let intervals = plan.duration.nanos() / plan.interval.nanos();
        let edges = (0..=intervals).map(|count| plan.begin + plan.interval * count).collect();
        Ledger {
            plan: plan.clone(),
            whole: vec![Counted::default(); clients],
            users: vec![0; clients],
            windows: Pieces::new(marks, 3, clients, apps),
            intervals: Pieces::new(edges, 2, clients, apps),
            dynos_tell: false,
        }
    }

    /// The shape of what is recorded.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// A request was meant to begin; also one for which no user was free.
    pub fn arrival(&mut self, at: Span, client: usize) {
        self.whole[client].arrivals += 1;
        for (pieces, at) in self.pieces(at) {
            if let Some(piece) = pieces.client(at, client) {
                piece.arrivals += 1;
            }
            pieces.flow(at, client, 1);
        }
    }

    /// An attempt was sent.
    pub fn attempt(&mut self, at: Span, client: usize) {
        self.whole[client].attempts += 1;
        for (pieces, at) in self.pieces(at) {
            if let Some(piece) = pieces.client(at, client) {
                piece.attempts += 1;
            }
        }
    }

    /// The generator itself sent the first attempt of a request so long after its intended start.
    pub fn late(&mut self, at: Span, client: usize, by: Span) {
        if let Some(piece) = self.windows.client(SimTime::ZERO + at, client) {
            piece.late.record(by);
        }
    }

    /// A request ended well at `at`, `latency` after its intended start and `service` after the actual
    /// send of its last attempt.
    pub fn success(&mut self, at: Span, client: usize, latency: Span, service: Span) {
        self.whole[client].successes += 1;
        for (pieces, at) in self.pieces(at) {
            if let Some(piece) = pieces.client(at, client) {
                piece.successes += 1;
                piece.latency_nanos += u128::from(latency.nanos());
                piece.latency.record(latency);
            }
            pieces.flow(at, client, -1);
        }
        if let Some(piece) = self.windows.client(SimTime::ZERO + at, client) {
            piece.service_nanos += u128::from(service.nanos());
            piece.service.record(service);
        }
    }

    /// A request ended badly at `at`, `lasted` after its intended start.
    pub fn failure(&mut self, at: Span, client: usize, cause: Cause, lasted: Span) {
        self.whole[client].failures[cause as usize] += 1;
        self.whole[client].failures_lasted += lasted;
        for (pieces, at) in self.pieces(at) {
            if let Some(piece) = pieces.client(at, client) {
                piece.failures[cause as usize] += 1;
            }
            pieces.flow(at, client, -1);
        }
    }

    /// From now on the generator runs so many users of a client. To be told in the order of time.
    pub fn users(&mut self, at: Span, client: usize, count: u64) {
        let more = count as i64 - self.users[client] as i64;
        self.users[client] = count;
        for (pieces, at) in self.pieces(at) {
            pieces.users(at, client, more);
        }
    }

    /// A dyno finished an attempt, wanted or not.
    pub fn finished(&mut self, app: usize, at: Span) {
        self.dynos_tell = true;
        for (pieces, at) in self.pieces(at) {
            pieces.finished(at, app);
        }
    }

    /// Both ways to cut time, and the instant of the step's time.
    fn pieces(&mut self, at: Span) -> [(&mut Pieces, SimTime); 2] {
        let at = SimTime::ZERO + at;
        [(&mut self.windows, at), (&mut self.intervals, at)]
    }

    /// Adds what another ledger of the same step measured. Panics when its plan is another.
    pub fn merge(&mut self, other: &Ledger) {
        assert_eq!(self.plan, other.plan, "only ledgers of one step add up");
        self.whole.iter_mut().zip(&other.whole).for_each(|(sum, more)| sum.add(more));
        self.users.iter_mut().zip(&other.users).for_each(|(sum, more)| *sum += more);
        self.windows.merge(&other.windows);
        self.intervals.merge(&other.intervals);
        self.dynos_tell |= other.dynos_tell;
    }

    /// The books of the whole step, all clients together.
    pub fn totals(&self) -> Counted {
        let mut sum = Counted::default();
        self.whole.iter().for_each(|client| sum.add(client));
        sum
    }

    /// The books of the whole step of one client.
    pub fn totals_of(&self, client: usize) -> &Counted {
        &self.whole[client]
    }

    /// The measures of the step. Those that only a simulated run can know, such as waits and queues,
    /// are absent.
    pub fn summary(&self) -> Summary {
        summary::summary(self)
    }
}

impl Counted {
    /// Requests that failed for a cause.
    pub fn failed(&self, cause: Cause) -> u64 {
        self.failures[cause as usize]
    }

    /// Requests that ended, well or badly.
    pub fn ended(&self) -> u64 {
        self.successes + self.failures.iter().sum::<u64>()
    }

    /// Requests that began and have not ended. Panics when more ended than began: every request is
    /// told of when it begins.
    pub fn in_flight(&self) -> u64 {
        self.arrivals.checked_sub(self.ended()).expect("a request begins before it ends")
    }

    /// Adds other books to these.
    pub fn add(&mut self, other: &Counted) {
        self.arrivals += other.arrivals;
        self.attempts += other.attempts;
        self.successes += other.successes;
        self.failures.iter_mut().zip(&other.failures).for_each(|(sum, more)| *sum += more);
        self.failures_lasted += other.failures_lasted;
    }
}

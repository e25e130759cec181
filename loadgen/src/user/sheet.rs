//! What the users of a process measured in a step.
//!
//! All of them write here, one short lock each time: they share one thread, so it is hardly ever held
//! by another. When the sheet has been taken, what comes later is written nowhere.

use super::reasons::Reasons;
use super::streams::Streams;
use sim::metrics::{Cause, Counted, Counts, Entry, Ledger, Plan};
use sim::time::{SimTime, Span};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The measures of a step while it runs.
#[derive(Debug)]
pub struct Sheet {
    books: Mutex<Books>,
}

/// All that was measured in a step.
#[derive(Debug)]
pub struct Measured {
    /// What the requests came to.
    pub ledger: Ledger,
    /// How late users sent in the measured time, to two digits.
    pub late: Counts,
    /// The latency of successes in the measured time, to two digits.
    pub latency: Counts,
    /// Losses for which this machine was at fault.
    pub ours: u64,
    /// Attempts that nobody waited for and whose connections were closed for want of room.
    pub cut_off: u64,
    /// Why attempts failed.
    pub reasons: Reasons,
    /// What came of connections that stayed.
    pub streams: Streams,
    /// Request by request, the successes of open clients in the measured time.
    pub diary: Vec<Entry>,
}

/// A diary has no more entries; later successes are left out of it.
const LONGEST_DIARY: usize = 200_000;

/// What was measured since it was last asked for.
#[derive(Debug)]
pub struct Recent {
    /// What was booked.
    pub counted: Counted,
    /// The latency of successes, to two digits.
    pub latency: Counts,
    /// How late users sent, to two digits.
    pub late: Counts,
}

#[derive(Debug)]
struct Books {
    /// Nothing once it was taken.
    measured: Option<Measured>,
    recent: Recent,
    /// Where the measured time begins and ends.
    from: Span,
    to: Span,
}

impl Recent {
    fn new() -> Recent {
        Recent { counted: Counted::default(), latency: Counts::new(2), late: Counts::new(2) }
    }
}

impl Sheet {
    /// An empty sheet for a step of this shape.
    pub fn new(plan: &Plan) -> Sheet {
        let from = plan.begin.since(SimTime::ZERO);
        let measured = Measured {
            ledger: Ledger::new(plan),
            late: Counts::new(2),
            latency: Counts::new(2),
            ours: 0,
            cut_off: 0,
            reasons: Reasons::default(),
            streams: Streams::default(),
            diary: Vec::new(),
        };
        let to = from + plan.duration;
        let books = Books { measured: Some(measured), recent: Recent::new(), from, to };
        Sheet { books: Mutex::new(books) }
    }

    /// The users of a client from now on.
    pub fn users(&self, at: Span, client: usize, users: u64) {
        self.write(|measured, _, _| measured.ledger.users(at, client, users));
    }

    /// A request was meant to begin.
    pub fn arrival(&self, at: Span, client: usize) {
        self.write(|measured, recent, _| {
            measured.ledger.arrival(at, client);
            recent.counted.arrivals += 1;
        });
    }

    /// A request was first sent, so long after it was meant to begin.
    pub fn late(&self, at: Span, client: usize, by: Span) {
        self.write(|measured, recent, counts| {
            measured.ledger.late(at, client, by);
            recent.late.record(by);
            if counts(at) {
                measured.late.record(by);
            }
        });
    }

    /// An attempt is sent.
    pub fn attempt(&self, at: Span, client: usize) {
        self.write(|measured, recent, _| {
            measured.ledger.attempt(at, client);
            recent.counted.attempts += 1;
        });
    }

    /// Which request of an open client has just ended well.
    pub fn note(&self, at: Span, client: usize, number: u64, latency: Span) {
        self.write(|measured, _, counts| {
            if counts(at) && measured.diary.len() < LONGEST_DIARY {
                measured.diary.push(Entry { client: client as u32, number, latency });
            }
        });
    }

    /// A request ended well.
    pub fn success(&self, at: Span, client: usize, latency: Span, service: Span) {
        self.write(|measured, recent, counts| {
            measured.ledger.success(at, client, latency, service);
            recent.counted.successes += 1;
            recent.latency.record(latency);
            if counts(at) {
                measured.latency.record(latency);
            }
        });
    }

    /// A request ended badly, so long after it was meant to begin.
    pub fn failure(&self, at: Span, client: usize, cause: Cause, lasted: Span) {
        self.write(|measured, recent, _| {
            measured.ledger.failure(at, client, cause, lasted);
            recent.counted.failures[cause as usize] += 1;
            recent.counted.failures_lasted += lasted;
        });
    }

    /// This machine had no file, port or memory left for a connection.
    pub fn ours(&self) {
        self.write(|measured, _, _| measured.ours += 1);
    }

    /// There was no room to let an attempt go on that nobody waits for.
    pub fn cut_off(&self) {
        self.write(|measured, _, _| measured.cut_off += 1);
    }

    /// An attempt failed, and why, in words.
    pub fn reason(&self, reason: &str) {
        self.write(|measured, _, _| measured.reasons.add(reason));
    }

    /// A connection that stayed has ended.
    pub fn stream(&self, stream: &Streams) {
        self.write(|measured, _, _| measured.streams.add(stream));
    }

    /// The books so far, and what was measured since the last time; nothing once all was taken.
    pub fn recent(&self) -> Option<(Counted, Recent)> {
        let mut books = self.lock();
        let counted = books.measured.as_ref()?.ledger.totals();
        Some((counted, std::mem::replace(&mut books.recent, Recent::new())))
    }

    /// How many requests have begun and not ended.
    pub fn in_flight(&self) -> u64 {
        self.lock().measured.as_ref().map_or(0, |measured| measured.ledger.totals().in_flight())
    }

    /// The step ends earlier than planned: what comes later is booked, and not measured.
    pub fn end_at(&self, at: Span) {
        let books = &mut *self.lock();
        books.to = books.to.min(at);
        if let Some(measured) = &mut books.measured {
            measured.ledger.end_at(at);
        }
    }

    /// Takes all that was measured, once.
    pub fn take(&self) -> Option<Measured> {
        self.lock().measured.take()
    }

    /// Writes, unless the sheet was taken; tells whether an instant lies in the measured time.
    fn write(&self, write: impl FnOnce(&mut Measured, &mut Recent, &dyn Fn(Span) -> bool)) {
        let books = &mut *self.lock();
        let (from, to) = (books.from, books.to);
        if let Some(measured) = &mut books.measured {
            write(measured, &mut books.recent, &|at| from <= at && at < to);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        // Books are sums, right after every step: a thread that panicked elsewhere spoils none.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::metrics::Metric;

    fn sheet() -> Sheet {
        Sheet::new(&Plan {
            apps: vec!["shop".into()],
            clients: vec![("browsers".into(), 0)],
            begin: SimTime::ZERO + Span::from_secs(1),
            duration: Span::from_secs(2),
            interval: Span::from_secs(1),
            windows: Vec::new(),
            faults: None,
        })
    }

    #[test]
    fn the_books_hold_the_whole_step_and_the_counts_the_measured_time() {
        let sheet = sheet();
        for second in 0..4 {
            let at = Span::from_secs(second);
            sheet.arrival(at, 0);
            sheet.late(at, 0, Span::from_millis(1));
            sheet.attempt(at, 0);
            sheet.success(at, 0, Span::from_millis(5), Span::from_millis(4));
        }
        sheet.arrival(Span::from_secs(1), 0);
        assert_eq!(sheet.in_flight(), 1);
        let (counted, recent) = sheet.recent().unwrap();
        assert_eq!((counted.arrivals, recent.counted.arrivals, recent.latency.count()), (5, 5, 4));
        sheet.failure(Span::from_secs(2), 0, Cause::Reset, Span::from_secs(1));
        let (counted, recent) = sheet.recent().unwrap();
        assert_eq!((counted.ended(), recent.counted.ended(), recent.late.count()), (5, 1, 0));
        let measured = sheet.take().unwrap();
        assert_eq!((measured.late.count(), measured.latency.count()), (2, 2));
    }

    #[test]
    fn what_comes_after_an_early_end_is_booked_and_not_measured() {
        let sheet = sheet();
        sheet.arrival(Span::from_millis(1_200), 0);
        sheet.end_at(Span::from_millis(1_500));
        for milli in [1_400, 1_600] {
            let at = Span::from_millis(milli);
            sheet.arrival(at, 0);
            sheet.late(at, 0, Span::from_millis(1));
            sheet.note(at, 0, milli, Span::from_millis(5));
            sheet.success(at, 0, Span::from_millis(5), Span::from_millis(4));
        }
        let measured = sheet.take().unwrap();
        let counted = measured.ledger.totals();
        assert_eq!((counted.arrivals, counted.successes), (3, 2));
        let counts = (measured.late.count(), measured.latency.count(), measured.diary.len());
        assert_eq!(counts, (1, 1, 1));
        let summary = measured.ledger.summary();
        let rate = |metric| summary.value("all", metric).unwrap();
        assert_eq!((rate(Metric::Arrivals), rate(Metric::Goodput)), (4.0, 2.0));
    }

    #[test]
    fn what_comes_after_it_was_taken_is_written_nowhere() {
        let sheet = sheet();
        sheet.arrival(Span::ZERO, 0);
        assert!(sheet.take().is_some() && sheet.take().is_none());
        sheet.success(Span::ZERO, 0, Span::ZERO, Span::ZERO);
        assert!(sheet.recent().is_none());
        assert_eq!(sheet.in_flight(), 0);
    }
}

//! The clock, and the one order over all that is yet to happen.

use std::collections::VecDeque;

use super::event::{Event, Key, NO_EVENT, key, time_of};
use super::ladder::Ladder;
use super::slots::TimerId;
use super::timers::Timers;
use crate::time::{SimTime, Span};

/// What is yet to happen, and the present time.
///
/// Events come out by time, and at one time in the order in which they were scheduled, whichever way
/// they were scheduled.
#[derive(Debug)]
pub struct Scheduler<E> {
    now: u64,
    /// The number of the next event.
    seq: u64,
    /// Events scheduled before their time came.
    future: Ladder<E>,
    /// Events scheduled at the present time, for the present time, with their numbers.
    present: VecDeque<(u64, E)>,
    timers: Timers<E>,
}

impl<E: Copy> Scheduler<E> {
    /// Nothing is pending, and it is [`SimTime::ZERO`].
    pub fn new() -> Scheduler<E> {
        Scheduler {
            now: 0,
            seq: 0,
            future: Ladder::new(),
            present: VecDeque::new(),
            timers: Timers::new(),
        }
    }

    /// The present time: that of the last event popped.
    pub fn now(&self) -> SimTime {
        SimTime::from_nanos(self.now)
    }

    /// Schedules `event` for the time `when`, after all events of that time scheduled before. An event
    /// at [`SimTime::NEVER`] is dropped. Panics when `when` is in the past.
    #[inline]
    pub fn at(&mut self, when: SimTime, event: E) {
        let time = when.nanos();
        assert!(time >= self.now, "an event at {when} is scheduled at {}, after it", self.now());
        if time == u64::MAX {
            return;
        }
        let seq = self.number();
        if time == self.now {
            self.present.push_back((seq, event));
        } else {
            self.future.push(Event { time, seq, event });
        }
    }

    /// Schedules `event` for the time when `span` has passed; never, when that is [`SimTime::NEVER`].
    #[inline]
    pub fn after(&mut self, span: Span, event: E) {
        self.at(self.now() + span, event);
    }

    /// Schedules `event` for the time when `span` has passed, unless it is cancelled before. Made for
    /// time-outs: cheap when few distinct spans are in use and nearly all timers are cancelled. A span
    /// of [`Span::MAX`] never passes.
    #[inline]
    pub fn timer(&mut self, span: Span, event: E) -> TimerId {
        let time = (self.now() + span).nanos();
        if time == u64::MAX {
            return TimerId::NONE;
        }
        let seq = self.number();
        self.timers.arm(span.nanos(), Event { time, seq, event })
    }

    /// Cancels a timer, which then leaves no trace. Nothing happens when it fired or was cancelled
    /// already, or is [`TimerId::NONE`].
    #[inline]
    pub fn cancel(&mut self, id: TimerId) {
        self.timers.cancel(id);
    }

    /// Removes the next event and moves the clock to its time; nothing, and the clock stays, when
    /// there is no event up to and with the time `end`.
    #[inline]
    pub fn pop_until(&mut self, end: SimTime) -> Option<E> {
        let (future, timer) = (self.future.next_key(), self.timers.next_key());
        let later = time_of(future).min(time_of(timer)) > self.now;
        if later && self.now <= end.nanos() {
            // Most of the time nothing else is due at the present time.
            if let Some((_, event)) = self.present.pop_front() {
                return Some(event);
            }
        }
        let present = self.present.front().map_or(NO_EVENT, |&(seq, _)| key(self.now, seq));
        let next = future.min(timer).min(present);
        if next == NO_EVENT || time_of(next) > end.nanos() {
            return None;
        }
        self.advance(next);
        if next == future {
            self.future.pop().map(|event| event.event)
        } else if next == present {
            self.present.pop_front().map(|(_, event)| event)
        } else {
            Some(self.timers.fire())
        }
    }

    /// How many events are pending, with all timers that are neither fired nor cancelled.
    pub fn pending(&self) -> usize {
        self.future.len() + self.present.len() + self.timers.len()
    }

    #[inline]
    fn advance(&mut self, next: Key) {
        let time = time_of(next);
        assert!(time >= self.now, "the clock at {} would go back to {time} ns", self.now());
        self.now = time;
    }

    #[inline]
    fn number(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }
}

impl<E: Copy> Default for Scheduler<E> {
    fn default() -> Scheduler<E> {
        Scheduler::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::model::Model;
    use crate::rng::{Seed, Stream};

    const MILLISECOND: Span = Span::from_millis(1);

    fn at(nanos: u64) -> SimTime {
        SimTime::from_nanos(nanos)
    }

    fn pop_all(scheduler: &mut Scheduler<u32>) -> Vec<u32> {
        std::iter::from_fn(|| scheduler.pop_until(SimTime::NEVER)).collect()
    }

    #[test]
    fn ties_are_first_in_first_out_whichever_way_they_were_scheduled() {
        let mut scheduler = Scheduler::new();
        scheduler.timer(MILLISECOND, 0);
        scheduler.after(MILLISECOND, 1);
        scheduler.timer(MILLISECOND, 2);
        scheduler.timer(MILLISECOND, 3);
        scheduler.at(SimTime::ZERO + MILLISECOND, 4);
        assert_eq!(scheduler.pop_until(SimTime::NEVER), Some(0));
        scheduler.after(Span::ZERO, 5);
        scheduler.timer(Span::ZERO, 6);
        scheduler.at(scheduler.now(), 7);
        assert_eq!(scheduler.pending(), 7);
        assert_eq!(pop_all(&mut scheduler), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(scheduler.now(), SimTime::ZERO + MILLISECOND);
    }

    #[test]
    fn the_end_is_included_and_the_clock_stays_when_nothing_is_due() {
        let mut scheduler = Scheduler::new();
        scheduler.at(at(10), 1);
        assert_eq!((scheduler.pop_until(at(9)), scheduler.now()), (None, SimTime::ZERO));
        scheduler.at(at(5), 0);
        assert_eq!((scheduler.pop_until(at(9)), scheduler.now()), (Some(0), at(5)));
        assert_eq!((scheduler.pop_until(at(10)), scheduler.now()), (Some(1), at(10)));
        scheduler.at(at(10), 2);
        assert_eq!(scheduler.pop_until(at(9)), None);
        assert_eq!((scheduler.pop_until(at(10)), scheduler.pending()), (Some(2), 0));
    }

    #[test]
    fn what_never_happens_is_not_pending() {
        let mut scheduler = Scheduler::new();
        scheduler.at(SimTime::NEVER, 0);
        scheduler.after(Span::MAX, 1);
        assert_eq!(scheduler.timer(Span::MAX, 2), TimerId::NONE);
        scheduler.cancel(TimerId::NONE);
        assert_eq!((scheduler.pending(), scheduler.pop_until(SimTime::NEVER)), (0, None));
    }

    #[test]
    #[should_panic(expected = "scheduled at")]
    fn the_past_is_over() {
        let mut scheduler = Scheduler::new();
        scheduler.at(at(10), 0);
        scheduler.pop_until(SimTime::NEVER);
        scheduler.at(at(9), 1);
    }

    #[test]
    fn a_cancelled_timer_leaves_no_trace() {
        let mut scheduler = Scheduler::new();
        for round in 0..100 {
            let ids = [1, 2, 2, 3].map(|factor| scheduler.timer(MILLISECOND * factor, 0));
            scheduler.after(Span::from_nanos(1), 1);
            ids.iter().for_each(|&id| scheduler.cancel(id));
            assert_eq!(pop_all(&mut scheduler), [1]);
            assert_eq!((scheduler.now(), scheduler.pending()), (at(round + 1), 0));
        }
    }

    #[test]
    fn a_fired_timer_is_cancelled_in_vain() {
        let mut scheduler = Scheduler::new();
        let fired = scheduler.timer(MILLISECOND, 1);
        assert_eq!(pop_all(&mut scheduler), [1]);
        let next = scheduler.timer(MILLISECOND, 2);
        scheduler.cancel(fired);
        assert_eq!(pop_all(&mut scheduler), [2]);
        scheduler.cancel(next);
        assert_eq!(scheduler.pending(), 0);
    }

    /// A span of one of the kinds that runs have: none, one of few, any, far out.
    fn span(stream: &mut Stream) -> u64 {
        match stream.below(8) {
            0 => 0,
            1 | 2 => [3, 1_000, 30_000_000_000][stream.below(3)],
            3 => stream.below(4) as u64,
            4..7 => stream.below(10_000) as u64,
            _ => stream.bits() >> (20 + stream.below(40)),
        }
    }

    /// A random run of both, `steps` long; `keen` of 16 pops are asked for, so the queue grows or
    /// stays small.
    fn check(seed: u64, steps: u32, keen: usize) {
        let mut stream = Stream::named(Seed { scenario: seed, replication: 0 }, "scheduler", 0);
        let (mut scheduler, mut model) = (Scheduler::new(), Model::default());
        let mut ids = Vec::new();
        for _ in 0..steps {
            match stream.below(24) {
                0..3 => {
                    let span = span(&mut stream);
                    scheduler.at(at(model.now + span), model.push(span));
                }
                3 => {
                    let span = span(&mut stream);
                    (0..stream.below(150)).for_each(|_| {
                        scheduler.after(Span::from_nanos(span), model.push(span));
                    });
                }
                4..6 => {
                    let span = span(&mut stream);
                    let event = model.push(span);
                    ids.push((scheduler.timer(Span::from_nanos(span), event), event));
                }
                6..8 if !ids.is_empty() => {
                    let (id, event) = ids[stream.below(ids.len())];
                    scheduler.cancel(id);
                    model.cancelled[event as usize] = true;
                }
                8 => {
                    let end = model.now + span(&mut stream);
                    assert_eq!(scheduler.pop_until(at(end)), model.pop_until(end), "seed {seed}");
                }
                _ => {
                    for _ in 0..stream.below(keen + 1) {
                        let popped = scheduler.pop_until(SimTime::NEVER);
                        assert_eq!(popped, model.pop_until(u64::MAX), "seed {seed}");
                    }
                }
            }
            assert_eq!(scheduler.now(), at(model.now), "seed {seed}");
        }
        assert_eq!(scheduler.pending(), model.pending(), "seed {seed}");
        while let Some(event) = model.pop_until(u64::MAX) {
            assert_eq!(scheduler.pop_until(SimTime::NEVER), Some(event), "seed {seed}");
        }
        assert_eq!((scheduler.pop_until(SimTime::NEVER), scheduler.pending()), (None, 0));
    }

    #[test]
    fn random_runs_are_those_of_a_plain_heap() {
        for seed in 0..200 {
            check(seed, 400, 1 + seed as usize % 30);
        }
        check(1_000, 20_000, 4);
        check(1_001, 20_000, 20);
    }
}

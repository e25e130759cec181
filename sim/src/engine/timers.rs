//! Time-outs: armed for nearly everything, and nearly always cancelled.
//!
//! Time-outs have few distinct spans, and those of one span end in the order in which they were
//! armed. So each span has a lane, first in first out: arming appends, cancelling marks, and only the
//! heads of the lanes compete with the queue of events. A cancelled timer never surfaces and never
//! moves the clock.
//!
//! A span gets its lane when it comes a second time; a span that never comes back, such as what is
//! left of a deadline, goes to a queue of its own, as do all others once the lanes are used up.
//!
//! Invariant: the head of every lane is a live timer. So the least key over the heads can be kept.

use std::collections::VecDeque;

use super::event::{Event, Key, NO_EVENT};
use super::ladder::Ladder;
use super::slots::{Slots, TimerId};

/// Lanes at most; beyond them timers cost as much as events.
const LANES: usize = 64;
/// How many spans that came once are remembered.
const REMEMBERED: usize = 64;

/// What is queued for a timer.
#[derive(Clone, Copy, Debug)]
struct Armed<E> {
    id: TimerId,
    event: E,
}

/// All timers that are armed.
#[derive(Debug)]
pub(super) struct Timers<E> {
    lanes: Vec<VecDeque<Event<Armed<E>>>>,
    /// Timers whose span has no lane.
    odd: Ladder<Armed<E>>,
    /// The key of the first timer of `odd`, then those of the lanes.
    heads: Vec<Key>,
    /// The least of `heads`.
    next: Key,
    /// The span of each lane, in nanoseconds.
    spans: Vec<u64>,
    /// Spans that came once, each at the place that its value gives.
    once: [u64; REMEMBERED],
    slots: Slots,
}

impl<E: Copy> Timers<E> {
    /// No timers.
    pub(super) fn new() -> Timers<E> {
        Timers {
            lanes: Vec::new(),
            odd: Ladder::new(),
            heads: vec![NO_EVENT],
            next: NO_EVENT,
            spans: Vec::new(),
            once: [u64::MAX; REMEMBERED],
            slots: Slots::new(),
        }
    }

    /// How many timers are live.
    pub(super) fn len(&self) -> usize {
        self.slots.live()
    }

    /// The key of the timer that fires next, or `NO_EVENT`.
    #[inline]
    pub(super) fn next_key(&self) -> Key {
        self.next
    }

    /// Arms a timer of the length `span` for `timer`, whose number is the highest so far.
    #[inline]
    pub(super) fn arm(&mut self, span: u64, timer: Event<E>) -> TimerId {
        let head = self.head_of(span);
        let id = self.slots.take(head);
        let key = timer.key();
        let armed =
            Event { time: timer.time, seq: timer.seq, event: Armed { id, event: timer.event } };
        if head == 0 {
            self.odd.push(armed);
        } else {
            self.lanes[head - 1].push_back(armed);
        }
        if key < self.heads[head] {
            self.heads[head] = key;
            self.next = self.next.min(key);
        }
        id
    }

    /// Cancels a timer; nothing happens when it fired or was cancelled.
    #[inline]
    pub(super) fn cancel(&mut self, id: TimerId) {
        let Some(head) = self.slots.head(id) else { return };
        self.slots.release(id);
        let first = match head {
            0 => self.odd.peek(),
            lane => self.lanes[lane - 1].front(),
        };
        if first.is_some_and(|first| first.event.id == id) {
            self.drop_head(head);
        }
    }

    /// Takes the timer that fires next; there is one.
    pub(super) fn fire(&mut self) -> E {
        let head = self.heads.iter().position(|&key| key == self.next);
        let head = head.expect("the least key is that of a head");
        let first = match head {
            0 => self.odd.peek(),
            lane => self.lanes[lane - 1].front(),
        };
        let Armed { id, event } = first.expect("a head with a key has a timer").event;
        self.slots.release(id);
        self.drop_head(head);
        event
    }

    /// Drops the first timer of a lane and the cancelled ones behind it.
    fn drop_head(&mut self, head: usize) {
        let dropped = self.heads[head];
        let live = |armed: &Armed<E>| self.slots.head(armed.id).is_some();
        self.heads[head] = NO_EVENT;
        if head == 0 {
            self.odd.pop();
            while let Some(first) = self.odd.peek() {
                if live(&first.event) {
                    self.heads[0] = first.key();
                    break;
                }
                self.odd.pop();
            }
        } else {
            let lane = &mut self.lanes[head - 1];
            lane.pop_front();
            while let Some(first) = lane.front() {
                if live(&first.event) {
                    self.heads[head] = first.key();
                    break;
                }
                lane.pop_front();
            }
        }
        if dropped == self.next {
            self.next = self.heads.iter().copied().min().unwrap_or(NO_EVENT);
        }
    }

    /// The head that timers of this span stand behind.
    #[inline]
    fn head_of(&mut self, span: u64) -> usize {
        match self.spans.iter().position(|&other| other == span) {
            Some(lane) => lane + 1,
            None => self.new_head_of(span),
        }
    }

    #[cold]
    fn new_head_of(&mut self, span: u64) -> usize {
        // The high bits of a product with the golden ratio spread equal steps evenly (Knuth, TAOCP 3,
        // 6.4).
        let place = (span.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize % REMEMBERED;
        if self.lanes.len() == LANES || std::mem::replace(&mut self.once[place], span) != span {
            return 0;
        }
        self.spans.push(span);
        self.lanes.push(VecDeque::new());
        self.heads.push(NO_EVENT);
        self.lanes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(timers: &mut Timers<u64>, now: u64, span: u64, seq: u64) -> TimerId {
        timers.arm(span, Event { time: now + span, seq, event: seq })
    }

    #[test]
    fn a_span_gets_a_lane_when_it_comes_back() {
        let mut timers = Timers::new();
        for (span, lanes) in [(5, 0), (6, 0), (5, 1), (5, 1), (7, 1), (6, 2)] {
            arm(&mut timers, 0, span, span);
            assert_eq!(timers.lanes.len(), lanes, "after a timer of {span}");
        }
        assert_eq!((timers.odd.len(), timers.len()), (3, 6));
    }

    #[test]
    fn lanes_are_bounded() {
        let mut timers = Timers::new();
        for span in 1..1_000 {
            arm(&mut timers, 0, span, 2 * span);
            arm(&mut timers, 0, span, 2 * span + 1);
        }
        assert_eq!(timers.lanes.len(), LANES);
        for span in 1..1_000 {
            assert_eq!((timers.next_key() >> 64) as u64, span);
            assert_eq!((timers.fire(), timers.fire()), (2 * span, 2 * span + 1));
        }
        assert_eq!((timers.next_key(), timers.len()), (NO_EVENT, 0));
    }

    #[test]
    fn cancelled_timers_are_dropped_as_soon_as_none_waits_before_them() {
        let mut timers = Timers::new();
        let ids: Vec<TimerId> = (0..100).map(|seq| arm(&mut timers, seq, 30, seq)).collect();
        // The first one of a span has no lane yet.
        ids[2..].iter().for_each(|&id| timers.cancel(id));
        assert_eq!((timers.lanes[0].len(), timers.len()), (99, 2));
        timers.cancel(ids[1]);
        assert_eq!((timers.lanes[0].len(), timers.len()), (0, 1));
        timers.cancel(ids[0]);
        assert_eq!((timers.odd.len(), timers.len(), timers.next_key()), (0, 0, NO_EVENT));
    }

    #[test]
    fn an_id_of_an_earlier_generation_means_nothing() {
        let mut timers = Timers::new();
        let first = arm(&mut timers, 0, 5, 0);
        timers.cancel(first);
        let second = arm(&mut timers, 0, 5, 1);
        assert_ne!(first, second);
        timers.cancel(first);
        assert_eq!((timers.len(), timers.fire()), (1, 1));
        timers.cancel(second);
        timers.cancel(TimerId::NONE);
        assert_eq!(timers.len(), 0);
    }
}

//! Plain heaps that the queues of the engine must agree with; for tests alone.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::event::Event;
use super::ladder::Ladder;

/// A ladder beside a plain heap: what the one pops must be the first of the other.
pub(super) struct Pair {
    pub ladder: Ladder<u64>,
    model: BinaryHeap<Reverse<(u64, u64)>>,
    seq: u64,
}

impl Pair {
    pub(super) fn new() -> Pair {
        Pair { ladder: Ladder::new(), model: BinaryHeap::new(), seq: 0 }
    }

    pub(super) fn push(&mut self, time: u64) {
        self.ladder.push(Event { time, seq: self.seq, event: time ^ self.seq });
        self.model.push(Reverse((time, self.seq)));
        self.seq += 1;
    }

    pub(super) fn pop(&mut self) -> Option<u64> {
        let expected = self.model.pop().map(|Reverse(entry)| entry);
        let found = self.ladder.pop();
        assert_eq!(found.map(|event| (event.time, event.seq)), expected);
        assert_eq!(found.map(|event| event.event), expected.map(|(time, seq)| time ^ seq));
        assert_eq!(self.ladder.len(), self.model.len());
        expected.map(|(time, _)| time)
    }

    pub(super) fn pop_all(&mut self) {
        while self.pop().is_some() {}
    }

    /// Pushes the times, then pops them all, then does both at once.
    pub(super) fn check(times: impl Iterator<Item = u64> + Clone) {
        let mut pair = Pair::new();
        times.clone().for_each(|time| pair.push(time));
        pair.pop_all();
        let mut now = 0;
        for time in times {
            pair.push(now + time % 1_000_000_007);
            pair.push(now + time / 3 % 1_000);
            if time % 3 != 0 {
                now = pair.pop().expect("one was just pushed");
            }
        }
        pair.pop_all();
    }
}

/// A plain heap with a list of what was cancelled.
#[derive(Default)]
pub(super) struct Model {
    heap: BinaryHeap<Reverse<(u64, u32)>>,
    pub cancelled: Vec<bool>,
    pub now: u64,
}

impl Model {
    pub(super) fn push(&mut self, span: u64) -> u32 {
        let event = self.cancelled.len() as u32;
        self.cancelled.push(false);
        self.heap.push(Reverse((self.now + span, event)));
        event
    }

    pub(super) fn pop_until(&mut self, end: u64) -> Option<u32> {
        while let Some(&Reverse((time, event))) = self.heap.peek() {
            if self.cancelled[event as usize] {
                self.heap.pop();
                continue;
            }
            if time > end {
                return None;
            }
            self.heap.pop();
            self.now = time;
            // What fired may be cancelled later, which the scheduler must not mind.
            self.cancelled[event as usize] = true;
            return Some(event);
        }
        None
    }

    pub(super) fn pending(&self) -> usize {
        let live = |entry: &&Reverse<(u64, u32)>| !self.cancelled[entry.0.1 as usize];
        self.heap.iter().filter(live).count()
    }
}

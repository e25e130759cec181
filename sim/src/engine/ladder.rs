//! The queue of future events: a ladder queue (Tang, Goh and Thng, "Ladder queue: an O(1) priority
//! queue structure for large-scale discrete event simulation", ACM TOMACS 15(3), 2005).
//!
//! ```text
//!   earlier                                                             later
//!   | bottom, sorted | a finer rung's buckets | a coarser rung's buckets | top |
//! ```
//!
//! An event lies unsorted as long as it is far away. When the top is due it is spread over the
//! buckets of a rung; a bucket that is due is sorted into the bottom when it is small and spread over
//! a finer rung when it is large. Each event so moves a few times, always in a stream of neighbours,
//! where a heap moves it a logarithmic number of times across its memory.
//!
//! Each structure takes the times from its floor up to the floor of the next coarser one. Structures
//! meet at equal times: there the earlier one holds the lower numbers, and what is pushed goes to the
//! later one, for it is numbered highest.

use std::cmp::Reverse;

use super::arena::{Arena, Bucket};
use super::event::{Event, Key, NO_EVENT};
use super::rung::Rung;

/// A bucket with at most this many events is sorted instead of spread.
const SORTED: usize = 32;
/// The bottom gives its later half back when it grows beyond this.
const BOTTOM: usize = 48;
/// Rungs at once. A bucket is at least 32 times narrower than its rung, so spreading alone never
/// needs more than this for times of 64 bits.
const RUNGS: usize = 13;

/// A priority queue of events, the least key first.
#[derive(Debug)]
pub(super) struct Ladder<E> {
    /// Sorted, the next event last.
    bottom: Vec<Event<E>>,
    /// The first `depth` rungs are in use, each finer than the one before it.
    rungs: Vec<Rung>,
    depth: usize,
    top: Bucket,
    /// Events from this time on go to the top.
    top_floor: u64,
    arena: Arena<E>,
    len: usize,
}

impl<E: Copy> Ladder<E> {
    /// An empty queue.
    pub(super) fn new() -> Ladder<E> {
        Ladder {
            bottom: Vec::new(),
            rungs: Vec::new(),
            depth: 0,
            top: Bucket::EMPTY,
            top_floor: u64::MAX,
            arena: Arena::new(),
            len: 0,
        }
    }

    /// How many events are pending.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds an event. Its time is not `u64::MAX` and its number is higher than that of every event
    /// before it.
    #[inline]
    pub(super) fn push(&mut self, event: Event<E>) {
        self.len += 1;
        if self.place(event) {
            return;
        }
        // One loop searches and moves: for a few events that beats a search and a block move.
        let mut index = self.bottom.len();
        self.bottom.push(event);
        while index > 0 && self.bottom[index - 1].time <= event.time {
            self.bottom[index] = self.bottom[index - 1];
            index -= 1;
        }
        self.bottom[index] = event;
        if self.bottom.len() > BOTTOM {
            self.spill();
        }
    }

    /// The next event.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<&Event<E>> {
        if self.bottom.is_empty() && self.len > 0 {
            self.refill();
        }
        self.bottom.last()
    }

    /// The key of the next event, or `NO_EVENT`.
    #[inline]
    pub(super) fn next_key(&mut self) -> Key {
        self.peek().map_or(NO_EVENT, Event::key)
    }

    /// Removes the next event.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Event<E>> {
        self.peek()?;
        self.len -= 1;
        self.bottom.pop()
    }

    /// Puts `event` into the top or a rung; false when it belongs into the bottom.
    #[inline(always)]
    fn place(&mut self, event: Event<E>) -> bool {
        if event.time >= self.top_floor {
            self.arena.push(&mut self.top, event);
            return true;
        }
        for rung in &mut self.rungs[..self.depth] {
            if event.time >= rung.floor() {
                rung.push(&mut self.arena, event);
                return true;
            }
        }
        false
    }

    /// Fills the empty bottom with the earliest events of the rest, which is not empty.
    #[cold]
    #[inline(never)]
    fn refill(&mut self) {
        while self.bottom.is_empty() {
            if self.depth == 0 {
                self.refill_from_top();
                continue;
            }
            let rung = &mut self.rungs[self.depth - 1];
            let Some(due) = rung.take() else {
                self.depth -= 1;
                continue;
            };
            if due.single || due.bucket.len() <= SORTED || self.depth == RUNGS {
                self.sort_into_bottom(due.bucket);
                continue;
            }
            let mut end = rung.floor();
            if rung.is_empty() {
                // The finer rung replaces this one, so times with outliers stack no rungs.
                end = rung.end();
                self.depth -= 1;
            }
            let (earliest, latest) = self.arena.bounds(due.bucket);
            self.spread(due.bucket, earliest, latest, end);
        }
    }

    /// Spreads the top over a rung; when it is small, sorts it and lets the bottom take all times,
    /// which for few events beats every other structure.
    fn refill_from_top(&mut self) {
        let top = std::mem::replace(&mut self.top, Bucket::EMPTY);
        if top.len() <= SORTED {
            self.top_floor = u64::MAX;
            self.sort_into_bottom(top);
        } else {
            let (earliest, latest) = self.arena.bounds(top);
            self.top_floor = latest + 1;
            self.spread(top, earliest, latest, self.top_floor);
        }
    }

    fn sort_into_bottom(&mut self, mut bucket: Bucket) {
        self.arena.drain_into(&mut bucket, &mut self.bottom);
        self.bottom.sort_unstable_by_key(|event| Reverse(event.key()));
    }

    /// Moves `bucket`, whose times are `earliest..=latest`, to a new finest rung up to `end`.
    fn spread(&mut self, mut bucket: Bucket, earliest: u64, latest: u64, end: u64) {
        let rung = self.add_rung(earliest, latest, end, bucket.len());
        let rung = &mut self.rungs[rung];
        self.arena.drain(&mut bucket, |arena, event| rung.push(arena, event));
    }

    /// Lays out a new finest rung; its index.
    fn add_rung(&mut self, earliest: u64, latest: u64, end: u64, count: usize) -> usize {
        if self.rungs.len() == self.depth {
            self.rungs.push(Rung::default());
        }
        self.rungs[self.depth].lay_out(earliest, latest, end, count);
        self.depth += 1;
        self.depth - 1
    }

    /// Gives the later half of the bottom to the structures above, of which one begins there then.
    #[cold]
    #[inline(never)]
    fn spill(&mut self) {
        let half = self.bottom.len() / 2;
        let (latest, floor) = (self.bottom[0].time, self.bottom[half - 1].time);
        if self.depth == RUNGS {
            self.collapse();
        }
        if self.depth == 0 {
            self.top_floor = floor;
        } else {
            let end = self.rungs[self.depth - 1].floor();
            if floor < end {
                self.add_rung(floor, latest.min(end - 1), end, half);
            }
        }
        for index in 0..half {
            let placed = self.place(self.bottom[index]);
            assert!(placed, "the spilled half lies at or after the floor");
        }
        self.bottom.drain(..half);
    }

    /// Moves all events of the rungs to the top.
    fn collapse(&mut self) {
        for rung in &mut self.rungs[..self.depth] {
            while let Some(mut due) = rung.take() {
                self.arena.drain(&mut due.bucket, |arena, event| arena.push(&mut self.top, event));
            }
        }
        self.depth = 0;
    }
}

#[cfg(test)]
mod tests;

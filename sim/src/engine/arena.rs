//! Unsorted buckets of events that share one arena of small chunks.
//!
//! A bucket is a chain of chunks, the newest first. Chunks come from one free list, so a bucket that
//! once held a burst keeps no memory after it, and a queue whose size is steady never allocates. The
//! whole arena takes the memory of the most events that were ever pending at once, plus at most one
//! half-filled chunk a bucket.

use super::event::Event;

/// Events a chunk. Of 32 bytes each they fill eight cache lines: long enough to stream, short enough
/// that half-filled chunks waste little.
const CHUNK: usize = 16;

const NO_CHUNK: u32 = u32::MAX;

/// A bag of events in an [`Arena`]. Only the arena that filled it may empty it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    newest: u32,
    len: u32,
}

/// The chunks of all buckets of one queue.
#[derive(Debug)]
pub(super) struct Arena<E> {
    /// Chunk `c` is the events `c * CHUNK..(c + 1) * CHUNK`.
    events: Vec<Event<E>>,
    /// The chunk that was the newest of its bucket before this one; for a free chunk, the next free.
    before: Vec<u32>,
    free: u32,
}

impl Bucket {
    /// A bucket without events.
    pub(super) const EMPTY: Bucket = Bucket { newest: NO_CHUNK, len: 0 };

    /// How many events it holds.
    pub(super) fn len(self) -> usize {
        self.len as usize
    }
}

impl<E: Copy> Arena<E> {
    /// An arena without chunks.
    pub(super) fn new() -> Arena<E> {
        Arena { events: Vec::new(), before: Vec::new(), free: NO_CHUNK }
    }

    /// How many events fit without an allocation.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.events.capacity()
    }

    /// Puts `event` into `bucket`. Inlined up to the caller that makes the event: passed through
    /// memory, its fields are written apart and read together, which stalls the processor.
    #[inline(always)]
    pub(super) fn push(&mut self, bucket: &mut Bucket, event: Event<E>) {
        let filled = bucket.len as usize % CHUNK;
        if filled == 0 {
            let chunk = self.take_chunk(event);
            self.before[chunk as usize] = bucket.newest;
            bucket.newest = chunk;
        }
        self.events[bucket.newest as usize * CHUNK + filled] = event;
        bucket.len += 1;
    }

    /// Where the events of the bucket's newest chunk lie.
    fn newest(&self, bucket: Bucket) -> std::ops::Range<usize> {
        let filled = (bucket.len as usize - 1) % CHUNK + 1;
        let first = bucket.newest as usize * CHUNK;
        first..first + filled
    }

    /// Moves all of `bucket` to the end of `events`.
    pub(super) fn drain_into(&mut self, bucket: &mut Bucket, events: &mut Vec<Event<E>>) {
        while bucket.len > 0 {
            let range = self.newest(*bucket);
            events.extend_from_slice(&self.events[range]);
            self.drop_newest(bucket);
        }
    }

    /// Empties `bucket`, one event a call of `each`, which may push into other buckets.
    pub(super) fn drain(
        &mut self,
        bucket: &mut Bucket,
        mut each: impl FnMut(&mut Arena<E>, Event<E>),
    ) {
        while bucket.len > 0 {
            for index in self.newest(*bucket) {
                let event = self.events[index];
                each(self, event);
            }
            self.drop_newest(bucket);
        }
    }

    /// The earliest and the latest time in `bucket`, which is not empty.
    pub(super) fn bounds(&self, mut bucket: Bucket) -> (u64, u64) {
        let (mut earliest, mut latest) = (u64::MAX, 0);
        while bucket.len > 0 {
            let range = self.newest(bucket);
            bucket.len -= range.len() as u32;
            for event in &self.events[range] {
                earliest = earliest.min(event.time);
                latest = latest.max(event.time);
            }
            bucket.newest = self.before[bucket.newest as usize];
        }
        (earliest, latest)
    }

    /// A chunk from the free list, or a new one, filled with copies of `event`.
    fn take_chunk(&mut self, event: Event<E>) -> u32 {
        let chunk = self.free;
        if chunk != NO_CHUNK {
            self.free = self.before[chunk as usize];
            return chunk;
        }
        let chunk = u32::try_from(self.before.len()).expect("fewer than 2^36 events are pending");
        self.events.resize(self.events.len() + CHUNK, event);
        self.before.push(NO_CHUNK);
        chunk
    }

    /// Frees the newest chunk of `bucket`.
    fn drop_newest(&mut self, bucket: &mut Bucket) {
        let chunk = bucket.newest as usize;
        bucket.len = (bucket.len - 1) / CHUNK as u32 * CHUNK as u32;
        bucket.newest = self.before[chunk];
        self.before[chunk] = self.free;
        self.free = chunk as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(arena: &mut Arena<u32>, bucket: &mut Bucket, times: std::ops::Range<u64>) {
        for time in times {
            arena.push(bucket, Event { time, seq: time, event: time as u32 });
        }
    }

    #[test]
    fn buckets_give_back_what_they_took() {
        for len in [0, 1, 15, 16, 17, 100] {
            let mut arena = Arena::new();
            let (mut bucket, mut other) = (Bucket::EMPTY, Bucket::EMPTY);
            fill(&mut arena, &mut bucket, 7..7 + len);
            if len > 0 {
                assert_eq!(arena.bounds(bucket), (7, 6 + len));
            }
            arena.drain(&mut bucket, |arena, event| arena.push(&mut other, event));
            assert_eq!((bucket.len(), other.len()), (0, len as usize));
            let mut events = Vec::new();
            arena.drain_into(&mut other, &mut events);
            let mut times: Vec<u64> = events.iter().map(|event| event.time).collect();
            times.sort_unstable();
            assert_eq!(times, (7..7 + len).collect::<Vec<_>>());
        }
    }

    #[test]
    fn chunks_are_used_again() {
        let mut arena = Arena::new();
        let mut events = Vec::new();
        for round in 0..50 {
            let mut buckets = [Bucket::EMPTY; 4];
            fill(&mut arena, &mut buckets[round % 4], 0..1_000);
            arena.drain_into(&mut buckets[round % 4], &mut events);
        }
        assert_eq!(events.len(), 50_000);
        assert_eq!(arena.events.len(), 1_000_usize.next_multiple_of(CHUNK));
    }
}

//! One rung of the ladder: a stretch of time cut into buckets of equal width.

use super::arena::{Arena, Bucket};
use super::event::Event;

/// Events a bucket that a new rung aims at.
const SHARE: usize = 16;
/// Buckets a rung. More of them write to more cache lines and pages at once than the machine keeps
/// near; with fewer, clustered times would need many rungs.
const BUCKETS: std::ops::RangeInclusive<usize> = 64..=1024;

/// A stretch of time cut into buckets of equal width, and one more bucket up to the end.
#[derive(Debug, Default)]
pub(super) struct Rung {
    start: u64,
    /// The width of a bucket is two to this power, in nanoseconds.
    shift: u32,
    /// Where the next coarser structure begins; no event of the rung is at or after it.
    end: u64,
    /// Events from this time on go to this rung or to a coarser structure.
    floor: u64,
    len: usize,
    /// The last bucket takes what lies beyond the others.
    buckets: Vec<Bucket>,
    /// One bit a bucket: whether it holds events.
    occupied: Vec<u64>,
}

/// What is due next of a rung.
pub(super) struct Due {
    pub bucket: Bucket,
    /// Whether all events of the bucket are of one time.
    pub single: bool,
}

impl Rung {
    /// Lays out empty buckets for `count` events from the time `earliest` to `latest`. The rung covers
    /// all of `earliest..end`.
    pub(super) fn lay_out(&mut self, earliest: u64, latest: u64, end: u64, count: usize) {
        let (fewest, most) = BUCKETS.into_inner();
        let buckets = (count / SHARE).next_power_of_two().clamp(fewest, most);
        let spread = latest - earliest;
        let bits = u64::BITS - spread.leading_zeros();
        self.shift = bits.saturating_sub(buckets.ilog2());
        self.start = earliest;
        self.floor = earliest;
        self.end = end;
        self.len = 0;
        let buckets = (spread >> self.shift) as usize + 2;
        self.buckets.clear();
        self.buckets.resize(buckets, Bucket::EMPTY);
        self.occupied.clear();
        self.occupied.resize(buckets.div_ceil(64), 0);
    }

    /// Events from this time on go to this rung or to a coarser structure.
    pub(super) fn floor(&self) -> u64 {
        self.floor
    }

    /// Where the next coarser structure begins.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Whether it holds no event.
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds an event that is not before the floor.
    #[inline(always)]
    pub(super) fn push<E: Copy>(&mut self, arena: &mut Arena<E>, event: Event<E>) {
        let index = ((event.time - self.start) >> self.shift) as usize;
        let index = index.min(self.buckets.len() - 1);
        arena.push(&mut self.buckets[index], event);
        self.occupied[index / 64] |= 1 << (index % 64);
        self.len += 1;
    }

    /// Takes the earliest bucket and moves the floor behind it; nothing when all are empty.
    pub(super) fn take(&mut self) -> Option<Due> {
        let word = self.occupied.iter().position(|&bits| bits != 0)?;
        let index = word * 64 + self.occupied[word].trailing_zeros() as usize;
        self.occupied[word] &= self.occupied[word] - 1;
        let bucket = std::mem::replace(&mut self.buckets[index], Bucket::EMPTY);
        self.len -= bucket.len();

        let from = self.start + ((index as u64) << self.shift);
        let to = if index + 1 == self.buckets.len() {
            self.end
        } else {
            from.saturating_add(1 << self.shift).min(self.end)
        };
        // A bucket of a single time stays open: what comes later at that time is numbered higher
        // than all that is taken now, so it need not be sorted among it.
        let single = to - from == 1;
        self.floor = if single { from } else { to };
        Some(Due { bucket, single })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lays `times` out on a rung up to `end` and lists the times of each bucket taken.
    fn taken(times: &[u64], end: u64) -> Vec<Vec<u64>> {
        let (mut arena, mut rung) = (Arena::new(), Rung::default());
        let (earliest, latest) = (times[0], times[times.len() - 1]);
        rung.lay_out(earliest, latest, end, times.len());
        for (&time, seq) in times.iter().zip(0..) {
            rung.push(&mut arena, Event { time, seq, event: () });
        }
        let mut all = Vec::new();
        while let Some(mut due) = rung.take() {
            let mut events = Vec::new();
            arena.drain_into(&mut due.bucket, &mut events);
            all.push(events.iter().map(|event| event.time).collect());
            assert!(rung.floor() <= rung.end());
        }
        assert!(rung.is_empty());
        all
    }

    #[test]
    fn buckets_come_in_the_order_of_time() {
        assert_eq!(taken(&[5, 5, 6, 9], 10), [vec![5, 5], vec![6], vec![9]]);
        assert_eq!(taken(&[0, 63_000], u64::MAX), [vec![0], vec![63_000]]);
        assert_eq!(taken(&[7], 8), [vec![7]]);
        assert_eq!(taken(&[0, u64::MAX - 1], u64::MAX), [vec![0], vec![u64::MAX - 1]]);
    }

    #[test]
    fn what_lies_beyond_goes_to_the_last_bucket() {
        let (mut arena, mut rung) = (Arena::new(), Rung::default());
        rung.lay_out(100, 101, 1_000, 2);
        for (time, seq) in [(999, 0), (100, 1), (500, 2)] {
            rung.push(&mut arena, Event { time, seq, event: () });
        }
        let first = rung.take().expect("three events are in it");
        assert_eq!((first.bucket.len(), first.single, rung.floor()), (1, true, 100));
        let last = rung.take().expect("two events are in it");
        assert_eq!((last.bucket.len(), last.single, rung.floor()), (2, false, 1_000));
        assert!(rung.take().is_none());
    }
}

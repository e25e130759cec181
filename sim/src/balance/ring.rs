//! A ring of hashes on which every dyno has points, as many as its weight asks for.
//!
//! The places of a dyno's points depend on its slot alone, so all routers have the same ring, and a
//! dyno that comes or goes moves only what lies before its own points (Karger and others 1997). A
//! place has 32 bits, as in HAProxy (`src/lb_chash.c`) and libketama.

use super::weights::{Member, ONE};
use crate::rng::mix;

/// The most points of one dyno, whatever its weight: a ring is to fit into memory.
const MOST_POINTS: u64 = 1 << 16;

/// Keeps the hashes of points apart from those of keys, which are mixed numbers as well.
const OF_POINTS: u64 = 0x706f_696e_7473_2121;

/// Keeps the hashes of keys apart from those of points.
const OF_KEYS: u64 = 0x6b65_7973_2121_2121;

/// The ring, made for a roster.
pub(super) struct Ring {
    /// Points of a dyno of weight 1.
    density: u64,
    /// Place in the upper half, dyno in the lower one, in order.
    points: Vec<u64>,
    /// For each of equal parts of the ring, a few points long, the first point in it or behind it: a
    /// search then waits for memory twice, not once a step.
    starts: Vec<u32>,
    /// How many bits of a place are within a part.
    within: u32,
    /// Where a point of a dyno lies.
    place: fn(u32, u64) -> u32,
    /// How many points each slot has.
    held: Vec<u64>,
    /// How many each should have.
    wanted: Vec<u64>,
}

/// Where a key lies on every ring.
pub(super) fn place_of(key: u64) -> u32 {
    (mix(key ^ OF_KEYS) >> 32) as u32
}

/// Where point number `index` of a dyno lies, unless it is said otherwise.
fn place_of_point(dyno: u32, index: u64) -> u32 {
    (mix(mix(u64::from(dyno) ^ OF_POINTS).wrapping_add(index)) >> 32) as u32
}

impl Ring {
    /// An empty ring on which a dyno of weight 1 will have so many points.
    pub fn new(density: u32) -> Ring {
        Ring::placed(density, place_of_point)
    }

    /// The same, where points lie at these places.
    pub fn placed(density: u32, place: fn(u32, u64) -> u32) -> Ring {
        Ring {
            density: density.into(),
            place,
            points: vec![],
            starts: vec![],
            within: 32,
            held: vec![],
            wanted: vec![],
        }
    }

    /// Gives each of these dynos its points and takes those of all others away. What lies on the
    /// ring already is not sorted again.
    pub fn refresh(&mut self, members: &[Member]) {
        let slots = members.last().map_or(0, |last| last.dyno as usize + 1).max(self.held.len());
        self.held.resize(slots, 0);
        self.wanted.clear();
        self.wanted.resize(slots, 0);
        for member in members {
            let points = (u128::from(self.density) * u128::from(member.weight)
                + u128::from(ONE / 2))
                / u128::from(ONE);
            self.wanted[member.dyno as usize] = (points.min(u128::from(MOST_POINTS)) as u64).max(1);
        }
        let (held, wanted) = (&self.held, &self.wanted);
        let kept = |point: &u64| {
            let dyno = *point as u32 as usize;
            held[dyno] == wanted[dyno]
        };
        self.points.retain(kept);
        for member in members {
            let dyno = member.dyno as usize;
            if self.held[dyno] != self.wanted[dyno] {
                let place = |index| u64::from((self.place)(member.dyno, index)) << 32;
                let points = (0..self.wanted[dyno]).map(|i| place(i) | u64::from(member.dyno));
                self.points.extend(points);
            }
        }
        // A stable sort merges the old points with the new ones.
        self.points.sort();
        self.divide();
        std::mem::swap(&mut self.held, &mut self.wanted);
    }

    /// Writes down where the parts of the ring start.
    fn divide(&mut self) {
        let bits = self.points.len().checked_ilog2().unwrap_or(0).saturating_sub(2);
        self.within = 32 - bits;
        self.starts.clear();
        for (index, point) in self.points.iter().enumerate() {
            let part = (point >> 32 >> self.within) as usize;
            while self.starts.len() <= part {
                self.starts.push(index as u32);
            }
        }
        self.starts.resize(1 << bits, self.points.len() as u32);
    }

    /// How many points there are.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// The dyno of a point, counted from a place on the ring and around it.
    pub fn dyno(&self, index: usize) -> u32 {
        let index = if index < self.points.len() { index } else { index - self.points.len() };
        self.points[index] as u32
    }

    /// The first point at or after a place; the ring must not be empty.
    pub fn next(&self, place: u32) -> usize {
        let mut index = self.starts[(u64::from(place) >> self.within) as usize] as usize;
        while index < self.points.len() && self.points[index] < u64::from(place) << 32 {
            index += 1;
        }
        if index < self.points.len() { index } else { 0 }
    }

    /// The point nearest to a place, the one before it where both are as near: HAProxy's choice. The
    /// ring must not be empty.
    pub fn nearest(&self, place: u32) -> usize {
        let next = self.next(place);
        let last = if next == 0 { self.points.len() - 1 } else { next - 1 };
        let at = |index: usize| (self.points[index] >> 32) as u32;
        if place.wrapping_sub(at(last)) <= at(next).wrapping_sub(place) { last } else { next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(weights: &[(u32, f64)]) -> Vec<Member> {
        let member = |&(dyno, weight): &(u32, f64)| Member {
            dyno,
            weight: super::super::weights::millionths(weight),
        };
        weights.iter().map(member).collect()
    }

    /// A ring with points at places written by hand.
    fn by_hand(points: &[(u32, u32)]) -> Ring {
        let mut ring = Ring::new(1);
        ring.points =
            points.iter().map(|&(p, dyno)| u64::from(p) << 32 | u64::from(dyno)).collect();
        ring.divide();
        ring
    }

    #[test]
    fn the_next_point_may_lie_beyond_the_end() {
        let ring = by_hand(&[(10, 0), (20, 1), (u32::MAX, 2)]);
        for (place, dyno) in [(0, 0), (10, 0), (11, 1), (20, 1), (21, 2), (u32::MAX, 2)] {
            assert_eq!(ring.dyno(ring.next(place)), dyno, "{place}");
        }
        let ring = by_hand(&[(10, 0), (20, 1)]);
        assert_eq!(ring.dyno(ring.next(21)), 0);
        assert_eq!(ring.dyno(3), 1, "counting goes around the ring");
    }

    #[test]
    fn the_nearest_point_is_before_or_behind() {
        let ring = by_hand(&[(10, 0), (20, 1), (u32::MAX - 9, 2)]);
        for (place, dyno) in
            [(14, 0), (15, 0), (16, 1), (0, 2), (1, 0), (u32::MAX, 2), (20, 1), (1 << 31, 1)]
        {
            assert_eq!(ring.dyno(ring.nearest(place)), dyno, "{place}");
        }
    }

    #[test]
    fn a_ring_that_was_changed_is_the_ring_made_at_once() {
        let mut ring = Ring::new(50);
        ring.refresh(&members(&[(0, 1.0), (1, 1.0), (7, 0.5)]));
        assert_eq!(ring.len(), 125);
        ring.refresh(&members(&[(1, 2.0), (2, 1.0), (7, 0.5)]));
        let mut fresh = Ring::new(50);
        fresh.refresh(&members(&[(1, 2.0), (2, 1.0), (7, 0.5)]));
        assert_eq!(ring.points, fresh.points);
        assert_eq!(ring.len(), 175);
        ring.refresh(&[]);
        assert_eq!(ring.len(), 0);
    }

    #[test]
    fn the_next_point_is_that_of_a_plain_search() {
        for weights in [&[(0, 1.0)][..], &[(0, 0.01)], &[(0, 1.0), (1, 3.0), (7, 0.5)]] {
            let mut ring = Ring::new(100);
            ring.refresh(&members(weights));
            let near = |point: &u64| (*point >> 32) as u32;
            let around = ring
                .points
                .iter()
                .map(near)
                .flat_map(|place| [place.wrapping_sub(1), place, place.wrapping_add(1)]);
            for place in around.chain([0, u32::MAX]) {
                let plain = ring.points.iter().position(|point| (*point >> 32) as u32 >= place);
                assert_eq!(ring.next(place), plain.unwrap_or(0), "{place}");
            }
        }
    }

    #[test]
    fn a_tiny_weight_has_one_point_and_a_huge_one_not_all_memory() {
        let mut ring = Ring::new(100);
        ring.refresh(&members(&[(0, 1e-6), (1, 1e12)]));
        assert_eq!(ring.len() as u64, 1 + MOST_POINTS);
    }
}

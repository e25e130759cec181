//! Weights as whole numbers, so that comparisons are exact and sums have no order.
//!
//! A weight counts in millionths: weights with up to six decimals are exact, and `0.1` and `0.2`
//! stand to each other as 1 to 2, which their floating-point numbers do not.

use super::Loads;
use std::cmp::Ordering;

/// What a weight of 1 is.
pub(super) const ONE: u64 = 1_000_000;

/// The most that a weight counts: sums over all dynos, times a load, stay far below 2^128.
const MOST: u64 = 1 << 40;

/// A weight in millionths, rounded, at least 1 and at most some million times 1.
pub(super) fn millionths(weight: f64) -> u64 {
    ((weight * ONE as f64).round() as u64).clamp(1, MOST)
}

/// A load for its weight: 2 attempts at a weight of 1 are as much as 4 at a weight of 2. Compared by
/// multiplying crosswise, without a division.
#[derive(Clone, Copy, Debug)]
pub(super) struct PerWeight {
    /// How many attempts.
    pub count: u64,
    /// For which weight, more than 0.
    pub weight: u64,
}

impl PerWeight {
    /// Attempts where weights do not matter.
    pub fn plain(count: u32) -> PerWeight {
        PerWeight { count: u64::from(count), weight: 1 }
    }
}

impl Ord for PerWeight {
    fn cmp(&self, other: &PerWeight) -> Ordering {
        let left = u128::from(self.count) * u128::from(other.weight);
        left.cmp(&(u128::from(other.count) * u128::from(self.weight)))
    }
}

impl PartialOrd for PerWeight {
    fn partial_cmp(&self, other: &PerWeight) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for PerWeight {
    fn eq(&self, other: &PerWeight) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for PerWeight {}

/// A dyno that may be chosen, and its weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Member {
    /// Its slot.
    pub dyno: u32,
    /// Its weight in millionths.
    pub weight: u64,
}

/// What has happened to the loads since one looked last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// Nothing but attempts that began and ended.
    None,
    /// Other loads all at once, or another limit.
    Loads,
    /// Other dynos or other weights.
    Members,
}

/// The dynos that may be chosen, full ones included, in order of their slots.
#[derive(Default)]
pub(super) struct Roster {
    version: Option<u64>,
    members: Vec<Member>,
    /// The roster before, to reuse its memory.
    before: Vec<Member>,
}

impl Roster {
    /// Catches up with the loads and says what has changed.
    #[inline]
    pub fn refresh(&mut self, loads: &Loads) -> News {
        if self.is_current(loads) { News::None } else { self.read(loads) }
    }

    #[cold]
    fn read(&mut self, loads: &Loads) -> News {
        self.version = Some(loads.version());
        std::mem::swap(&mut self.members, &mut self.before);
        self.members.clear();
        let member = |&dyno: &u32| Member { dyno, weight: millionths(loads.weight(dyno)) };
        self.members.extend(loads.members().iter().map(member));
        self.members.sort_unstable();
        if self.members == self.before { News::Loads } else { News::Members }
    }

    /// Whether this is what the loads say now.
    #[inline]
    pub fn is_current(&self, loads: &Loads) -> bool {
        self.version == Some(loads.version())
    }

    /// The dynos, by slot.
    pub fn members(&self) -> &[Member] {
        &self.members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_exact_to_six_decimals() {
        for (weight, counts) in
            [(1.0, ONE), (0.1, 100_000), (0.2, 200_000), (2.5, 2_500_000), (1e-9, 1), (1e300, MOST)]
        {
            assert_eq!(millionths(weight), counts, "{weight}");
        }
    }

    #[test]
    fn loads_compare_by_their_share_of_the_weight() {
        let per = |count, weight| PerWeight { count, weight: millionths(weight) };
        assert_eq!(per(2, 1.0), per(4, 2.0));
        assert_eq!(per(1, 0.1), per(2, 0.2));
        assert!(per(3, 1.0) > per(5, 2.0));
        assert!(per(0, 0.1) < per(1, 1000.0));
    }

    #[test]
    fn the_roster_says_what_has_changed() {
        let mut loads = Loads::new(5);
        let mut roster = Roster::default();
        assert_eq!(roster.refresh(&loads), News::Loads, "nothing is known before the first look");
        loads.insert(3);
        loads.insert(1);
        loads.started(1);
        assert_eq!(roster.refresh(&loads), News::Members);
        let slots: Vec<u32> = roster.members().iter().map(|member| member.dyno).collect();
        assert_eq!(slots, [1, 3]);
        loads.started(3);
        assert_eq!(roster.refresh(&loads), News::None);
        loads.set_limit(7);
        assert!(!roster.is_current(&loads));
        assert_eq!(roster.refresh(&loads), News::Loads);
        loads.set_weight(3, 2.0);
        assert_eq!(roster.refresh(&loads), News::Members);
        loads.remove(3);
        assert_eq!(roster.refresh(&loads), News::Members);
    }
}

//! `first-free`: the dyno with the lowest number that is below the limit.
//!
//! HAProxy's `balance first` (50872da, `src/lb_fas.c`): servers stand in a tree by their number, the
//! first that is not full is taken, weights do not matter. HAProxy walks over the full ones; here a
//! tree of bits says which dynos are free, so a pick takes as many steps as the tree has levels,
//! three for 262,144 dynos.

use super::{Ask, Balancer, Loads, Maker, Need, Pick, Strategy};
use crate::config::{Kind, Page};
use crate::rng::Stream;

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "first-free",
    summary: "the lowest number below the limit: few dynos do all that they can (HAProxy `first`)",
    page: Page {
        settings: &[],
        sections: &[
            ("Rule", "The dyno with the lowest number that is below `mesh.limit`."),
            ("Knows", "Its own counts, to see which dynos are at `mesh.limit`."),
            (
                "Wins",
                "Where dynos that have nothing to do can be stopped: the last ones stay idle, and the first stay warm. It needs a limit that is what a dyno can do at once; without one the first dyno gets everything. With many routers each packs on its own, so the first dynos get `mesh.limit` from every router. For latency it is the worst choice below full load: it queues in dynos while others are idle, if the limit is above the number of workers.",
            ),
            (
                "Source",
                "HAProxy 50872da, `src/lb_fas.c` and `balance first` in `doc/configuration.txt`, which asks for `maxconn`; Gandhi and others 2012 (CMU-CS-12-109, section 3.5, packing). Knative's activator takes the first free pod when `containerConcurrency` is at most 3.",
            ),
        ],
    },
    read: |body| {
        body.fields(|_| ());
        let strategy =
            || Strategy::new("first-free", &[Need::Counts, Need::Limit], FirstFree::default);
        strategy().made(Maker::Haproxy, "first", strategy())
    },
};

/// Picks the first that is free.
#[derive(Default)]
pub struct FirstFree {
    /// The loads' version at which `free` was made.
    version: Option<u64>,
    free: Bits,
}

impl Balancer for FirstFree {
    fn pick(&mut self, ask: &Ask<'_>, _rng: &mut Stream) -> Pick {
        if self.version != Some(ask.loads.version()) {
            self.version = Some(ask.loads.version());
            self.free = Bits::default();
            for &dyno in ask.loads.free() {
                self.free.set(dyno, true);
            }
        }
        self.free.first().map_or(Pick::Busy, Pick::Dyno)
    }

    fn counted(&mut self, dyno: u32, loads: &Loads) {
        if self.version == Some(loads.version()) {
            self.free.set(dyno, loads.is_free(dyno));
        }
    }
}

/// A set of numbers whose least is found in a few steps: words of bits, and above each level one that
/// says which words below are not empty. The top level is one word.
#[derive(Default)]
struct Bits(Vec<Vec<u64>>);

impl Bits {
    /// Puts a number in or takes it out.
    fn set(&mut self, number: u32, inside: bool) {
        self.grow(number as usize);
        let mut at = number as usize;
        let mut is_there = inside;
        for level in &mut self.0 {
            let (word, bit) = (at / 64, 1 << (at % 64));
            if is_there {
                level[word] |= bit;
            } else {
                level[word] &= !bit;
            }
            is_there = level[word] != 0;
            at = word;
        }
    }

    /// The least number inside.
    fn first(&self) -> Option<u32> {
        let mut at = 0;
        for level in self.0.iter().rev() {
            let word: u64 = level[at];
            if word == 0 {
                return None;
            }
            at = at * 64 + word.trailing_zeros() as usize;
        }
        (!self.0.is_empty()).then_some(at as u32)
    }

    /// Makes room for a number.
    fn grow(&mut self, number: usize) {
        let (mut words, mut level) = (number / 64 + 1, 0);
        loop {
            if self.0.len() == level {
                // The first word of a new level says whether the word below is empty.
                let below =
                    level.checked_sub(1).map_or(0, |below| u64::from(self.0[below][0] != 0));
                self.0.push(vec![below]);
            }
            if self.0[level].len() < words {
                self.0[level].resize(words, 0);
            }
            // An old level of one word may have got more: there must be one above.
            if self.0[level].len() == 1 {
                return;
            }
            words = words.max(self.0[level].len()).div_ceil(64);
            level += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::picks;
    use super::super::trial::view;
    use super::*;
    use crate::rng::Seed;
    use std::collections::BTreeSet;

    #[test]
    fn the_lowest_number_below_the_limit_is_picked() {
        assert_eq!(picks(&mut FirstFree::default(), &[2, 2, 1, 0], 2, 10), [0, 0, 10, 0]);
        assert_eq!(picks(&mut FirstFree::default(), &[2, 2], 2, 10), [0, 0]);
        assert_eq!(picks(&mut FirstFree::default(), &[7, 0], u32::MAX, 10), [10, 0]);
    }

    #[test]
    fn dynos_fill_one_after_the_other_and_gaps_are_filled_first() {
        let mut loads = view(&[0, 0, 0], 2);
        let mut balancer = FirstFree::default();
        let mut rng = Stream::named(Seed { scenario: 1, replication: 0 }, "none", 0);
        let mut next = |loads: &mut Loads, change: Option<u32>| {
            if let Some(dyno) = change {
                loads.finished(dyno);
                balancer.counted(dyno, loads);
            }
            let pick = super::super::testing::pick(&mut balancer, loads, 0, &mut rng);
            if let Pick::Dyno(dyno) = pick {
                loads.started(dyno);
                balancer.counted(dyno, loads);
            }
            pick
        };
        for dyno in [0, 0, 1, 1, 2] {
            assert_eq!(next(&mut loads, None), Pick::Dyno(dyno));
        }
        assert_eq!(next(&mut loads, Some(1)), Pick::Dyno(1));
        loads.remove(0);
        assert_eq!(next(&mut loads, None), Pick::Dyno(2));
        assert_eq!(next(&mut loads, None), Pick::Busy);
        loads.set_limit(3);
        assert_eq!(next(&mut loads, Some(2)), Pick::Dyno(1));
        loads.insert(0);
        assert_eq!(next(&mut loads, Some(0)), Pick::Dyno(0));
    }

    #[test]
    fn the_set_agrees_with_a_plain_one() {
        let mut rng = Stream::named(Seed { scenario: 4, replication: 0 }, "bits", 0);
        for most in [1, 64, 65, 4_096, 4_097, 300_000] {
            let (mut bits, mut plain) = (Bits::default(), BTreeSet::new());
            assert_eq!(bits.first(), None);
            for _ in 0..2_000 {
                let number = rng.below(most) as u32;
                if rng.below(3) == 0 {
                    bits.set(number, true);
                    plain.insert(number);
                } else {
                    let number = if rng.below(2) == 0 {
                        number
                    } else {
                        plain.first().copied().unwrap_or(0)
                    };
                    bits.set(number, false);
                    plain.remove(&number);
                }
                assert_eq!(bits.first(), plain.first().copied());
            }
            assert!(bits.0.len() <= 4, "a pick takes as many steps as there are levels");
        }
    }
}

//! `rendezvous`: equal keys to one dyno, the one with the highest random weight for the key.
//!
//! Thaler and Ravishankar 1998: each dyno draws lots for each key, by a hash of both, and the highest
//! wins. With weights the lot is -w / ln(u), u from 0 to 1 (Schindelhauer and Schomaker 2005; Resch
//! 2015), which makes each dyno win in proportion to its weight exactly. Where all weights are equal
//! the order of lots is that of u, and no logarithm is taken. Caddy's `hostByHashing` does that.

use super::weights::{Member, News, Roster};
use super::{Ask, Balancer, Need, Pick, Strategy};
use crate::config::{Kind, Page};
use crate::rng::{Stream, mix, unit_of};

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "rendezvous",
    summary: "equal keys to one dyno, the one with the highest random weight for the key",
    page: Page {
        settings: &[],
        sections: &[
            (
                "Rule",
                "Each dyno below `mesh.limit` draws u, a hash of the key and of its number; the highest -weight / ln(u) wins.",
            ),
            (
                "Knows",
                "What the request is about, weights, and its own counts to keep to `mesh.limit`.",
            ),
            (
                "Wins",
                "Where `consistent-hash` does, for few dynos: shares are exact but for the draw of keys, only the keys of a dyno that goes move, and those of a full dyno spread over all others instead of to one neighbour. It looks at every dyno at each pick, as the real ones do, so it is not for thousands. Popular keys weigh on one dyno; there is no bound on loads.",
            ),
            (
                "Source",
                "Thaler and Ravishankar 1998; Schindelhauer and Schomaker 2005; Caddy, `modules/caddyhttp/reverseproxy/selectionpolicies.go`, `hostByHashing`.",
            ),
        ],
    },
    read: |body| {
        body.fields(|_| ());
        Strategy::new("rendezvous", &[Need::Key, Need::Weights], Rendezvous::default)
    },
};

/// Keeps the hashes of dynos apart from those of others.
const OF_DYNOS: u64 = 0x7265_6e64_657a_766f;

/// Picks the highest random weight.
#[derive(Default)]
pub struct Rendezvous {
    roster: Roster,
    /// Whether not all weights are equal.
    weighted: bool,
}

/// A dyno's random bits for a key.
fn bits(key: u64, dyno: u32) -> u64 {
    mix(key ^ mix(u64::from(dyno) ^ OF_DYNOS))
}

/// A dyno's lot for a key. Positive, since u is strictly between 0 and 1.
fn lot(key: u64, member: &Member) -> f64 {
    -(member.weight as f64) / libm::log(unit_of(bits(key, member.dyno)))
}

impl Balancer for Rendezvous {
    fn pick(&mut self, ask: &Ask<'_>, _rng: &mut Stream) -> Pick {
        if self.roster.refresh(ask.loads) == News::Members {
            let members = self.roster.members();
            self.weighted = members.windows(2).any(|pair| pair[0].weight != pair[1].weight);
        }
        let free = self.roster.members().iter().filter(|member| ask.loads.is_free(member.dyno));
        // Of equal lots the lowest number has the highest: `max_by` keeps the last.
        let best = if self.weighted {
            let lots = free.rev().map(|member| (lot(ask.key, member), member.dyno));
            lots.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, dyno)| dyno)
        } else {
            free.rev().map(|member| member.dyno).max_by_key(|&dyno| bits(ask.key, dyno))
        };
        best.map_or(Pick::Busy, Pick::Dyno)
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Trial, view};
    use super::*;

    fn homes(trial: &mut Trial<Rendezvous>, keys: u64) -> Vec<u32> {
        (0..keys).map(|key| home(trial, mix(key))).collect()
    }

    fn home(trial: &mut Trial<Rendezvous>, key: u64) -> u32 {
        match trial.pick(key) {
            Pick::Dyno(dyno) => dyno,
            Pick::Busy => panic!("not all are full"),
        }
    }

    fn counts(homes: &[u32]) -> Vec<usize> {
        let most = homes.iter().max().unwrap();
        (0..=*most).map(|dyno| homes.iter().filter(|&&home| home == dyno).count()).collect()
    }

    #[test]
    fn equal_weights_have_equal_shares() {
        let mut trial = Trial::new(Rendezvous::default(), view(&[0; 10], 50));
        let counts = counts(&homes(&mut trial, 100_000));
        // Five standard deviations of a binomial with p = 1/10.
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 475), "{counts:?}");
    }

    #[test]
    fn shares_follow_weights() {
        let mut loads = view(&[0; 3], 50);
        loads.set_weight(1, 0.5);
        loads.set_weight(2, 2.5);
        let mut trial = Trial::new(Rendezvous::default(), loads);
        let counts = counts(&homes(&mut trial, 80_000));
        for (count, mean) in counts.iter().zip([20_000, 10_000, 50_000]) {
            assert!(count.abs_diff(mean) < 700, "{counts:?}");
        }
    }

    #[test]
    fn weights_count_from_the_first_pick_on() {
        let mut loads = view(&[0; 3], 50);
        loads.set_weight(1, 0.5);
        loads.set_weight(2, 2.5);
        for key in 0..300 {
            let mut trial = Trial::new(Rendezvous::default(), loads.clone());
            let home = home(&mut trial, key);
            let lot_of = |dyno: u32| lot(key, &Member { dyno, weight: [2, 1, 5][dyno as usize] });
            assert!((0..3).all(|dyno| lot_of(dyno) <= lot_of(home)), "{key}");
        }
    }

    #[test]
    fn equal_weights_choose_as_the_formula_does() {
        let mut trial = Trial::new(Rendezvous::default(), view(&[0; 7], 50));
        for (key, home) in homes(&mut trial, 2_000).into_iter().enumerate() {
            let lot_of = |dyno: u32| lot(mix(key as u64), &Member { dyno, weight: 1 });
            assert!((0..7).all(|dyno| lot_of(dyno) <= lot_of(home)));
        }
    }

    #[test]
    fn only_the_keys_of_a_dyno_that_goes_move_and_they_spread() {
        let mut trial = Trial::new(Rendezvous::default(), view(&[0; 21], 50));
        let before = homes(&mut trial, 42_000);
        trial.loads.remove(3);
        let after = homes(&mut trial, 42_000);
        let moved: Vec<u32> = before
            .iter()
            .zip(&after)
            .filter(|(old, new)| old != new)
            .map(|(old, new)| {
                assert_eq!(*old, 3);
                *new
            })
            .collect();
        assert!(moved.len().abs_diff(2_000) < 220, "{}", moved.len());
        let counts = counts(&moved);
        assert!((0..21).all(|dyno| dyno == 3 || counts[dyno].abs_diff(100) < 60), "{counts:?}");
        trial.loads.insert(3);
        assert_eq!(homes(&mut trial, 42_000), before);
    }

    #[test]
    fn more_weight_only_attracts_keys() {
        let mut trial = Trial::new(Rendezvous::default(), view(&[0; 5], 50));
        let before = homes(&mut trial, 20_000);
        trial.loads.set_weight(2, 1.5);
        let after = homes(&mut trial, 20_000);
        assert!(before.iter().zip(&after).all(|(old, new)| old == new || *new == 2));
    }

    #[test]
    fn the_next_highest_takes_what_a_full_one_cannot() {
        let mut trial = Trial::new(Rendezvous::default(), view(&[0; 4], 1));
        let homes: Vec<u32> = (0..4).map(|_| trial.dispatch_key(9)).collect();
        let mut by_bits: Vec<u32> = (0..4).collect();
        by_bits.sort_by_key(|&dyno| std::cmp::Reverse(bits(9, dyno)));
        assert_eq!(homes, by_bits);
        assert_eq!(trial.pick(9), Pick::Busy);
    }
}

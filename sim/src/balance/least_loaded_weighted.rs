//! `least-loaded-weighted`: HAProxy's `leastconn`.
//!
//! Servers stand in a tree by (attempts + 1) / weight, those without attempts before all others
//! whatever their weights; the first that is not full is taken. A server whose count changes goes
//! behind its equals, so equals take turns. HAProxy 50872da, `src/lb_fwlc.c`: `fwlc_queue_srv`,
//! `fwlc_get_next_server`. It divides whole numbers and has four lists an entry, so that threads do
//! not meet; here keys are compared exactly and there is one list.

mod heap;
mod nginx;

use super::weights::{News, PerWeight, Roster, millionths};
use super::{Ask, Balancer, Loads, Maker, Need, Pick, Strategy};
use crate::config::{Kind, Page};
use crate::rng::Stream;
use heap::Heap;
use nginx::LeastConn;

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "least-loaded-weighted",
    summary: "the fewest attempts for its weight, equals in turn (HAProxy `leastconn`)",
    page: Page {
        settings: &[],
        sections: &[
            (
                "Rule",
                "The dyno below the limit with the least (attempts + 1) / weight; dynos without attempts come before all others, whatever their weights. Among equals the one whose count changed first, so equals take turns; dynos that are new stand in order of their numbers behind those equals that are there already.",
            ),
            (
                "Knows",
                "Weights, and the router's own counts; with `mesh.knowledge` `shared` or `gossip` those of all routers.",
            ),
            (
                "Wins",
                "As `least-loaded`, where dynos differ in size. Counting the attempt that is about to be sent makes the larger dyno win where plain counts tie. Turns instead of chance keep a router from sending twice in a row to one of many idle dynos, but routers that know only their own counts still collide. A dyno that fails at once looks idle: see `mesh.errors-as-load`.",
            ),
            (
                "Source",
                "HAProxy 50872da, `src/lb_fwlc.c`. nginx `least_conn`, which `mesh.router = \"nginx\"` takes, compares attempts / weight and breaks ties by smooth weighted round robin.",
            ),
        ],
    },
    read: |body| {
        body.fields(|_| ());
        made(strategy("least-loaded-weighted", LeastLoadedWeighted::default))
    },
};

/// What needs counts and weights, under this name.
fn strategy<B: Balancer + 'static>(name: &'static str, build: fn() -> B) -> Strategy {
    Strategy::new(name, &[Need::Counts, Need::Weights], build)
}

/// The strategy with what HAProxy and nginx have for it: `leastconn` and `least_conn`.
pub(super) fn made(plain: Strategy) -> Strategy {
    let name = plain.name();
    let haproxy = strategy(name, LeastLoadedWeighted::default);
    let nginx = strategy(name, LeastConn::default);
    plain.made(Maker::Haproxy, "leastconn", haproxy).made(Maker::Nginx, "least_conn", nginx)
}

/// Where a dyno stands: by its key, then by the turn at which it got it.
type Standing = (PerWeight, u64);

/// Picks the least loaded for its weight.
#[derive(Default)]
pub struct LeastLoadedWeighted {
    roster: Roster,
    /// The dynos below the limit.
    heap: Heap<Standing>,
    /// Counts changes of keys.
    turn: u64,
}

impl Balancer for LeastLoadedWeighted {
    fn pick(&mut self, ask: &Ask<'_>, _rng: &mut Stream) -> Pick {
        if self.roster.refresh(ask.loads) != News::None {
            self.settle(ask.loads);
        }
        self.heap.first().map_or(Pick::Busy, Pick::Dyno)
    }

    fn counted(&mut self, dyno: u32, loads: &Loads) {
        // Otherwise the next pick settles everybody anew.
        if self.roster.is_current(loads) {
            self.stand(dyno, loads);
        }
    }
}

impl LeastLoadedWeighted {
    /// Puts a dyno behind its equals, or nowhere if it may not be chosen.
    fn stand(&mut self, dyno: u32, loads: &Loads) {
        if !loads.is_free(dyno) {
            self.heap.remove(dyno);
            return;
        }
        let key = match u64::from(loads.load(dyno)) {
            0 => PerWeight { count: 0, weight: 1 },
            load => PerWeight { count: load + 1, weight: millionths(loads.weight(dyno)) },
        };
        // Who already stands under this key keeps the turn.
        if self.heap.key(dyno).is_none_or(|(standing, _)| standing != key) {
            self.turn += 1;
            self.heap.set(dyno, (key, self.turn));
        }
    }

    /// Finds everybody's place after other dynos, weights or loads came all at once.
    fn settle(&mut self, loads: &Loads) {
        for dyno in self.heap.slots() {
            if !loads.is_free(dyno) {
                self.heap.remove(dyno);
            }
        }
        for at in 0..self.roster.members().len() {
            self.stand(self.roster.members()[at].dyno, loads);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Trial, view};
    use super::*;

    #[test]
    fn equals_take_turns_in_the_order_in_which_their_counts_changed() {
        let mut trial = Trial::new(LeastLoadedWeighted::default(), view(&[0; 4], 50));
        assert_eq!(trial.dispatch(6), [0, 1, 2, 3, 0, 1]);
        // Loads are 2, 2, 1, 1. Dyno 3 ends and starts: it stands behind dyno 2.
        trial.end(3);
        assert_eq!(trial.dispatch(4), [3, 2, 3, 0]);
    }

    #[test]
    fn dynos_without_attempts_come_first_whatever_their_weights() {
        let mut loads = view(&[0; 3], u32::MAX);
        loads.set_weight(0, 0.1);
        loads.set_weight(2, 100.0);
        let mut trial = Trial::new(LeastLoadedWeighted::default(), loads);
        assert_eq!(trial.dispatch(3), [0, 1, 2]);
        // Keys now: 2 / 0.1, 2 / 1, 2 / 100.
        assert_eq!(trial.dispatch(198), [2; 198]);
        // 200 / 100 ties with 2 / 1, whose turn was earlier.
        assert_eq!(trial.dispatch(2), [1, 2]);
    }

    #[test]
    fn attempts_go_by_weight() {
        let mut loads = view(&[0; 3], u32::MAX);
        for (dyno, weight) in [(0, 0.1), (1, 0.2), (2, 0.7)] {
            loads.set_weight(dyno, weight);
        }
        let mut trial = Trial::new(LeastLoadedWeighted::default(), loads);
        trial.dispatch(1_000 - 3);
        for (dyno, load) in [(0, 99), (1, 199), (2, 699)] {
            assert_eq!(trial.loads.load(dyno), load);
        }
    }

    #[test]
    fn the_full_are_passed_over_even_if_they_stand_first() {
        let mut loads = view(&[0, 0], 3);
        loads.set_weight(1, 10.0);
        let mut trial = Trial::new(LeastLoadedWeighted::default(), loads);
        assert_eq!(trial.dispatch(6), [0, 1, 1, 1, 0, 0]);
        assert_eq!(trial.pick(0), Pick::Busy);
        trial.end(1);
        assert_eq!(trial.dispatch(1), [1]);
        trial.loads.set_limit(4);
        assert_eq!(trial.dispatch(2), [1, 0]);
    }

    #[test]
    fn dynos_that_come_go_or_change_weight_are_placed_anew() {
        let mut trial = Trial::new(LeastLoadedWeighted::default(), view(&[1, 1, 1], 50));
        assert_eq!(trial.dispatch(1), [0]);
        trial.loads.remove(1);
        assert_eq!(trial.dispatch(1), [2]);
        trial.loads.insert(3);
        trial.loads.insert(1);
        assert_eq!(trial.dispatch(3), [3, 1, 3]);
        // All have 2 attempts; dyno 0 with twice the weight goes from 3 / 2 to 6 / 2, behind them.
        trial.loads.set_weight(0, 2.0);
        assert_eq!(trial.dispatch(5), [0, 0, 0, 2, 1]);
        trial.loads.reload(|dyno| if dyno == 2 { 0 } else { 9 });
        assert_eq!(trial.dispatch(2), [2, 2]);
    }

    #[test]
    fn a_change_takes_a_logarithm_of_steps() {
        let mut trial = Trial::new(LeastLoadedWeighted::default(), view(&[0; 4_096], 50));
        trial.dispatch(1);
        trial.balancer.heap.steps = 0;
        trial.dispatch(8_192);
        let steps = trial.balancer.heap.steps;
        assert!(steps <= 8_192 * 13, "{steps}");
    }
}

//! nginx's `least_conn`: the least attempts / weight, equals by smooth weighted round robin.
//!
//! nginx 1.22.1, `ngx_http_upstream_get_least_conn_peer`: only those that are equal earn by their
//! weights in that round, and only when there are several of them.

use super::super::weighted_round_robin::Smooth;
use super::super::weights::{PerWeight, Roster, millionths};
use super::super::{Ask, Balancer, End, Loads, Outcome, Pick};
use crate::rng::Stream;

/// Picks the least loaded for its weight, with nginx's default of one failure.
pub(super) struct LeastConn {
    roster: Roster,
    turns: Smooth,
}

impl Default for LeastConn {
    fn default() -> LeastConn {
        LeastConn { roster: Roster::default(), turns: Smooth::new(1) }
    }
}

/// What a dyno has to do for its weight.
fn work(loads: &Loads, dyno: u32) -> PerWeight {
    PerWeight { count: u64::from(loads.load(dyno)), weight: millionths(loads.weight(dyno)) }
}

impl Balancer for LeastConn {
    fn pick(&mut self, ask: &Ask<'_>, _rng: &mut Stream) -> Pick {
        self.roster.refresh(ask.loads);
        let free = || {
            let members = self.roster.members().iter().map(|member| member.dyno);
            members.filter(|&dyno| ask.loads.is_free(dyno))
        };
        let Some(least) = free().map(|dyno| work(ask.loads, dyno)).min() else {
            return Pick::Busy;
        };
        let mut equals = free().filter(|&dyno| work(ask.loads, dyno) == least);
        match (equals.next(), equals.next()) {
            (Some(only), None) => Pick::Dyno(only),
            _ => {
                let is_least = |dyno| work(ask.loads, dyno) == least;
                self.turns.pick_among(ask.loads, is_least).map_or(Pick::Busy, Pick::Dyno)
            }
        }
    }

    fn ended(&mut self, dyno: u32, end: &End) {
        if end.outcome == Outcome::Failure {
            self.turns.failed(dyno);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::trial::{Trial, view};
    use super::*;

    #[test]
    fn only_equals_earn() {
        let mut trial = Trial::new(LeastConn::default(), view(&[0; 3], 50));
        // Accounts: -2, 1, 1; then only dynos 1 and 2 earn: -2, 0, 2; then dyno 2 has no equal, and
        // in the next round it is the richest: -1, 1, 3.
        assert_eq!(trial.dispatch(4), [0, 1, 2, 2]);
        trial.end(0);
        assert_eq!(trial.dispatch(3), [0, 1, 0]);
    }

    #[test]
    fn only_one_with_the_least_needs_no_turn() {
        let mut trial = Trial::new(LeastConn::default(), view(&[1, 0, 2], 50));
        assert_eq!(trial.dispatch(1), [1]);
        assert_eq!(trial.dispatch(2), [0, 1], "the turn of those that tie begins with the first");
    }

    #[test]
    fn weights_divide_and_the_full_are_passed_over() {
        let mut loads = view(&[0; 2], 3);
        loads.set_weight(1, 2.0);
        let mut trial = Trial::new(LeastConn::default(), loads);
        // The first and the fourth are turns, of whole weights 1 and 2.
        assert_eq!(trial.dispatch(6), [1, 0, 1, 0, 1, 0]);
        assert_eq!(trial.pick(0), Pick::Busy);
    }
}

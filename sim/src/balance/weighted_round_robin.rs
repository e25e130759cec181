//! `weighted-round-robin`: nginx's smooth weighted round robin.
//!
//! Every pick adds to each dyno below the limit its effective weight; the first with the most is
//! chosen and pays what all got together. So weights 5, 1, 1 give the order a a b a c a a, not five
//! of one in a row. A dispatch that failed takes `weight / max-fails` from the effective weight, and
//! each pick that looks at the dyno gives 1 back. nginx 3f6f782, `ngx_http_upstream_round_robin.c`:
//! `ngx_http_upstream_get_peer`, `ngx_http_upstream_free_round_robin_peer_locked`.
//!
//! Weights in nginx are whole numbers, and how fast a dyno comes back depends on them. So a dyno's
//! weight is what one would write in nginx: all weights times the smallest number from 1 to 1000
//! that makes all of them whole, and if none does, times 1000 and rounded, at least 1.

use super::weights::{News, ONE, Roster};
use super::{Ask, Balancer, End, Loads, Maker, Need, Outcome, Pick, Strategy};
use crate::config::{Body, Kind, Page};
use crate::rng::Stream;

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "weighted-round-robin",
    summary: "dynos take turns by their weights, evenly interleaved, fewer after failures (nginx)",
    page: Page {
        settings: &[(
            "max-fails",
            "how many failures take all of a dyno's weight away, until it grows back by 1 a pick; 0: failures do not matter",
        )],
        sections: &[
            (
                "Rule",
                "Each pick adds its effective weight to the account of every dyno below the limit. The one with the largest account, the lowest number on a tie, is chosen and pays the sum of those effective weights. A failure takes weight / max-fails, rounded down, from the effective weight, which never falls below 0 and grows by 1 a pick until it is the weight again. Weights are made whole by the smallest factor up to 1000 that can; if the factor changes because other dynos came, all accounts begin anew.",
            ),
            (
                "Knows",
                "Weights, its own counts to keep to `mesh.limit`, and whether its own dispatches failed.",
            ),
            (
                "Wins",
                "Where dynos differ in size and requests are alike: each gets its share, evenly spaced, and a dyno that fails gets less. It does not see queues, and routers that go round on their own soon make the spacing random. All routers begin at the same dyno. It looks at all dynos at each pick, as nginx does.",
            ),
            (
                "Source",
                "nginx 3f6f782, `src/http/ngx_http_upstream_round_robin.c`; `max_fails` is 1 there. nginx also leaves a dyno alone for `fail_timeout`; here that is `mesh.quarantine`.",
            ),
        ],
    },
    read,
};

/// The largest number that weights are multiplied by to become whole.
const MOST_SCALE: u64 = 1000;

fn read(body: &mut Body<'_>) -> Strategy {
    let max_fails = body.fields(|fields| fields.or("max-fails", 1_u32));
    let name = "weighted-round-robin";
    turns(name, max_fails).made(Maker::Haproxy, "roundrobin", turns(name, 0)).made(
        Maker::Nginx,
        "",
        turns(name, max_fails),
    )
}

/// Smooth weighted round robin under this name.
pub(super) fn turns(name: &'static str, max_fails: u32) -> Strategy {
    Strategy::new(name, &[Need::Latency, Need::Weights], move || {
        WeightedRoundRobin(Smooth::new(max_fails))
    })
}

/// Lets dynos take turns by weight.
pub struct WeightedRoundRobin(Smooth);

impl Balancer for WeightedRoundRobin {
    fn pick(&mut self, ask: &Ask<'_>, _rng: &mut Stream) -> Pick {
        self.0.pick(ask.loads).map_or(Pick::Busy, Pick::Dyno)
    }

    fn ended(&mut self, dyno: u32, end: &End) {
        if end.outcome == Outcome::Failure {
            self.0.failed(dyno);
        }
    }
}

/// A dyno's account.
#[derive(Clone, Copy, Default)]
struct Account {
    /// Its whole weight; 0 for a dyno never seen.
    weight: u64,
    effective: u64,
    current: i64,
}

/// The turns of nginx's peers.
pub(super) struct Smooth {
    max_fails: u32,
    roster: Roster,
    /// What weights are multiplied by.
    scale: u64,
    /// By slot. A dyno that may not be chosen keeps its account, as a peer that is down does.
    accounts: Vec<Account>,
}

impl Smooth {
    /// Nobody has had a turn.
    pub fn new(max_fails: u32) -> Smooth {
        Smooth { max_fails, roster: Roster::default(), scale: 1, accounts: vec![] }
    }

    /// Whose turn it is; nothing when all are full.
    pub fn pick(&mut self, loads: &Loads) -> Option<u32> {
        self.pick_among(loads, |_| true)
    }

    /// Whose turn it is among some, who alone earn and recover; nothing when all of them are full.
    pub fn pick_among(&mut self, loads: &Loads, among: impl Fn(u32) -> bool) -> Option<u32> {
        if self.roster.refresh(loads) == News::Members {
            self.weigh(loads.slots());
        }
        if loads.free().is_empty() {
            return None;
        }
        let (mut total, mut most) = (0, i64::MIN);
        let mut best = None;
        for member in self.roster.members() {
            if loads.load(member.dyno) >= loads.limit() || !among(member.dyno) {
                continue;
            }
            let account = &mut self.accounts[member.dyno as usize];
            account.current += account.effective as i64;
            total += account.effective as i64;
            if account.effective < account.weight {
                account.effective += 1;
            }
            if account.current > most {
                most = account.current;
                best = Some(member.dyno);
            }
        }
        if let Some(dyno) = best {
            self.accounts[dyno as usize].current -= total;
        }
        best
    }

    /// A dispatch to this dyno failed.
    pub fn failed(&mut self, dyno: u32) {
        if let Some(account) = self.accounts.get_mut(dyno as usize)
            && self.max_fails > 0
        {
            let fine = account.weight / u64::from(self.max_fails);
            account.effective = account.effective.saturating_sub(fine);
        }
    }

    /// Gives every dyno its whole weight, and opens accounts for those that are new.
    fn weigh(&mut self, slots: usize) {
        let members = self.roster.members();
        let whole = |scale: u64, weight: u64| {
            let rest = weight * scale % ONE;
            // Each weight is half of a millionth off at most.
            rest.min(ONE - rest) * 2 <= scale && weight * scale >= ONE / 2
        };
        let all_whole = |scale: &u64| members.iter().all(|member| whole(*scale, member.weight));
        let scale = (1..MOST_SCALE).find(all_whole).unwrap_or(MOST_SCALE);
        if scale != self.scale {
            self.scale = scale;
            self.accounts.clear();
        }
        self.accounts.resize(slots.max(self.accounts.len()), Account::default());
        for member in members {
            let weight = ((member.weight * scale + ONE / 2) / ONE).max(1);
            let account = &mut self.accounts[member.dyno as usize];
            if account.weight != weight {
                *account = Account { weight, effective: weight, current: account.current };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::view;
    use super::*;

    /// Whose turns come, each attempt ending at once.
    fn turns(smooth: &mut Smooth, loads: &Loads, count: usize) -> Vec<u32> {
        (0..count).map(|_| smooth.pick(loads).unwrap()).collect()
    }

    fn weighted(weights: &[f64]) -> Loads {
        let mut loads = view(&vec![0; weights.len()], 50);
        for (dyno, &weight) in weights.iter().enumerate() {
            loads.set_weight(dyno as u32, weight);
        }
        loads
    }

    #[test]
    fn turns_come_in_the_order_of_nginx() {
        // The example of the commit that brought the rule to nginx: { a: 5, b: 1, c: 1 }.
        let cycle = [0, 0, 1, 0, 2, 0, 0];
        for weights in [[5.0, 1.0, 1.0], [2.5, 0.5, 0.5], [5e-3, 1e-3, 1e-3]] {
            let mut smooth = Smooth::new(1);
            assert_eq!(turns(&mut smooth, &weighted(&weights), 14), [cycle, cycle].concat());
        }
        let equal = turns(&mut Smooth::new(1), &weighted(&[1.0; 3]), 7);
        assert_eq!(equal, [0, 1, 2, 0, 1, 2, 0]);
    }

    #[test]
    fn weights_become_whole_by_the_smallest_factor() {
        for (weights, whole) in [
            ([1.0, 2.0], [1, 2]),
            ([2.0, 4.0], [2, 4]),
            ([0.5, 1.0], [1, 2]),
            ([1.0 / 3.0, 1.0], [1, 3]),
            ([0.01, 1.0], [1, 100]),
            ([std::f64::consts::PI, 1.0], [355, 113]),
            ([std::f64::consts::PI, std::f64::consts::E], [3142, 2718]),
            ([1e-6, 1.0], [1, 1000]),
        ] {
            let mut smooth = Smooth::new(1);
            smooth.pick(&weighted(&weights));
            let found: Vec<u64> = smooth.accounts.iter().map(|account| account.weight).collect();
            assert_eq!(found, whole, "{weights:?}");
        }
    }

    #[test]
    fn a_failure_takes_weight_that_each_pick_gives_back() {
        let loads = weighted(&[4.0, 4.0]);
        let mut smooth = Smooth::new(2);
        assert_eq!(turns(&mut smooth, &loads, 2), [0, 1]);
        let effective = |smooth: &Smooth| smooth.accounts[0].effective;
        smooth.failed(0);
        assert_eq!(effective(&smooth), 2);
        smooth.failed(0);
        smooth.failed(0);
        assert_eq!(effective(&smooth), 0, "never below nothing");
        // Accounts: 0+0, 0+4 -> 1 pays 4; 1, 4 -> 1 pays 5; 3, 3 -> 0 pays 6.
        assert_eq!(turns(&mut smooth, &loads, 3), [1, 1, 0]);
        assert_eq!(effective(&smooth), 3);
        smooth.pick(&loads);
        smooth.pick(&loads);
        assert_eq!(effective(&smooth), 4, "not beyond the weight");
    }

    #[test]
    fn with_one_failure_allowed_all_weight_goes_and_with_none_counted_none() {
        let loads = weighted(&[3.0, 3.0]);
        for (max_fails, left) in [(1, 0), (2, 2), (5, 3), (0, 3)] {
            let mut smooth = Smooth::new(max_fails);
            smooth.pick(&loads);
            smooth.failed(1);
            assert_eq!(smooth.accounts[1].effective, left, "{max_fails}");
        }
    }

    #[test]
    fn full_dynos_are_skipped_and_neither_earn_nor_recover() {
        let mut loads = view(&[0, 0, 0], 1);
        loads.started(0);
        let mut smooth = Smooth::new(1);
        assert_eq!(turns(&mut smooth, &loads, 4), [1, 2, 1, 2]);
        loads.finished(0);
        assert_eq!(turns(&mut smooth, &loads, 3), [0, 1, 2]);
        for dyno in 0..3 {
            loads.started(dyno);
        }
        assert_eq!(smooth.pick(&loads), None);
    }

    #[test]
    fn dynos_that_come_and_go_keep_the_others_turns() {
        let mut loads = weighted(&[1.0; 3]);
        let mut smooth = Smooth::new(1);
        assert_eq!(turns(&mut smooth, &loads, 2), [0, 1]);
        loads.remove(0);
        assert_eq!(turns(&mut smooth, &loads, 3), [2, 2, 1]);
        loads.insert(3);
        let later = turns(&mut smooth, &loads, 30);
        for dyno in 1..4 {
            assert_eq!(later.iter().filter(|&&turn| turn == dyno).count(), 10);
        }
        // Half a weight makes the others count double: the accounts begin anew.
        loads.set_weight(3, 0.5);
        assert_eq!(turns(&mut smooth, &loads, 5), [1, 2, 3, 1, 2]);
    }
}

//! `least-latency`: the dyno with the least average latency times the attempts that it would have.
//!
//! What nginx Plus calls `least_time`: the server with the lowest average latency and the lowest number
//! of active connections. Its source is closed and its documentation gives neither the
//! average nor how the two are weighed; nginx's open `least_conn` looks at
//! every server for each request, so this most likely does, too. Here the rule is:
//!
//! - The average of a dyno is exponential over its answers: `average x smoothing + latency x (1 -
//!   smoothing)`; the first latency is taken as it is. Angie, a fork of nginx, smooths by such a factor
//!   (`response_time_factor`), but then draws by chance. It moves with answers alone, never with time.
//! - The cost is `average x (in flight + 1)`; the least wins, fewer attempts on a tie, then chance.
//! - A dyno of which no answer has come is tried once: before all others while it has nothing under
//!   way, after all others while it has.
//! - Successes and failures count as latencies; attempts that are taken back do not, because nobody
//!   waited for their end.
//!
//! The dynos stand in an ordered tree by cost, so a pick does not look at all of them: whatever
//! happens to one dyno moves that dyno, in a number of steps that grows with the logarithm of theirs.

use super::{Ask, Balancer, End, Loads, Need, Outcome, Pick, Strategy};
use crate::config::{Body, Kind, Page};
use crate::rng::{Stream, mix};
use crate::units::Ratio;
use std::collections::BTreeSet;

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "least-latency",
    summary: "the least average latency times attempts under way (nginx Plus `least_time`)",
    page: Page {
        settings: &[(
            "smoothing",
            "How much of the old average a new latency leaves: 0 is the last latency alone. Angie's `response_time_factor` is of the kind.",
        )],
        sections: &[
            (
                "Rule",
                "The dyno with the least cost of all: its average latency times one more than the attempts under way there; ties by chance. A dyno that has not answered yet is tried once before the others.",
            ),
            (
                "Knows",
                "The router's own counts, and how long its own dispatches took, failures too.",
            ),
            (
                "Wins",
                "When dynos differ in speed and the requests do not differ much. It never looks twice at a dyno that was slow once, until the others are as busy as that one was slow: `peak-ewma` forgets. With many routers all of them find the same dyno best.",
            ),
            ("Source", "nginx Plus `least_time`; Angie `least_time` for the average."),
        ],
    },
    read,
};

fn read(body: &mut Body<'_>) -> Strategy {
    let smoothing = body.fields(|fields| {
        let smoothing = fields.or("smoothing", Ratio(0.9));
        fields.require("smoothing", smoothing.0 < 1.0, "less than 1");
        smoothing.0
    });
    Strategy::new("least-latency", &[Need::Counts, Need::Latency], move || LeastLatency {
        smoothing,
        averages: Vec::new(),
        keys: Vec::new(),
        order: BTreeSet::new(),
        version: None,
        ticks: 0,
    })
}

/// Where a dyno stands: its cost as the bits of a number that is not negative, which are in the
/// numbers' order; its load; a number of chance; the dyno.
type Place = (u64, u32, u64, u32);

/// Picks the least cost.
pub struct LeastLatency {
    smoothing: f64,
    /// The average latency of each dyno in nanoseconds, by slot; nothing before the first answer.
    averages: Vec<Option<f64>>,
    /// Where each dyno stands in `order`, by slot; nothing for those that may not be chosen.
    keys: Vec<Option<Place>>,
    /// The dynos that may be chosen and are below the limit.
    order: BTreeSet<Place>,
    /// Of which version of the loads `order` was made.
    version: Option<u64>,
    /// Makes the numbers of chance: from a random start, one more with each move.
    ticks: u64,
}

impl LeastLatency {
    fn cost(&self, dyno: u32, load: u32) -> f64 {
        match self.averages.get(dyno as usize).copied().flatten() {
            Some(average) => average * (f64::from(load) + 1.0),
            None if load == 0 => 0.0,
            None => f64::INFINITY,
        }
    }

    /// Puts a dyno where it belongs.
    fn place(&mut self, dyno: u32, loads: &Loads) {
        if self.keys.len() <= dyno as usize {
            self.keys.resize(dyno as usize + 1, None);
        }
        if let Some(key) = self.keys[dyno as usize].take() {
            self.order.remove(&key);
        }
        if loads.is_free(dyno) {
            let load = loads.load(dyno);
            self.ticks = self.ticks.wrapping_add(1);
            let key = (self.cost(dyno, load).to_bits(), load, mix(self.ticks), dyno);
            self.order.insert(key);
            self.keys[dyno as usize] = Some(key);
        }
    }
}

impl Balancer for LeastLatency {
    fn pick(&mut self, ask: &Ask<'_>, rng: &mut Stream) -> Pick {
        let loads = ask.loads;
        if self.version != Some(loads.version()) {
            if self.version.is_none() {
                self.ticks = rng.bits();
            }
            self.version = Some(loads.version());
            self.order.clear();
            self.keys.fill(None);
            for &dyno in loads.free() {
                self.place(dyno, loads);
            }
        }
        self.order.first().map_or(Pick::Busy, |&(.., dyno)| Pick::Dyno(dyno))
    }

    fn counted(&mut self, dyno: u32, loads: &Loads) {
        // A tree of other loads is made anew by the next pick.
        if self.version == Some(loads.version()) {
            self.place(dyno, loads);
        }
    }

    fn ended(&mut self, dyno: u32, end: &End) {
        if end.outcome == Outcome::TakenBack {
            return;
        }
        if self.averages.len() <= dyno as usize {
            self.averages.resize(dyno as usize + 1, None);
        }
        let latency = end.latency.nanos() as f64;
        let average = self.averages[dyno as usize]
            .map_or(latency, |average| average * self.smoothing + latency * (1.0 - self.smoothing));
        self.averages[dyno as usize] = Some(average);
        // Its count has just gone down, so the dyno stands at the load that it has.
        if let Some((cost, load, chance, dyno)) = self.keys.get(dyno as usize).copied().flatten() {
            self.order.remove(&(cost, load, chance, dyno));
            let key = (self.cost(dyno, load).to_bits(), load, chance, dyno);
            self.order.insert(key);
            self.keys[dyno as usize] = Some(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::pick;
    use super::*;
    use crate::rng::Seed;
    use crate::time::{SimTime, Span};

    fn balancer() -> LeastLatency {
        LeastLatency {
            smoothing: 0.75,
            averages: Vec::new(),
            keys: Vec::new(),
            order: BTreeSet::new(),
            version: None,
            ticks: 0,
        }
    }

    fn rng(number: u64) -> Stream {
        Stream::named(Seed { scenario: number, replication: 0 }, "least-latency", 0)
    }

    fn dynos(count: u32, limit: u32) -> Loads {
        let mut loads = Loads::new(limit);
        (0..count).for_each(|dyno| loads.insert(dyno));
        loads
    }

    fn start(balancer: &mut LeastLatency, loads: &mut Loads, dyno: u32) {
        loads.started(dyno);
        balancer.counted(dyno, loads);
    }

    fn finish(balancer: &mut LeastLatency, loads: &mut Loads, dyno: u32, end: (Outcome, u64)) {
        loads.finished(dyno);
        balancer.counted(dyno, loads);
        let (outcome, millis) = end;
        let end = End { outcome, latency: Span::from_millis(millis), now: SimTime::ZERO };
        balancer.ended(dyno, &end);
    }

    #[test]
    fn the_average_is_exponential_over_answers() {
        let (mut balancer, mut loads) = (balancer(), dynos(1, 50));
        for (outcome, millis, average) in [
            (Outcome::Success, 100, 100e6),
            (Outcome::Failure, 20, 80e6),
            (Outcome::TakenBack, 9, 80e6),
            (Outcome::Success, 80, 80e6),
        ] {
            start(&mut balancer, &mut loads, 0);
            finish(&mut balancer, &mut loads, 0, (outcome, millis));
            assert_eq!(balancer.averages[0], Some(average));
        }
    }

    #[test]
    fn each_dyno_is_tried_once_and_then_the_least_product_wins() {
        let (mut balancer, mut loads, mut rng) = (balancer(), dynos(3, 50), rng(1));
        let mut tried = Vec::new();
        for _ in 0..3 {
            let Pick::Dyno(dyno) = pick(&mut balancer, &loads, 0, &mut rng) else { panic!() };
            start(&mut balancer, &mut loads, dyno);
            tried.push(dyno);
        }
        tried.sort_unstable();
        assert_eq!(tried, [0, 1, 2]);
        for (dyno, millis) in [(0, 10), (1, 25), (2, 1000)] {
            finish(&mut balancer, &mut loads, dyno, (Outcome::Success, millis));
        }
        // 10, 20, then 30 against 25, then 30 against 50, then 40 against 50, then 50 against 50.
        for expected in [0, 0, 1, 0, 0] {
            let picked = pick(&mut balancer, &loads, 0, &mut rng);
            assert_eq!(picked, Pick::Dyno(expected), "{:?}", balancer.order);
            start(&mut balancer, &mut loads, expected);
        }
        // On a tie the one with fewer attempts.
        assert_eq!(pick(&mut balancer, &loads, 0, &mut rng), Pick::Dyno(1));
    }

    #[test]
    fn ties_are_fair() {
        let mut counts = [0_u32; 4];
        for number in 0..4_000 {
            let picked = pick(&mut balancer(), &dynos(4, 50), 0, &mut rng(number));
            let Pick::Dyno(dyno) = picked else { panic!() };
            counts[dyno as usize] += 1;
        }
        assert!(counts.iter().all(|count| count.abs_diff(1_000) < 140), "{counts:?}");
    }

    #[test]
    fn the_tree_is_what_a_scan_would_find() {
        let (mut balancer, mut loads, mut rng) = (balancer(), dynos(20, 4), rng(2));
        let mut at = Vec::new();
        for step in 0..20_000 {
            match rng.below(12) {
                0 => loads.remove(rng.below(20) as u32),
                1 | 2 => loads.insert(rng.below(20) as u32),
                3 if step % 50 == 0 => loads.set_limit(1 + rng.below(5) as u32),
                3..6 if !at.is_empty() => {
                    let dyno = at.swap_remove(rng.below(at.len()));
                    let outcome = [Outcome::Success, Outcome::TakenBack][rng.below(2)];
                    let millis = 1 + rng.below(100) as u64;
                    finish(&mut balancer, &mut loads, dyno, (outcome, millis));
                }
                _ => {
                    let cost = |&dyno: &u32| (balancer.cost(dyno, loads.load(dyno)), dyno);
                    let free = loads.free().iter().map(cost);
                    let least = free.map(|(cost, _)| cost).fold(f64::NAN, f64::min);
                    match pick(&mut balancer, &loads, 0, &mut rng) {
                        Pick::Busy => assert!(loads.free().is_empty()),
                        Pick::Dyno(dyno) => {
                            assert!(loads.is_free(dyno));
                            assert_eq!(balancer.cost(dyno, loads.load(dyno)), least);
                            start(&mut balancer, &mut loads, dyno);
                            at.push(dyno);
                        }
                    }
                }
            }
        }
    }
}

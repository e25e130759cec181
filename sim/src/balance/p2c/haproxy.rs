//! HAProxy's `random`, its default: draws by places on a ring, with replacement.
//!
//! HAProxy 50872da, `src/backend.c`, `get_server_rnd`: each draw is the server whose point on the
//! consistent-hash ring is nearest to a random place; a server has 16 points for a weight of 1, so
//! shares are uneven. Fewer attempts / weight wins; on a tie the earlier one if it had fewer
//! dispatches / weight in the last second, else the later one. If the winner is full the request
//! waits, in HAProxy in the queue of the backend.
//!
//! The rate is looked at since HAProxy 3.3; before, a tie goes to the later drawn. The places of the
//! points are HAProxy's own, so the shares are those of a real one that lists the dynos in the order of
//! their slots: of four servers one gets 29 % of `random(1)` and another 19 %. HAProxy 2.6 draws by a
//! generator that begins with the same number whenever it starts, and so does this: with one thread a
//! fresh HAProxy sends every request to the very server that is told here.

use super::super::ring::Ring;
use super::super::weights::{News, PerWeight, Roster, millionths};
use super::super::{Ask, Loads, Need};
use super::choice::Rule;
use crate::rng::Stream;
use crate::time::SimTime;
use std::cmp::Ordering;

/// `BE_WEIGHT_SCALE`: points of a server of weight 1.
const POINTS: u32 = 16;

/// The number with which the generator begins, an example of Marsaglia's ("Xorshift RNGs", 2003).
const FIRST: u32 = 2_463_534_242;

/// Servers are numbered from 1, and each has room for so many points in what is hashed.
const MOST_POINTS: u32 = 1 << 12;

/// Where HAProxy puts point number `index` of a dyno: one of Bob Jenkins' hashes of a whole number, in
/// which each step adds or mixes in a shifted copy, times a prime of three quarters of the ring.
fn place(dyno: u32, index: u64) -> u32 {
    let number = dyno.wrapping_add(1).wrapping_mul(MOST_POINTS).wrapping_add(index as u32);
    let add = |a: u32, odd: u32, left: u32| a.wrapping_add(odd).wrapping_add(a << left);
    let number = add(number, 0x7ed5_5d16, 12);
    let number = number ^ 0xc761_c23c ^ number >> 19;
    let number = add(number, 0x1656_67b1, 5);
    let number = number.wrapping_add(0xd3a2_646c) ^ number << 9;
    let number = add(number, 0xfd70_46c5, 3);
    let number = number ^ 0xb55a_4f09 ^ number >> 16;
    number.wrapping_mul(3_221_225_473)
}

/// What the rate is counted over, in milliseconds.
const PERIOD: u64 = 1_000;

/// Which HAProxy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// The later drawn wins between two with as much to do for their weight; draws by a generator of
    /// its own.
    V2_6,
    /// The one with fewer dispatches for its weight in the last second wins; draws by chance.
    V3_3,
}

/// HAProxy's way.
pub(super) struct Haproxy {
    choices: usize,
    version: Version,
    /// The last number drawn, where there is a generator of its own.
    last: u32,
    roster: Roster,
    ring: Ring,
    /// By slot.
    rates: Vec<Rate>,
}

impl Haproxy {
    /// Draws so many.
    pub fn new(choices: usize, version: Version) -> Haproxy {
        let ring = Ring::placed(POINTS, place);
        Haproxy {
            choices,
            version,
            last: FIRST,
            roster: Roster::default(),
            ring,
            rates: Vec::new(),
        }
    }

    /// Where on the ring the next draw falls.
    fn place(&mut self, rng: &mut Stream) -> u32 {
        if self.version == Version::V3_3 {
            return (rng.bits() >> 32) as u32;
        }
        self.last ^= self.last << 13;
        self.last ^= self.last >> 17;
        self.last ^= self.last << 5;
        self.last
    }

    /// The better of the best so far and the one drawn now.
    fn better(&self, best: u32, current: u32, ask: &Ask<'_>) -> u32 {
        let work = |dyno: u32| self.work(ask.loads, dyno, 0);
        let rate = |dyno: u32| {
            let rate = self.rates.get(dyno as usize).map_or(0, |rate| rate.read(ask.now));
            PerWeight { count: rate, weight: millionths(ask.loads.weight(dyno)) }
        };
        match work(current).cmp(&work(best)) {
            Ordering::Greater => best,
            Ordering::Equal if self.version == Version::V3_3 && rate(best) < rate(current) => best,
            _ => current,
        }
    }
}

impl Rule for Haproxy {
    const NEEDS: &'static [Need] = &[Need::Counts, Need::Weights];

    fn choose(&mut self, ask: &Ask<'_>, rng: &mut Stream, drawn: &mut Vec<u32>) -> u32 {
        if self.roster.refresh(ask.loads) == News::Members {
            self.ring.refresh(self.roster.members());
        }
        let mut draw = |rule: &mut Haproxy| {
            let place = rule.place(rng);
            let dyno = rule.ring.dyno(rule.ring.nearest(place));
            drawn.push(dyno);
            dyno
        };
        let mut best = draw(self);
        for _ in 1..self.choices {
            let current = draw(self);
            if current != best {
                best = self.better(best, current, ask);
            }
        }
        best
    }

    fn work(&self, loads: &Loads, dyno: u32, more: u32) -> PerWeight {
        let count = u64::from(loads.load(dyno) + more);
        PerWeight { count, weight: millionths(loads.weight(dyno)) }
    }

    fn chosen(&mut self, dyno: u32, now: SimTime) {
        if self.rates.len() <= dyno as usize {
            self.rates.resize(dyno as usize + 1, Rate::default());
        }
        self.rates[dyno as usize].count(now);
    }
}

/// Dispatches of the last second, as HAProxy estimates them: those of the running period and the part
/// of those of the period before that the last second still covers (`src/freq_ctr.c`).
#[derive(Clone, Copy, Default)]
struct Rate {
    /// When the period began, in milliseconds; even.
    tick: u64,
    current: u64,
    past: u64,
}

fn millis(now: SimTime) -> u64 {
    now.nanos() / 1_000_000
}

impl Rate {
    fn count(&mut self, now: SimTime) {
        let now = millis(now);
        if now - self.tick < PERIOD {
            self.current += 1;
            return;
        }
        self.past = std::mem::replace(&mut self.current, 1);
        self.tick += PERIOD;
        if now - self.tick >= PERIOD {
            self.past = 0;
            self.tick = now;
        }
        self.tick &= !1;
    }

    fn read(&self, now: SimTime) -> u64 {
        let age = millis(now) - self.tick;
        let (past, current, remain) = match age {
            _ if age <= PERIOD => (self.past, self.current, PERIOD - age),
            _ if age <= 2 * PERIOD => (self.current, 0, 2 * PERIOD - age),
            _ => (0, 0, 0),
        };
        // A single one does not fade: rates of one a second would flap.
        if current == 0 && past <= 1 {
            return past;
        }
        (past * remain + current * PERIOD) / PERIOD
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::trial::view;
    use super::*;
    use crate::rng::Seed;
    use crate::time::Span;

    fn at(millis: u64) -> SimTime {
        SimTime::ZERO + Span::from_millis(millis)
    }

    #[test]
    fn a_rate_is_that_of_the_last_second() {
        let mut rate = Rate::default();
        (0..10).for_each(|n| rate.count(at(5_000 + 10 * n)));
        assert_eq!(rate.read(at(5_500)), 10);
        assert_eq!(rate.read(at(6_250)), 7, "three quarters of them are in the last second");
        rate.count(at(6_250));
        assert_eq!(rate.read(at(6_250)), 8);
        assert_eq!(rate.read(at(7_500)), 1, "a single one does not fade");
        assert_eq!(rate.read(at(8_100)), 0);
    }

    #[test]
    fn a_tie_goes_to_the_lower_rate_and_else_to_the_later_drawn() {
        let mut rule = Haproxy::new(2, Version::V3_3);
        let mut loads = view(&[1, 1, 0], 50);
        let now = at(100);
        let better = |rule: &Haproxy, loads: &Loads, best, current| {
            rule.better(best, current, &Ask { loads, now, key: 0 })
        };
        assert_eq!(better(&rule, &loads, 0, 1), 1, "no dispatches at all");
        rule.chosen(1, now);
        assert_eq!(better(&rule, &loads, 0, 1), 0);
        assert_eq!(better(&rule, &loads, 1, 0), 0);
        rule.chosen(0, now);
        assert_eq!(better(&rule, &loads, 1, 0), 0);
        assert_eq!(better(&rule, &loads, 0, 2), 2, "fewer attempts before any rate");
        // Two attempts for a weight of 2 are as much as one; its rate is half.
        loads.set_weight(0, 2.0);
        loads.started(0);
        assert_eq!(better(&rule, &loads, 0, 1), 0);
        let rule = Haproxy { version: Version::V2_6, ..rule };
        loads.started(1);
        loads.started(1);
        loads.finished(0);
        loads.set_weight(0, 1.0);
        assert_eq!(better(&rule, &loads, 0, 1), 0, "fewer attempts before any turn");
        loads.started(0);
        loads.started(0);
        assert_eq!(better(&rule, &loads, 0, 1), 1);
        assert_eq!(better(&rule, &loads, 1, 0), 0);
    }
    #[test]
    fn the_shares_are_those_of_a_real_one() {
        // Read off the statistics of HAProxy 2.6.12 after 24,000 requests to four servers.
        let mut rng = Stream::named(Seed { scenario: 1, replication: 0 }, "none", 0);
        let (mut rule, loads) = (Haproxy::new(1, Version::V2_6), view(&[0; 4], 50));
        let ask = Ask { loads: &loads, now: at(0), key: 0 };
        let mut counts = [0; 4];
        for _ in 0..24_000 {
            counts[rule.choose(&ask, &mut rng, &mut Vec::new()) as usize] += 1;
        }
        assert_eq!(counts, [6_805, 4_289, 6_004, 6_902]);
    }
}

//! `consistent-hash`: equal keys go to one dyno, on a ring of hashes, with bounded loads if wished.
//!
//! A key goes to the first point at or after its own place on the ring (Karger and others 1997;
//! libketama, Envoy's `ring_hash`, nginx's `hash ... consistent`; HAProxy takes the nearest point
//! instead, before or after). A dyno that is full is passed over, on to the next point, as nginx and
//! HAProxy's `hash-preserve-affinity maxconn` do.
//!
//! With a bound, a dyno with its share of all attempts under way is passed over as well (Mirrokni,
//! Thorup and Zadimoghaddam 2017). Its share is that of HAProxy 50872da, `src/lb_chash.c`,
//! `chash_server_is_eligible`: ceil((attempts + 1) * bound) places are dealt out by weight in the
//! order of dynos, so that all of them are dealt, and each dyno has one at least.

use super::ring::{Ring, place_of};
use super::weights::{News, ONE, Roster};
use super::{Ask, Balancer, Loads, Maker, Need, Pick, Strategy};
use crate::config::{Body, Kind, Page, Setting, Value};
use crate::rng::Stream;
use crate::units::parse_percent;

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "consistent-hash",
    summary: "equal keys to one dyno by a ring of hashes; with `bound` not more than its share",
    page: Page {
        settings: &[
            ("points", "how many points a dyno of weight 1 has on the ring"),
            (
                "bound",
                "most attempts at a dyno, as a multiple of the mean: \"125%\"; what is beyond goes to the next dyno on the ring",
            ),
        ],
        sections: &[
            (
                "Rule",
                "The dyno of the first point of the ring at or after the hash of the key that is below `mesh.limit` and, with a bound, below its share of ceil((attempts under way + 1) x bound) places. The attempt waits in the router only if there is no such dyno.",
            ),
            (
                "Knows",
                "What the request is about, weights, and its own counts. The ring is the same in every router, so all routers send a key to the same dyno without a word between them.",
            ),
            (
                "Wins",
                "Where a dyno is faster with what it has seen before: caches, sessions. The ring alone spreads keys unevenly, by some 1 / sqrt(points) of the mean, and popular keys far worse, so it loses to `random` where affinity is worth nothing. A bound of 125 % to 200 % keeps most of the affinity and caps the load of the unlucky. A dyno more or less moves 1/n of the keys.",
            ),
            (
                "Source",
                "Karger and others 1997; Mirrokni, Thorup and Zadimoghaddam 2017; HAProxy 50872da, `src/lb_chash.c`, `hash-balance-factor`. 160 points are libketama's and nginx's number for a weight of 1; HAProxy has 16, Envoy at least 1024 in all.",
            ),
        ],
    },
    read,
};

/// More points than this make the ring larger, not the spread visibly better.
const MOST_POINTS: u32 = 10_000;

fn read(body: &mut Body<'_>) -> Strategy {
    let (points, bound) = body.fields(|fields| {
        let points = fields.or("points", 160_u32);
        fields.require("points", (1..=MOST_POINTS).contains(&points), "from 1 to 10000");
        let bound = fields.or("bound", Bound(None));
        if let Some(millionths) = bound.0
            && !(ONE + 1..=10 * ONE).contains(&millionths)
        {
            fields.complain(
                "bound",
                format!(
                    "`{}` must be more than 100 % and at most 1000 %, found `{}`",
                    fields.path_of("bound"),
                    millionths as f64 / ONE as f64,
                ),
                "must be more than 1 and at most 10",
                "`\"125%\"` lets a dyno have a quarter more than the mean; `\"unlimited\"` is no bound",
            );
        }
        (points, bound)
    });
    let strategy = |full| {
        Strategy::new("consistent-hash", &[Need::Counts, Need::Key, Need::Weights], move || {
            ConsistentHash::new(points, bound.0, full)
        })
    };
    let own = strategy(Full::Passes).made(Maker::Haproxy, "hash", strategy(Full::Waits));
    if bound.0.is_some() { own } else { own.made(Maker::Nginx, "hash", strategy(Full::Passes)) }
}

/// What becomes of the keys of a dyno that is full.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Full {
    /// They go on to the next point.
    Passes,
    /// They stay: HAProxy queues them at the server, unless it is over its share.
    Waits,
}

/// A multiple of the mean in millionths, or none.
#[derive(Clone, Copy)]
struct Bound(Option<u64>);

impl Setting for Bound {
    const EXPECTS: &'static str = "a factor such as `\"125%\"` or `1.25`, or `\"unlimited\"`";

    fn read(value: &Value) -> Result<Bound, String> {
        let factor = match value {
            Value::Text(text) if text == "unlimited" => return Ok(Bound(None)),
            Value::Text(text) => parse_percent(text)?.0,
            other => f64::read(other)?,
        };
        Ok(Bound(Some((factor * ONE as f64).round() as u64)))
    }

    fn write(&self) -> Value {
        match self.0 {
            Some(millionths) => Value::Float(millionths as f64 / ONE as f64),
            None => Value::Text("unlimited".into()),
        }
    }

    fn placeholder() -> Bound {
        Bound(None)
    }
}

/// A dyno's part in the bound.
#[derive(Clone, Copy, Default)]
struct Part {
    /// The weights of all dynos before it.
    before: u64,
    weight: u64,
    /// Its attempts as counted in `ConsistentHash::under_way`.
    load: u32,
}

/// Sends equal keys to one dyno.
pub struct ConsistentHash {
    bound: Option<u64>,
    full: Full,
    roster: Roster,
    ring: Ring,
    /// By slot; only with a bound.
    parts: Vec<Part>,
    /// All weights together.
    weights: u64,
    /// Attempts at the dynos that may be chosen.
    under_way: u64,
}

impl Balancer for ConsistentHash {
    fn pick(&mut self, ask: &Ask<'_>, _rng: &mut Stream) -> Pick {
        let loads = ask.loads;
        let news = self.roster.refresh(loads);
        if news == News::Members {
            self.ring.refresh(self.roster.members());
        }
        if news != News::None && self.bound.is_some() {
            self.share_out(loads);
        }
        let open = if self.full == Full::Waits { loads.members() } else { loads.free() };
        if open.is_empty() {
            return Pick::Busy;
        }
        let first = self.ring.next(place_of(ask.key));
        let mut dynos = (first..first + self.ring.len()).map(|index| self.ring.dyno(index));
        dynos.find(|&dyno| self.takes(dyno, loads)).map_or(Pick::Busy, Pick::Dyno)
    }

    fn counted(&mut self, dyno: u32, loads: &Loads) {
        if self.bound.is_some() && self.roster.is_current(loads) && loads.contains(dyno) {
            let part = &mut self.parts[dyno as usize];
            self.under_way -= u64::from(part.load);
            part.load = loads.load(dyno);
            self.under_way += u64::from(part.load);
        }
    }
}

impl ConsistentHash {
    fn new(points: u32, bound: Option<u64>, full: Full) -> ConsistentHash {
        ConsistentHash {
            bound,
            full,
            roster: Roster::default(),
            ring: Ring::new(points),
            parts: vec![],
            weights: 0,
            under_way: 0,
        }
    }

    /// Whether a dyno may have one more.
    fn takes(&self, dyno: u32, loads: &Loads) -> bool {
        let room = self.full == Full::Waits || loads.is_free(dyno);
        room && u64::from(loads.load(dyno)) < self.places(dyno)
    }

    /// How many of all places under the bound are a dyno's.
    fn places(&self, dyno: u32) -> u64 {
        let Some(bound) = self.bound else { return u64::MAX };
        let places = u128::from(((self.under_way + 1) * bound).div_ceil(ONE));
        let part = self.parts[dyno as usize];
        let dealt = |weights: u64| u128::from(weights) * places / u128::from(self.weights);
        ((dealt(part.before + part.weight) - dealt(part.before)) as u64).max(1)
    }

    /// Counts weights and attempts anew.
    fn share_out(&mut self, loads: &Loads) {
        self.parts.clear();
        self.parts.resize(loads.slots(), Part::default());
        (self.weights, self.under_way) = (0, 0);
        for member in self.roster.members() {
            let load = loads.load(member.dyno);
            self.parts[member.dyno as usize] =
                Part { before: self.weights, weight: member.weight, load };
            self.weights += member.weight;
            self.under_way += u64::from(load);
        }
    }
}

#[cfg(test)]
mod tests;

//! `prequal`: probes a few dynos for each attempt and gives later ones to the best that answered.
//!
//! Prequal (Wydrowski, Kleinberg, Rumble and Archer, "Load is not what you should balance", NSDI
//! 2024), as Google runs it before YouTube. Probes are asynchronous: an attempt never waits for one.
//!
//! - **Probes.** Each attempt that comes sends `probes` probes to dynos drawn uniformly without
//!   replacement. A dyno answers with its requests in flight (RIF), of all routers, and with the
//!   median latency of late at about that RIF.
//! - **Pool.** Answers stand in a pool of `pool`, at most one a dyno (a newer one replaces the older);
//!   the oldest goes when it is full. An answer is dropped after `age`.
//! - **Choice.** A probe is *hot* when its RIF is at least the quantile `hot` of the RIFs in the last
//!   128 answers, else *cold*. If any is cold, the cold one with the least latency; else the hot one
//!   with the least RIF; the newest on a tie. At `hot` 0 all are hot, at 1 all are cold. With fewer
//!   than two usable probes: any dyno below the limit, at random.
//! - **Reuse.** The chosen probe's RIF goes up by one, and it is dropped when it was used `b` times,
//!   `b = max(1, (1 + delta) / ((1 - m / n) x probes - remove))` with m the pool's size and n the
//!   number of dynos, rounded up or down by chance so that its mean is `b`. Where the denominator is
//!   not positive the pool cannot be kept filled with new dynos, and a probe may be used until it
//!   goes otherwise.
//! - **Removal.** After each choice `remove` probes go, in turn the oldest and the worst: the hot one
//!   with the highest RIF, or the cold one with the highest latency when none is hot.
//!
//! `probes` and `remove` may be fractions: then some attempts send or remove one more than others.
//! Rules and defaults are the paper's as summaries of it tell them, not checked against its text. The
//! programs go-prequal (uds5501) and libvmod-prequal (mnutt) share the pool of 16, but their rules for
//! hot probes, age and reuse are simpler. That a newer answer replaces the dyno's older one is read
//! off the factor 1 - m / n; the window of RIFs and who wins a tie are our choice.

mod pool;

use self::pool::{Probe, Probes};
use super::draw::draw;
use super::{Ask, Balancer, Need, Pick, Report, Strategy};
use crate::config::{Body, Kind, Page};
use crate::rng::Stream;
use crate::time::Span;
use crate::units::Ratio;

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "prequal",
    summary: "the least latency among probed dynos that are not hot (Google, NSDI 2024)",
    page: Page {
        settings: &[
            ("probes", "Probes that each attempt sends; may be a fraction."),
            ("remove", "Probes that go after each choice, in turn the oldest and the worst."),
            ("pool", "Most answers that a router keeps for an app."),
            ("age", "An answer older than this is dropped."),
            ("hot", "The quantile of attempts in flight from which on a dyno is hot."),
            (
                "delta",
                "How much faster than needed the pool would grow: sets how often an answer is used.",
            ),
        ],
        sections: &[
            (
                "Rule",
                "Each attempt sends probes whose answers serve later attempts. Among the answers at hand, cold ones by the least latency; if all are hot, the one with the fewest attempts in flight. With fewer than two answers, any dyno at random.",
            ),
            (
                "Knows",
                "What probed dynos say, over `mesh.reports`: attempts in flight from all routers, and their latency of late at about as many.",
            ),
            (
                "Wins",
                "With many routers, which need not know of each other, and with dynos of different or changing speed. Costs `probes` messages an attempt. With fewer attempts a second than `age` lets live in the pool it is `random`.",
            ),
            ("Source", "Wydrowski, Kleinberg, Rumble and Archer, NSDI 2024 (arXiv 2312.10172)."),
        ],
    },
    read,
};

/// More probes than this for each attempt are a census.
const MOST_PROBES: f64 = 16.0;
/// The choice looks at the whole pool.
const MOST_POOL: u32 = 256;

/// The settings.
#[derive(Clone, Copy)]
struct Settings {
    probes: f64,
    remove: f64,
    pool: usize,
    age: Span,
    hot: f64,
    delta: f64,
}

fn read(body: &mut Body<'_>) -> Strategy {
    let settings = body.fields(|fields| {
        let probes = fields.or("probes", 3.0);
        fields.require("probes", probes > 0.0 && probes <= MOST_PROBES, "more than 0, at most 16");
        let remove = fields.or("remove", 1.0);
        fields.require("remove", (0.0..=MOST_PROBES).contains(&remove), "from 0 to 16");
        let pool = fields.or("pool", 16_u32);
        fields.require("pool", (2..=MOST_POOL).contains(&pool), "from 2 to 256");
        let age = fields.or("age", Span::from_secs(1));
        fields.require("age", age > Span::ZERO, "more than 0s");
        let hot = fields.or("hot", Ratio(0.84)).0;
        let delta = fields.or("delta", 1.0);
        fields.require("delta", (0.0..=1e6).contains(&delta), "from 0 to 1000000");
        Settings { probes, remove, pool: pool as usize, age, hot, delta }
    });
    Strategy::new("prequal", &[Need::Probes], move || Prequal::new(settings))
}

/// Picks the best of those that were probed.
pub struct Prequal {
    settings: Settings,
    known: Probes,
    /// What fractions of probes and of removals have added up to.
    to_probe: f64,
    to_remove: f64,
    /// Whether the next removal is of the oldest.
    oldest: bool,
    /// The positions drawn for one attempt's probes; kept to reuse its memory.
    drawn: Vec<usize>,
}

impl Prequal {
    fn new(settings: Settings) -> Prequal {
        Prequal {
            settings,
            known: Probes::new(settings.pool, settings.hot),
            to_probe: 0.0,
            to_remove: 0.0,
            oldest: true,
            drawn: Vec::new(),
        }
    }

    /// How often a probe may be used with so many dynos; infinite where the pool cannot be kept full.
    fn reuse(&self, dynos: usize) -> f64 {
        let Settings { probes, remove, pool, delta, .. } = self.settings;
        let gained = (1.0 - pool as f64 / dynos as f64) * probes - remove;
        if gained > 0.0 { ((1.0 + delta) / gained).max(1.0) } else { f64::INFINITY }
    }

    /// How often this probe may be used: the mean is `reuse`.
    fn budget(&self, dynos: usize, rng: &mut Stream) -> u32 {
        let reuse = self.reuse(dynos);
        if reuse >= f64::from(u32::MAX) {
            return u32::MAX;
        }
        let whole = libm::floor(reuse);
        whole as u32 + u32::from(rng.unit() < reuse - whole)
    }

    /// Counts a use of the probe at this position, which may be its last.
    fn use_up(&mut self, at: usize, dynos: usize, rng: &mut Stream) {
        let first = self.known.get(at).left.is_none();
        let budget = if first { self.budget(dynos, rng) } else { 0 };
        let probe = self.known.get_mut(at);
        let left = probe.left.unwrap_or(budget);
        probe.in_flight = probe.in_flight.saturating_add(1);
        probe.left = Some(left.saturating_sub(u32::from(left != u32::MAX)));
        if probe.left == Some(0) {
            self.known.remove(at);
        }
    }

    /// Removes what each attempt removes.
    fn remove_some(&mut self) {
        self.to_remove += self.settings.remove;
        while self.to_remove >= 1.0 {
            self.to_remove -= 1.0;
            if self.oldest {
                self.known.remove_oldest();
            } else {
                self.known.remove_worst();
            }
            self.oldest = !self.oldest;
        }
    }
}

impl Balancer for Prequal {
    fn pick(&mut self, ask: &Ask<'_>, rng: &mut Stream) -> Pick {
        let loads = ask.loads;
        let free = loads.free();
        if free.is_empty() {
            return Pick::Busy;
        }
        let age = self.settings.age;
        self.known.retain(|probe| ask.now.since(probe.heard) <= age && loads.contains(probe.dyno));
        let pick = match self.known.best(|probe| loads.is_free(probe.dyno)) {
            Some(at) => {
                let dyno = self.known.get(at).dyno;
                self.use_up(at, loads.len(), rng);
                dyno
            }
            None => free[rng.below(free.len())],
        };
        self.remove_some();
        Pick::Dyno(pick)
    }

    fn probes(&mut self, ask: &Ask<'_>, rng: &mut Stream, to: &mut Vec<u32>) {
        self.to_probe += self.settings.probes;
        let due = libm::floor(self.to_probe);
        self.to_probe -= due;
        let members = ask.loads.members();
        self.drawn.clear();
        for _ in 0..(due as usize).min(members.len()) {
            to.push(members[draw(&mut self.drawn, members.len(), rng)]);
        }
    }

    fn probed(&mut self, dyno: u32, report: &Report) {
        let Report { in_flight, latency, now } = *report;
        self.known.add(Probe { dyno, in_flight, latency, heard: now, left: None });
    }
}

#[cfg(test)]
mod tests;

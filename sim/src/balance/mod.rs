//! How a router chooses a dyno: one file a strategy, one row in [`KINDS`].
//!
//! A strategy sees the dynos of one app through [`Loads`]: those that are routed, not quarantined,
//! and how many attempts each has under way *as far as this router knows*. It never sees the dynos
//! themselves. To add one: a file with its config, its checks, its behaviour and its tests, a `mod`
//! line and a row.

pub mod around;
mod consistent_hash;
mod draw;
mod first_free;
mod idle_only;
mod jiq;
mod least_latency;
mod least_loaded;
mod least_loaded_weighted;
mod loads;
mod maglev;
mod makers;
mod p2c;
mod peak_ewma;
mod prequal;
mod random;
mod rendezvous;
mod ring;
mod round_robin;
mod sticky;
mod weighted_round_robin;
mod weights;

pub use around::{AROUND, Around, aperture::APERTURES};
pub use jiq::Join;
pub use loads::Loads;
pub use makers::Maker;

use crate::config::{Entry, Fields, Kind, Node, Place, Reading, Table, Value};
use crate::rng::Stream;
use crate::time::{SimTime, Span};
use std::fmt;
use std::sync::Arc;

/// The balancing strategies, by name.
pub const KINDS: &[Kind<Strategy>] = &[
    random::KIND,
    round_robin::KIND,
    weighted_round_robin::KIND,
    least_loaded::KIND,
    least_loaded_weighted::KIND,
    first_free::KIND,
    idle_only::KIND,
    p2c::KIND,
    peak_ewma::KIND,
    least_latency::KIND,
    prequal::KIND,
    jiq::KIND,
    consistent_hash::KIND,
    maglev::KIND,
    rendezvous::KIND,
    sticky::KIND,
];

/// What a strategy says about an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// Hand it to the dyno in this slot.
    Dyno(u32),
    /// No dyno may take it now: queue it.
    Busy,
}

/// What a router asks: a dyno for one attempt.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The dynos as this router sees them.
    pub loads: &'a Loads,
    /// The present instant.
    pub now: SimTime,
    /// What the request is about, such as its user or its object: equal keys may want one dyno.
    pub key: u64,
}

/// How a dispatch ended, as the router saw it.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// Whether the dyno answered well. A dispatch that was taken back says neither.
    pub outcome: Outcome,
    /// From the dispatch to its end.
    pub latency: Span,
    /// The present instant.
    pub now: SimTime,
}

/// How a dispatch came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The dyno answered.
    Success,
    /// An error, no connection, or no answer in time.
    Failure,
    /// The client took it back.
    TakenBack,
}

/// What a dyno says of itself when it is probed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Attempts that it has, from all routers.
    pub in_flight: u32,
    /// How long it expects an attempt to take that comes now.
    pub latency: Span,
    /// When the router hears it.
    pub now: SimTime,
}

/// A strategy at work in one router for one app. Only `pick` must be there; the rest is how it hears
/// what it may know, after the loads have changed.
pub trait Balancer: Send {
    /// Chooses a dyno for an attempt, or says that none may take it.
    fn pick(&mut self, ask: &Ask<'_>, rng: &mut Stream) -> Pick;

    /// The router now counts more or fewer attempts at a dyno.
    fn counted(&mut self, _dyno: u32, _loads: &Loads) {}

    /// A dispatch to a dyno ended.
    fn ended(&mut self, _dyno: u32, _end: &End) {}

    /// Which dynos to probe now that an attempt has come: their slots are put into `to`.
    fn probes(&mut self, _ask: &Ask<'_>, _rng: &mut Stream, _to: &mut Vec<u32>) {}

    /// A probed dyno has answered.
    fn probed(&mut self, _dyno: u32, _report: &Report) {}

    /// A dyno says of its own accord that it has nothing to do.
    fn idle(&mut self, _dyno: u32) {}

    /// Whether asking again for the same attempt is a new draw that has nothing to do with the last
    /// one. A router that wants some dynos less often then just asks again (see `slow-start`).
    fn draws_anew(&self) -> bool {
        false
    }

    /// The dyno that was just picked is to have less than others (see `slow-start`) and was not taken:
    /// for the rest of this attempt it may not be chosen.
    fn declined(&mut self, _dyno: u32) {}

    /// How many dynos this router believes to be idle because they said so.
    fn known_idle(&self) -> usize {
        0
    }
}

/// What a strategy must be told to work as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// How many attempts are under way at each dyno, as this router knows.
    Counts,
    /// How its own dispatches end, and how long they take.
    Latency,
    /// What the request is about.
    Key,
    /// Answers of dynos to probes.
    Probes,
    /// Word from dynos that they are idle.
    Pushes,
    /// A bound on the attempts at a dyno: `mesh.limit`.
    Limit,
    /// The dynos' weights: it gives each dyno traffic by its weight, so nobody else needs to.
    Weights,
}

/// A strategy with its settings, from which each router makes its own balancer.
#[derive(Clone)]
pub struct Strategy {
    name: &'static str,
    needs: &'static [Need],
    join: Join,
    choices: Option<u32>,
    build: Arc<dyn Fn() -> Box<dyn Balancer> + Send + Sync>,
    /// How real routers have it.
    made: Vec<makers::Made>,
    words: String,
}

impl Strategy {
    /// A strategy called `name` that must be told `needs` and whose balancers `build` makes.
    fn new<B: Balancer + 'static>(
        name: &'static str,
        needs: &'static [Need],
        build: impl Fn() -> B + Send + Sync + 'static,
    ) -> Strategy {
        let build = Arc::new(move || -> Box<dyn Balancer> { Box::new(build()) });
        let (made, words) = (Vec::new(), String::new());
        Strategy { name, needs, join: Join::Random, choices: None, build, made, words }
    }

    /// The same where idle dynos join in this way.
    fn joining(self, join: Join) -> Strategy {
        Strategy { join, ..self }
    }

    /// The default of a mesh: what Heroku documents.
    pub fn random() -> Strategy {
        Strategy::new("random", &[], || random::Random)
            .made(Maker::Haproxy, "random(1)", p2c::of_haproxy("random", 1))
            .made(Maker::Nginx, "random", p2c::of_nginx("random", 1))
    }

    /// The strategy of a bare name with all its defaults; nothing where no kind has that name.
    pub fn bare(name: &str) -> Option<Strategy> {
        let place = Place::default();
        let node = Node { value: Value::Text(name.into()), place };
        let entries = vec![Entry { key: "balancer".into(), key_place: place, node }];
        let node = Node { value: Value::Table(Table { entries }), place };
        let no_file = |_: &str| Err("a bare name has no files".to_string());
        let reading = Reading::new(&no_file);
        Fields::of(&reading, "", &node).kind("balancer", "balancer", KINDS)
    }

    /// The kind's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it must be told this.
    pub fn needs(&self, need: Need) -> bool {
        self.needs.contains(&need)
    }

    /// Whose idle queue a dyno joins; only for those that need [`Need::Pushes`].
    pub fn join(&self) -> Join {
        self.join
    }

    /// A balancer for one router and one app.
    pub fn build(&self) -> Box<dyn Balancer> {
        (self.build)()
    }
}

impl fmt::Debug for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Strategy({})", self.name)
    }
}

#[cfg(test)]
mod laws;

#[cfg(test)]
mod trial;

#[cfg(test)]
mod testing {
    use super::{Ask, Balancer, Loads, Pick};
    use crate::rng::{Seed, Stream};
    use crate::time::SimTime;

    /// The balancer's word on one attempt that comes at time 0 and is about `key`.
    pub fn pick(balancer: &mut dyn Balancer, loads: &Loads, key: u64, rng: &mut Stream) -> Pick {
        balancer.pick(&Ask { loads, now: SimTime::ZERO, key }, rng)
    }

    /// How often each of the dynos with these loads is picked in `draws` picks.
    pub fn picks(balancer: &mut dyn Balancer, loads: &[u32], limit: u32, draws: u32) -> Vec<u32> {
        let mut view = Loads::new(limit);
        for (dyno, &load) in loads.iter().enumerate() {
            view.insert(dyno as u32);
            for _ in 0..load {
                view.started(dyno as u32);
            }
        }
        let mut rng = Stream::named(Seed { scenario: 7, replication: 0 }, "picks", 0);
        let mut counts = vec![0; loads.len()];
        for _ in 0..draws {
            if let Pick::Dyno(dyno) = pick(balancer, &view, 0, &mut rng) {
                counts[dyno as usize] += 1;
            }
        }
        counts
    }
}

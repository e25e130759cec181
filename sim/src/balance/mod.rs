//! How a router chooses a dyno: one file a strategy, one row in [`KINDS`].
//!
//! A strategy sees the dynos of one app through [`Loads`]: those that are routed, not quarantined,
//! and how many attempts each has under way *as far as this router knows*. It never sees the dynos
//! themselves. To add one: a file with its config, its checks, its behaviour and its tests, a `mod`
//! line and a row.

mod idle_only;
mod least_loaded;
mod loads;
mod p2c;
mod random;
mod round_robin;

pub use loads::Loads;

use crate::config::Kind;
use crate::rng::Stream;
use std::fmt;
use std::sync::Arc;

/// The balancing strategies, by name.
pub const KINDS: &[Kind<Strategy>] =
    &[random::KIND, round_robin::KIND, least_loaded::KIND, idle_only::KIND, p2c::KIND];

/// What a strategy says about an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// Hand it to the dyno in this slot.
    Dyno(u32),
    /// No dyno may take it now: queue it.
    Busy,
}

/// A strategy at work in one router for one app.
pub trait Balancer: Send {
    /// Chooses a dyno for an attempt, or says that none may take it.
    fn pick(&mut self, loads: &Loads, rng: &mut Stream) -> Pick;
}

/// A strategy with its settings, from which each router makes its own balancer.
#[derive(Clone)]
pub struct Strategy {
    name: &'static str,
    build: Arc<dyn Fn() -> Box<dyn Balancer> + Send + Sync>,
}

impl Strategy {
    /// A strategy called `name` whose balancers `build` makes.
    fn new<B: Balancer + 'static>(
        name: &'static str,
        build: impl Fn() -> B + Send + Sync + 'static,
    ) -> Strategy {
        Strategy { name, build: Arc::new(move || Box::new(build())) }
    }

    /// The default of a mesh: what Heroku documents.
    pub fn random() -> Strategy {
        Strategy::new("random", || random::Random)
    }

    /// The kind's name.
    pub fn name(&self) -> &'static str {
        self.name
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
mod testing {
    use super::{Balancer, Loads, Pick};
    use crate::rng::{Seed, Stream};

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
            if let Pick::Dyno(dyno) = balancer.pick(&view, &mut rng) {
                counts[dyno as usize] += 1;
            }
        }
        counts
    }
}

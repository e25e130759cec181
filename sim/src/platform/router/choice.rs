//! Which of the dynos that are routed to a router is to use, as `mesh.aperture` or `mesh.subset` say.

use crate::balance::around::aperture::{Aperture, Deterministic, Width};
use crate::balance::around::subset::Subset;
use crate::platform::app::App;
use crate::platform::mesh::Mesh;
use crate::rng::{Seed, Streams};
use crate::time::SimTime;

/// How one router chooses its dynos of one app.
pub(super) enum Choice {
    /// All that are routed to.
    All,
    /// A slice of the ring of those that are routed to, in the order of their numbers.
    Slice { rule: Deterministic, router: u32, routers: u32 },
    /// A subset of the same.
    Subset { rule: Subset, router: u32, shuffles: Streams },
    /// The first few that may be used, in an order of the router's own: dynos by their tokens, which
    /// they keep for ever.
    First { width: Width, tokens: Streams, order: Vec<u32> },
}

impl Choice {
    /// What the mesh's settings say for this router.
    pub fn new(mesh: &Mesh, app: &App, router: u32, seed: Seed) -> Choice {
        match (mesh.around.aperture, mesh.around.subset) {
            (Some(Aperture::Deterministic(rule)), _) => {
                Choice::Slice { rule, router, routers: mesh.routers }
            }
            (Some(Aperture::Load(band)), _) => {
                let tokens = Streams::named(seed, &format!("aperture.{router}.{}", app.name));
                Choice::First { width: Width::new(band), tokens, order: Vec::new() }
            }
            (None, Some(rule)) => {
                let shuffles = Streams::named(seed, &format!("subset.{}", app.name));
                Choice::Subset { rule, router, shuffles }
            }
            (None, None) => Choice::All,
        }
    }

    /// Chooses among the dynos that are routed to; writes the weight of each that is chosen.
    pub fn make(&mut self, routed: &[u32], shares: &mut [f64]) {
        match self {
            Choice::All => routed.iter().for_each(|&dyno| shares[dyno as usize] = 1.0),
            Choice::Slice { rule, router, routers } => {
                for (place, weight) in rule.slice(*router, *routers, routed.len()) {
                    shares[routed[place] as usize] = weight;
                }
            }
            Choice::Subset { rule, router, shuffles } => {
                for place in rule.of(*router, routed.len(), *shuffles) {
                    shares[routed[place] as usize] = 1.0;
                }
            }
            Choice::First { tokens, order, .. } => {
                routed.iter().for_each(|&dyno| shares[dyno as usize] = 1.0);
                order.clear();
                order.extend(routed);
                order.sort_by_cached_key(|&dyno| (tokens.stream(u64::from(dyno)).bits(), dyno));
            }
        }
    }

    /// Marks the members among the dynos that may be used.
    pub fn open(&self, may: &dyn Fn(u32) -> bool, members: &mut [bool]) {
        let Choice::First { width, order, .. } = self else {
            for (dyno, member) in members.iter_mut().enumerate() {
                *member = may(dyno as u32);
            }
            return;
        };
        let usable = order.iter().filter(|&&dyno| may(dyno));
        usable.take(width.of(order.len())).for_each(|&dyno| members[dyno as usize] = true);
    }

    /// Whether the members depend on an order, so that one dyno's health concerns others.
    pub fn has_order(&self) -> bool {
        matches!(self, Choice::First { .. })
    }

    /// The router now has so many attempts, and could use so many dynos. True when that changes how
    /// many it uses.
    pub fn offered(&mut self, now: SimTime, attempts: u32, dynos: usize) -> bool {
        match self {
            Choice::First { width, .. } => width.offered(now, attempts, dynos),
            _ => false,
        }
    }
}

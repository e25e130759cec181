//! Every registry, and for each of its kinds some ways to write it.
//!
//! What is drawn is drawn from the registries themselves, so a new kind fails the test below until it
//! has an example here, and is drawn from then on. In the examples `LEAST` stands for the dynos of
//! the smallest app, `APP` and `CLIENT` for names, and `WHICH` for which dynos are hit.

mod load;
mod router;

pub use load::*;
pub use router::*;

use sim::config::Kind;

/// A registry and examples of its kinds.
pub struct Registry {
    /// What it is called, for messages.
    pub name: &'static str,
    /// The names of its kinds.
    pub kinds: fn() -> Vec<&'static str>,
    /// For each kind what may stand behind its name.
    pub examples: &'static [(&'static str, &'static [&'static str])],
}

/// The names in a registry.
fn names<T>(kinds: &'static [Kind<T>]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.name).collect()
}

/// No settings.
const BARE: &[&str] = &["{}"];

/// All registries whose kinds a scenario can name.
pub const REGISTRIES: &[&Registry] = &[
    &ROUTERS,
    &BALANCERS,
    &KNOWLEDGES,
    &AROUND,
    &APERTURES,
    &CONCURRENCY,
    &QUEUES,
    &SHEDDING,
    &FAIRNESS,
    &CRITICALITY,
    &PROCESS,
    &DISTRIBUTIONS,
    &ARRIVALS,
    &BREAKER,
    &BUDGET,
    &KEY,
    &FAULTS,
];

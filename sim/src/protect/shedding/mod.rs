//! Which attempts a router turns away first when it gets tight: one file a rule, one row in [`KINDS`].

mod criticality;
mod dagor;

use super::{Choice, Criticality};
use crate::config::Kind;
use crate::time::{SimTime, Span};

/// The rules, by name.
pub const KINDS: &[Kind<Shedding>] = &[criticality::KIND, dagor::KIND];

/// A rule at work in one router for one app.
pub trait Shedder: Send {
    /// Whether an attempt that has just come is turned away.
    fn sheds(&mut self, newcomer: &Newcomer) -> bool;

    /// An attempt has left the router's queue after so long; zero for one that never queued.
    fn waited(&mut self, _wait: Span) {}
}

/// An attempt that has just come, and how full it is here.
#[derive(Clone, Copy, Debug)]
pub struct Newcomer {
    /// How much it matters.
    pub criticality: Criticality,
    /// Its user.
    pub key: u64,
    /// The present instant.
    pub now: SimTime,
    /// Attempts of the app that this router has admitted and not yet answered.
    pub held: u32,
    /// How many of them it can have.
    pub places: u64,
}

/// A rule with its settings.
#[derive(Clone, Debug)]
pub struct Shedding {
    rule: Choice<dyn Shedder>,
    /// Whether it asks how full the router is.
    needs_places: bool,
}

impl Shedding {
    /// A rule called `name` that `build` makes.
    fn new<S: Shedder + 'static>(
        name: &'static str,
        needs_places: bool,
        build: impl Fn() -> S + Send + Sync + 'static,
    ) -> Shedding {
        let rule = Choice::new(name, move || -> Box<dyn Shedder> { Box::new(build()) });
        Shedding { rule, needs_places }
    }

    /// The kind's name.
    pub fn name(&self) -> &'static str {
        self.rule.name()
    }

    /// Whether it asks how full the router is, so that there must be a bound.
    pub fn needs_places(&self) -> bool {
        self.needs_places
    }

    /// The rule for one router and one app.
    pub fn build(&self) -> Box<dyn Shedder> {
        self.rule.build()
    }
}

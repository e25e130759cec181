//! Which of an app's queued attempts a router hands out next, and which it drops: one file a
//! discipline, one row in [`KINDS`].

mod adaptive_lifo;
mod codel;
mod fifo;
mod lifo;

use super::Choice;
use crate::config::Kind;
use crate::time::{SimTime, Span};

/// The disciplines, by name.
pub const KINDS: &[Kind<Queueing>] = &[fifo::KIND, lifo::KIND, adaptive_lifo::KIND, codel::KIND];

/// A discipline at work in one router for one app.
pub trait Order: Send {
    /// The queue was empty and takes its first attempt.
    fn stands(&mut self, _now: SimTime) {}

    /// Whether the newest is next, and not the oldest.
    fn newest_first(&self, now: SimTime) -> bool;

    /// A dyno is free: whether the oldest, which has waited for so long, is dropped.
    fn drops(&mut self, _now: SimTime, _waited: Span) -> bool {
        false
    }
}

/// A discipline with its settings; first in, first out needs neither.
#[derive(Clone, Debug, Default)]
pub struct Queueing(Option<Choice<dyn Order>>);

impl Queueing {
    /// A discipline called `name` that `build` makes.
    fn new<O: Order + 'static>(
        name: &'static str,
        build: impl Fn() -> O + Send + Sync + 'static,
    ) -> Queueing {
        Queueing(Some(Choice::new(name, move || -> Box<dyn Order> { Box::new(build()) })))
    }

    /// The kind's name.
    pub fn name(&self) -> &'static str {
        self.0.as_ref().map_or("fifo", Choice::name)
    }

    /// The discipline for one router and one app; nothing for first in, first out, which asks none.
    pub fn build(&self) -> Option<Box<dyn Order>> {
        self.0.as_ref().map(Choice::build)
    }
}

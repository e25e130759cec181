//! Circuit breakers: when a population stops sending for a while, or sends no more at once.
//!
//! One file a kind, one row in [`BREAKERS`]. A population has one breaker for all that it sends, and
//! it sends to one app. What counts as an error is any attempt that failed or that the client gave up
//! for its own clocks; what another attempt made needless, and what a breaker or a throttle held
//! back, counts as nothing.

mod envoy;
mod hystrix;
mod resilience4j;

use super::guards::Ended;
use super::portion::Portion;
use crate::config::{Fields, Kind};
use crate::time::SimTime;
use std::fmt;
use std::sync::Arc;

/// The kinds of breakers, by name.
pub const BREAKERS: &[Kind<Breaker>] = &[hystrix::KIND, resilience4j::KIND, envoy::KIND];

/// A breaker at work in one population.
pub(super) trait Circuit: Send {
    /// Whether an attempt may be sent now; when it may, it is sent.
    fn admits(&mut self, now: SimTime) -> bool;

    /// An attempt that was sent has ended.
    fn ended(&mut self, now: SimTime, ended: Ended);

    /// Whether one more request may wait for its retry or be in it.
    fn admits_retry(&self) -> bool {
        true
    }

    /// A request begins to wait for its retry.
    fn retry(&mut self) {}

    /// A request's retry has ended, or the request has.
    fn retried(&mut self) {}
}

/// A breaker with its settings.
#[derive(Clone)]
pub struct Breaker {
    name: &'static str,
    build: Arc<dyn Fn(Portion) -> Box<dyn Circuit> + Send + Sync>,
}

impl Breaker {
    /// A breaker called `name` whose circuits `build` makes.
    fn new<C: Circuit + 'static>(
        name: &'static str,
        build: impl Fn(Portion) -> C + Send + Sync + 'static,
    ) -> Breaker {
        Breaker { name, build: Arc::new(move |portion| Box::new(build(portion))) }
    }

    /// A closed circuit for one population, or for a portion of it.
    pub(super) fn build(&self, portion: Portion) -> Box<dyn Circuit> {
        (self.build)(portion)
    }
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Breaker({})", self.name)
    }
}

/// Reads `breaker`; without it there is none.
pub(super) fn read_breaker(fields: &mut Fields<'_>) -> Option<Breaker> {
    fields.kind("breaker", "breaker", BREAKERS)
}

/// Whether errors are at least a share of all. The slack absorbs `0.1 * 30 > 3`.
fn reached(errors: u64, all: u64, share: f64) -> bool {
    errors as f64 + 1e-6 >= share * all as f64
}

#[cfg(test)]
mod testing {
    use super::super::guards::Ended;
    use super::{Breaker, Circuit, Portion};
    use crate::config::testing::read_table;
    use crate::metrics::Cause;
    use crate::time::{SimTime, Span};

    /// An instant.
    pub fn at(millis: u64) -> SimTime {
        SimTime::ZERO + Span::from_millis(millis)
    }

    /// The breaker that these lines set, at work.
    pub fn circuit(text: &str) -> Box<dyn Circuit> {
        portion(text, Portion::WHOLE)
    }

    /// A portion of it.
    pub fn portion(text: &str, portion: Portion) -> Box<dyn Circuit> {
        let open = |_: &str| Err("no file".to_string());
        let (breaker, problems, _) = read_table(text, &open, super::read_breaker);
        assert!(problems.is_empty(), "{problems:?}");
        let breaker: Breaker = breaker.unwrap();
        breaker.build(portion)
    }

    /// Lets a circuit hear so many ends.
    pub fn hear(circuit: &mut dyn Circuit, millis: u64, good: u32, bad: u32) {
        for _ in 0..good {
            circuit.ended(at(millis), Ended::Success);
        }
        for _ in 0..bad {
            circuit.ended(at(millis), Ended::Failure(Cause::Timeout));
        }
    }

    /// What is complained of in these lines.
    pub fn problems(text: &str) -> Vec<String> {
        let open = |_: &str| Err("no file".to_string());
        let (_, problems, _) = read_table(text, &open, super::read_breaker);
        problems.into_iter().map(|problem| problem.message).collect()
    }
}

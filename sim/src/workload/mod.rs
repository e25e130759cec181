//! How traffic arrives at an open client: the times of its requests, and for a trace also what they
//! want.
//!
//! Two families. A *rate* kind is a profile of rates over time ([`Profile`]) along which each
//! arrival spends one gap, drawn or exactly 1; it draws once an arrival, from the stream of that
//! request's number. A *trace* replays the rows of a file and draws nothing.
//!
//! Profiles count from the end of the warm-up. Before it the rate is that at 0 (for `burst`: its
//! base). A trace counts from the start of the simulation, where its first row arrives.
//!
//! One file a kind. To add one: write its file with its `KIND`, a `mod` line and a row in [`KINDS`].

mod burst;
mod clock;
mod diurnal;
mod poisson;
mod profile;
mod ramp;
mod steady;
mod steps;
mod trace;
mod trace_time;

#[cfg(test)]
mod tests;

pub use clock::{Arrival, ArrivalClock, Surge};
pub use profile::{Profile, Segment, Shape};
pub use trace::{Row, Trace};

use crate::config::{Fields, Kind};
use crate::time::{SimTime, Span};
use crate::units::Rate;
use std::sync::Arc;

/// All kinds of arrivals.
pub const KINDS: &[Kind<Process>] = &[
    poisson::KIND,
    steady::KIND,
    burst::KIND,
    ramp::KIND,
    steps::KIND,
    diurnal::KIND,
    trace::KIND,
];

/// What a kind's config comes to.
#[derive(Clone, Debug)]
pub enum Process {
    /// Gaps spent along a profile of rates.
    Rates {
        /// The rates over time.
        profile: Arc<Profile>,
        /// Whether every gap is exactly 1; otherwise gaps are exponential with mean 1, which makes
        /// a Poisson process.
        even: bool,
    },
    /// The rows of a file.
    Trace(Arc<Trace>),
}

/// How the requests of an open client arrive, as its scenario says.
#[derive(Clone, Debug)]
pub struct Arrivals {
    process: Process,
}

impl Arrivals {
    /// Reads `key`, such as `arrivals.poisson = { rate = "1200/s" }`. Gives nothing when `key` is
    /// absent (which is no problem) and when it is wrong (which is noted).
    pub fn read(fields: &mut Fields<'_>, key: &str) -> Option<Arrivals> {
        let noted = fields.reading.problems();
        let process = fields.kind(key, "arrival process", KINDS);
        let process = process.filter(|_| fields.reading.problems() == noted)?;
        Some(Arrivals { process })
    }

    /// What stands in where a scenario is wrong; it is never run.
    pub fn stand_in() -> Arrivals {
        let shape = Shape::Constant(1.0);
        Arrivals { process: Process::poisson(vec![Segment { length: Span::MAX, shape }]) }
    }

    /// The clock of one run. Profiles begin at `zero`, the end of the warm-up; each surge multiplies
    /// the rates while it lasts, overlapping ones multiply each other. A trace heeds no surge.
    pub fn start(&self, zero: SimTime, surges: &[Surge]) -> ArrivalClock {
        ArrivalClock::new(&self.process, zero, surges)
    }

    /// The mean rate `since` the end of the warm-up, without surges; a trace has none.
    pub fn rate_at(&self, since: Span) -> Option<Rate> {
        match &self.process {
            Process::Rates { profile, .. } => Some(Rate(profile.rate(since))),
            Process::Trace(_) => None,
        }
    }

    /// Whether the rate never changes, so that a platform can come to a steady state under it.
    pub fn is_steady(&self) -> bool {
        matches!(&self.process, Process::Rates { profile, .. } if profile.is_constant())
    }

    /// Whether the arrivals are the rows of a file.
    pub fn is_trace(&self) -> bool {
        self.trace().is_some()
    }

    /// The distinct endpoints that a trace names, in the order in which they first appear; empty
    /// where none are named.
    pub fn trace_endpoints(&self) -> &[String] {
        self.trace().map_or(&[], |trace| &trace.endpoints)
    }

    /// Whether a trace says how much work each of its requests is.
    pub fn trace_has_work(&self) -> bool {
        self.trace().is_some_and(|trace| trace.has_work)
    }

    /// What the user should know of how a file was read, such as that lines were skipped.
    pub fn notes(&self) -> Vec<String> {
        self.trace().map_or_else(Vec::new, |trace| trace.notes.clone())
    }

    fn trace(&self) -> Option<&Trace> {
        match &self.process {
            Process::Rates { .. } => None,
            Process::Trace(trace) => Some(trace),
        }
    }
}

impl Process {
    /// A Poisson process along `segments` of which the last stays.
    fn poisson(segments: Vec<Segment>) -> Process {
        Process::Rates { profile: Arc::new(Profile::lasting(segments)), even: false }
    }
}

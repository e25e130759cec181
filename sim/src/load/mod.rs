//! What a load test adds to a scenario: `[load]`.
//!
//! `sim` reads and checks it, so that one file serves both programs and `sim check` knows all that is
//! wrong; only `loadgen` does what it says. Nothing here sends anything. Each shape stands in a file
//! with its reading; `read` has the table as a whole and what its parts must agree on.
//!
//! To add a setting: a field of the shape, and one call where the shape is read.

mod answer;
mod bounds;
mod header;
mod journey;
mod level;
mod permission;
mod read;
mod request;
mod search;
mod stage;
mod stream;
mod target;
mod template;
#[cfg(test)]
mod tests;
mod values;
mod watch;

pub use answer::{Check, Keep, KeepFrom, PLACES};
pub use bounds::Bounds;
pub use journey::Journey;
pub use permission::Permission;
pub use read::Known;
pub use request::{Payload, Request};
pub use search::{
    GROWTHS, Growing, Growth, Search, Step, can_see, can_see_at_once, only_load_tests_see,
};
pub use stage::{Amount, Level, Stage};
pub use stream::{STREAMS, Stream};
pub use target::Target;
pub use template::{Piece, Template};
pub use watch::{SPEAKS, Speaks, Watch};

use crate::metrics::Condition;
use crate::units::Rate;

/// The most users that a load test may have.
pub const MOST_USERS: u32 = 1_000_000;

/// How a scenario is run against something real.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// Where requests go; nothing for a staging platform of our own.
    pub target: Option<Target>,
    /// Hosts outside loopback that may be sent to, as in a URL, without a port.
    pub allow: Vec<String>,
    /// Never more requests a second than this; must be said for hosts in `allow`.
    pub rate_max: Option<Rate>,
    /// Never more users than this; must be said for hosts in `allow`.
    pub users_max: Option<u32>,
    /// What becomes of a connection after an answer.
    pub connections: Connections,
    /// Whether each request says in a header how much work it is, which our staging dynos obey.
    pub tell_work: bool,
    /// Headers of every request.
    pub headers: Vec<(String, Template)>,
    /// Certificates to trust instead of the system's, as PEM.
    pub roots: Option<Vec<u8>>,
    /// What is sent for an endpoint, where that is more than `GET /<endpoint>`.
    pub requests: Vec<Request>,
    /// Journeys that closed users take; none where each request is drawn by the endpoints' shares.
    pub journeys: Vec<Journey>,
    /// What a hostile server may cost.
    pub bounds: Bounds,
    /// The stages, in their order; one of the scenario's own traffic where none is written.
    pub stages: Vec<Stage>,
    /// The run ends early when one of these holds over the last seconds: conditions as in `[[expect]]`.
    pub abort_when: Vec<Condition>,
    /// The target's own measures, to be drawn beside ours.
    pub watch: Vec<Watch>,
}

/// What becomes of a connection after an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connections {
    /// Each user keeps its own.
    #[default]
    Kept,
    /// Each request has a new one.
    Closed,
}

impl Default for Load {
    fn default() -> Load {
        Load {
            target: None,
            allow: Vec::new(),
            rate_max: None,
            users_max: None,
            connections: Connections::Kept,
            tell_work: true,
            headers: Vec::new(),
            roots: None,
            requests: Vec::new(),
            journeys: Vec::new(),
            bounds: Bounds::default(),
            stages: Vec::new(),
            abort_when: Vec::new(),
            watch: Vec::new(),
        }
    }
}

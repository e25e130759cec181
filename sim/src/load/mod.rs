//! What a load test adds to a scenario: `[load]`.
//!
//! `sim` reads and checks it, so that one file serves both programs and `sim check` knows all that is
//! wrong; only `loadgen` does what it says. Nothing here sends anything. The shapes are below; how
//! they are read stands in `read` and beside the shapes it concerns.

mod template;

pub use template::{Piece, Template};

use crate::metrics::Condition;
use crate::time::Span;
use crate::units::{Bytes, Rate};

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

/// Where requests go: `http://host:port/base`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whether it is `https`.
    pub tls: bool,
    /// The host as written: a name, an IPv4 address, or an IPv6 address without brackets.
    pub host: String,
    /// The port; the scheme's own where none is written.
    pub port: u16,
    /// What stands before every path: empty, or begins with `/` and does not end with it.
    pub base: String,
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

/// A stretch of a load test.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Its name, unlike that of any other.
    pub name: String,
    /// How much is sent.
    pub amount: Amount,
    /// How long each level of it is held.
    pub lasts: Span,
}

/// How much a stage sends.
#[derive(Clone, Debug, PartialEq)]
pub enum Amount {
    /// What the scenario's clients say.
    AsWritten,
    /// So many users in all closed clients, in proportion to what they have.
    Users(Level),
    /// So many requests a second in all open clients, in proportion to what they send.
    Rate(Level),
}

/// How high a load is.
#[derive(Clone, Debug, PartialEq)]
pub enum Level {
    /// This high: users, or requests a second.
    At(f64),
    /// This share of the boundary that an earlier stage found.
    OfBoundary(f64),
    /// Rising, level by level, until it is too much.
    Search(Search),
}

/// The search for the highest load that is well borne.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// The first level.
    pub from: f64,
    /// The last one.
    pub to: f64,
    /// How levels follow each other.
    pub growth: Growth,
    /// A level is too much when one of these holds.
    pub stop_when: Vec<Condition>,
}

/// How levels follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Growth {
    /// Each is so many times the one before; more than 1.
    Geometric(f64),
    /// Each is so much more than the one before; more than 0.
    Linear(f64),
}

/// What is sent for one endpoint, and what must come back.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The endpoint's name; it may be one of several apps.
    pub endpoint: String,
    /// `GET`, `POST` ...
    pub method: String,
    /// Below the target's base; begins with `/`.
    pub path: Template,
    /// Beside those of `[load]`.
    pub headers: Vec<(String, Template)>,
    /// What is sent with it.
    pub body: Payload,
    /// What must be true of the answer.
    pub checks: Vec<Check>,
    /// Values that later requests of the same user may use.
    pub keep: Vec<Keep>,
    /// Whether it stays connected.
    pub stream: Option<Stream>,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// None.
    Empty,
    /// Text with values in it.
    Text(Template),
    /// The bytes of a file, read with the scenario.
    File(Vec<u8>),
}

/// What must be true of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// Its status is one of these; without this check any from 200 to 399.
    Status(Vec<u16>),
    /// It has the header, containing the text (empty: with any value).
    Header {
        /// Lower case.
        name: String,
        /// What its value contains.
        contains: String,
    },
    /// Its body contains the text.
    Body(String),
}

/// A value that is kept from an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Keep {
    /// What later requests call it: `{token}`.
    pub name: String,
    /// Where it stands in the answer.
    pub from: KeepFrom,
}

/// Where a kept value stands.
#[derive(Clone, Debug, PartialEq)]
pub enum KeepFrom {
    /// In a header; lower case.
    Header(String),
    /// In the body as JSON, by its pointer (RFC 6901): `/user/id`.
    Json(String),
    /// In the body, between two texts.
    Between(String, String),
}

/// A connection that stays.
#[derive(Clone, Debug, PartialEq)]
pub enum Stream {
    /// Server-Sent Events: the request succeeds with the first event and is then read on.
    Sse {
        /// How long the user stays.
        stay: Span,
    },
    /// A WebSocket: the request succeeds when it is open.
    WebSocket {
        /// What is sent, and how often; nothing to listen only.
        send: Option<(String, Span)>,
        /// How long the user stays.
        stay: Span,
    },
}

/// A user's way through the endpoints.
#[derive(Clone, Debug, PartialEq)]
pub struct Journey {
    /// Its name.
    pub name: String,
    /// How often it is taken, in proportion to the other journeys' shares.
    pub share: f64,
    /// The endpoints, in their order, with a think time before each.
    pub steps: Vec<String>,
}

/// What a hostile server may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The longest answer body, after unpacking.
    pub body: Bytes,
    /// The longest head of an answer.
    pub head: Bytes,
    /// The most redirects of one request; they never leave the allowed hosts.
    pub redirects: u32,
    /// The longest wait for one attempt where its client has no `timeout`.
    pub patience: Span,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            body: Bytes(8 << 20),
            head: Bytes(64 << 10),
            redirects: 10,
            patience: Span::from_secs(60),
        }
    }
}

/// A source of the target's own measures.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// What the charts call it.
    pub name: String,
    /// Where it is asked.
    pub target: Target,
    /// What it speaks.
    pub speaks: Speaks,
}

/// What a source of measures speaks.
#[derive(Clone, Debug, PartialEq)]
pub enum Speaks {
    /// The Prometheus text format: these series, by name.
    Prometheus(Vec<String>),
    /// HAProxy's statistics as CSV.
    Haproxy,
    /// nginx's `stub_status`.
    Nginx,
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

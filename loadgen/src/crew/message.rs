//! What the parent and a worker say to each other.
//!
//! ```text
//! parent   Work            Step           [Stop]                 Step ...   End
//! worker          Ready          Frame Frame ... Done | Failed
//! ```
//!
//! A worker that finds itself unable says `Failed` and ends. One that loses the line ends at once: it
//! never sends load that nobody asked for.

use super::frame::Frame;
use crate::machine::GapsReport;
use crate::plan::Step;
use crate::user::{Reasons, Streams};
use serde::{Deserialize, Serialize};
use sim::load::Target;
use sim::metrics::{Counts, Entry, Ledger};
use sim::scenario::Overrides;
use sim::time::Span;
use std::net::IpAddr;

/// The version of these messages: both ends are the same program, unless it was replaced meanwhile.
pub const VERSION: u32 = 2;

/// What the parent says.
#[derive(Debug, Serialize, Deserialize)]
pub enum Command {
    /// Get ready for this.
    Work(Box<Work>),
    /// Run a step.
    Step {
        /// Which.
        step: Box<Step>,
        /// When it starts, in nanoseconds since the beginning of 1970.
        start: u64,
    },
    /// End the step that runs so long after its start, where that is earlier than planned: soon, so that
    /// all workers end it at once.
    Stop(Span),
    /// End.
    End,
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub enum Word {
    /// It waits for a step.
    Ready,
    /// How it goes.
    Frame(Box<Frame>),
    /// The step is over.
    Done(Box<Done>),
    /// It cannot go on, for this reason.
    Failed(String),
}

/// What a worker needs to know before the first step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// The version of these messages.
    pub version: u32,
    /// Which worker it is, from 0.
    pub index: u32,
    /// How many there are.
    pub workers: u32,
    /// The scenario, as the command line named it.
    pub scenario: Selected,
    /// Where requests go.
    pub target: Address,
    /// Hosts that were allowed beside those that the scenario allows.
    pub allow: Vec<String>,
    /// The addresses that it connects from; none where the system chooses.
    pub sources: Vec<IpAddr>,
    /// For each client how many users all workers together have at most.
    pub users: Vec<u32>,
}

/// One variant of a scenario, so that another process can read it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Selected {
    /// The file, or the name of a bundled scenario.
    pub file: String,
    /// What the command line changes in it.
    pub overrides: Overrides,
    /// The name of the variant.
    pub variant: String,
    /// The scenario with all defaults, by which a file that was changed meanwhile is noticed.
    pub resolved: String,
}

/// A target, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    tls: bool,
    host: String,
    port: u16,
    base: String,
}

/// What a worker measured in a step.
#[derive(Debug, Serialize, Deserialize)]
pub struct Done {
    /// What its requests came to.
    pub ledger: Ledger,
    /// How late its users sent, in the measured time.
    pub late: Counts,
    /// The latency of its successes, in the measured time.
    pub latency: Counts,
    /// How the process was scheduled in the measured time.
    pub gaps: GapsReport,
    /// Losses for which this machine was at fault: no file, port or memory left.
    pub ours: u64,
    /// Attempts that nobody waited for and whose connections were closed for want of room.
    pub cut_off: u64,
    /// Why attempts failed.
    pub reasons: Reasons,
    /// What came of connections that stayed.
    pub streams: Streams,
    /// Request by request, the successes of open clients in the measured time, up to a bound.
    pub diary: Vec<Entry>,
    /// How long the step ran: shorter than planned when it was stopped.
    pub ran: Span,
}

impl From<&Target> for Address {
    fn from(target: &Target) -> Address {
        let Target { tls, host, port, base } = target.clone();
        Address { tls, host, port, base }
    }
}

impl From<Address> for Target {
    fn from(address: Address) -> Target {
        let Address { tls, host, port, base } = address;
        Target { tls, host, port, base }
    }
}

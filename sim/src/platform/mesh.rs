//! The settings of the router mesh.
//!
//! Defaults are Heroku's: devcenter "HTTP routing" and "request timeout" (limit and backlog of 50,
//! 5 s to connect, 5 s of quarantine, 10 dispatches, 30 s to the first byte, 75 s for a boot or for
//! a dyno out of quarantine).

use crate::balance::{self, Around, Strategy};
use crate::config::{Body, Fields, Kind, Page};
use crate::time::Span;
use crate::units::Limit;

/// The settings of the mesh.
#[derive(Clone, Debug)]
pub struct Mesh {
    /// How many routers there are.
    pub routers: u32,
    /// How each chooses a dyno.
    pub balancer: Strategy,
    /// What each may know of the dynos' load.
    pub knowledge: Knowledge,
    /// The network's delay, one way, at every step.
    pub hop: Span,
    /// Most attempts under way at a dyno as a router sees it.
    pub limit: Limit<u32>,
    /// Most attempts queued in a router, for each dyno of the app.
    pub backlog: Limit<u32>,
    /// Longest wait for a dyno's answer.
    pub first_byte: Limit<Span>,
    /// Longest wait for a connection to a dyno.
    pub connect: Limit<Span>,
    /// How long a router leaves a dyno alone that refused it.
    pub quarantine: Span,
    /// Most dispatches of one attempt.
    pub dispatches: u32,
    /// Longest wait for an app that boots.
    pub boot_wait: Limit<Span>,
    /// Longest wait while all dynos are in quarantine.
    pub quarantine_wait: Limit<Span>,
    /// What stands around the balancer.
    pub around: Around,
}

/// What a router may know of the dynos' load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// What it sent itself.
    Local,
    /// What all sent, at once: the routers are one, and queue in one queue.
    Shared,
    /// What it sent itself, and what the others last told.
    Gossip {
        /// How often a router tells the others.
        period: Span,
        /// How long the news is under way.
        delay: Span,
    },
}

/// The kinds of knowledge, by name.
pub const KNOWLEDGE: &[Kind<Knowledge>] = &[
    Kind {
        name: "local",
        summary: "each router counts what it sent itself",
        page: Page::BARE,
        read: |body| {
            body.fields(|_| ());
            Knowledge::Local
        },
    },
    Kind {
        name: "shared",
        summary: "the routers share counts and queue at once, as one logical mesh",
        page: Page::BARE,
        read: |body| {
            body.fields(|_| ());
            Knowledge::Shared
        },
    },
    Kind {
        name: "gossip",
        summary: "each router tells the others its counts every `period`",
        page: Page::BARE,
        read: read_gossip,
    },
];

fn read_gossip(body: &mut Body<'_>) -> Knowledge {
    body.fields(|fields| {
        let period = fields.or("period", Span::from_secs(1));
        let least = Span::from_millis(1);
        fields.require("period", period >= least, "at least 1ms");
        let delay = fields.or("delay", least);
        fields.require("delay", delay <= period.max(least), "at most `period`");
        Knowledge::Gossip { period, delay }
    })
}

/// Loads of every router and dyno are kept apart: more routers need more memory than they teach.
const MOST_ROUTERS: u32 = 4096;

impl Mesh {
    /// Reads `[mesh]`.
    pub fn read(fields: &mut Fields<'_>) -> Mesh {
        let routers = fields.or("routers", 1_u32);
        fields.require("routers", (1..=MOST_ROUTERS).contains(&routers), "from 1 to 4096");
        let balancer = fields.kind_or("balancer", "balancer", balance::KINDS, "random");
        let knowledge = fields.kind_or("knowledge", "kind of knowledge", KNOWLEDGE, "local");
        let knowledge = knowledge.unwrap_or(Knowledge::Local);
        let mesh = Mesh {
            routers,
            balancer: balancer.unwrap_or_else(Strategy::random),
            knowledge,
            hop: fields.or("hop", Span::from_millis(1)),
            limit: fields.or("limit", Limit::At(50)),
            backlog: fields.or("backlog", Limit::At(50)),
            first_byte: fields.or("first-byte", Limit::At(Span::from_secs(30))),
            connect: fields.or("connect", Limit::At(Span::from_secs(5))),
            quarantine: fields.or("quarantine", Span::from_secs(5)),
            dispatches: fields.or("dispatches", 10),
            boot_wait: fields.or("boot-wait", Limit::At(Span::from_secs(75))),
            quarantine_wait: fields.or("quarantine-wait", Limit::At(Span::from_secs(75))),
            around: Around::read(fields, knowledge == Knowledge::Shared),
        };
        fields.require("limit", mesh.limit != Limit::At(0), "at least 1");
        fields.require("hop", mesh.hop <= Span::from_secs(60), "at most 60s");
        fields.require("first-byte", mesh.first_byte.span() > Span::ZERO, "more than 0s");
        fields.require("connect", mesh.connect.span() > Span::ZERO, "more than 0s");
        fields.require("quarantine", mesh.quarantine >= Span::from_millis(1), "at least 1ms");
        fields.require("dispatches", (1..=100).contains(&mesh.dispatches), "from 1 to 100");
        mesh
    }
}

//! The settings of the router mesh.
//!
//! Defaults are those of the kind of router, and for the rest Heroku's: devcenter "HTTP routing" and "request timeout" (limit and backlog of 50,
//! 5 s to connect, 5 s of quarantine, 10 dispatches, 30 s to the first byte, 75 s for a boot or for
//! a dyno out of quarantine).

use super::knowledge;
use super::protection::Protection;
use super::reports::{MOST_HOP, Reports};
use super::router::{ROUTERS, Router};
use crate::balance::{self, Around, Strategy};
use crate::config::{Body, Fields, Kind, Page};
use crate::time::Span;
use crate::units::Limit;

/// The settings of the mesh.
#[derive(Clone, Debug)]
pub struct Mesh {
    /// Whose manners they have.
    pub router: Router,
    /// How many routers there are.
    pub routers: u32,
    /// How each chooses a dyno.
    pub balancer: Strategy,
    /// What each may know of the dynos' load.
    pub knowledge: Knowledge,
    /// The network's delay, one way, at every step.
    pub hop: Span,
    /// The channel of probes and pushes; nothing where there is none.
    pub reports: Option<Reports>,
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
    /// Longest wait in a router's queue.
    pub queue_wait: Limit<Span>,
    /// Most dispatches of one attempt.
    pub dispatches: u32,
    /// Longest wait for an app that boots.
    pub boot_wait: Limit<Span>,
    /// Longest wait while all dynos are in quarantine.
    pub quarantine_wait: Limit<Span>,
    /// What protects it.
    pub protection: Protection,
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
        page: Page {
            settings: &[],
            sections: &[
                (
                    "Rule",
                    "A router's view of a dyno is the attempts that it sent there itself and that have not ended for it.",
                ),
                (
                    "Wins",
                    "It costs nothing and is never stale. With many routers each sees little: what chooses by load then chooses by chance.",
                ),
                ("Source", "Heroku, \"HTTP routing\": routers do not share what they know."),
            ],
        },
        read: |body| {
            body.fields(|_| ());
            Knowledge::Local
        },
    },
    Kind {
        name: "shared",
        summary: "the routers share counts and queue at once, as one logical mesh",
        page: Page {
            settings: &[],
            sections: &[
                (
                    "Rule",
                    "All routers see the same counts at once, share one queue, one round and one set of quarantines. `limit` is then for all routers together, and `backlog` is times their number.",
                ),
                (
                    "Wins",
                    "It is the best that any way of sharing could do: what the others lose against it is the price of not knowing.",
                ),
                ("Source", "One logical router, as Heroku's mesh was for its first years."),
            ],
        },
        read: |body| {
            body.fields(|_| ());
            Knowledge::Shared
        },
    },
    Kind {
        name: "gossip",
        summary: "each router tells the others its counts every `period`",
        page: Page {
            settings: &[
                ("period", "how often each router tells the others its counts"),
                ("delay", "how long the news is under way"),
            ],
            sections: &[
                (
                    "Rule",
                    "Every `period` each router's own counts are written down; `delay` later each router's view is its own current counts and what the others wrote. Until the next news it goes up and down with its own attempts alone.",
                ),
                (
                    "Wins",
                    "Where the period is short beside the work. With old news all routers send to what was idle a moment ago, all at once (Mitzenmacher, \"How useful is old information?\", 2000).",
                ),
                ("Source", "Our choice of protocol; the period and delay are ours too."),
            ],
        },
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
        let router = fields.kind_or("router", "kind of router", ROUTERS, "heroku");
        let router = router.unwrap_or_default();
        router.check_unused(fields);
        let routers = fields.or("routers", 1_u32);
        fields.require("routers", (1..=MOST_ROUTERS).contains(&routers), "from 1 to 4096");
        let balancer = fields.kind_or("balancer", "balancer", balance::KINDS, "random");
        let balancer = balancer.and_then(|balancer| router.build(fields, &balancer));
        let knowledge = fields.kind_or("knowledge", "kind of knowledge", KNOWLEDGE, "local");
        let knowledge = knowledge.unwrap_or(Knowledge::Local);
        let hop = fields.or("hop", Span::from_millis(1));
        let defaults = router.defaults();
        let connect = fields.or("connect", defaults.connect);
        // What follows from a wrong setting is not wrong once more.
        let patience = if connect.span() > Span::ZERO { connect } else { defaults.connect };
        let mesh = Mesh {
            router,
            routers,
            balancer: balancer.clone().unwrap_or_else(Strategy::random),
            knowledge,
            hop,
            reports: Reports::read(fields, hop.min(MOST_HOP)),
            limit: fields.or("limit", defaults.limit),
            backlog: fields.or("backlog", defaults.backlog),
            queue_wait: fields.or("queue-wait", router.queue_wait(patience)),
            first_byte: fields.or("first-byte", defaults.first_byte),
            connect,
            quarantine: fields.or("quarantine", defaults.quarantine),
            dispatches: fields.or("dispatches", defaults.dispatches),
            boot_wait: fields.or("boot-wait", Limit::At(Span::from_secs(75))),
            quarantine_wait: fields.or("quarantine-wait", Limit::At(Span::from_secs(75))),
            protection: Protection::read(fields),
            around: Around::read(fields, knowledge == Knowledge::Shared),
        };
        fields.require("limit", mesh.limit != Limit::At(0), "at least 1");
        fields.require("hop", mesh.hop <= MOST_HOP, "at most 60s");
        fields.require("queue-wait", mesh.queue_wait.span() > Span::ZERO, "more than 0s");
        fields.require("first-byte", mesh.first_byte.span() > Span::ZERO, "more than 0s");
        fields.require("connect", mesh.connect.span() > Span::ZERO, "more than 0s");
        fields.require("quarantine", mesh.quarantine >= Span::from_millis(1), "at least 1ms");
        fields.require("dispatches", (1..=100).contains(&mesh.dispatches), "from 1 to 100");
        // A balancer that could not be read was complained of already.
        if let Some(balancer) = &balancer {
            knowledge::check(fields, &mesh, balancer);
        }
        router.check(fields, &mesh);
        mesh
    }

    /// How many routers count and queue for themselves: one where all is shared.
    pub fn rows(&self) -> u32 {
        if self.knowledge == Knowledge::Shared { 1 } else { self.routers }
    }
}

//! The kinds of router: one file a kind, one row in [`ROUTERS`].
//!
//! Real routers have manners of their own: which attempt waits, and where; who takes the next; what
//! comes of a dyno that cannot be reached. A kind has its page, its defaults, what it has no use for,
//! and what it does in place of Heroku's rules, which stand in the rest of this room. It may not touch
//! dynos or clients, and it is refused what the real one does not have: nothing is ignored in silence.

pub(super) mod haproxy;
mod heroku;
pub(super) mod nginx;

use crate::balance::{Maker, Strategy};
use crate::config::{Fields, Kind, Problem, one_of};
use crate::platform::mesh::{Knowledge, Mesh};
use crate::time::Span;
use crate::units::Limit;

/// The kinds of router, by name.
pub const ROUTERS: &[Kind<Router>] = &[heroku::KIND, haproxy::KIND, nginx::KIND];

/// Whose manners a router has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Router {
    /// Heroku's.
    #[default]
    Heroku,
    /// HAProxy's.
    Haproxy,
    /// nginx's.
    Nginx,
}

/// What settings of `[mesh]` are where they are not written.
pub struct Defaults {
    /// `limit`.
    pub limit: Limit<u32>,
    /// `backlog`.
    pub backlog: Limit<u32>,
    /// `first-byte`.
    pub first_byte: Limit<Span>,
    /// `connect`.
    pub connect: Limit<Span>,
    /// `quarantine`.
    pub quarantine: Span,
    /// `dispatches`.
    pub dispatches: u32,
}

/// What a kind of router says of itself for whoever reads the settings.
struct Manners {
    name: &'static str,
    maker: Option<Maker>,
    defaults: Defaults,
    /// Settings of `[mesh]` that it has no use for, each with the reason.
    unused: &'static [(&'static str, &'static str)],
}

/// What protects Heroku-like routers here and no real one, and what stands around their balancers.
const OURS: [&str; 12] = [
    "aperture",
    "subset",
    "slow-start",
    "outlier-ejection",
    "panic",
    "errors-as-load",
    "concurrency",
    "queue",
    "drop-stale",
    "stale-margin",
    "shedding",
    "capacity",
];

impl Router {
    fn manners(self) -> Manners {
        match self {
            Router::Heroku => heroku::MANNERS,
            Router::Haproxy => haproxy::MANNERS,
            Router::Nginx => nginx::MANNERS,
        }
    }

    /// The kind's name.
    pub fn name(self) -> &'static str {
        self.manners().name
    }

    /// The program that it is modelled on; nothing for Heroku's, whose strategies are ours.
    pub fn maker(self) -> Option<Maker> {
        self.manners().maker
    }

    /// What settings are where they are not written.
    pub fn defaults(self) -> Defaults {
        self.manners().defaults
    }

    /// Longest wait in a queue where it is not written: HAProxy takes its time-out to connect.
    pub fn queue_wait(self, connect: Limit<Span>) -> Limit<Span> {
        if self == Router::Haproxy { connect } else { Limit::Unlimited }
    }

    /// The strategy as this router has it; nothing where it has no such, which is complained of.
    pub fn build(self, fields: &Fields<'_>, strategy: &Strategy) -> Option<Strategy> {
        let Some(maker) = self.maker() else { return Some(strategy.clone()) };
        if let Some(built) = strategy.by(maker) {
            return Some(built.clone());
        }
        let (name, router) = (strategy.name(), self.name());
        let names = Strategy::names_by(maker);
        let known = names.contains(&name);
        let message = if known {
            format!("`{router}` has `{name}`, but not with these settings")
        } else {
            format!("`{router}` has no balancer such as `{name}`")
        };
        let help = if known {
            format!("remove them: `{name}` is then what `{router}` has of it")
        } else {
            "take one of these, or `router = \"heroku\"`".into()
        };
        let problem = Problem::at(fields.place_of("balancer"), message);
        fields.reading.complain(problem.allowed(one_of(names.into_iter())).help(help));
        None
    }

    /// Complains of settings of `[mesh]` that a router of this kind has no use for. To be called before
    /// they are read.
    pub fn check_unused(self, fields: &Fields<'_>) {
        let Manners { name, unused, maker, .. } = self.manners();
        let ours = OURS.into_iter().filter(|_| maker.is_some());
        let ours = ours.map(|key| (key, "it is none of its manners"));
        for (key, why) in unused.iter().copied().chain(ours).filter(|(key, _)| fields.has(key)) {
            fields.complain(
                key,
                format!("`{name}` has no use for `{}`: {why}", fields.path_of(key)),
                &format!("not with `router = \"{name}\"`"),
                &format!("remove `{key}`, or take `router = \"heroku\"`"),
            );
        }
    }

    /// Complains of what a mesh knows that a router of this kind does not.
    pub fn check(self, fields: &Fields<'_>, mesh: &Mesh) {
        if self.maker().is_some() && mesh.knowledge != Knowledge::Local {
            let name = self.name();
            fields.complain(
                "knowledge",
                format!("`{name}` tells others nothing of its counts"),
                "must be `local` for this router",
                "remove `knowledge`, or take `router = \"heroku\"`",
            );
        }
    }
}

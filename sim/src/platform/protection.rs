//! The settings of what protects the routers of a mesh and the dynos behind them.

use super::app::App;
use super::mesh::Mesh;
use crate::config::{Fields, Kind, Problem, Value};
use crate::protect::concurrency::{self, Concurrency};
use crate::protect::fairness::{self, Fairness};
use crate::protect::queue::{self, Queueing};
use crate::protect::shedding::{self, Shedding};
use crate::time::Span;
use crate::units::{Limit, Rate};

/// What a router does to protect itself and its dynos; nothing of it is a router as Heroku has it.
#[derive(Clone, Debug)]
pub struct Protection {
    /// How it learns how many attempts of an app may be under way; nothing is no limit.
    pub concurrency: Option<Concurrency>,
    /// Which queued attempt is next.
    pub queue: Queueing,
    /// Drops attempts that nobody waits for any more.
    pub drop_stale: bool,
    /// An attempt with no more time than this left counts as one that nobody waits for.
    pub stale_margin: Span,
    /// Which attempts it turns away first; nothing is none.
    pub shedding: Option<Shedding>,
    /// Most attempts of all apps that it holds.
    pub capacity: Limit<u32>,
    /// Whose place a newcomer takes when it holds as many.
    pub fairness: Fairness,
}

/// How many attempts of an app are admitted.
#[derive(Clone, Copy, Debug)]
pub struct Admission {
    /// Tokens a second, all routers together.
    pub rate: Limit<Rate>,
    /// Most tokens kept, all routers together.
    pub burst: u32,
}

impl Admission {
    /// The rate in tokens a second; infinite for no bound.
    pub fn rate(rate: Limit<Rate>) -> f64 {
        match rate {
            Limit::At(rate) => rate.0,
            Limit::Unlimited => f64::INFINITY,
        }
    }

    /// Reads `admission = { rate, burst }`. The burst is by default what comes in a second.
    pub fn read(fields: &mut Fields<'_>) -> Admission {
        let rate: Limit<Rate> = fields.required("rate");
        let second = match rate {
            Limit::At(Rate(rate)) => rate.clamp(1.0, f64::from(u32::MAX)) as u32,
            Limit::Unlimited => 1,
        };
        let burst = fields.or("burst", second);
        fields.require("burst", burst >= 1, "at least 1");
        Admission { rate, burst }
    }
}

impl Protection {
    /// Reads what of `[mesh]` is protection.
    pub fn read(fields: &mut Fields<'_>) -> Protection {
        let concurrency = kind_unless(
            fields,
            "unlimited",
            "concurrency",
            "concurrency limit",
            concurrency::KINDS,
        );
        let queue = fields.kind_or("queue", "queueing discipline", queue::KINDS, "fifo");
        let drop_stale = fields.or("drop-stale", false);
        let stale_margin = fields.or("stale-margin", Span::ZERO);
        if stale_margin > Span::ZERO && !drop_stale {
            let message = format!("`{}` drops nothing", fields.path_of("stale-margin"));
            let help = "set `drop-stale = true` beside it, or leave it out";
            fields.complain("stale-margin", message, "only with `drop-stale`", help);
        }
        let shedding = kind_unless(fields, "none", "shedding", "shedding rule", shedding::KINDS);
        let (capacity, fairness) = fields.table("capacity", |fields| {
            let attempts = fields.or("attempts", Limit::Unlimited);
            fields.require("attempts", attempts != Limit::At(0), "at least 1");
            let rule = fields.kind_or("fairness", "fairness", fairness::KINDS, "first-come");
            (attempts, rule.unwrap_or_default())
        });
        Protection {
            concurrency,
            queue: queue.unwrap_or_default(),
            drop_stale,
            stale_margin,
            shedding,
            capacity,
            fairness,
        }
    }
}

/// A kind that may also be the word for its absence, which is the default.
fn kind_unless<T>(
    fields: &mut Fields<'_>,
    absent: &str,
    key: &str,
    what: &str,
    kinds: &[Kind<T>],
) -> Option<T> {
    match fields.peek(key) {
        None => {
            fields.or(key, absent.to_string());
            None
        }
        Some(Value::Text(text)) if text == absent => {
            fields.optional::<String>(key);
            None
        }
        Some(_) => fields.kind(key, what, kinds),
    }
}

/// What of a mesh and its apps does not fit together.
pub fn check(fields: &Fields<'_>, mesh: &Mesh, apps: &[App]) {
    let Protection { shedding, concurrency, .. } = &mesh.protection;
    let unbounded = mesh.limit == Limit::Unlimited || mesh.backlog == Limit::Unlimited;
    if shedding.as_ref().is_some_and(Shedding::needs_places) && concurrency.is_none() && unbounded {
        let which = if mesh.limit == Limit::Unlimited { "limit" } else { "backlog" };
        let message = format!(
            "`mesh.shedding` asks how full a router is, but `mesh.{which}` is `unlimited`: \
             it is never full"
        );
        let problem = Problem::at(fields.place_of_named("mesh", "shedding"), message)
            .allowed("`mesh.limit` and `mesh.backlog` must be numbers, or `mesh.concurrency` set")
            .help(format!("give `mesh.{which}` a number"));
        fields.reading.complain(problem);
    }
    let parts = mesh.rows();
    for app in apps {
        let Some(admission) = app.admission else { continue };
        if (1..parts).contains(&admission.burst) {
            let (name, burst) = (&app.name, admission.burst);
            let message = format!(
                "`app.{name}.admission.burst` is {burst} for {parts} routers: \
                 a router with less than one token admits nothing"
            );
            let problem = Problem::at(fields.place_of_named("app", name), message)
                .allowed("each router has its part of `rate` and `burst`")
                .help(format!(
                    "set it to at least {parts}, or `mesh.knowledge = \"shared\"`, where one \
                     bucket is for all routers"
                ));
            fields.reading.complain(problem);
        }
    }
}

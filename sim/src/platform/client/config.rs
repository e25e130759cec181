//! The settings of a client population: how much it sends, how long it waits, when it tries again.

use super::backoff::{Backoff, read_backoff};
use super::breaker::{Breaker, read_breaker};
use super::budget::{BUDGETS, Budget};
use super::journey::Journey;
use super::keys::{Keys, read_keys};
use super::throttle::{Throttle, read_throttle};
use crate::config::{Fields, Problem, Value};
use crate::dist::Distribution;
use crate::fault::Name;
use crate::protect::{Criticality, criticality};
use crate::time::Span;
use crate::units::{Limit, parse_percent};
use crate::workload::Arrivals;

/// The settings of one client population.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its name.
    pub name: String,
    /// The app that it asks; nothing when the scenario has only one.
    pub app: Option<Name>,
    /// The one endpoint that it asks; nothing for all of them, by their shares.
    pub endpoint: Option<Name>,
    /// How it sends.
    pub source: Source,
    /// Longest wait for one attempt.
    pub timeout: Limit<Span>,
    /// Longest wait for the request, all attempts together.
    pub deadline: Limit<Span>,
    /// When it tries again.
    pub retry: Retry,
    /// When it stops sending for a while.
    pub breaker: Option<Breaker>,
    /// How it holds itself back when little is accepted.
    pub throttle: Option<Throttle>,
    /// What its requests are about.
    pub keys: Option<Keys>,
    /// Sends a second attempt when the first has no answer after this long.
    pub hedge: Option<Span>,
    /// Whether giving up stops the work that was asked for.
    pub cancels: bool,
    /// How much its requests matter, for routers that shed.
    pub criticality: Criticality,
}

/// How requests come about.
#[derive(Clone, Debug)]
pub enum Source {
    /// Requests arrive, whatever becomes of those before them.
    Open(Arrivals),
    /// Each user sends, waits for the end of the request, thinks, and sends again.
    Closed {
        /// How many users there are.
        users: u32,
        /// How long a user thinks.
        think: Distribution,
        /// The ways that they take through the endpoints; none where each request is drawn by shares.
        journeys: Vec<Journey>,
    },
}

/// When a client tries again.
#[derive(Clone, Debug)]
pub struct Retry {
    /// Most tries of one request, the first one included.
    pub attempts: u32,
    /// The wait before a try.
    pub backoff: Backoff,
    /// What retries the whole population may make; nothing is no bound.
    pub budget: Option<Budget>,
}

/// A closed user keeps some hundred bytes.
const MOST_USERS: u32 = 10_000_000;
/// More tries than this are endless.
pub const MOST_ATTEMPTS: u32 = 60;

impl Client {
    /// Reads `[client.<name>]`.
    pub fn read(name: &str, fields: &mut Fields<'_>) -> Client {
        let app = read_name(fields, "app");
        let endpoint = read_name(fields, "endpoint");
        let source = read_source(fields);
        let timeout = fields.or("timeout", Limit::Unlimited);
        fields.require("timeout", timeout != Limit::At(Span::ZERO), "more than 0s");
        let deadline = fields.or("deadline", Limit::Unlimited);
        fields.require("deadline", deadline != Limit::At(Span::ZERO), "more than 0s");
        Client {
            name: name.into(),
            app,
            endpoint,
            source,
            timeout,
            deadline,
            retry: fields.table("retry", read_retry),
            breaker: read_breaker(fields),
            throttle: read_throttle(fields),
            keys: read_keys(fields),
            hedge: read_hedge(fields),
            cancels: fields.or("cancels", false),
            criticality: fields
                .kind_or("criticality", "criticality", criticality::KINDS, "critical")
                .unwrap_or_default(),
        }
    }

    /// How many users there are; none in an open population.
    pub fn users(&self) -> u32 {
        match self.source {
            Source::Open(_) => 0,
            Source::Closed { users, .. } => users,
        }
    }

    /// Refuses users whose requests may all end at the instant at which they begin: such users would
    /// send for ever in it. `hop` is the network's delay.
    pub(in crate::platform) fn check_pace(&self, fields: &Fields<'_>, hop: Span) {
        let Source::Closed { think, .. } = &self.source else { return };
        if think.mean_seconds() > 0.0 {
            return;
        }
        let name = &self.name;
        let refuse = |why: &str, fix: &str| {
            let message = format!("the users of `client.{name}` do not think, and {why}, for ever");
            let problem = Problem::at(fields.place_of_named("client", name), message)
                .allowed("time must pass between two requests of a user")
                .help(format!("set `client.{name}.think`, or {fix}"));
            fields.reading.complain(problem);
        };
        if hop == Span::ZERO {
            let why = "`mesh.hop` is `0s`: one who is refused would send again at the same instant";
            refuse(why, "`mesh.hop` to more than `0s`");
        }
        for (key, set) in
            [("breaker", self.breaker.is_some()), ("throttle", self.throttle.is_some())]
        {
            if set {
                let why = format!(
                    "`{key}` holds requests back: one who is held back would begin the next request \
                     at the same instant"
                );
                refuse(&why, &format!("remove `client.{name}.{key}`"));
            }
        }
    }
}

/// A name that may be absent.
fn read_name(fields: &mut Fields<'_>, key: &str) -> Option<Name> {
    if !fields.has(key) {
        fields.take(key);
        return None;
    }
    Some(Name::read(fields, key))
}

fn read_source(fields: &mut Fields<'_>) -> Source {
    let open = fields.has("arrivals");
    let closed = fields.has("users") || fields.has("think");
    if open && closed {
        let key = if fields.has("users") { "users" } else { "think" };
        let message = format!("`{}` has both `arrivals` and `{key}`", fields.path);
        let help = "`arrivals` is an open population, `users` with `think` a closed one: keep one";
        fields.complain("arrivals", message, "either open or closed", help);
    }
    let arrivals = Arrivals::read(fields, "arrivals");
    if !open && !closed {
        let help = "add `arrivals.poisson = { rate = \"100/s\" }`, or `users = 100` with `think`";
        fields.missing("arrivals", help);
    }
    if open || !closed {
        fields.optional::<u32>("users");
        Distribution::read(fields, "think");
        return Source::Open(arrivals.unwrap_or_else(Arrivals::stand_in));
    }
    let users: u32 = fields.required("users");
    fields.require("users", (1..=MOST_USERS).contains(&users), "from 1 to 10 million");
    let think = Distribution::read_span_or(fields, "think", Span::ZERO);
    Source::Closed { users, think, journeys: Vec::new() }
}

fn read_retry(fields: &mut Fields<'_>) -> Retry {
    let attempts = fields.or("attempts", 1_u32);
    fields.require("attempts", (1..=MOST_ATTEMPTS).contains(&attempts), "from 1 to 60");
    let backoff = fields.table("backoff", read_backoff);
    let budget = read_budget(fields);
    Retry { attempts, backoff, budget }
}

/// A budget is a kind, or a share (`"20%"`, short for `ratio`), or `"unlimited"`.
fn read_budget(fields: &mut Fields<'_>) -> Option<Budget> {
    match fields.peek("budget") {
        None => {
            fields.or("budget", "unlimited".to_string());
            return None;
        }
        Some(Value::Text(text)) if text == "unlimited" => {
            fields.optional::<String>("budget");
            return None;
        }
        Some(Value::Int(_) | Value::Float(_)) => fields.expand("budget", &["ratio", "share"]),
        Some(Value::Text(text)) if parse_percent(text).is_ok() => {
            fields.expand("budget", &["ratio", "share"]);
        }
        Some(_) => {}
    }
    fields.kind("budget", "retry budget", BUDGETS)
}

/// A hedge is a delay: `hedge = "95ms"`, short for `hedge = { after = "95ms" }`.
fn read_hedge(fields: &mut Fields<'_>) -> Option<Span> {
    if let Some(Value::Text(_) | Value::Int(_)) = fields.peek("hedge") {
        fields.expand("hedge", &["after"]);
    }
    fields.optional_table("hedge", |fields| {
        let after: Span = fields.required("after");
        fields.require("after", after > Span::ZERO, "more than 0s");
        after
    })
}

//! The stages of a load test: how much is sent, for how long.
//!
//! `users` and `rate` are each a level (`100`, `"500/s"`), a share of a boundary that an earlier stage
//! found (`"80% of boundary"`), or a search (`{ from = 100, to = 100_000 }`). How a search goes on
//! stands in `search`.

use super::level::{self, RateLevel, UserLevel};
use super::search::{Search, read_search, refuse_search};
use super::{Known, MOST_USERS};
use crate::config::Fields;
use crate::platform::Source;
use crate::time::Span;

/// The most stages, and the longest name of one in characters.
const MOST_STAGES: usize = 1_000;
const LONGEST_NAME: usize = 60;

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
    /// This share of the boundary that an earlier stage found; may be more than 1.
    OfBoundary(f64),
    /// Rising, level by level, until it is too much.
    Search(Search),
}

/// What a load test may send at most.
pub(super) struct Caps {
    pub users: Option<u32>,
    /// Requests a second.
    pub rate: Option<f64>,
}

impl Amount {
    /// Users or a rate; nothing for what is as written.
    pub fn level(&self) -> Option<&Level> {
        match self {
            Amount::AsWritten => None,
            Amount::Users(level) | Amount::Rate(level) => Some(level),
        }
    }
}

/// Reads `stages`.
pub(super) fn read_stages(fields: &mut Fields<'_>, known: &Known<'_>, caps: &Caps) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    fields.list("stages", |fields| {
        let stage = read_stage(fields, known, &stages);
        check_caps(fields, &stage.amount, known, caps);
        if stages.len() == MOST_STAGES {
            let message = format!("there are more than {MOST_STAGES} stages");
            fields.complain("name", message, &format!("at most {MOST_STAGES} are allowed"), "");
        }
        stages.push(stage);
    });
    stages
}

fn read_stage(fields: &mut Fields<'_>, known: &Known<'_>, before: &[Stage]) -> Stage {
    let name = read_name(fields, before);
    if fields.has("users") && fields.has("rate") {
        let message = format!("`{}` has both `users` and `rate`", fields.path);
        let allowed = "one stage raises one of the two";
        fields.complain("rate", message, allowed, "keep one, or make two stages of it");
    }
    let users = level::read::<UserLevel>(fields, "users", 1.0);
    let rate = level::read::<RateLevel>(fields, "rate", 0.0);
    let (key, mut amount) = match (users, rate) {
        (Some(level), _) => ("users", Amount::Users(level)),
        (None, Some(level)) => ("rate", Amount::Rate(level)),
        (None, None) => ("", Amount::AsWritten),
    };
    let (Amount::Users(level) | Amount::Rate(level)) = &mut amount else {
        refuse_search(fields);
        return Stage { name, amount, lasts: read_length(fields, known) };
    };
    let lasts = match level {
        Level::Search(search) => read_search(fields, search, key, known),
        Level::OfBoundary(_) | Level::At(_) => {
            refuse_search(fields);
            read_length(fields, known)
        }
    };
    check_boundary(fields, key, &amount, before);
    check_clients(fields, key, known);
    check_fewest(fields, &amount, known);
    Stage { name, amount, lasts }
}

/// Reads `name`, which no stage before has.
fn read_name(fields: &mut Fields<'_>, before: &[Stage]) -> String {
    let noted = fields.reading.problems();
    let name: String = fields.required("name");
    if fields.reading.problems() > noted {
        return name;
    }
    if before.iter().any(|stage| stage.name == name) {
        let message = format!("two stages are called `{name}`");
        fields.complain("name", message, "this name is taken", "choose another name");
    }
    let is_short = !name.trim().is_empty() && name.chars().count() <= LONGEST_NAME;
    if !is_short || name.chars().any(char::is_control) {
        let message = format!("`{}` is no name of a stage", fields.path_of("name"));
        let allowed = format!("expected 1 to {LONGEST_NAME} characters on one line");
        fields.complain("name", message, &allowed, "");
    }
    name
}

/// Reads how long a level is held that is not searched for.
fn read_length(fields: &mut Fields<'_>, known: &Known<'_>) -> Span {
    let lasts = fields.or("for", known.platform.timing.duration);
    // Without a `[run]`, which is complained of already, there is no length to take over.
    if fields.has("for") || lasts < Span::MAX {
        check_length(fields, "for", lasts);
    }
    lasts
}

/// A level is held long enough for something to be seen.
pub(super) fn check_length(fields: &Fields<'_>, key: &str, lasts: Span) {
    let day = Span::from_secs(24 * 3_600);
    fields.require(key, (Span::from_secs(1)..=day).contains(&lasts), "from 1s to 1d");
}

/// A share of a boundary comes after a search that finds one.
fn check_boundary(fields: &Fields<'_>, key: &str, amount: &Amount, before: &[Stage]) {
    let Some(Level::OfBoundary(_)) = amount.level() else { return };
    let finds = |stage: &Stage| match (&stage.amount, amount) {
        (Amount::Users(level), Amount::Users(_)) | (Amount::Rate(level), Amount::Rate(_)) => {
            matches!(level, Level::Search(_))
        }
        _ => false,
    };
    if !before.iter().any(finds) {
        let message = format!("`{}`: no stage before it finds a boundary", fields.path_of(key));
        let example = match key {
            "users" => "{ from = 100, to = 10_000 }",
            _ => "{ from = \"100/s\", to = \"10000/s\" }",
        };
        let allowed = format!("must come after a search of `{key}`");
        let help = format!("add a stage with `{key} = {example}` before this one");
        fields.complain(key, message, &allowed, &help);
    }
}

/// Users need a closed client, and a rate an open one that has a rate.
fn check_clients(fields: &Fields<'_>, key: &str, known: &Known<'_>) {
    let can = |source: &Source| match source {
        Source::Closed { .. } => key == "users",
        Source::Open(arrivals) => key == "rate" && !arrivals.is_trace(),
    };
    if !known.is_fine || known.platform.clients.iter().any(|client| can(&client.source)) {
        return;
    }
    let path = fields.path_of(key);
    if key == "users" {
        let message = format!("`{path}` needs a client with `users`, and there is none");
        let help = "add `users` and `think` to a client, or write `rate`";
        fields.complain(key, message, "must be what a client has", help);
    } else {
        let message = format!("`{path}` needs a client with `arrivals` that have a rate");
        let help = "use `arrivals.poisson`, or write `users` where a client has `users`";
        fields.complain(key, message, "neither users nor a trace have a rate", help);
    }
}

/// There is a user for each client that has users: with fewer, a client would send nothing.
fn check_fewest(fields: &Fields<'_>, amount: &Amount, known: &Known<'_>) {
    let Amount::Users(level) = amount else { return };
    let (path, lowest) = match level {
        Level::At(level) => (fields.path_of("users"), *level),
        Level::Search(search) => (fields.path_of("users.from"), search.from),
        Level::OfBoundary(_) => return,
    };
    let least = known.platform.users_least();
    if known.is_fine && lowest >= 1.0 && lowest < f64::from(least) {
        let message = format!("`{path}` is less than the {least} clients that have users");
        let allowed = "each of them has at least one user";
        fields.complain("users", message, allowed, &format!("write {least} or more"));
    }
}

/// No stage asks for more than `users-max` and `rate-max` let it have.
fn check_caps(fields: &Fields<'_>, amount: &Amount, known: &Known<'_>, caps: &Caps) {
    let highest = |level: &Level| match level {
        Level::At(level) => *level,
        Level::Search(search) => search.to,
        Level::OfBoundary(_) => 0.0,
    };
    match amount {
        Amount::AsWritten => {
            let users = users_as_written(known);
            if users > u64::from(caps.users.unwrap_or(MOST_USERS)) {
                let message = format!("`{}` runs the {users} users of the clients", fields.path);
                fields.complain("name", message, &too_many(caps), "say how many: `users = 100`");
            }
        }
        Amount::Users(level) if highest(level) > f64::from(caps.users.unwrap_or(MOST_USERS)) => {
            let message = format!("`{}` asks for too many users", fields.path_of("users"));
            fields.complain("users", message, &too_many(caps), "");
        }
        Amount::Rate(level) if highest(level) > caps.rate.unwrap_or(f64::INFINITY) => {
            let message = format!("`{}` asks for too high a rate", fields.path_of("rate"));
            fields.complain("rate", message, "`load.rate-max` is less", "");
        }
        Amount::Users(_) | Amount::Rate(_) => {}
    }
}

fn too_many(caps: &Caps) -> String {
    match caps.users {
        Some(most) => format!("`load.users-max` is {most}"),
        None => format!("at most {MOST_USERS} are allowed"),
    }
}

/// How many users all closed clients have.
pub(super) fn users_as_written(known: &Known<'_>) -> u64 {
    let users = known.platform.clients.iter().map(|client| match &client.source {
        Source::Closed { users, .. } => u64::from(*users),
        Source::Open(_) => 0,
    });
    users.sum()
}

//! Reading `[load]` as a whole, and what its parts must agree on.

use super::header::read_headers;
use super::journey::read_journeys;
use super::request::read_file;
use super::search::conditions;
use super::stage::{Caps, read_stages, users_as_written};
use super::target::holds_secret;
use super::values::Hosts;
use super::watch::read_watches;
use super::{Bounds, Connections, Load, MOST_USERS, Permission, Request, Target, Template};
use crate::config::{Fields, Place, Problem, Value, nearest, one_of};
use crate::platform::Platform;
use crate::units::Rate;
use std::collections::{BTreeMap, BTreeSet};

/// What `[load]` is checked against.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The platform that the scenario is about.
    pub platform: &'a Platform,
    /// Whether nothing is wrong with it: only then its clients are looked at.
    pub is_fine: bool,
    /// Whether the scenario has an expectation.
    pub expects: bool,
    /// Whether the command line has options for settings of `[load]`, and used one.
    pub options: bool,
}

impl Known<'_> {
    /// The names of all apps' endpoints, each once.
    pub(super) fn endpoints(&self) -> BTreeSet<&str> {
        let endpoints = self.platform.apps.iter().flat_map(|app| &app.endpoints);
        endpoints.map(|endpoint| endpoint.name.as_str()).collect()
    }
}

impl Load {
    /// Reads the table `[load]`.
    pub fn read(fields: &mut Fields<'_>, known: &Known<'_>) -> Load {
        let missing = ["rate-max", "users-max"].map(|key| !fields.has(key));
        let target = read_target(fields);
        let allow = fields.optional("allow").map_or(Vec::new(), |Hosts(hosts)| hosts);
        let (rate_max, users_max) = read_caps(fields);
        let connections = fields.or("connections", Connections::Kept);
        let tell_work = fields.or("tell-work", true);
        let headers = read_headers(fields, "headers");
        let roots = read_roots(fields);
        let requests = fields.named("request", Request::read);
        let requests = requests.into_iter().map(|(_, request)| request).collect();
        let journeys = read_journeys(fields, known);
        let bounds = fields.table("bounds", Bounds::read);
        let caps = Caps { users: users_max, rate: rate_max.map(|rate| rate.0) };
        let stages = read_stages(fields, known, &caps);
        let abort_when = conditions(fields, "abort-when");
        let watch = read_watches(fields);
        let load = Load {
            target,
            allow,
            rate_max,
            users_max,
            connections,
            tell_work,
            headers,
            roots,
            requests,
            journeys,
            bounds,
            stages,
            abort_when,
            watch,
        };
        load.check_hosts(fields, missing, known.options);
        load.check_endpoints(fields, known);
        load.check_values(fields);
        load.check_users(fields, known);
        load
    }

    /// Load goes to this machine, or to a host that is allowed where neither of the most that is sent
    /// is missing: rate and users.
    fn check_hosts(&self, fields: &Fields<'_>, missing: [bool; 2], options: bool) {
        let words = |place: Place| Permission::at(place, options);
        if !self.allow.is_empty() {
            let words = words(fields.place_of("allow"));
            let why =
                format!("a host {} needs it, so that a slip of the pen harms nobody", words.list());
            for (key, _) in ["rate-max", "users-max"].iter().zip(missing).filter(|(_, m)| *m) {
                let message = match words {
                    Permission::Options => format!("`--{key}` is missing"),
                    _ => format!("`{}` is missing", fields.path_of(key)),
                };
                fields.complain("allow", message, &why, &words.of_bound(key));
            }
        }
        let refuse = |target: &Target, place: Place| {
            if target.is_loopback() || self.allow.contains(&target.host) {
                return;
            }
            let (host, words) = (&target.host, words(place));
            let message = format!("`{host}` is another machine and not {}", words.list());
            let problem = Problem::at(place, message);
            let allowed = format!("must be this machine, or a host {}", words.list());
            fields.reading.complain(problem.allowed(allowed).help(words.of_host(host)));
        };
        if let Some(target) = &self.target {
            refuse(target, fields.place_of("target"));
        }
        for watch in &self.watch {
            refuse(&watch.target, fields.place_of_named("watch", &watch.name));
        }
    }

    /// Requests are those of endpoints that there are.
    fn check_endpoints(&self, fields: &Fields<'_>, known: &Known<'_>) {
        let endpoints = known.endpoints();
        if endpoints.is_empty() {
            return;
        }
        let names = || endpoints.iter().copied();
        for request in self.requests.iter().filter(|r| !endpoints.contains(r.endpoint.as_str())) {
            let name = &request.endpoint;
            let place = fields.place_of_named("request", name);
            let problem = Problem::at(place, format!("no app has an endpoint `{name}`"));
            let problem = problem.allowed(one_of(names()));
            fields.reading.complain(match nearest(name, names()) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem,
            });
        }
    }

    /// Each value that is used is kept by one request.
    fn check_values(&self, fields: &Fields<'_>) {
        let mut kept: BTreeMap<&str, &str> = BTreeMap::new();
        for request in &self.requests {
            for keep in &request.keep {
                let Some(first) = kept.insert(&keep.name, &request.endpoint) else { continue };
                let message = format!("`{first}` and `{}` keep `{}`", request.endpoint, keep.name);
                let place = fields.place_of_named("request", &request.endpoint);
                let problem = Problem::at(place, message).allowed("one request keeps a value");
                fields.reading.complain(problem.help("choose another name for one of them"));
            }
        }
        let of_all = self.headers.iter().flat_map(|(_, value)| Template::values(value));
        let of_all = of_all.map(|value| (value, fields.place_of("headers")));
        let of_each = self.requests.iter().flat_map(|request| {
            let place = fields.place_of_named("request", &request.endpoint);
            request.values().map(move |value| (value, place))
        });
        for (value, place) in of_all.chain(of_each).filter(|(value, _)| !kept.contains_key(value)) {
            let problem = Problem::at(place, format!("`{{{value}}}` is used and never kept"));
            let problem = problem.allowed("a value is kept from the answer to another request");
            fields.reading.complain(match nearest(value, kept.keys().copied()) {
                Some(near) => problem.help(format!("did you mean `{{{near}}}`?")),
                None => problem.help(format!(
                    "add `keep.{value}.json = \"/{value}\"` to a request, or write `${{{value}}}` \
                     for a variable of the environment"
                )),
            });
        }
    }

    /// Without stages the clients run as they are written, and no more of them than is allowed.
    fn check_users(&self, fields: &Fields<'_>, known: &Known<'_>) {
        let users = users_as_written(known);
        let most = self.users_max.unwrap_or(MOST_USERS);
        if self.stages.is_empty() && users > u64::from(most) {
            let message = format!("the clients have {users} users, more than {most}");
            let help = "raise `users-max`, or write `stages` with fewer users";
            fields.complain("users-max", message, "a load test has no more users", help);
        }
    }
}

/// Reads `target`. One that holds a password is refused without being shown.
fn read_target(fields: &mut Fields<'_>) -> Option<Target> {
    let has_secret = |value: &Value| matches!(value, Value::Text(url) if holds_secret(url));
    if !fields.peek("target").is_some_and(has_secret) {
        return fields.optional("target");
    }
    fields.take("target");
    let message = format!("`{}` holds a user or a password", fields.path_of("target"));
    let help =
        "write `[load.headers] authorization = \"Basic ${NAME}\"`, with the variable `NAME` set";
    fields.reading.complain(Problem {
        place: None,
        message,
        label: String::new(),
        help: Some(help.into()),
    });
    None
}

/// Reads `rate-max` and `users-max`; one that is wrong limits nothing.
fn read_caps(fields: &mut Fields<'_>) -> (Option<Rate>, Option<u32>) {
    let rate: Option<Rate> = fields.optional("rate-max");
    let is_rate = rate.is_none_or(|rate| rate.0 > 0.0);
    fields.require("rate-max", is_rate, "more than 0");
    let users: Option<u32> = fields.optional("users-max");
    let is_possible = users.is_none_or(|users| (1..=MOST_USERS).contains(&users));
    fields.require("users-max", is_possible, "from 1 to 1000000");
    (rate.filter(|_| is_rate), users.filter(|_| is_possible))
}

/// Reads the certificates of `roots`, a file beside the scenario.
fn read_roots(fields: &mut Fields<'_>) -> Option<Vec<u8>> {
    let is_text = matches!(fields.peek("roots"), Some(Value::Text(_)));
    let name = fields.optional::<String>("roots").filter(|_| is_text)?;
    let noted = fields.reading.problems();
    let bytes = read_file(fields, "roots", &name);
    let begin = b"-----BEGIN CERTIFICATE-----";
    let has_one = bytes.windows(begin.len()).any(|window| window == begin);
    if !has_one && fields.reading.problems() == noted {
        let message = format!("`{}`: `{name}` has no certificate", fields.path_of("roots"));
        fields.complain("roots", message, "expected certificates as PEM", "");
    }
    Some(bytes)
}

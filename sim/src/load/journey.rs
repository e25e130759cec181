//! Journeys: the ways that closed users take through the endpoints, `[load.journey.NAME]`.

use super::Known;
use super::values::Names;
use crate::config::{Fields, list_of, nearest, one_of};
use crate::metrics::short;
use crate::platform::Source;

/// The largest share.
const MOST_SHARE: f64 = 1e12;

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

/// Reads `journey`. A user takes those whose endpoints its app all has.
pub(super) fn read_journeys(fields: &mut Fields<'_>, known: &Known<'_>) -> Vec<Journey> {
    let noted = fields.reading.problems();
    let journeys = fields.named("journey", |name, fields| {
        let share = fields.or("share", 1.0_f64);
        fields.require("share", (0.0..=MOST_SHARE).contains(&share), "from 0 to 1e12");
        let Names(steps) = fields.required("steps");
        check_steps(fields, &steps, known);
        Journey { name: name.into(), share, steps }
    });
    let journeys: Vec<Journey> = journeys.into_iter().map(|(_, journey)| journey).collect();
    if fields.reading.problems() == noted && !journeys.is_empty() {
        if journeys.iter().all(|journey| journey.share == 0.0) {
            let message = format!("all shares of `{}` are 0", fields.path_of("journey"));
            fields.complain("journey", message, "at least one must be more than 0", "");
        }
        let is_closed = |source: &Source| matches!(source, Source::Closed { .. });
        if known.is_fine && !known.platform.clients.iter().any(|c| is_closed(&c.source)) {
            let message = "journeys are taken by users, and no client has any";
            let help = "add `users` and `think` to a client, or remove the journeys";
            fields.complain("journey", message, "must have a client with `users`", help);
        }
    }
    journeys
}

/// All steps must be endpoints, and all of one app that users ask.
fn check_steps(fields: &Fields<'_>, steps: &[String], known: &Known<'_>) {
    let endpoints = known.endpoints();
    let mut are_known = true;
    for step in steps.iter().filter(|step| !endpoints.contains(&step.as_str())) {
        are_known = false;
        let message = format!("there is no endpoint `{}`", short(step));
        let help = nearest(step, endpoints.iter().copied());
        let help = help.map_or(String::new(), |near| format!("did you mean `{near}`?"));
        fields.complain("steps", message, &one_of(endpoints.iter().copied()), &help);
    }
    if !are_known || !known.is_fine {
        return;
    }
    let has_all = |app: usize| {
        let endpoints = &known.platform.apps[app].endpoints;
        steps.iter().all(|step| endpoints.iter().any(|endpoint| endpoint.name == *step))
    };
    let clients = known.platform.clients.iter().zip(&known.platform.app_of_client);
    let of_users = clients.filter(|(client, _)| matches!(client.source, Source::Closed { .. }));
    let apps: Vec<usize> = of_users.map(|(_, app)| app.index()).collect();
    if !apps.is_empty() && !apps.iter().any(|app| has_all(*app)) {
        let names = list_of(apps.iter().map(|app| known.platform.apps[*app].name.as_str()));
        let message = format!("no app that users ask has all steps of `{}`", fields.path);
        fields.complain("steps", message, &format!("users ask {names}"), "");
    }
}

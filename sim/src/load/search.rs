//! The search for the highest load that is well borne: its levels, and when one is too much.

use super::Known;
use super::stage::check_length;
use crate::config::{Body, Fields, Kind, Page, Setting, Value};
use crate::metrics::{Cause, Condition, Metric, parse};
use crate::time::Span;
use crate::units::Rate;

/// The most levels of one search.
const MOST_LEVELS: f64 = 1_000.0;

/// How long a level is held where the search does not say it.
const STEP: Span = Span::from_secs(20);

/// The search for the highest load that is well borne.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// The first level.
    pub from: f64,
    /// The last one.
    pub to: f64,
    /// How levels follow each other.
    pub growth: Growth,
    /// A level is too much when one of these holds; with none when it fails an expectation.
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

/// How levels follow each other, as written.
#[derive(Clone, Copy, Debug)]
pub enum Growing {
    /// By a factor; 2 where it is not written.
    Geometric(Option<f64>),
    /// By a number of users or a rate; a tenth of the range where it is not written.
    Linear(Option<Step>),
}

/// What one level has more than the one before.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// So many users.
    Users(u32),
    /// Such a rate.
    Rate(Rate),
}

/// The ways in which the levels of a search can follow each other, by name.
pub const GROWTHS: &[Kind<Growing>] = &[
    Kind {
        name: "geometric",
        summary: "each level is so many times the one before",
        page: Page::BARE,
        read: |body: &mut Body<'_>| Growing::Geometric(body.optional_value()),
    },
    Kind {
        name: "linear",
        summary: "each level is so much more than the one before",
        page: Page::BARE,
        read: |body: &mut Body<'_>| Growing::Linear(body.optional_value()),
    },
];

impl Setting for Step {
    const EXPECTS: &'static str = "a number of users, or a rate such as `\"100/s\"`";

    fn read(value: &Value) -> Result<Step, String> {
        match value {
            Value::Text(_) => Rate::read(value).map(Step::Rate),
            _ => u32::read(value).map(Step::Users),
        }
    }

    fn write(&self) -> Value {
        match self {
            Step::Users(users) => users.write(),
            Step::Rate(rate) => rate.write(),
        }
    }

    fn placeholder() -> Step {
        Step::Users(1)
    }
}

/// Reads what stands beside the ends of a search of `key`; gives how long each level is held.
pub(super) fn read_search(
    fields: &mut Fields<'_>,
    search: &mut Search,
    key: &str,
    known: &Known<'_>,
) -> Span {
    if fields.has("for") {
        let message = format!("`{}` searches and has `for`", fields.path);
        fields.complain(
            "for",
            message,
            "each level of a search is held for `step`",
            "write `step`",
        );
        fields.take("for");
    }
    let noted = fields.reading.problems();
    let growing = fields.kind_or("growth", "growth", GROWTHS, "geometric");
    if let (Some(growing), true) = (growing, fields.reading.problems() == noted) {
        search.growth = grown(fields, search, key, growing);
    }
    let step = fields.or("step", STEP);
    check_length(fields, "step", step);
    let has_end = fields.has("stop-when") || known.expects;
    search.stop_when = conditions(fields, "stop-when");
    if !has_end {
        let help = "add `stop-when = \"latency_p99 > 1s or error_rate > 1%\"`, or an `[[expect]]`";
        fields.missing("stop-when", help);
    }
    step
}

/// Refuses what only a search has.
pub(super) fn refuse_search(fields: &mut Fields<'_>) {
    for key in ["growth", "step", "stop-when"] {
        if fields.has(key) {
            let message =
                format!("`{}` stands in a stage that does not search", fields.path_of(key));
            let allowed = "only beside `users = { from, to }` or `rate = { from, to }`";
            fields.complain(key, message, allowed, &format!("remove `{key}`"));
            fields.take(key);
        }
    }
}

/// The growth of a search from what is written of it.
fn grown(fields: &Fields<'_>, search: &Search, key: &str, growing: Growing) -> Growth {
    let range = search.to - search.from;
    let (growth, levels) = match growing {
        Growing::Geometric(factor) => {
            let factor = factor.unwrap_or(2.0);
            fields.require("growth", (1.01..=100.0).contains(&factor), "from 1.01 to 100");
            let levels = libm::log(search.to / search.from) / libm::log(factor);
            (Growth::Geometric(factor), levels)
        }
        Growing::Linear(step) => {
            let step = match (step, key) {
                (Some(Step::Users(users)), "users") => f64::from(users),
                (Some(Step::Rate(rate)), "rate") => rate.0,
                (None, "users") => (range / 10.0).ceil().max(1.0),
                // A range of nothing has one level, whatever the step.
                (None, _) => {
                    if range > 0.0 {
                        range / 10.0
                    } else {
                        1.0
                    }
                }
                (Some(_), _) => {
                    let unit = if key == "users" { "a number of users" } else { "a rate" };
                    let message = format!("`{}` is not {unit}", fields.path_of("growth.linear"));
                    let allowed = format!("the search is one of `{key}`");
                    fields.complain("growth", message, &allowed, "");
                    1.0
                }
            };
            fields.require("growth", step > 0.0, "more than 0");
            (Growth::Linear(step), range / step)
        }
    };
    // Ends and steps that were wrong are complained of already.
    if levels.is_finite() && levels > MOST_LEVELS {
        let message = format!("`{}` makes {} levels", fields.path_of("growth"), levels.ceil());
        let allowed = format!("at most {MOST_LEVELS} are allowed");
        fields.complain("growth", message, &allowed, "grow faster, or search a shorter range");
    }
    growth
}

/// Reads conditions that are joined by `or`; none where `key` is absent.
pub(super) fn conditions(fields: &mut Fields<'_>, key: &str) -> Vec<Condition> {
    let is_text = matches!(fields.peek(key), Some(Value::Text(_)));
    let Some(text) = fields.optional::<String>(key).filter(|_| is_text) else { return Vec::new() };
    let sees: fn(Metric) -> bool = match key {
        "abort-when" => can_see_at_once,
        _ => |metric| can_see(metric) && metric != Metric::Recovery,
    };
    let mut conditions = Vec::new();
    for part in text.split(" or ") {
        match parse(part) {
            Ok(condition) if sees(condition.metric) => conditions.push(condition),
            Ok(condition) => {
                let message = format!("`{}` cannot end a load test", condition.metric.name());
                let allowed = "expected what a client sees at once, such as `latency_p99`";
                fields.complain(key, message, allowed, "");
            }
            Err((message, allowed, help)) => fields.complain(key, message, &allowed, &help),
        }
    }
    conditions
}

/// Whether a load test can measure it: what waits inside of a router or a dyno is seen by a simulator
/// alone.
pub fn can_see(metric: Metric) -> bool {
    !matches!(
        metric,
        Metric::WaitMean
            | Metric::WaitP50
            | Metric::WaitP99
            | Metric::WaitMax
            | Metric::Utilization
            | Metric::QueueMean
            | Metric::QueueMax
    )
}

/// Whether a load test knows it while a step still runs, of its last seconds: what `abort-when` can ask
/// for.
pub fn can_see_at_once(metric: Metric) -> bool {
    matches!(
        metric,
        Metric::Arrivals
            | Metric::Goodput
            | Metric::ErrorRate
            | Metric::Errors(_)
            | Metric::AttemptsPerRequest
            | Metric::LatencyP50
            | Metric::LatencyP90
            | Metric::LatencyP95
            | Metric::LatencyP99
            | Metric::LatencyP999
            | Metric::LatencyMax
            | Metric::LateP50
            | Metric::LateP99
            | Metric::LateMax
            | Metric::Users
    )
}

/// Whether only a load test can measure it: a simulator sends when it means to, and its network
/// breaks no protocol.
pub fn only_load_tests_see(metric: Metric) -> bool {
    match metric {
        Metric::ServiceMean
        | Metric::ServiceP50
        | Metric::ServiceP99
        | Metric::ServiceMax
        | Metric::LateP50
        | Metric::LateP99
        | Metric::LateMax
        | Metric::Users => true,
        Metric::Errors(cause) => Cause::is_of_load_test(cause),
        _ => false,
    }
}

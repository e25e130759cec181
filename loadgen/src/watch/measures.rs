//! What is exported of a run: one table for all formats.
//!
//! Counts are those of a step, so each series, by its stage and step, only grows. To add a measure: a row.

use super::snapshot::Snapshot;
use sim::metrics::Cause;
use sim::time::Span;

/// One measure.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Its name without the unit: words joined by `_`, after the program's own.
    pub name: &'static str,
    /// One line for people.
    pub help: &'static str,
    /// Its unit as UCUM has it: `s`, `1`, `{request}`.
    pub unit: &'static str,
    /// How it changes.
    pub kind: Kind,
    /// Its values, each with one more label where it has several.
    pub values: fn(&Snapshot) -> Vec<Value>,
}

/// How a measure changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows within a step.
    Count,
    /// It goes up and down.
    Level,
}

/// A value, with the name and the value of the label that tells it from its neighbours.
pub type Value = (Option<(&'static str, &'static str)>, f64);

/// All measures, in the order of exports.
pub const MEASURES: &[Measure] = &[
    count("requests", "requests that began, dropped ones too", |s| one(s.counted.arrivals as f64)),
    count("attempts", "attempts that were sent", |s| one(s.counted.attempts as f64)),
    count("successes", "requests that ended well", |s| one(s.counted.successes as f64)),
    count("failures", "requests that failed, by cause", failures),
    level("users", "users that run", "{user}", |s| one(s.users as f64)),
    level("rate", "requests that begin, a second", "{request}/s", |s| one(s.rate())),
    level("goodput", "requests that end well, a second", "{request}/s", |s| one(s.goodput())),
    level("latency", "latency of successes in the last second", "s", |s| {
        quantiles(&[("0.5", s.latency_p50), ("0.99", s.latency_p99)])
    }),
    level("late", "how late the generator sent in the last second", "s", |s| {
        quantiles(&[("0.99", s.late_p99)])
    }),
    level("lost", "share of time in which the generator had no core", "1", |s| one(s.lost)),
    level("elapsed", "time since the step began", "s", |s| one(s.elapsed.seconds())),
];

const fn count(
    name: &'static str,
    help: &'static str,
    values: fn(&Snapshot) -> Vec<Value>,
) -> Measure {
    Measure { name, help, unit: "{request}", kind: Kind::Count, values }
}

const fn level(
    name: &'static str,
    help: &'static str,
    unit: &'static str,
    values: fn(&Snapshot) -> Vec<Value>,
) -> Measure {
    Measure { name, help, unit, kind: Kind::Level, values }
}

fn one(value: f64) -> Vec<Value> {
    vec![(None, value)]
}

fn quantiles(values: &[(&'static str, Option<Span>)]) -> Vec<Value> {
    let label = |&(name, value): &(&'static str, Option<Span>)| {
        Some((Some(("quantile", name)), value?.seconds()))
    };
    values.iter().filter_map(label).collect()
}

/// The causes that happened in the step.
fn failures(snapshot: &Snapshot) -> Vec<Value> {
    let counts = Cause::ALL.into_iter().zip(snapshot.counted.failures);
    let happened = counts.filter(|(_, count)| *count > 0);
    happened.map(|(cause, count)| (Some(("cause", cause.name())), count as f64)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::snapshot::example;
    use super::*;

    #[test]
    fn names_differ_and_values_are_told_apart_by_their_labels() {
        for (at, measure) in MEASURES.iter().enumerate() {
            assert!(MEASURES[..at].iter().all(|other| other.name != measure.name));
            let values = (measure.values)(&example());
            assert!(!values.is_empty(), "{}", measure.name);
            for (index, (label, _)) in values.iter().enumerate() {
                assert!(values[..index].iter().all(|(other, _)| other != label));
            }
        }
    }

    #[test]
    fn what_has_no_value_is_absent() {
        let values = |name: &str| {
            let measure = MEASURES.iter().find(|measure| measure.name == name).unwrap();
            (measure.values)(&Snapshot::default())
        };
        assert!(values("latency").is_empty() && values("failures").is_empty());
        assert_eq!(values("users"), [(None, 0.0)]);
    }
}

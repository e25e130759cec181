//! The target's own measures, to be drawn beside ours: a source is asked once a second.
//!
//! A source that answers late, wrongly or too much costs a bounded part of memory and time, and is
//! counted; it never fails a run. To add a kind of source: its shape in `sim::load::Speaks`, one file here
//! that reads its answers, and a row in [`KINDS`].

mod haproxy;
mod nginx;
mod prometheus;
mod watchers;

pub use watchers::{Asked, Watchers};

use serde::{Deserialize, Serialize};
use sim::load::Speaks;
use sim::time::Span;

/// What is drawn of a source: one measure over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetSeries {
    /// The source, as the scenario calls it.
    pub source: String,
    /// What is measured, in the source's own words.
    pub name: String,
    /// Its unit: `1/s` for what the source counts, else `1` or what the source says.
    pub unit: String,
    /// When each value was taken, since the run began.
    pub t: Vec<Span>,
    /// The values.
    pub values: Vec<f64>,
}

/// A kind of source.
#[derive(Clone, Copy, Debug)]
struct Kind {
    /// Whether it reads what a source speaks.
    is: fn(&Speaks) -> bool,
    /// What is asked for where the scenario names no path.
    path: &'static str,
    /// What an answer says, or why it is none.
    read: fn(&Speaks, &str) -> Result<Vec<Sample>, String>,
}

/// All kinds.
const KINDS: &[Kind] = &[haproxy::KIND, nginx::KIND, prometheus::KIND];

/// The kind of a source.
fn kind_of(speaks: &Speaks) -> Kind {
    let kind = KINDS.iter().find(|kind| (kind.is)(speaks));
    *kind.expect("each thing that a source can speak has its row")
}

/// One value of an answer.
#[derive(Clone, Debug, PartialEq)]
struct Sample {
    /// What is measured.
    name: String,
    /// Its unit; ignored where it is counted.
    unit: &'static str,
    /// The value now.
    value: f64,
    /// Whether it only grows: then what is drawn is how fast.
    counts: bool,
}

impl Sample {
    fn level(name: impl Into<String>, unit: &'static str, value: f64) -> Sample {
        Sample { name: name.into(), unit, value, counts: false }
    }

    fn count(name: impl Into<String>, value: f64) -> Sample {
        Sample { name: name.into(), unit: "1", value, counts: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_path_and_refuses_nonsense() {
        for speaks in [Speaks::Haproxy, Speaks::Nginx, Speaks::Prometheus(vec!["up".into()])] {
            let kind = kind_of(&speaks);
            assert!(kind.path.starts_with('/'));
            for nonsense in ["<html>not found</html>", "a,b\n1,2", "{\"a\": 1}"] {
                assert!((kind.read)(&speaks, nonsense).is_err(), "{speaks:?}: {nonsense}");
            }
        }
    }
}

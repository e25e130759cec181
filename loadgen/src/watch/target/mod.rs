//! The target's own measures, to be drawn beside ours: a source is asked once a second.
//!
//! A source that answers late, wrongly or too much costs a bounded part of memory and time, and is
//! counted; it never fails a run. To add a kind of source: its shape in `sim::load::Speaks`, one file here
//! that reads its answers, and a row in [`KINDS`].

mod haproxy;
mod heard;
mod nginx;
mod prometheus;
mod watchers;

pub use heard::Asked;
pub use watchers::Watchers;

use sim::load::Speaks;

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
    /// Of what part of the target; empty where it is of all of it.
    of: String,
    /// Its unit: `1`, `s` or `B`.
    unit: &'static str,
    /// The value now.
    value: f64,
    /// Whether it only grows: then what is drawn is how fast.
    counts: bool,
}

impl Sample {
    /// What goes up and down, of the whole target.
    fn level(name: impl Into<String>, value: f64) -> Sample {
        Sample { name: name.into(), of: String::new(), unit: "1", value, counts: false }
    }

    /// What only grows.
    fn count(name: impl Into<String>, value: f64) -> Sample {
        Sample { counts: true, ..Sample::level(name, value) }
    }

    /// The same, of a part of the target.
    fn of(self, part: impl Into<String>) -> Sample {
        Sample { of: part.into(), ..self }
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

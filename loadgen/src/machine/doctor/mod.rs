//! What limits a load test on this machine, what each finding means, and the command that mends it.
//!
//! [`look`] gathers everything that may be looked at into one [`Examined`]; each check is a pure function
//! of it, so tests examine machines that do not exist. Nothing is changed: commands are only named.
//! To add a check: one file here with its `CHECK`, one `mod` line, one row in [`CHECKS`].

mod backlog;
mod clock;
mod cores;
mod examined;
mod listener;
mod measure;
mod memory;
mod open_files;
mod overflows;
mod ports;
mod report;
mod scheduling;
mod steal;
mod target;
mod target_files;
mod time_wait;

pub use examined::{Clocks, Drops, Examined, look};
pub use measure::{Generation, bare_user, measure};
pub use report::{Examination, Named};
pub use target::{Listener, Owner};

use serde::Serialize;

/// All checks, in the order of reports.
pub const CHECKS: &[Check] = &[
    open_files::CHECK,
    ports::CHECK,
    backlog::CHECK,
    overflows::CHECK,
    time_wait::CHECK,
    cores::CHECK,
    steal::CHECK,
    scheduling::CHECK,
    clock::CHECK,
    memory::CHECK,
    listener::CHECK,
    target_files::CHECK,
];

/// One thing that is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Its name; equal to the name of its file.
    pub name: &'static str,
    /// One line for lists and help.
    pub summary: &'static str,
    /// What it finds; nothing where it does not apply or the system does not tell.
    pub find: fn(&Examined) -> Option<Finding>,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// How good it is.
    pub verdict: Verdict,
    /// What there is.
    pub found: String,
    /// What that means for a load test.
    pub means: String,
    /// The command that changes it; none where all is well, or nothing can be done here.
    pub fix: Option<String>,
}

/// How good a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing to do.
    Fine,
    /// It bounds some load tests: know it.
    Mind,
    /// Load tests measure this, and not the target.
    Bad,
}

impl Verdict {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Fine => "fine",
            Verdict::Mind => "mind",
            Verdict::Bad => "bad",
        }
    }

    /// `Fine` where a value is at least `fine`, `Mind` where it is at least `mind`, else `Bad`.
    fn of_at_least(value: f64, fine: f64, mind: f64) -> Verdict {
        if value >= fine {
            Verdict::Fine
        } else if value >= mind {
            Verdict::Mind
        } else {
            Verdict::Bad
        }
    }

    /// `Fine` where a value is at most `fine`, `Mind` where it is at most `mind`, else `Bad`.
    fn of_at_most(value: f64, fine: f64, mind: f64) -> Verdict {
        Verdict::of_at_least(-value, -fine, -mind)
    }
}

impl Finding {
    fn new(verdict: Verdict, found: String, means: String) -> Finding {
        Finding { verdict, found, means, fix: None }
    }

    /// The same with a command, where something is to be mended.
    fn mended_by(mut self, fix: impl Into<String>) -> Finding {
        if self.verdict != Verdict::Fine {
            self.fix = Some(fix.into());
        }
        self
    }
}

/// What all checks find.
pub fn examine(examined: &Examined) -> Vec<(&'static str, Finding)> {
    CHECKS
        .iter()
        .filter_map(|check| (check.find)(examined).map(|found| (check.name, found)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_machine_is_said_to_be_unknown_by_silence() {
        assert_eq!(examine(&Examined::default()), []);
    }

    #[test]
    fn names_are_those_of_files_and_differ() {
        for (at, check) in CHECKS.iter().enumerate() {
            let file = format!("{}.rs", check.name.replace('-', "_"));
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/machine/doctor");
            assert!(std::path::Path::new(path).join(&file).exists(), "{file}");
            assert!(!check.summary.is_empty());
            assert!(CHECKS[..at].iter().all(|other| other.name != check.name), "{}", check.name);
        }
    }

    #[test]
    fn verdicts_have_two_borders() {
        for (value, expected) in
            [(10.0, Verdict::Fine), (9.9, Verdict::Mind), (5.0, Verdict::Mind), (4.9, Verdict::Bad)]
        {
            assert_eq!(Verdict::of_at_least(value, 10.0, 5.0), expected, "{value}");
            assert_eq!(Verdict::of_at_most(-value, -10.0, -5.0), expected, "{value}");
        }
    }
}

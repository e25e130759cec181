//! The exit codes, and what stops a command early.

use crate::experiment::Results;
use crate::scenario::LoadError;
use std::process::{ExitCode, Termination};

/// How the program ends. Scripts and CI rely on these numbers: they are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// 0: it worked, and all expectations hold.
    Hold = 0,
    /// 1: it worked, and an expectation does not hold or something got worse than in an earlier run.
    Broken = 1,
    /// 2: the arguments or the scenario are wrong; nothing was run.
    Usage = 2,
    /// 3: the outside world failed: a file cannot be read or written.
    World = 3,
    /// 130: interrupted; what was finished is written.
    Interrupted = 130,
}

/// The same as a table, for help texts.
pub const TABLE: &str = "\
Exit codes:
  0    it worked, and all expectations hold
  1    an expectation does not hold, or something got worse (`--against`)
  2    the arguments or the scenario are wrong; nothing was run
  3    a file cannot be read or written
  130  interrupted; what was finished is written";

/// Why a command ends early: the exit code and the message, ready to print.
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// The whole message, with its `error:` and its `help:`.
    pub text: String,
}

impl Exit {
    /// The exit code of a run whose results are delivered.
    pub fn of(results: &Results) -> Exit {
        let fine = results.hold() && results.keep_up() && results.are_valid();
        match (results.interrupted, fine) {
            (true, _) => Exit::Interrupted,
            (false, true) => Exit::Hold,
            (false, false) => Exit::Broken,
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

impl Failure {
    /// The arguments are wrong.
    pub fn usage(message: &str, help: &str) -> Failure {
        Failure { exit: Exit::Usage, text: format!("error: {message}\nhelp: {help}") }
    }

    /// The outside world failed.
    pub fn world(message: &str) -> Failure {
        Failure { exit: Exit::World, text: format!("error: {message}") }
    }

    /// A scenario could not be loaded.
    pub fn load(error: LoadError) -> Failure {
        match error {
            LoadError::Wrong { report, .. } => {
                Failure { exit: Exit::Usage, text: report.trim_end().to_string() }
            }
            LoadError::World(error) => Failure::world(&error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_code() {
        for exit in [Exit::Hold, Exit::Broken, Exit::Usage, Exit::World, Exit::Interrupted] {
            let code = format!("\n  {:<5}", exit as u8);
            assert!(TABLE.contains(&code), "{exit:?}");
        }
    }
}

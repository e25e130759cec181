//! The face: from the words of the command line to an exit code.
//!
//! Results go to stdout, everything else to stderr, as `sim` does. It computes nothing. To add a
//! command: one file here, one `mod` line, and one variant of [`Command`] with its arm in [`run`].

mod args;
mod doctor;
mod merge;
mod router;
mod run;
mod scale;
mod stage;
mod target;
mod witness;

pub use args::{Cli, Command};
pub use sim::cli::{Exit, Failure};

use clap::{CommandFactory, Parser};
use sim::cli::{completions, ended, unparsed};
use std::process::{ExitCode, Termination};

/// Runs the command that the process was called with; its exit code.
pub fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(Cli { command: Command::Worker }) => run::worker(),
        Ok(cli) => run(&cli).report(),
        Err(error) => unparsed(&error).report(),
    }
}

/// Runs one command; a worker's life is its own process and begins in [`main`].
pub fn run(cli: &Cli) -> Exit {
    let done = match &cli.command {
        Command::Run(args) => run::run(args),
        Command::Stage(args) => stage::run(args),
        Command::Doctor(args) => doctor::run(args),
        Command::Merge(args) => merge::run(args),
        Command::Scale(args) => scale::run(args),
        Command::Completions(args) => completions(args, &mut Cli::command()),
        Command::Worker => unreachable!("a worker begins in `main`"),
    };
    ended(done)
}

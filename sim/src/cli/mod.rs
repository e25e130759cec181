//! The face: from the words of the command line to an exit code.
//!
//! This room reads arguments, calls the rooms below and prints what they say. Results go to stdout,
//! everything else to stderr, so `sim run FILE --format json | jq .` always works. It computes
//! nothing: what a command prints is made below. To add a command: one file here, one `mod` line,
//! and one variant of [`Command`] with its arm in [`run`].

mod args;
mod categories;
mod check;
pub mod delivery;
mod exit;
mod experiment;
mod explain;
mod interrupt;
mod list;
pub mod output;
mod pages;
mod shared;
mod show;

pub use args::{Cli, Command};
pub use exit::{Exit, Failure};
pub use interrupt::{on_interrupt, stop_on_interrupt};
pub use shared::{Chosen, Completions, Delivered, Set};

use crate::scenario::{self, Overrides, Scenario};
use clap::{CommandFactory, Parser};

/// Runs the command that the process was called with; its exit code.
pub fn main() -> Exit {
    match Cli::try_parse() {
        Ok(cli) => run(&cli),
        Err(error) => unparsed(&error),
    }
}

/// Prints why arguments gave no command, on the way out that suits it; the exit code.
pub fn unparsed(error: &clap::Error) -> Exit {
    // Help and the version are answers, on stdout; all else is wrong usage, on stderr.
    let answer = !error.use_stderr();
    match error.print() {
        Ok(()) if answer => Exit::Hold,
        Err(error) if answer && !output::is_closed(&error) => Exit::World,
        Err(_) if answer => Exit::Hold,
        _ => Exit::Usage,
    }
}

/// Runs one command.
pub fn run(cli: &Cli) -> Exit {
    let done = match &cli.command {
        Command::Run(args) => experiment::run(args),
        Command::Check(args) => check::run(args),
        Command::Show(args) => show::run(args),
        Command::List(args) => list::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Completions(args) => completions(args, &mut Cli::command()),
    };
    ended(done)
}

/// Complains of what stopped a command early; the exit code of any.
pub fn ended(done: Result<Exit, Failure>) -> Exit {
    done.unwrap_or_else(|failure| {
        output::complain(&failure.text);
        failure.exit
    })
}

/// Loads the scenario that a command is given, with the changes of its arguments.
pub fn load(file: &str, overrides: &Overrides) -> Result<Scenario, Failure> {
    scenario::load(file, overrides, output::colour()).map_err(Failure::load)
}

/// Prints the script by which a shell completes a program's words.
pub fn completions(args: &Completions, program: &mut clap::Command) -> Result<Exit, Failure> {
    let (mut script, name) = (Vec::new(), program.get_name().to_string());
    clap_complete::generate(args.shell, program, name, &mut script);
    output::say(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Hold)
}

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
mod list;
pub mod output;
mod pages;
mod show;

pub use args::{Cli, Command, Set};
pub use exit::{Exit, Failure};

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
        Command::Completions(args) => completions(args),
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

/// Prints a shell's completion script.
fn completions(args: &args::Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "sim", &mut script);
    output::say(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Hold)
}

//! The commands and their arguments, as clap reads them. No behaviour lives here.

use super::exit::TABLE;
use super::shared::{Chosen, Completions, Delivered, Set, pair};
use crate::scenario::Overrides;
use clap::{Args, Parser, Subcommand, ValueHint, value_parser};
use std::path::PathBuf;

/// What will my routing do when things go wrong?
#[derive(Debug, Parser)]
#[command(
    name = "sim",
    version,
    about = "Simulates a web platform, and compares ways of balancing and protecting it",
    long_about = "Simulates a web platform (routers, dynos, and the clients that retry) in \
                  simulated time, and compares ways of balancing and protecting it.\n\n\
                  A scenario file says what the platform is, what goes wrong, and what is \
                  compared. The same scenario with the same seed gives the same bytes on any \
                  machine.",
    after_help = RUN_EXAMPLES,
    after_long_help = format!("{RUN_EXAMPLES}\n\n{TABLE}"),
    arg_required_else_help = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const RUN_EXAMPLES: &str = "\
Examples:
  sim run cascade                  run a scenario that comes with the program
  sim run my.toml --seed 7         run your own, with another seed
  sim check scenarios/*.toml       look for mistakes without running
  sim list balancers               what `mesh.balancer` may be
  sim explain p2c                  what one of them does, and when it wins";

/// One command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a scenario: print a table, write a report
    Run(Run),
    /// Check scenarios without running them
    Check(Check),
    /// Print a scenario with all defaults filled in
    Show(Show),
    /// List what there is: scenarios, balancers, metrics...
    List(List),
    /// Explain one thing: a balancer, an event, a metric, a cause of failure...
    Explain(Explain),
    /// Print the completion script of a shell
    #[command(after_help = "\
Examples:
  sim completions bash > ~/.local/share/bash-completion/completions/sim
  sim completions fish > ~/.config/fish/completions/sim.fish")]
    Completions(Completions),
}

/// The arguments of `sim run`.
#[derive(Debug, Args)]
#[command(
    after_help = "\
Examples:
  sim run scenarios/cascade.toml
  sim run cascade --set app.shop.dynos=60 --replications 20
  sim run cascade --vary mesh.routers=1,4,16 --only p2c
  sim run cascade --precision 2%
  sim run cascade --against before/results.json
  sim run cascade --format json --quiet | jq .

The report is written to reports/<scenario>/; open its index.html.",
    after_long_help = format!("\
Examples:
  sim run scenarios/cascade.toml
      run all variants, print their table, write reports/cascade/
  sim run cascade --set app.shop.dynos=60 --replications 20
      the same with more dynos, and surer
  sim run cascade --vary mesh.routers=1,4,16
      add an axis: every variant with 1, 4 and 16 routers
  sim run my.toml --set run.warmup=auto --precision 2%
      find the warm-up, and run until goodput and latency are sure to 2 %
  sim run cascade --against before/results.json
      what got better or worse since that run; exits with 1 when something got worse
  sim run cascade --format json --quiet | jq .
      results for a program

{TABLE}")
)]
pub struct Run {
    /// A scenario file, or the name of a bundled scenario (`sim list scenarios`)
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: String,
    /// Where to write the report [default: reports/<scenario>]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub chosen: Chosen,
    /// How many times each variant runs, instead of the scenario's
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub replications: Option<u32>,
    /// Add replications until the headline measures are sure to this share of their means, such as
    /// `2%`
    #[arg(long, value_name = "SHARE")]
    pub precision: Option<String>,
    /// How many threads to use; the result is the same with any [default: all cores]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub threads: Option<usize>,
    /// Add an axis: run every variant with each of these values
    #[arg(long, value_name = "PATH=A,B", value_parser = axis)]
    pub vary: Vec<(String, String)>,
    #[command(flatten)]
    pub delivered: Delivered,
}

/// The arguments of `sim check`.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "\
Examples:
  sim check my.toml
  sim check scenarios/*.toml

Every mistake is reported at once, with its line and the nearest right word. Exits with 2 when a
scenario is wrong, with 3 when one cannot be read and none is wrong."
)]
pub struct Check {
    /// Scenario files, or names of bundled scenarios
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<String>,
}

/// The arguments of `sim show`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sim show cascade                           every setting, the defaults too
  sim show cascade > my.toml                 a start for a scenario of your own
  sim show cascade --set mesh.balancer=p2c   what a change would do")]
pub struct Show {
    /// A scenario file, or the name of a bundled scenario
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: String,
    #[command(flatten)]
    pub set: Set,
}

/// The arguments of `sim list`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sim list                 what can be listed
  sim list scenarios       the scenarios that come with the program, with their questions
  sim list balancers       what `mesh.balancer` may be")]
pub struct List {
    /// What to list; without it, what can be listed
    pub category: Option<String>,
}

/// The arguments of `sim explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sim explain p2c          a kind: its rule, when it wins, its settings and their defaults
  sim explain h12          a cause of failure
  sim explain latency_p99  a metric
  sim explain cascade      a scenario: its question, its answer, its variants

Whatever `sim list CATEGORY` lists can be explained. What stands in two categories is shown twice.")]
pub struct Explain {
    /// The name of what to explain
    pub name: String,
}

impl Run {
    /// What the arguments change in the scenario.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            vary: self.vary.clone(),
            replications: self.replications,
            precision: self.precision.clone(),
            ..self.chosen.overrides()
        }
    }
}

/// A number of threads.
fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a whole number of at least 1".into()),
        Ok(count) => Ok(count),
    }
}

/// `PATH=A,B`.
fn axis(text: &str) -> Result<(String, String), String> {
    pair(text).ok_or_else(|| "expected PATH=A,B, such as `mesh.routers=1,4,16`".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }
}

//! The commands and their arguments, as clap reads them. No behaviour lives here.

use super::router;
use crate::shard::Shard;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueHint, value_parser};
use sim::cli::{Chosen, Completions, Delivered, Set};
use sim::scenario::{Given, Opted, Overrides};
use std::net::SocketAddr;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  loadgen run scenarios/staging.toml           start its platform here, attack it, compare with sim
  loadgen run my.toml --target http://127.0.0.1:8080
  loadgen stage my.toml --router haproxy       only the platform, until Ctrl-C
  loadgen doctor                               what this machine can generate, and what limits it";

const TABLE: &str = "\
Exit codes:
  0    it worked, and all expectations hold
  1    an expectation does not hold, something got worse or nothing could be compared (`--against`),
       or a stage says nothing: the generator was the bottleneck, or no boundary was found before it
  2    the arguments or the scenario are wrong, or the target is not allowed; nothing was sent
  3    the outside world failed: a file, the target (no request succeeded, and nothing was expected),
       the router started here, a worker process
  130  interrupted; what was measured is written";

/// Runs scenarios against the real thing.
#[derive(Debug, Parser)]
#[command(
    name = "loadgen",
    version,
    about = "Runs a scenario of `sim` against a real deployment, and lays what it measured over what `sim` predicts",
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{TABLE}"),
    arg_required_else_help = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a scenario's stages against a target: print a table, write a report
    Run(Box<Run>),
    /// Start the scenario's platform on this machine: dynos and a router on loopback
    Stage(Stage),
    /// Examine this machine, and a target on it: what limits a load test, and how to mend it
    Doctor(Doctor),
    /// Put the measures of several generators together into one report
    Merge(Merge),
    /// Fit the Universal Scalability Law to runs with different numbers of nodes
    Scale(Scale),
    /// Print the completion script of a shell
    #[command(after_help = "\
Examples:
  loadgen completions bash > ~/.local/share/bash-completion/completions/loadgen
  loadgen completions fish > ~/.config/fish/completions/loadgen.fish")]
    Completions(Completions),
    /// What worker processes do; started by `run`
    #[command(hide = true)]
    Worker,
}

/// The arguments of `loadgen run`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  loadgen run scenarios/staging.toml
      no target: starts the scenario's platform here, a variant after the other, and predicts each
  loadgen run scenarios/staging.toml --router haproxy --only p2c
  loadgen run my.toml --target http://127.0.0.1:8080 --predict
  loadgen run my.toml --target https://staging.example --allow staging.example \\
      --rate-max 500/s --users-max 1000
  loadgen run my.toml --target http://127.0.0.1:8080 --against before/results.json

Stages come from `[load]` of the scenario; without it, its clients' own traffic for `run.duration`.
The report is written to reports/<scenario>-load/; open its index.html.")]
pub struct Run {
    /// A scenario file, or the name of a bundled scenario
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: String,
    /// Where to send; without it and `load.target`, the scenario's platform is started here
    #[arg(long, value_name = "URL")]
    pub target: Option<String>,
    #[command(flatten)]
    pub permission: Permission,
    /// The router of the platform that is started here [default: the one that `mesh.router` says]
    #[arg(long, value_name = "ROUTER", value_parser = routers())]
    pub router: Option<String>,
    /// Simulate every step too [default: where the platform is started here]
    #[arg(long, overrides_with = "no_predict")]
    pub predict: bool,
    /// Do not simulate
    #[arg(long)]
    pub no_predict: bool,
    /// Where the report goes [default: reports/<scenario>-load]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub chosen: Chosen,
    /// Run only this stage; may be given several times
    #[arg(long, value_name = "STAGE")]
    pub stage: Vec<String>,
    /// How many worker processes attack [default: what the plan needs]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=64))]
    pub workers: Option<u32>,
    /// Be generator I of N (from 0), and write what it measured for `loadgen merge`
    #[arg(long, value_name = "I/N", requires = "start_at")]
    pub shard: Option<Shard>,
    /// When to begin, in seconds since 1970: all shards alike
    #[arg(long, value_name = "SECONDS")]
    pub start_at: Option<f64>,
    /// Serve the run's measures to Prometheus at this address
    #[arg(long, value_name = "ADDRESS")]
    pub prometheus: Option<SocketAddr>,
    /// Push the run's measures as OTLP over HTTP, to a collector such as http://127.0.0.1:4318
    #[arg(long, value_name = "URL")]
    pub otlp: Option<String>,
    #[command(flatten)]
    pub delivered: Delivered,
}

/// What is permitted beyond loopback.
#[derive(Debug, Args)]
pub struct Permission {
    /// A host outside loopback that may be sent to; needs both bounds below
    #[arg(long, value_name = "HOST")]
    pub allow: Vec<String>,
    /// Never more requests a second than this, such as `500/s`
    #[arg(long, value_name = "RATE")]
    pub rate_max: Option<String>,
    /// Never more users than this
    #[arg(long, value_name = "N")]
    pub users_max: Option<u32>,
}

/// The arguments of `loadgen stage`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  loadgen stage scenarios/staging.toml
  loadgen stage scenarios/staging.toml --router haproxy --only p2c

It serves on loopback until Ctrl-C, and then says what each dyno was asked.")]
pub struct Stage {
    /// A scenario file, or the name of a bundled scenario
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: String,
    /// What stands before the dynos [default: the one that `mesh.router` says]
    #[arg(long, value_name = "ROUTER", value_parser = routers())]
    pub router: Option<String>,
    /// The variant to start [default: the first]
    #[arg(long, value_name = "VARIANT")]
    pub only: Option<String>,
    #[command(flatten)]
    pub set: Set,
}

/// The arguments of `loadgen doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// A target on this machine, to examine its side too
    #[arg(long, value_name = "URL")]
    pub target: Option<String>,
    /// Do not measure what this machine can generate
    #[arg(long)]
    pub no_measure: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `loadgen merge`.
#[derive(Debug, Args)]
pub struct Merge {
    /// The files that `loadgen run --shard` wrote, one of each shard
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// The scenario file that the shards were given; their other arguments stand in their files
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub scenario: String,
    /// Where the report goes [default: reports/<scenario>-load]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub delivered: Delivered,
}

/// The arguments of `loadgen scale`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  loadgen scale 1=one/results.json 2=two/results.json 4=four/results.json 8=eight/results.json

Each file is the results.json of a run against so many nodes. The throughput of a run is the highest
goodput of its steps.")]
pub struct Scale {
    /// Nodes and the report of a run with so many
    #[arg(required = true, value_name = "NODES=FILE")]
    pub points: Vec<String>,
}

impl Run {
    /// What the arguments change in the scenario.
    pub fn overrides(&self) -> Overrides {
        let overrides = routed(self.chosen.overrides(), self.router.as_deref());
        let Permission { allow, rate_max, users_max } = &self.permission;
        let one = |value: &Option<String>| value.clone().map(Given::One);
        let given = [
            ("target", one(&self.target)),
            ("allow", (!allow.is_empty()).then(|| Given::Each(allow.clone()))),
            ("rate-max", one(rate_max)),
            ("users-max", one(&users_max.map(|users| users.to_string()))),
        ];
        let opted = |(key, given): (&str, Option<Given>)| {
            let (option, path) = (format!("--{key}"), format!("load.{key}"));
            given.map(|given| Opted { option, path, given })
        };
        let options = given.into_iter().filter_map(opted).collect();
        Overrides { options, ..overrides }
    }
}

impl Stage {
    /// What the arguments change in the scenario.
    pub fn overrides(&self) -> Overrides {
        let overrides = routed(self.set.overrides(), self.router.as_deref());
        Overrides { only: self.only.iter().cloned().collect(), ..overrides }
    }
}

/// The same, with what `--router` sets in the scenario.
fn routed(mut overrides: Overrides, router: Option<&str>) -> Overrides {
    overrides.set.extend(router::modelled(router, &overrides.set));
    overrides
}

/// The names of the routers that a staging platform may have, from their registry.
fn routers() -> PossibleValuesParser {
    PossibleValuesParser::new(crate::stage::ROUTERS.iter().map(|router| router.name))
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

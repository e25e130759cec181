//! `loadgen stage`: only the platform, until Ctrl-C.

use super::args;
use crate::stage::{RouterChoice, Staging};
use sim::cli::{Exit, Failure, output};
use sim::rng::Seed;
use sim::scenario::{self, Overrides};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How often it is looked whether the router is still there.
const LOOK: Duration = Duration::from_secs(1);

/// Starts the platform of a variant, says where it is, and waits.
pub(super) fn run(args: &args::Stage) -> Result<Exit, Failure> {
    let overrides = Overrides {
        set: args.set.set.clone(),
        only: args.only.iter().cloned().collect(),
        ..Overrides::default()
    };
    let scenario =
        scenario::load(&args.file, &overrides, output::colour()).map_err(Failure::load)?;
    let variant = &scenario.variants[0];
    let router = args.router.as_deref().unwrap_or("builtin");
    let choice =
        RouterChoice::named(router).expect("the arguments allow only the registry's names");
    let (sender, interrupted) = channel();
    ctrlc::set_handler(move || {
        // Nobody listens any more: it is ending already.
        let _ = sender.send(());
    })
    .map_err(|error| Failure::world(&format!("cannot listen for interrupts: {error}")))?;
    let seed = Seed { scenario: scenario.run.seed, replication: 0 };
    let staging = Staging::start(&variant.platform, seed, &choice)
        .map_err(|error| Failure { exit: Exit::World, text: format!("error: {error}") })?;
    output::warn(staging.warnings());
    staging
        .begin(Instant::now())
        .map_err(|error| Failure { exit: Exit::World, text: format!("error: {error}") })?;
    output::say(&format!("http://{}\n", staging.address()))?;
    let dynos: usize = (0..variant.platform.apps.len()).map(|app| staging.dynos(app).len()).sum();
    output::complain(&format!(
        "`{}` of {} serves there: {dynos} dynos behind {router}; Ctrl-C ends it",
        variant.name, scenario.name
    ));
    while let Err(RecvTimeoutError::Timeout) = interrupted.recv_timeout(LOOK) {
        staging
            .check()
            .map_err(|error| Failure { exit: Exit::World, text: format!("error: {error}") })?;
    }
    let counts = staging.stop();
    let mut table = String::from("dyno,arrived,finished,failed,refused,lost\n");
    for dyno in &counts.dynos {
        table.push_str(&format!(
            "{}.{},{},{},{},{},{}\n",
            dyno.app, dyno.dyno, dyno.arrived, dyno.finished, dyno.failed, dyno.refused, dyno.lost
        ));
    }
    output::say(&table)?;
    Ok(Exit::Hold)
}

//! `loadgen stage`: only the platform, until Ctrl-C.

use super::{args, router};
use crate::stage::{RouterKind, Staging};
use sim::cli::{Exit, Failure, load, on_interrupt, output};
use sim::rng::Seed;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How often it is looked whether the router is still there.
const LOOK: Duration = Duration::from_secs(1);

/// Starts the platform of a variant, says where it is, and waits.
pub(super) fn run(args: &args::Stage) -> Result<Exit, Failure> {
    let overrides = args.overrides();
    let scenario = load(&args.file, &overrides)?;
    let variant = &scenario.variants[0];
    output::warn(&router::contradictions(
        args.router.as_deref(),
        &args.file,
        &overrides,
        &scenario,
    ));
    let kind = router::kind(args.router.as_deref());
    let kind = kind.unwrap_or_else(|| RouterKind::of(&variant.platform));
    let (sender, interrupted) = channel();
    on_interrupt(move || {
        // Nobody listens any more: it is ending already.
        let _ = sender.send(());
    })?;
    let seed = Seed { scenario: scenario.run.seed, replication: 0 };
    let staging = Staging::start(&variant.platform, seed, kind)
        .map_err(|error| Failure::world(&error.to_string()))?;
    output::warn(staging.warnings());
    staging.begin(Instant::now()).map_err(|error| Failure::world(&error.to_string()))?;
    output::say(&format!("http://{}\n", staging.address()))?;
    let dynos: usize = (0..variant.platform.apps.len()).map(|app| staging.dynos(app).len()).sum();
    output::complain(&format!(
        "`{}` of {} serves there: {dynos} dynos behind {}; Ctrl-C ends it",
        variant.name, scenario.name, kind.name
    ));
    while let Err(RecvTimeoutError::Timeout) = interrupted.recv_timeout(LOOK) {
        staging.check().map_err(|error| Failure::world(&error.to_string()))?;
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

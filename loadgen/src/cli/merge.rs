//! `loadgen merge`: what several generators measured, as one report. What their command lines changed in
//! the scenario, such as the target, stands in their files.

use super::args;
use super::run::{out, results};
use crate::campaign::{Campaign, Done};
use crate::plan;
use crate::shard::{self, ShardFile};
use sim::cli::{Exit, Failure, delivery, load};
use sim::load::Level;
use std::path::PathBuf;

/// Reads the files, adds them up and delivers the report.
pub(super) fn run(args: &args::Merge) -> Result<Exit, Failure> {
    let refused = |error: shard::Error| {
        let world = matches!(error, shard::Error::Read { .. } | shard::Error::Write { .. });
        let exit = if world { Exit::World } else { Exit::Usage };
        Failure { exit, text: format!("error: {error}") }
    };
    let files: Result<Vec<(PathBuf, ShardFile)>, shard::Error> =
        args.files.iter().map(|file| Ok((file.clone(), shard::read(file)?))).collect();
    let files = files.map_err(refused)?;
    let overrides = shard::agreed(&files).map_err(refused)?;
    let scenario = load(&args.scenario, overrides)?;
    let merged = shard::merge(&files, &scenario.resolved).map_err(refused)?;
    let directory = args.out.clone().unwrap_or_else(|| out(&scenario));
    delivery::prepare(&directory)?;
    let stages = plan::stages(&scenario.load, &scenario.run);
    let mut campaign = Campaign { notes: merged.notes, ..Campaign::default() };
    for step in merged.steps {
        let variant = scenario.variants.iter().position(|known| known.name == step.variant);
        let variant = variant.ok_or_else(|| {
            let message = format!("the shards ran a variant `{}`", step.variant);
            Failure::usage(&message, "the scenario has none of that name: give the same file")
        })?;
        let stage = stages.iter().find(|stage| stage.name == step.step.stage);
        let judged =
            stage.is_none_or(|stage| !matches!(stage.amount.level(), Some(Level::Search(_))));
        let place = (variant, &scenario.variants[variant].platform);
        campaign.done.push(Done::of(place, step.step, judged, step.measures));
    }
    let results = results(&scenario, &campaign);
    delivery::deliver(&results, &args.delivered, &directory)?;
    Ok(Exit::of(&results))
}

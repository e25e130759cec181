//! `loadgen run`: a scenario's stages, their table and their report; and what its workers do.

use super::witness::Sight;
use super::{args, router, target};
use crate::campaign::{self, Campaign, Errand};
use crate::clock::Clock;
use crate::shard::{self, Timetable};
use crate::{crew, plan};
use sim::cli::{Exit, Failure, delivery, load, output, stop_on_interrupt};
use sim::experiment::{Results, collect};
use sim::load::{Amount, Level, Stage};
use sim::metrics::Counted;
use sim::scenario::Scenario;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Set by the first interrupt; the step that runs is then cut short, and the report written.
static STOP: AtomicBool = AtomicBool::new(false);

/// Loads, runs, prints and writes. All that can be refused is refused before anything is sent.
pub(super) fn run(args: &args::Run) -> Result<Exit, Failure> {
    let overrides = args.overrides();
    let scenario = load(&args.file, &overrides)?;
    output::warn(&scenario.warnings);
    output::warn(&router::contradictions(
        args.router.as_deref(),
        &args.file,
        &overrides,
        &scenario,
    ));
    one_variant_for_a_target(&scenario)?;
    let staged = scenario.load.target.is_none();
    if !staged && args.router.is_some() {
        let help = "leave `--router` out, or the target, to have the platform started here";
        return Err(Failure::usage("`--router` is for a platform that is started here", help));
    }
    let stages = chosen(&scenario, &args.stage)?;
    let timetable = timetable(args, &stages)?;
    let baseline = args.chosen.against.as_deref();
    let baseline = baseline.map(|file| delivery::baseline(file, &scenario, true)).transpose()?;
    let out = args.out.clone().unwrap_or_else(|| out(&scenario));
    stop_on_interrupt(&STOP, "interrupted: ending the step; once more to stop at once")?;
    delivery::prepare(&out)?;

    let errand = Errand {
        file: &args.file,
        overrides: &overrides,
        scenario: &scenario,
        stages,
        router: router::kind(args.router.as_deref()),
        predict: (args.predict || staged) && !args.no_predict,
        workers: args.workers,
        shard: args.shard.map_or((0, 1), |shard| (shard.index, shard.of)),
        timetable,
        stop: &STOP,
    };
    let mut sight = Sight::open(args, &scenario, args.shard)?;
    let mut campaign = campaign::run(&errand, &mut sight).map_err(|error| refused(&error))?;
    campaign.interrupted |= STOP.load(Ordering::Relaxed);
    let (notes, beside) = sight.close();
    campaign.notes.extend(notes);
    if let Some(file) = sight.shard.take() {
        let path = shard::write(&out, &file).map_err(|error| Failure::world(&error.to_string()))?;
        output::complain(&format!("measures for `loadgen merge`: {}", path.display()));
        // Shards may share a directory; the report is that of all of them.
        return verdict(&results(&scenario, &campaign), &campaign);
    }
    let mut results = results(&scenario, &campaign);
    results.beside = beside;
    if let Some(baseline) = &baseline {
        results.compare(baseline);
    }
    delivery::deliver(&results, &args.delivered, &out)?;
    let told = results.beside.as_ref().map_or(&[][..], |beside| &beside.told);
    if let Some(path) = target::write(&out, told)?.filter(|_| !args.delivered.quiet) {
        output::complain(&format!("the target's own measures: {}", path.display()));
    }
    verdict(&results, &campaign)
}

/// What a worker process does.
pub(super) fn worker() -> ExitCode {
    crew::work()
}

/// Where the report goes unless it is said.
pub(super) fn out(scenario: &Scenario) -> PathBuf {
    Path::new("reports").join(format!("{}-load", scenario.name))
}

/// A target is what it is: it cannot be run in several variants.
fn one_variant_for_a_target(scenario: &Scenario) -> Result<(), Failure> {
    let (Some(target), [first, _, ..]) = (&scenario.load.target, scenario.variants.as_slice())
    else {
        return Ok(());
    };
    let (host, count) = (&target.host, scenario.variants.len());
    let message = format!("the scenario has {count} variants, and `{host}` is only one of them");
    let help = format!("name it, such as `--only \"{}\"`", first.name);
    Err(Failure::usage(&message, &help))
}

/// The stages that are run.
fn chosen(scenario: &Scenario, only: &[String]) -> Result<Vec<Stage>, Failure> {
    let all = plan::stages(&scenario.load, &scenario.run);
    let unknown = only.iter().find(|name| all.iter().all(|stage| stage.name != **name));
    if let Some(name) = unknown {
        let names: Vec<String> = all.iter().map(|stage| format!("`{}`", stage.name)).collect();
        let help = format!("the scenario has {}", names.join(", "));
        return Err(Failure::usage(&format!("unknown stage `{name}`"), &help));
    }
    let chosen = all.into_iter().filter(|stage| only.is_empty() || only.contains(&stage.name));
    let chosen: Vec<Stage> = chosen.collect();
    match without_boundary(&chosen) {
        None => Ok(chosen),
        Some(stage) => {
            let message =
                format!("the stage `{}` is a share of a boundary that none finds", stage.name);
            Err(Failure::usage(&message, "choose the stage that searches it, too, with `--stage`"))
        }
    }
}

/// The first stage that takes a share of a boundary with no search of the same sort before it.
fn without_boundary(stages: &[Stage]) -> Option<&Stage> {
    let has = |stage: &Stage, other: &Stage| {
        let users = matches!(stage.amount, Amount::Users(_));
        match &other.amount {
            Amount::Users(Level::Search(_)) => users,
            Amount::Rate(Level::Search(_)) => !users,
            _ => false,
        }
    };
    let is_share = |stage: &Stage| matches!(stage.amount.level(), Some(Level::OfBoundary(_)));
    let found = stages.iter().enumerate().find(|(place, stage)| {
        is_share(stage) && !stages[..*place].iter().any(|other| has(stage, other))
    });
    found.map(|(_, stage)| stage)
}

/// Refuses what shards cannot do together; gives when all of them start.
fn timetable(args: &args::Run, stages: &[Stage]) -> Result<Option<Timetable>, Failure> {
    let searches = |stage: &&Stage| !matches!(stage.amount.level(), None | Some(Level::At(_)));
    if let (Some(_), Some(stage)) = (args.shard, stages.iter().find(searches)) {
        let message = format!("the stage `{}` looks for a boundary", stage.name);
        let help = "a search needs the measures of all shards after each step; \
                    choose others with `--stage`";
        return Err(Failure::usage(&message, help));
    }
    let now = Clock::unix_in(Duration::ZERO);
    let table = args.start_at.map(|seconds| Timetable::new(seconds, now)).transpose();
    table.map_err(|error| Failure { exit: Exit::Usage, text: format!("error: {error}") })
}

/// The results of a campaign, for the reports.
pub(super) fn results(scenario: &Scenario, campaign: &Campaign) -> Results {
    let (axes, outcomes, names) = campaign::lay_out(scenario, &campaign.done);
    let steps = campaign.done.iter().map(|done| &done.step);
    let duration = steps.clone().map(|step| step.lasts).max().unwrap_or(scenario.run.duration);
    let interval = steps.map(|step| step.interval).max().unwrap_or(scenario.run.interval);
    let notes = campaign.notes.clone();
    let mut results = collect(scenario, axes, duration, interval, &outcomes, notes);
    campaign::blind_verdicts(scenario, &campaign.done, &names, &mut results);
    campaign::left_out_verdicts(scenario, &campaign.left_out, &mut results);
    results.interrupted = campaign.interrupted;
    results
}

/// Why nothing was sent.
fn refused(error: &campaign::Error) -> Failure {
    let exit = if error.is_usage() { Exit::Usage } else { Exit::World };
    Failure { exit, text: format!("error: {error}") }
}

/// Whether requests ended, and all of them badly.
fn none_succeeded(campaign: &Campaign) -> bool {
    let sum = |of: fn(&Counted) -> u64| campaign.done.iter().map(|done| of(&done.counted)).sum();
    let (ended, successes): (u64, u64) = (sum(Counted::ended), sum(|counted| counted.successes));
    ended > 0 && successes == 0
}

/// The exit code of a run whose report is written. What was asked for and could not be done, such as a
/// comparison with nothing, is no success.
fn verdict(results: &Results, campaign: &Campaign) -> Result<Exit, Failure> {
    if let Some(failure) = &campaign.failure {
        return Err(Failure::world(failure));
    }
    if !campaign.interrupted && results.verdicts.is_empty() && none_succeeded(campaign) {
        return Err(Failure::world(
            "not one request succeeded, and the scenario expects nothing\n\
             help: the report says why they failed; where that is right, say so in `[[expect]]`",
        ));
    }
    let compared = results.against.as_ref().is_none_or(|against| !against.changes.is_empty());
    let is_whole = compared && campaign.left_out.is_empty();
    Ok(match Exit::of(results) {
        Exit::Hold if !is_whole => Exit::Broken,
        exit => exit,
    })
}

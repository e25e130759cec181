//! `sim run`: a scenario's experiment, its table and its report.

use super::exit::{Exit, Failure};
use super::interrupt::stop_on_interrupt;
use super::{args, delivery, output};
use crate::experiment::{self, Control, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Set by the first interrupt; the experiment then finishes the runs it is at and returns.
static STOP: AtomicBool = AtomicBool::new(false);

/// Loads, runs, prints and writes. All that can be refused is refused before the first run.
pub(super) fn run(args: &args::Run) -> Result<Exit, Failure> {
    let scenario = super::load(&args.file, &args.overrides())?;
    output::warn(&scenario.warnings);
    let baseline = args
        .chosen
        .against
        .as_deref()
        .map(|file| delivery::baseline(file, &scenario, false))
        .transpose()?;
    let out = args.out.clone().unwrap_or_else(|| Path::new("reports").join(&scenario.name));
    stop_on_interrupt(&STOP, "interrupted: finishing what runs; once more to stop at once")?;
    delivery::prepare(&out)?;

    let bar = progress_bar(args.delivered.quiet);
    let progress = |at: Progress| {
        bar.set_length(at.total as u64);
        bar.set_position(at.done as u64);
    };
    let control = Control { threads: args.threads, stop: &STOP, progress: &progress };
    let mut results = experiment::run(&scenario, &control);
    bar.finish_and_clear();
    if let Some(baseline) = &baseline {
        results.compare(baseline);
    }

    delivery::deliver(&results, &args.delivered, &out)?;
    Ok(Exit::of(&results))
}

/// A bar on stderr; hidden when that is no terminal or the user wants quiet.
fn progress_bar(quiet: bool) -> ProgressBar {
    let target =
        if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(10) };
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} runs, {eta} left");
    ProgressBar::with_draw_target(Some(0), target).with_style(style.expect("the template is valid"))
}

//! `sim run`: a scenario's experiment, its table and its report.

use super::exit::{Exit, Failure};
use super::interrupt::stop_on_interrupt;
use super::{args, delivery, output};
use crate::experiment::{self, Control, Progress};
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Set by the first interrupt; the experiment then finishes the runs it is at and returns.
static STOP: AtomicBool = AtomicBool::new(false);

/// How often the bar is drawn anew while no run ends.
const TICK: Duration = Duration::from_millis(500);

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
    bar.set_length(scenario.variants.len() as u64 * u64::from(scenario.run.replications));
    // So that a first run that takes long is no silence.
    bar.enable_steady_tick(TICK);
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
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} runs, {left}");
    let style = style.expect("the template is valid");
    let style = style.with_key("left", |state: &ProgressState, line: &mut dyn fmt::Write| {
        let left = left(state.pos(), state.elapsed(), state.eta());
        line.write_str(&left).expect("a line takes any text");
    });
    ProgressBar::with_draw_target(Some(0), target).with_style(style)
}

/// How long it still takes; before the first run has ended nobody knows, and it says for how long.
fn left(done: u64, elapsed: Duration, estimate: Duration) -> String {
    match done {
        0 => format!("the first has run for {:#}", HumanDuration(elapsed)),
        _ => format!("{:#} left", HumanDuration(estimate)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_run_says_for_how_long_it_runs() {
        let (elapsed, estimate) = (Duration::from_secs(20), Duration::from_secs(9));
        assert_eq!(left(0, elapsed, Duration::ZERO), "the first has run for 20s");
        assert_eq!(left(1, elapsed, estimate), "9s left");
    }
}

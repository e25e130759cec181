//! `sim run`: a scenario's experiment, its table and its report.

use super::exit::{Exit, Failure};
use super::{args, output};
use crate::experiment::{self, Baseline, Control, Progress, Results};
use crate::report;
use crate::scenario::{self, Scenario};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Set by the first interrupt; the experiment then finishes the runs it is at and returns.
static STOP: AtomicBool = AtomicBool::new(false);

/// Loads, runs, prints and writes. All that can be refused is refused before the first run.
pub(super) fn run(args: &args::Run) -> Result<Exit, Failure> {
    let scenario =
        scenario::load(&args.file, &args.overrides(), output::colour()).map_err(Failure::load)?;
    output::warn(&scenario.warnings);
    let baseline = args.against.as_deref().map(|file| baseline(file, &scenario)).transpose()?;
    let out = args.out.clone().unwrap_or_else(|| Path::new("reports").join(&scenario.name));
    stop_on_interrupt()?;
    prepare(&out)?;

    let bar = progress_bar(args.quiet);
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

    // The table first: it is there even when the disk has filled up in the meantime. A failing
    // stdout in turn does not keep the report from being written.
    let printed = output::say(&render(&results, &args.format));
    let files = report::write(&results, &out, args.png)
        .map_err(|error| Failure::world(&error.to_string()))?;
    printed?;
    if !args.quiet {
        output::complain(&format!("report: {}", entrance(&files, &out).display()));
    }
    Ok(verdict(&results))
}

/// Reads the earlier run to compare with, and refuses one that says nothing of this scenario.
fn baseline(file: &Path, scenario: &Scenario) -> Result<Baseline, Failure> {
    let shown = file.display().to_string();
    let text = fs::read(file).map_err(|error| {
        let failure = Failure::world(&format!("cannot read `{shown}`: {error}"));
        let help = "nothing was run; `--against` takes the `results.json` of an earlier report";
        Failure { text: format!("{}\nhelp: {help}", failure.text), ..failure }
    })?;
    let read = report::read_baseline(&shown, &text);
    let checked = read.and_then(|found| found.check(scenario).map(|()| found));
    checked.map_err(|(message, help)| Failure::usage(&message, &help))
}

/// The results in one of the formats, ending with a line end.
fn render(results: &Results, format: &str) -> String {
    let format = report::FORMATS.iter().find(|known| known.name == format);
    let format = format.expect("the arguments allow only the registry's names");
    format!("{}\n", (format.write)(results).trim_end_matches('\n'))
}

/// Makes the directory and proves that files can be written there, so that no long run is lost.
fn prepare(out: &Path) -> Result<(), Failure> {
    let made = fs::create_dir_all(out).and_then(|()| tempfile::tempfile_in(out));
    made.map(drop).map_err(|error| {
        let failure = Failure::world(&format!("cannot write to `{}`: {error}", out.display()));
        let help = "nothing was run; choose another directory with `--out DIR`";
        Failure { text: format!("{}\nhelp: {help}", failure.text), ..failure }
    })
}

/// The first interrupt lets the runs at hand finish; the second ends the process at once.
fn stop_on_interrupt() -> Result<(), Failure> {
    ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(Exit::Interrupted as i32);
        }
        output::complain("interrupted: finishing what runs; once more to stop at once");
    })
    .map_err(|error| Failure::world(&format!("cannot listen for interrupts: {error}")))
}

/// A bar on stderr; hidden when that is no terminal or the user wants quiet.
fn progress_bar(quiet: bool) -> ProgressBar {
    let target =
        if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(10) };
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} runs, {eta} left");
    ProgressBar::with_draw_target(Some(0), target).with_style(style.expect("the template is valid"))
}

/// The file of the report to open first.
fn entrance(files: &[PathBuf], out: &Path) -> PathBuf {
    let page = files.iter().find(|file| file.ends_with("index.html"));
    page.cloned().unwrap_or_else(|| out.to_path_buf())
}

/// The exit code of a run whose report is written.
fn verdict(results: &Results) -> Exit {
    match (results.interrupted, results.hold() && results.keep_up()) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Hold,
        (false, false) => Exit::Broken,
    }
}

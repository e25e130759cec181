//! How results reach the user: printed in a format, and written as a report. `loadgen` delivers its
//! own in the same way.

use super::exit::Failure;
use super::output;
use super::shared::Delivered;
use crate::experiment::{Baseline, Results};
use crate::report;
use crate::scenario::Scenario;
use std::fs;
use std::path::{Path, PathBuf};

/// Prints the results in the format that is asked for and writes their report into `out`, the charts as
/// images too where they are; says where, unless that is not wanted.
pub fn deliver(results: &Results, asked: &Delivered, out: &Path) -> Result<(), Failure> {
    let Delivered { format, png, quiet } = asked;
    // The table first: it is there even when the disk has filled up in the meantime. A failing
    // stdout in turn does not keep the report from being written.
    let printed = output::say(&render(results, format));
    let files =
        report::write(results, out, *png).map_err(|error| Failure::world(&error.to_string()))?;
    printed?;
    if !quiet {
        output::complain(&format!("report: {}", entrance(&files, out).display()));
    }
    Ok(())
}

/// Makes the directory and proves that files can be written there, so that no long run is lost.
pub fn prepare(out: &Path) -> Result<(), Failure> {
    let made = fs::create_dir_all(out).and_then(|()| tempfile::tempfile_in(out));
    made.map(drop).map_err(|error| {
        let failure = Failure::world(&format!("cannot write to `{}`: {error}", out.display()));
        let help = "nothing was run; choose another directory with `--out DIR`";
        Failure { text: format!("{}\nhelp: {help}", failure.text), ..failure }
    })
}

/// Reads the earlier run to compare with, and refuses one that says nothing of this scenario. Of a
/// load test, whose steps are found while it runs, only the name is known before.
pub fn baseline(file: &Path, scenario: &Scenario, load_test: bool) -> Result<Baseline, Failure> {
    let shown = file.display().to_string();
    let text = fs::read(file).map_err(|error| {
        let failure = Failure::world(&format!("cannot read `{shown}`: {error}"));
        let help = "nothing was run; `--against` takes the `results.json` of an earlier report";
        Failure { text: format!("{}\nhelp: {help}", failure.text), ..failure }
    })?;
    let read = report::read_baseline(&shown, &text);
    let check = |found: &Baseline| match load_test {
        true => found.check_name(&scenario.name),
        false => found.check(scenario),
    };
    let checked = read.and_then(|found| check(&found).map(|()| found));
    checked.map_err(|(message, help)| Failure::usage(&message, &help))
}

/// The results in one of the formats, ending with a line end.
fn render(results: &Results, format: &str) -> String {
    let format = report::FORMATS.iter().find(|known| known.name == format);
    let format = format.expect("the arguments allow only the registry's names");
    format!("{}\n", (format.write)(results).trim_end_matches('\n'))
}

/// The file of the report to open first.
fn entrance(files: &[PathBuf], out: &Path) -> PathBuf {
    let page = files.iter().find(|file| file.ends_with("index.html"));
    page.cloned().unwrap_or_else(|| out.to_path_buf())
}

//! Ctrl-C.

use super::binary::{Ended, Folder};
use super::{Report, small};
use std::thread::sleep;
use std::time::Duration;

/// A run of ten minutes after such a warm-up that is interrupted in the middle of its attack.
fn interrupted(folder: &Folder, warmup: &str) -> (Ended, Report) {
    let warmup = format!("run.warmup={warmup}");
    let set = ["--set", "run.duration=10m", "--set", &warmup];
    let mut run = folder.start(&[&["run", "small.toml"][..], &set].concat());
    run.until("the attack goes on", |run| run.printed("stderr").contains("s left)"));
    sleep(Duration::from_secs(1));
    run.interrupt();
    let ended = run.end();
    ended.assert(130, &["books: "], &["interrupted: ending the step", "index.html"]);
    let report = Report::read(&folder.path("reports/small-load"));
    assert!(report.is_interrupted());
    let books = report.books();
    books.assert_balanced();
    // What was sent and given up may not have come to a dyno.
    let (came, finished) = (books.dynos.unwrap(), books.finished.unwrap());
    assert!(books.successes > 0 && books.successes <= finished, "{books:?}");
    assert!(came <= books.attempts, "{books:?}");
    (ended, report)
}

#[test]
fn an_interrupt_ends_a_run_with_a_report_of_what_was_measured() {
    let folder = small("");
    let (ended, report) = interrupted(&folder, "0s");
    // The first batch of ten minutes would have been over after 30 s.
    assert!(report.note("was ended early").ends_with("which is kept"), "{}", ended.shown());
    let arrivals = report.count("measured", "arrivals");
    let books = report.books();
    assert_eq!(arrivals, books.requests, "{}", ended.shown());
    assert_eq!(arrivals, report.count("predicted", "arrivals"), "{}", ended.shown());
    // What ended after the end is in the books alone; nothing is in neither.
    let successes = report.count("measured", "goodput");
    let late = books.successes + books.failures - successes;
    assert!(successes > 0 && late + books.under_way < 10, "{}", ended.shown());
    assert!(ended.stdout.contains("not all load steps were done"), "{}", ended.shown());
}

#[test]
fn a_run_that_is_interrupted_too_early_says_that_it_measured_nothing() {
    let folder = small("");
    let (ended, report) = interrupted(&folder, "10m");
    let note = report.note("was ended early");
    assert!(note.contains("0.0 s of 600.0 s") && note.ends_with("left out"), "{note}");
    assert!(report.variants().is_empty(), "{}", ended.shown());
}

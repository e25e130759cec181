//! The commands: what they print, and the exit codes that scripts rely on.

use crate::command::{Expect, check, root, sim};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use tempfile::TempDir;

/// A scenario that runs in a moment; `{EXPECT}` is replaced.
const SMALL: &str = r#"
# Question: does a small platform answer?
schema = 1

[run]
duration = "2s"
warmup = "0s"
replications = 2

[app.shop]
dynos = 2

[app.shop.endpoint.page]
work.constant = "10ms"

[client.browsers]
app = "shop"
arrivals.poisson = { rate = "20/s" }
timeout = "3s"

[[expect]]
that = "{EXPECT}"
"#;

/// A folder with `small.toml` in it, and that file's path.
fn small(expect: &str) -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("small.toml");
    fs::write(&file, SMALL.replace("{EXPECT}", expect)).unwrap();
    (folder, file.to_str().unwrap().to_string())
}

/// The path of something in a folder, as an argument.
fn within(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_string()
}

fn expect<'e>(code: i32, stdout: &'e [&'e str], stderr: &'e [&'e str]) -> Expect<'e> {
    Expect { code, stdout, stderr }
}

#[test]
fn wrong_usage_says_what_is_right() {
    for (args, message) in [
        (&["chck"][..], "a similar subcommand exists: 'check'"),
        (&[], "Usage: sim"),
        (&["run"], "<FILE>"),
        (&["check"], "Usage: sim check"),
        (&["run", "cascade", "--set", "dynos"], "expected PATH=VALUE"),
        (&["run", "cascade", "--vary", "dynos"], "expected PATH=A,B"),
        (&["run", "cascade", "--replications", "0"], "0 is not in 1.."),
        (&["run", "cascade", "--threads", "0"], "at least 1"),
        (&["run", "cascade", "--seed", "-1"], "error: "),
        (&["run", "cascade", "--format", "jsn"], "'json'"),
        (&["completions", "basch"], "'bash'"),
        (&["list", "balancer"], "did you mean `balancers`?"),
        (&["list", "llamas"], "`sim list` says"),
        (&["explain"], "<NAME>"),
        (&["explain", "lest-loaded"], "did you mean `least-loaded`?"),
        (&["explain", "kangaroo"], "there is nothing called `kangaroo`"),
    ] {
        check(args, &expect(2, &[], &[message]));
    }
}

#[test]
fn help_is_an_answer() {
    check(&["--help"], &expect(0, &["Usage: sim", "Examples:", "130  interrupted"], &[]));
    check(&["--version"], &expect(0, &["sim "], &[]));
    for command in ["run", "check", "show", "list", "explain", "completions"] {
        check(&[command, "--help"], &expect(0, &["Usage: sim", "Examples:"], &[]));
    }
}

#[test]
fn everything_that_is_listed_has_rows() {
    let categories = check(&["list"], &expect(0, &["scenarios", "metrics"], &[]));
    for line in String::from_utf8(categories.stdout).unwrap().lines() {
        let category = line.split_whitespace().next().unwrap();
        check(&["list", category], &expect(0, &["  "], &[]));
    }
    check(&["list", "metrics"], &expect(0, &["latency_p99", "errors_h12", "[1/s]"], &[]));
    check(&["list", "formats"], &expect(0, &["text", "json", "markdown", "csv"], &[]));
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        check(&["completions", shell], &expect(0, &["check", "replications"], &[]));
    }
}

#[test]
fn check_tells_the_wrong_from_the_unreadable() {
    let (folder, good) = small("error_rate < 100%");
    let bad = within(&folder, "bad.toml");
    fs::write(&bad, "schema = \n").unwrap();
    let missing = within(&folder, "missing.toml");
    let ok = format!("ok {good}: 1 variant");
    check(&["check", &good], &expect(0, &[&ok], &[]));
    check(&["check", &bad, &good], &expect(2, &[&ok], &["1 problem"]));
    check(&["check", &missing, &good], &expect(3, &[&ok], &["error: ", "missing.toml"]));
    check(&["check", &missing, &bad], &expect(2, &[], &["missing.toml", "1 problem"]));
}

#[test]
fn what_is_shown_is_a_scenario_again() {
    let (folder, file) = small("error_rate < 100%");
    let shown = check(&["show", &file], &expect(0, &["shop", "browsers"], &[]));
    let again = within(&folder, "again.toml");
    fs::write(&again, &shown.stdout).unwrap();
    let twice = check(&["show", &again], &expect(0, &["shop"], &[]));
    assert_eq!(String::from_utf8_lossy(&shown.stdout), String::from_utf8_lossy(&twice.stdout));
}

#[test]
fn a_run_exits_with_its_verdict_and_leaves_a_report() {
    for (condition, code) in [("error_rate < 100%", 0), ("error_rate < 0%", 1)] {
        let (folder, file) = small(condition);
        let out = within(&folder, "deep/report");
        let report = format!("report: {out}");
        check(&["run", &file, "--out", &out], &expect(code, &["error_rate"], &[&report]));
        assert!(Path::new(&out).join("summary.csv").is_file(), "{condition}");
    }
}

#[test]
fn more_threads_than_any_machine_has_do_no_harm() {
    let (folder, file) = small("error_rate < 100%");
    let out = within(&folder, "out");
    let args = ["run", &file, "--out", &out, "--threads", "100000"];
    check(&args, &expect(0, &["error_rate"], &["report: "]));
}

#[test]
fn quiet_leaves_results_alone() {
    let (folder, file) = small("error_rate < 100%");
    let out = within(&folder, "out");
    for format in ["text", "json", "markdown", "csv"] {
        let args = ["run", &file, "--out", &out, "--quiet", "--format", format];
        check(&args, &expect(0, &["goodput"], &[]));
    }
}

#[test]
fn a_report_goes_to_reports_by_default() {
    let (folder, file) = small("error_rate < 100%");
    let output = sim(&["run", &file]).current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(folder.path().join("reports/small/summary.csv").is_file());
}

#[test]
fn a_directory_that_cannot_be_written_is_refused_before_the_run() {
    let (_folder, file) = small("error_rate < 100%");
    // The scenario is a file, so nothing can be below it. So many runs would take for ever.
    let out = format!("{file}/report");
    let args = ["run", &file, "--replications", "100000", "--out", &out];
    check(&args, &expect(3, &[], &["error: cannot write to", "help: nothing was run"]));
}

#[test]
fn a_scenario_that_is_not_there_is_the_worlds_fault() {
    check(&["run", "no-such-thing"], &expect(3, &[], &["error: ", "no-such-thing"]));
    check(&["show", "no-such-thing"], &expect(3, &[], &["error: ", "no-such-thing"]));
    assert!(!root().join("reports/no-such-thing").exists());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child =
        sim(&["list", "metrics"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_is_written_even_when_stdout_is_full() {
    let (folder, file) = small("error_rate < 100%");
    let out = within(&folder, "out");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = sim(&["run", &file, "--out", &out]).stdout(full).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("error: cannot write to stdout"), "{stderr}");
    assert!(Path::new(&out).join("summary.csv").is_file());
}

#[cfg(unix)]
#[test]
fn an_interrupt_writes_what_was_finished() {
    let (folder, file) = small("error_rate < 100%");
    let out = folder.path().join("out");
    let args = ["run", &file, "--replications", "100000", "--out", out.to_str().unwrap()];
    let mut child = sim(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // The directory is made after the handler is set, so the signal cannot come too early.
    wait_until("the run begins", || out.is_dir());
    sleep(Duration::from_millis(300));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let mut ended = None;
    wait_until("the run ends", || {
        ended = child.try_wait().unwrap();
        ended.is_some()
    });
    assert_eq!(ended.unwrap().code(), Some(130));
    assert!(out.join("summary.csv").is_file());
}

/// Polls for at most a minute.
#[cfg(unix)]
fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..6_000 {
        if done() {
            return;
        }
        sleep(Duration::from_millis(10));
    }
    panic!("waited a minute until {what}");
}

//! `[load]` from outside: arguments that write it, and expectations that a simulation leaves alone.

use crate::command::{Expect, check};
use sim::load::{Amount, Level, Load};
use sim::scenario::{Expectation, Overrides, Scenario, from_text};
use std::fs;

const SCENARIO: &str = r#"schema = 1

[run]
duration = "10s"
replications = 2

[app.shop]
endpoint.browse.work.constant = "10ms"

[client.browsers]
users = 5
think.constant = "100ms"

[[expect]]
that = "error_rate < 1%"

[[expect]]
that = "service_p99 < 1s"
"#;

const STAGES: &str = r#"
[load]
stages = [{ name = "calm", users = 10, for = "10s" }, { name = "busy", users = 20 }]

[[expect]]
that = "latency_p99 < 1ns"
stage = "calm"
"#;

/// The scenario with settings from the command line, or the report that it is refused with.
fn loaded(text: &str, settings: &[(&str, &str)]) -> Result<Scenario, String> {
    let set = settings.iter().map(|(path, value)| ((*path).into(), (*value).into())).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    from_text("it", text, &overrides).map_err(|error| error.to_string())
}

#[test]
fn a_scenario_without_the_table_has_the_defaults() {
    let scenario = loaded(SCENARIO, &[]).unwrap();
    assert_eq!(scenario.load, Load::default());
    assert!(!scenario.resolved.contains("[load]"), "{}", scenario.resolved);
}

#[test]
fn arguments_write_the_table() {
    let target = [("load.target", "http://127.0.0.1:8080")];
    let scenario = loaded(SCENARIO, &target).unwrap();
    assert_eq!(scenario.load.target.unwrap().to_string(), "http://127.0.0.1:8080");
    let settings = [("load.stages[1].users", "30"), ("load.users-max", "50")];
    let scenario = loaded(&format!("{SCENARIO}{STAGES}"), &settings).unwrap();
    assert_eq!(scenario.load.stages[1].amount, Amount::Users(Level::At(30.0)));
    assert_eq!(scenario.load.users_max, Some(50));
    let away = [("load.target", "https://staging.example")];
    let report = loaded(SCENARIO, &away).err().unwrap();
    assert!(report.contains("`staging.example` is another machine"), "{report}");
    let allowed = [
        away[0],
        ("load.allow", "[\"staging.example\"]"),
        ("load.rate-max", "10/s"),
        ("load.users-max", "10"),
    ];
    assert!(loaded(SCENARIO, &allowed).is_ok());
}

#[test]
fn a_growth_from_an_argument_replaces_the_one_that_is_written() {
    let stages = "stages = [{ name = \"x\", users = { from = 1, to = 9 }, growth.linear = 2 }]";
    let text = format!("{SCENARIO}\n[load]\n{stages}\n");
    let scenario = loaded(&text, &[("load.stages[0].growth.geometric", "3.0")]).unwrap();
    let shown = "growth = { geometric = 3.0 }";
    assert!(scenario.resolved.contains(shown), "{}", scenario.resolved);
}

#[test]
fn a_password_is_refused_and_not_shown() {
    let secret = [("load.target", "http://me:hunter2@staging.example")];
    let report = loaded(SCENARIO, &secret).err().unwrap();
    assert!(report.contains("`load.target` holds a user or a password"), "{report}");
    assert!(!report.contains("hunter2"), "{report}");
}

#[test]
fn a_simulation_leaves_expectations_of_load_tests_alone() {
    let text = format!("{SCENARIO}{STAGES}");
    let scenario = loaded(&text, &[]).unwrap();
    let for_load_tests: Vec<bool> =
        scenario.expectations.iter().map(Expectation::is_for_load_tests).collect();
    assert_eq!(for_load_tests, [false, true, true]);
    assert_eq!(scenario.expectations[2].text, "latency_p99 < 1ns during calm");
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("it.toml"), folder.path().join("out"));
    fs::write(&file, &text).unwrap();
    let arguments = ["run", file.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let why = [
        "`service_p99 < 1s` is not judged by a simulation: only a load test measures it",
        "`latency_p99 < 1ns during calm` is not judged by a simulation: it speaks of a stage",
    ];
    check(&arguments, &Expect { code: 0, stdout: &["error_rate < 1%"], stderr: &["report: "] });
    let results = fs::read_to_string(out.join("results.json")).unwrap();
    assert!(why.iter().all(|why| results.contains(why)), "{results}");
    let junit = fs::read_to_string(out.join("junit.xml")).unwrap();
    assert!(junit.contains("error_rate") && !junit.contains("service_p99"), "{junit}");
}

//! How sure a comparison is, as a user asks for it and reads it.

use crate::command::{Expect, check};
use sim::platform::{Platform, Timing, rehearse, simulate};
use sim::rng::Seed;
use sim::scenario::{Overrides, load};
use sim::time::Span;
use std::fs;
use tempfile::TempDir;

/// Two variants under steady traffic, quickly run.
const SCENARIO: &str = r#"
schema = 1

[run]
duration = "30s"
replications = 5

[app.shop]
dynos = 4
endpoint.page.work.exponential = "50ms"

[client.browsers]
arrivals.poisson = { rate = "40/s" }

[[expect]]
that = "error_rate < 50%"

[vary]
"mesh.balancer" = ["random", "p2c"]
"#;

/// A folder with a scenario in it, and the paths of the scenario and of a report.
struct Case {
    _folder: TempDir,
    file: String,
    out: String,
}

impl Case {
    fn new(text: &str) -> Case {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
        let (file, out) = (path("steady.toml"), path("out"));
        fs::write(&file, text).unwrap();
        Case { _folder: folder, file, out }
    }

    /// Runs the scenario and checks the exit code, stdout and stderr; gives stdout.
    fn run(&self, args: &[&str], code: i32, stdout: &[&str], stderr: &[&str]) -> String {
        let own = ["run", &self.file, "--out", &self.out];
        let output = check(&[&own, args].concat(), &Expect { code, stdout, stderr });
        String::from_utf8(output.stdout).unwrap()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(format!("{}/{name}", self.out)).unwrap()
    }
}

#[test]
fn a_warmup_is_found_and_said() {
    let case = Case::new(SCENARIO);
    let auto = ["--set", "run.warmup=auto"];
    case.run(&[&auto[..], &["--quiet"]].concat(), 0, &["of warm-up, found by MSER-5, seed 1"], &[]);
    assert!(case.read("summary.md").contains("found by MSER-5"));
    assert!(case.read("index.html").contains("found by MSER-5"));
    assert!(case.read("results.json").contains("\"warmup_found\": true"));
    let shown = [&["show", &case.file], &auto[..]].concat();
    check(&shown, &Expect { code: 0, stdout: &["warmup = \"auto\""], stderr: &[] });
}

#[test]
fn a_precision_adds_replications() {
    let case = Case::new(SCENARIO);
    let stdout = case.run(&["--precision", "4%", "--quiet"], 0, &["2 variants, "], &[]);
    assert!(!stdout.contains(" 5 replications of"), "{stdout}");
    let refused = ["`run.precision` needs a first round of 5 replications, found 2"];
    case.run(&["--precision", "4%", "--replications", "2"], 2, &[], &refused);
    case.run(&["--precision", "4"], 2, &[], &["--precision 4", "more than the whole"]);
    case.run(&["--precision", "0"], 2, &[], &["must be more than 0"]);
    let short = ["--precision", "0.1%", "--set", "run.replications-max=7", "--quiet"];
    case.run(&short, 0, &["stopped at `run.replications-max`, 7", "`latency_p99` of"], &[]);
}

#[test]
fn one_long_run_has_batch_means() {
    let case = Case::new(SCENARIO);
    let head = ["1 replication of 30s", "± half the interval: 95 % by 20 batch means"];
    case.run(&["--replications", "1", "--quiet"], 0, &head, &[]);
    assert!(case.read("summary.md").contains("95 % by 20 batch means"));
    assert!(case.read("results.json").contains("\"batches\": 20"));
    // After a fault there is no steady state, and so no interval.
    let fault = "[[event]]\nat = \"10s\"\ncrash = { app = \"shop\", dynos = 1 }\n";
    let case = Case::new(&format!("{SCENARIO}\n{fault}"));
    let stdout = case.run(&["--replications", "1", "--quiet"], 0, &["ran only once"], &[]);
    assert!(!stdout.contains('±'), "{stdout}");
}

#[test]
fn an_earlier_run_is_the_measure_of_a_later_one() {
    let case = Case::new(SCENARIO);
    case.run(&["--quiet"], 0, &["goodput"], &[]);
    let old = format!("{}.json", case.out);
    fs::copy(format!("{}/results.json", case.out), &old).unwrap();
    let run = |args: &[&str], code: i32, stdout: &[&str]| {
        let against = ["--quiet", "--against", old.as_str()];
        case.run(&[&against, args].concat(), code, stdout, &[])
    };
    run(&[], 0, &["since ", "0 worse and 0 better of 10 measures"]);
    assert!(case.read("junit.xml").contains("tests=\"12\" failures=\"0\""));
    // Fewer dynos make every latency worse; the verdict of the run is 1, and every report says so.
    run(&["--set", "app.shop.dynos=3"], 1, &["WORSE  random: latency_mean: ", "0 better of 10"]);
    assert!(case.read("junit.xml").contains("<failure type=\"regression\""));
    assert!(case.read("summary.md").contains("| **WORSE** | random | latency_mean |"));
    assert!(case.read("index.html").contains("worse than before</p>"));
    assert!(case.read("results.json").contains("\"turn\": \"worse\""));
    run(&["--set", "app.shop.dynos=8"], 0, &["better p2c: latency_mean: ", "0 worse and"]);
    run(&["--only", "p2c"], 0, &["of 5 measures"]);
    run(&["--set", "run.duration=20s"], 0, &["measured 30 s after 0 s of warm-up, this run 20 s"]);
}

#[test]
fn what_cannot_be_compared_is_refused_before_the_run() {
    let case = Case::new(SCENARIO);
    case.run(&["--quiet"], 0, &["goodput"], &[]);
    let good = case.read("results.json");
    let old = format!("{}.json", case.out);
    // So many runs would take for ever.
    let args = ["--replications", "100000", "--against", old.as_str()];
    case.run(&args, 3, &[], &["error: cannot read `", "help: nothing was run"]);
    for (text, message) in [
        ("no json".to_string(), "is not a `results.json`"),
        (good[..good.len() / 2].to_string(), "is not a `results.json`: EOF"),
        ("{}".to_string(), "it has no `schema`"),
        (good.replace("\"schema\": 1", "\"schema\": 7"), "has schema 7; this `sim` reads schema 1"),
        (good.replace("\"estimates\"", "\"x\""), "is damaged: `estimates` is missing"),
        (good.replace("\"scenario\": \"steady\"", "\"scenario\": \"other\""), "not of `steady`"),
        (good.replace("\"name\": \"p2c\"", "\"name\": \"p3c\""), "has no variant `p2c`"),
    ] {
        fs::write(&old, text).unwrap();
        case.run(&args, 2, &[], &["error: ", message, "help: "]);
    }
}

/// The platform of the first variant of the scenario with more text behind it.
fn platform(more: &str, traffic: &str) -> Platform {
    let text = SCENARIO.replace("poisson = { rate = \"40/s\" }", traffic);
    let case = Case::new(&format!("{text}\n{more}"));
    let scenario = load(&case.file, &Overrides::default(), false).unwrap();
    scenario.variants.into_iter().next().unwrap().platform
}

#[test]
fn only_the_undisturbed_can_be_steady() {
    let steady = "poisson = { rate = \"40/s\" }";
    let event = "[[event]]\nat = \"12s\"\nset = { \"mesh.limit\" = 5 }\n";
    for (more, traffic, seconds) in [
        ("", steady, 30),
        ("", "steady = { rate = \"40/s\" }", 30),
        (event, steady, 12),
        ("", "burst = { rate = \"40/s\", on = \"1s\", off = \"1s\" }", 0),
        ("", "steps = [{ rate = \"4/s\", for = \"9s\" }, { rate = \"9/s\" }]", 0),
        ("", "diurnal = { low = \"4/s\", high = \"9/s\" }", 0),
        ("[client.users]\nusers = 3\nthink = \"1s\"", steady, 30),
    ] {
        let found = platform(more, traffic).undisturbed();
        assert_eq!(found, Span::from_secs(seconds), "{more} {traffic}");
    }
}

#[test]
fn a_rehearsal_is_the_warm_up_of_a_run() {
    let event = "[[event]]\nat = \"0s\"\ncrash = { app = \"shop\" }\n";
    let ramp = "ramp = { from = \"40/s\", to = \"400/s\", over = \"10s\" }";
    let mut platform = platform(event, ramp);
    // A run that ends a nanosecond after its warm-up: what ended before is the same, to the digest.
    let (instant, warmup) = (Span::from_nanos(1), Span::from_secs(20));
    platform.timing = Timing { duration: instant, warmup, interval: instant };
    let seed = Seed { scenario: 1, replication: 0 };
    let rehearsal = rehearse(&platform, seed, Span::from_secs(1));
    assert_eq!(rehearsal.digest, simulate(&platform, seed, &[]).digest);
    let arrivals = rehearsal.series("all", sim::metrics::Metric::Arrivals).unwrap();
    assert_eq!(arrivals.values.len(), 20);
    // 800 are expected at the rate of time 0; five standard deviations are 141.
    let total: f64 = arrivals.values.iter().sum();
    assert!((659.0..=941.0).contains(&total), "{total}");
}

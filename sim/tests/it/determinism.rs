//! The same scenario and seed give the same bytes: in other processes, on any number of threads.

use crate::command::sim;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A scenario with something of everything, small.
const SCENARIO: &str = r#"# Question: are the bytes the same?
schema = 1

[run]
duration = "20s"
warmup = "2s"
replications = 3

[mesh]
routers = 3
knowledge = "gossip"

[app.shop]
dynos = 6
boot = "500ms"
idle-after = "10s"
process.workers = { count = 2, backlog = 20 }
memory = { quota = "100MiB", base = "60MiB", request = "10MiB", leak = "1KiB" }
endpoint.home.work.lognormal = { median = "40ms", p99 = "900ms" }
endpoint.buy.work.weibull = { shape = 0.46, median = "50ms" }

[client.browsers]
arrivals.poisson = { rate = "80/s" }
timeout = "1s"
hedge = "300ms"
cancels = true
retry = { attempts = 3, backoff = { base = "50ms", jitter = "decorrelated" }, budget = "20%" }

[client.robots]
users = 5
think.exponential = "200ms"

[[event]]
at = "5s"
for = "2s"
slow = { app = "shop", factor = 3 }

[[event]]
at = "8s"
crash = { app = "shop", share = 0.5 }

[[event]]
at = "12s"
for = "3s"
scale = { app = "shop", dynos = 0 }

[[expect]]
that = "goodput > 1/s"

[vary]
"mesh.balancer" = [
    "random", "round-robin", "least-loaded", "idle-only", "p2c", "weighted-round-robin",
    "least-loaded-weighted", "first-free", "consistent-hash", "maglev", "rendezvous", "sticky",
    "peak-ewma", "least-latency", "prequal", { jiq.join = "sq2" },
]
"#;

/// All files of a report, and what was printed.
type Report = BTreeMap<String, Vec<u8>>;

/// Runs the scenario in a process of its own.
fn report(file: &Path, args: &[&str]) -> Report {
    let out = tempfile::tempdir().unwrap();
    let mut command = sim(&["run", file.to_str().unwrap(), "--png", "--format", "json"]);
    let output = command.args(args).arg("--out").arg(out.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut report = Report::from([("stdout".to_string(), output.stdout)]);
    for entry in fs::read_dir(out.path()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        report.insert(name, fs::read(path).unwrap());
    }
    report
}

/// The digest of all runs, as `results.json` tells it.
fn digest(report: &Report) -> String {
    let results: serde_json::Value = serde_json::from_slice(&report["results.json"]).unwrap();
    results["digest"].to_string()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("same.toml");
    fs::write(&file, SCENARIO).unwrap();

    let one = report(&file, &["--threads", "1"]);
    for needed in ["summary.csv", "series.csv", "results.json", "index.html", "junit.xml"] {
        assert!(one.contains_key(needed), "{needed} is missing: {:?}", one.keys());
    }
    assert!(one.keys().any(|name| name.ends_with(".svg")));
    for args in [&["--threads", "1"][..], &["--threads", "2"], &["--threads", "7"], &[]] {
        let other = report(&file, args);
        assert!(one.keys().eq(other.keys()), "{args:?}: {:?}", other.keys());
        for (name, bytes) in &one {
            assert!(*bytes == other[name], "{name} differs with {args:?}");
        }
    }

    let seeded = report(&file, &["--seed", "2"]);
    assert_ne!(digest(&one), digest(&seeded));
    assert_eq!(digest(&seeded), digest(&report(&file, &["--seed", "2", "--threads", "2"])));
}

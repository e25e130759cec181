//! `sim show`: a scenario with every default filled in is the same scenario.

use sim::platform::{Timing, simulate};
use sim::rng::Seed;
use sim::scenario::{LoadError, Overrides, Scenario, load};
use sim::time::Span;
use std::path::{Path, PathBuf};

/// The scenarios of the project, and one that uses every table.
pub fn files() -> Vec<PathBuf> {
    let folder = std::fs::read_dir("../scenarios").unwrap();
    let files = folder.map(|file| file.unwrap().path());
    let scenario = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "toml");
    let mut files: Vec<PathBuf> = files.filter(scenario).collect();
    files.push("tests/it/rich/rich.toml".into());
    files.sort();
    files
}

/// Loads a file that must be right.
fn loaded(file: &Path) -> Scenario {
    load(file.to_str().unwrap(), &Overrides::default(), false).unwrap_or_else(|error| match error {
        LoadError::Wrong { report, .. } => panic!("{}\n{report}", file.display()),
        LoadError::World(error) => panic!("{error}"),
    })
}

/// The digests of short runs of all variants: of the shortest in which a request ends.
fn digests(scenario: &Scenario) -> Vec<(String, u64)> {
    let digest = |variant: &sim::scenario::Variant| {
        let mut platform = variant.platform.clone();
        let runs = [3, 60, 3_600].into_iter().map(|seconds| {
            let (second, duration) = (Span::from_secs(1), Span::from_secs(seconds));
            platform.timing = Timing { duration, warmup: second, interval: second };
            simulate(&platform, Seed { scenario: 1, replication: 0 }, &[]).digest
        });
        (variant.name.clone(), runs.into_iter().find(|digest| *digest != 0).unwrap_or(0))
    };
    scenario.variants.iter().map(digest).collect()
}

#[test]
fn what_is_shown_is_the_same_scenario() {
    for file in files() {
        let first = loaded(&file);
        let folder = crate::broken::folder_of(&file);
        let copy = folder.path().join("shown.toml");
        std::fs::write(&copy, &first.resolved).unwrap();
        let again = loaded(&copy);
        assert_eq!(again.resolved, first.resolved, "{}", file.display());
        assert_eq!(again.expectations, first.expectations, "{}", file.display());
        assert_eq!(again.load, first.load, "{}", file.display());
        assert_eq!((&again.run, &again.axes), (&first.run, &first.axes), "{}", file.display());
        let runs = digests(&first);
        assert!(runs.iter().all(|(_, digest)| *digest != 0), "{}: {runs:?}", file.display());
        assert_eq!(digests(&again), runs, "{}", file.display());
    }
}

#[test]
fn a_bundled_scenario_takes_settings() {
    let set = vec![("client.browsers.timeout".to_string(), "7s".to_string())];
    let overrides = Overrides { set, ..Overrides::default() };
    let scenario = load("cascade", &overrides, false).ok().unwrap();
    assert!(scenario.resolved.contains("timeout = \"7s\"\n"), "{}", scenario.resolved);
    let set = vec![("client.browser.timeout".to_string(), "1s".to_string())];
    let wrong = load("cascade", &Overrides { set, ..overrides }, false).err().unwrap();
    let LoadError::Wrong { report, count } = wrong else { panic!("it is the scenario's fault") };
    assert_eq!(count, 1, "{report}");
    assert!(report.contains("did you mean `client.browsers.timeout`?"), "{report}");
}

/// Every limit, bound and time-out also takes `"unlimited"`.
#[test]
fn every_bound_can_be_unlimited() {
    for path in [
        "mesh.limit",
        "mesh.backlog",
        "mesh.first-byte",
        "mesh.connect",
        "mesh.boot-wait",
        "mesh.quarantine-wait",
        "manager.launch-limit",
        "app.shop.boot-timeout",
        "app.shop.shutdown",
        "app.shop.idle-after",
        "app.shop.restart.cap",
        "app.shop.process.workers.backlog",
        "client.browsers.timeout",
        "client.browsers.deadline",
        "client.browsers.retry.budget",
        "client.browsers.retry.backoff.cap",
    ] {
        let path = path.to_string();
        let set = vec![(path.clone(), "unlimited".to_string())];
        let overrides = Overrides { set, ..Overrides::default() };
        let scenario = match load("../scenarios/cascade.toml", &overrides, false) {
            Ok(scenario) => scenario,
            Err(LoadError::Wrong { report, .. }) => panic!("{path}\n{report}"),
            Err(LoadError::World(error)) => panic!("{path}: {error}"),
        };
        let last = path.rsplit('.').next().unwrap();
        assert!(scenario.resolved.contains(&format!("{last} = \"unlimited\"")), "{path}");
        let mut platform = scenario.variants[0].platform.clone();
        platform.timing.duration = Span::from_secs(5);
        platform.timing.warmup = Span::ZERO;
        let summary = simulate(&platform, Seed { scenario: 1, replication: 0 }, &[]);
        assert!(summary.digest != 0, "{path}");
    }
}

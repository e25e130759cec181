use super::*;
use crate::experiment::{Baseline, MEASURED, PREDICTED, SOURCE, Turn};
use crate::metrics::Metric;
use crate::platform::simulate;
use crate::rng::Seed;
use crate::scenario::{Overrides, from_text};

const SCENARIO: &str = r#"
schema = 1

[run]
duration = "20s"
batches = 10
replications = 1

[app.shop]
dynos = 4
endpoint.browse = { work.exponential = "20ms" }

[client.browsers]
arrivals.poisson = { rate = "50/s" }

[[expect]]
that = "error_rate <= 100%"

[[expect]]
that = "goodput > 1000/s"
variant = "p2c"

[[expect]]
that = "goodput > 1/s"
from = "15s"

[vary]
"mesh.balancer" = ["random", "p2c"]
"#;

fn scenario() -> Scenario {
    let loaded = from_text("staging", SCENARIO, &Overrides::default());
    loaded.unwrap_or_else(|error| panic!("{error}"))
}

fn axes() -> Vec<Axis> {
    let axis = |path: &str, values: &[&str], numbers| {
        let values = values.iter().map(ToString::to_string).collect();
        Axis { path: path.into(), values, numbers }
    };
    vec![
        axis("mesh.balancer", &["random", "p2c"], None),
        axis("rate", &["50/s", "100/s"], Some(vec![50.0, 100.0])),
        axis(SOURCE, &[MEASURED, PREDICTED], None),
    ]
}

/// A step of a variant at a level, of which another replication stands for the real world.
fn outcome(scenario: &Scenario, at: [usize; 3], seconds: u64, runs: u32) -> Outcome {
    let (variant, duration) = (&scenario.variants[at[0]], Span::from_secs(seconds));
    let warmup = scenario.run.warmup.span().unwrap();
    let interval = scenario.run.interval;
    let timing = crate::platform::Timing { duration, warmup, interval };
    let platform = variant.platform.with_rate([1.0, 2.0][at[1]]).with_timing(timing);
    let windows = step_windows(scenario, &platform, duration);
    let source = [MEASURED, PREDICTED][at[2]];
    let first = if at[2] == 0 { 100 } else { 0 };
    let seed = |replication| Seed { scenario: 1, replication };
    let runs = (first..first + runs).map(|run| simulate(&platform, seed(run), &windows));
    let mut settings = variant.settings.clone();
    settings.push((SOURCE.into(), source.into()));
    Outcome {
        name: format!("{}, {}, {source}", variant.name, axes()[1].values[at[1]]),
        coordinates: at.to_vec(),
        settings,
        stage: "steps".into(),
        duration,
        runs: runs.collect(),
        judged: at[2] == 0,
        void: None,
    }
}

fn collected(scenario: &Scenario, outcomes: &[Outcome]) -> Results {
    let notes = vec!["the boundary is 100/s".to_string()];
    let (duration, interval) = (Span::from_secs(20), scenario.run.interval);
    collect(scenario, axes(), duration, interval, outcomes, notes)
}

#[test]
fn a_load_test_has_estimates_intervals_and_verdicts() {
    let scenario = scenario();
    let at = [[0, 0, 0], [0, 0, 1], [1, 1, 0], [1, 1, 1]];
    let outcomes = at.map(|at| outcome(&scenario, at, 20, 1));
    let results = collected(&scenario, &outcomes);
    assert_eq!(results.basis, Basis::Batches(10));
    assert_eq!(results.notes, ["the boundary is 100/s"]);
    for (variant, rate) in results.variants.iter().zip([50.0, 50.0, 100.0, 100.0]) {
        let found = variant.estimate("all", Metric::Goodput).unwrap();
        let (low, high) = found.ci95.unwrap();
        assert!((found.mean / rate - 1.0).abs() < 0.2 && low < found.mean && found.mean < high);
    }
    let said: Vec<(&str, &str, bool)> = results
        .verdicts
        .iter()
        .map(|v| (v.variant.as_str(), v.expectation.as_str(), v.holds))
        .collect();
    assert_eq!(
        said,
        [
            ("random, 50/s, measured", "error_rate <= 100%", true),
            ("random, 50/s, measured", "goodput > 1/s from 15s", true),
            ("p2c, 100/s, measured", "error_rate <= 100%", true),
            ("p2c, 100/s, measured", "goodput > 1000/s", false),
            ("p2c, 100/s, measured", "goodput > 1/s from 15s", true),
        ]
    );
    assert!(!results.hold() && results.are_valid());
}

#[test]
fn predictions_are_compared_with_what_was_measured_at_their_place() {
    let scenario = scenario();
    let of = |at: [usize; 3], runs| outcome(&scenario, at, 20, runs);
    let outcomes = [of([0, 0, 1], 1), of([1, 0, 0], 1), of([0, 0, 0], 1), of([1, 0, 1], 5)];
    let results = collected(&scenario, &outcomes);
    for (predicted, measured) in [(0, 2), (3, 1)] {
        let (one, other) = (&results.variants[predicted], &results.variants[measured]);
        assert_eq!(results.measured_of(one), Some(measured));
        assert_eq!(results.measured_of(other), None);
        assert!(other.differences.is_empty());
        for metric in [Metric::Goodput, Metric::LatencyMean, Metric::LatencyP99] {
            let means = [one, other].map(|v| v.estimate("all", metric).unwrap().mean);
            let found = one.difference("all", metric).unwrap();
            assert_eq!(found.mean, means[0] - means[1], "{metric:?}");
            let (low, high) = found.ci95.unwrap();
            assert!(low < found.mean && found.mean < high, "{metric:?}");
        }
    }
    // The same run is no different from itself.
    let mut twin = of([0, 0, 0], 1);
    twin.coordinates[2] = 1;
    let results = collected(&scenario, &[of([0, 0, 0], 1), twin]);
    let differences = &results.variants[1].differences;
    assert!(differences.len() > 20 && differences.iter().all(|found| found.mean == 0.0));
}

#[test]
fn what_is_void_is_neither_held_nor_failed() {
    let scenario = scenario();
    let mut starved = outcome(&scenario, [1, 1, 0], 20, 1);
    starved.void = Some("the generator was starved".into());
    let results = collected(&scenario, &[outcome(&scenario, [0, 0, 0], 20, 1), starved]);
    assert!(results.hold() && !results.are_valid());
    let void = results.verdicts.iter().filter(|verdict| verdict.void.is_some());
    assert!(void.clone().all(|verdict| verdict.variant.starts_with("p2c")));
    assert_eq!(void.count(), 3);
}

#[test]
fn what_a_step_does_not_reach_is_not_judged() {
    let scenario = scenario();
    let results = collected(&scenario, &[outcome(&scenario, [0, 0, 0], 12, 1)]);
    let said: Vec<&str> = results.verdicts.iter().map(|v| v.expectation.as_str()).collect();
    assert_eq!(said, ["error_rate <= 100%"]);
    let platform = &scenario.variants[0].platform;
    let windows = step_windows(&scenario, platform, Span::from_secs(18));
    assert_eq!(windows[0], (Span::from_secs(15), Span::from_secs(18)));
    assert_eq!(windows.len(), 1 + 10);
}

#[test]
fn only_what_was_measured_and_is_not_void_is_compared_with_an_earlier_run() {
    let scenario = scenario();
    let at = [[0, 0, 0], [0, 0, 1], [1, 1, 0]];
    let mut outcomes = at.map(|at| outcome(&scenario, at, 20, 1));
    outcomes[2].void = Some("starved".into());
    let mut results = collected(&scenario, &outcomes);
    let estimates = |v: &crate::experiment::VariantResult| (v.name.clone(), v.estimates.clone());
    let mut baseline = Baseline {
        file: "old.json".into(),
        scenario: "staging".into(),
        seed: 1,
        replications: 1,
        duration: 20.0,
        warmup: 0.0,
        basis: results.basis,
        variants: results.variants.iter().map(estimates).collect(),
    };
    assert!(baseline.check_name("staging").is_ok() && baseline.check_name("other").is_err());
    for found in &mut baseline.variants[0].1 {
        found.mean *= 0.5;
        found.ci95 = found.ci95.map(|(low, high)| (low * 0.5, high * 0.5));
    }
    results.compare(&baseline);
    let changes = &results.against.as_ref().unwrap().changes;
    assert!(changes.iter().all(|change| change.variant == "random, 50/s, measured"));
    let turn = |metric| changes.iter().find(|change| change.metric == metric).unwrap().turn;
    assert_eq!(turn(Metric::LatencyMean), Turn::Worse);
    assert_eq!(turn(Metric::Goodput), Turn::Better);
    baseline.variants.clear();
    results.compare(&baseline);
    assert!(results.warnings.iter().any(|warning| warning.contains("nothing was compared")));
}

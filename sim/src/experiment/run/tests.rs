//! Small experiments from their beginning to their results.

use super::super::jobs::Progress;
use super::super::{Baseline, Basis, VariantResult};
use super::*;
use crate::scenario::{Overrides, from_text};
use std::sync::atomic::{AtomicBool, Ordering};

const SCENARIO: &str = r#"
# Question: does it matter?
schema = 1

[run]
duration = "20s"
replications = 6

[mesh]
balancer = "random"

[app.shop]
dynos = 4
endpoint.browse = { share = 1, work.exponential = "20ms" }

[client.browsers]
app = "shop"
arrivals.poisson = { rate = "10/s" }
timeout = "3s"

[[expect]]
that = "error_rate <= 100%"
from = "10s"

[[expect]]
that = "goodput > 1000/s"
variant = "p2c"

[vary]
"mesh.balancer" = ["random", "p2c"]

[variant.small]
app.shop.dynos = 2
"#;

fn scenario() -> Scenario {
    changed(&[])
}

/// The scenario with some settings changed.
pub(in crate::experiment) fn changed(settings: &[(&str, &str)]) -> Scenario {
    let set = settings.iter().map(|(path, value)| ((*path).into(), (*value).into()));
    let overrides = Overrides { set: set.collect(), ..Overrides::default() };
    from_text("small", SCENARIO, &overrides).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs a scenario to its end.
fn whole(scenario: &Scenario, threads: usize) -> Results {
    let stop = AtomicBool::new(false);
    run(scenario, &Control { threads: Some(threads), stop: &stop, progress: &|_| {} })
}

/// Runs the scenario and stops it after `stop_after` runs.
fn results(threads: usize, stop_after: usize) -> Results {
    let stop = AtomicBool::new(false);
    let progress = |progress: Progress| {
        if progress.done >= stop_after {
            stop.store(true, Ordering::Relaxed);
        }
    };
    run(&scenario(), &Control { threads: Some(threads), stop: &stop, progress: &progress })
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let one = format!("{:?}", results(1, usize::MAX));
    for threads in [2, 3, 8] {
        assert_eq!(format!("{:?}", results(threads, usize::MAX)), one);
    }
}

#[test]
fn every_variant_is_run_compared_and_judged() {
    let results = results(2, usize::MAX);
    let names: Vec<&str> = results.variants.iter().map(|v| v.name.as_str()).collect();
    assert_eq!(names, ["random", "p2c", "small"]);
    assert!(!results.interrupted && results.basis == Basis::Replications);
    assert!(results.variants.iter().all(|variant| variant.replications == 6));
    assert!(results.variants[0].differences.is_empty());
    let metric = crate::metrics::Metric::Goodput;
    for variant in &results.variants[1..] {
        let difference = variant.difference("all", metric).unwrap();
        let means = [variant, &results.variants[0]].map(|v| v.estimate("all", metric).unwrap());
        assert!((difference.mean - (means[0].mean - means[1].mean)).abs() < 1e-9);
    }
    let verdicts: Vec<(&str, &str, bool)> = results
        .verdicts
        .iter()
        .map(|v| (v.expectation.as_str(), v.variant.as_str(), v.holds))
        .collect();
    assert_eq!(
        verdicts,
        [
            ("error_rate <= 100% from 10s", "random", true),
            ("error_rate <= 100% from 10s", "p2c", true),
            ("error_rate <= 100% from 10s", "small", true),
            ("goodput > 1000/s", "p2c", false),
        ]
    );
    assert_eq!(results.question, "does it matter?");
}

#[test]
fn an_interrupted_experiment_keeps_what_was_finished() {
    let results = results(1, 7);
    assert!(results.interrupted);
    let finished: Vec<u32> = results.variants.iter().map(|v| v.replications).collect();
    assert_eq!(finished, [3, 2, 2]);
    let metric = crate::metrics::Metric::Goodput;
    assert_eq!(results.variants[1].difference("all", metric).unwrap().replications, 2);
    assert!(results.warnings.iter().any(|w| w.starts_with("stopped after 7 of 18 runs")));
    // Nothing at all is finished when it is stopped before it begins.
    let stop = AtomicBool::new(true);
    let control = Control { threads: Some(2), stop: &stop, progress: &|_| {} };
    let nothing = run(&scenario(), &control);
    assert!(nothing.interrupted && nothing.verdicts.iter().all(|v| v.observed.is_none()));
}

#[test]
fn rounds_go_on_until_they_are_sure_whatever_the_threads() {
    let settings =
        [("run.warmup", "auto"), ("run.precision", "5%"), ("run.replications-max", "30")];
    let scenario = changed(&settings);
    let one = whole(&scenario, 1);
    assert_eq!(format!("{one:?}"), format!("{:?}", whole(&scenario, 3)));
    assert!(one.warmup_found && one.warmup < scenario.run.duration);
    assert_eq!(one.warmup.nanos() % scenario.run.interval.nanos(), 0);
    // The 99th percentile of 200 requests is never that sure.
    assert_eq!(one.replications, 30);
    assert!(one.variants.iter().all(|variant| variant.replications == 30));
    let short = one.warnings.iter().find(|w| w.starts_with("stopped at `run.replications-max`"));
    assert!(short.unwrap().contains("`latency_p99`"), "{short:?}");
    // The first round is enough for little.
    let easy = whole(&changed(&[("run.precision", "90%")]), 2);
    assert!(easy.replications == 6 && !easy.interrupted);
    assert!(easy.warnings.iter().all(|w| !w.starts_with("stopped")), "{:?}", easy.warnings);
    // A run that is stopped while it looks for the warm-up has measured nothing.
    let stop = AtomicBool::new(true);
    let nothing = run(&scenario, &Control { threads: Some(2), stop: &stop, progress: &|_| {} });
    assert!(nothing.interrupted && !nothing.warmup_found && nothing.variants[0].replications == 0);
}

#[test]
fn one_steady_replication_has_batches() {
    use crate::metrics::Metric::{Goodput, LatencyMax};
    let one = ("run.replications", "1");
    let results = whole(&changed(&[one, ("run.batches", "10")]), 2);
    assert_eq!(results.basis, Basis::Batches(10));
    let estimate = |metric| results.variants[1].estimate("all", metric).unwrap();
    let (low, high) = estimate(Goodput).ci95.unwrap();
    assert!(((low + high) / 2.0 - estimate(Goodput).mean).abs() < 1e-9 && low < high);
    assert_eq!(estimate(LatencyMax).ci95, None);
    assert!(results.variants[1].difference("all", Goodput).unwrap().ci95.is_some());
    // The batches are of the whole measured time, the first expectation is of a part.
    let judged: Vec<bool> = results.verdicts.iter().map(|v| v.ci95.is_some()).collect();
    assert_eq!(judged, [false, false, false, true]);
    // Under traffic that changes there is no steady state to take batches of.
    let ramp = "{ ramp = { from = \"5/s\", to = \"20/s\", over = \"20s\" } }";
    let ramp = whole(&changed(&[one, ("client.browsers.arrivals", ramp)]), 2);
    assert_eq!(ramp.basis, Basis::Replications);
    assert_eq!(ramp.variants[0].estimate("all", Goodput).unwrap().ci95, None);
}

#[test]
fn the_same_run_again_is_no_change() {
    let file = "old.json".to_string();
    let mut results = whole(&scenario(), 2);
    let estimates = |v: &VariantResult| (v.name.clone(), v.estimates.clone());
    let baseline = Baseline {
        file,
        scenario: "small".into(),
        seed: 1,
        replications: 6,
        duration: 20.0,
        warmup: 0.0,
        basis: Basis::Replications,
        variants: results.variants.iter().map(estimates).collect(),
    };
    baseline.check(&scenario()).unwrap();
    results.compare(&baseline);
    let against = results.against.as_ref().unwrap();
    assert!(against.changes.len() >= 3 * 5 && results.keep_up());
    assert!(against.changes.iter().all(|change| change.difference() == 0.0));
    let other = Baseline { scenario: "other".into(), ..baseline.clone() };
    let (message, _) = other.check(&scenario()).unwrap_err();
    assert_eq!(message, "`old.json` is of the scenario `other`, not of `small`");
    let fewer = Baseline { variants: baseline.variants[..1].to_vec(), ..baseline };
    let (message, help) = fewer.check(&scenario()).unwrap_err();
    assert_eq!(message, "`old.json` has no variant `p2c` and 1 more");
    assert!(help.contains("`--only`"), "{help}");
}

#[test]
fn the_parts_of_a_result_agree() {
    use crate::metrics::{CURVE, Metric};
    let results = results(2, usize::MAX);
    for variant in &results.variants {
        let mean = |metric| variant.estimate("all", metric).unwrap().mean;
        let same = |one: f64, other: f64| (one - other).abs() < 1e-9 * other;
        // The curve goes through the quantiles that are measures of their own.
        assert_eq!(variant.latency_curve.len(), CURVE.len());
        for (metric, quantile) in
            [(Metric::LatencyP50, 0.5), (Metric::LatencyP95, 0.95), (Metric::LatencyP999, 0.999)]
        {
            let at = CURVE.iter().position(|found| *found == quantile).unwrap();
            assert!(same(variant.latency_curve[at], mean(metric)), "{metric:?}");
        }
        // What happens in the intervals happens in the run.
        for metric in [Metric::Goodput, Metric::Arrivals, Metric::InFlightMean] {
            let series = variant.series("all", metric).unwrap();
            let intervals = results.duration.nanos() / results.interval.nanos();
            assert_eq!(series.mean.len() as u64, intervals);
            let whole = series.mean.iter().sum::<f64>() / intervals as f64;
            assert!(same(whole, mean(metric)), "{metric:?}: {whole}");
        }
        // No series comes twice.
        let names: std::collections::BTreeSet<_> =
            variant.series.iter().map(|series| (&series.scope, series.metric)).collect();
        assert_eq!(names.len(), variant.series.len());
    }
}

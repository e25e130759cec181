//! Comparisons of made-up estimates, before and now.

use super::*;
use crate::experiment::VariantResult;
use crate::time::Span;

fn estimate(metric: Metric, mean: f64, half: f64) -> Estimate {
    let ci95 = half.is_finite().then_some((mean - half, mean + half));
    let (min, max) = (mean - half, mean + half);
    let replications = 10;
    Estimate { scope: "all".into(), metric, mean, ci95, gain: None, min, max, replications }
}

fn turn(more_is_better: bool, before: &Estimate, now: &Estimate) -> Turn {
    let errors = (error(before, Basis::Replications), error(now, Basis::Replications));
    change("base", more_is_better, (before, now), errors).turn
}

#[test]
fn the_direction_is_the_measures_own() {
    let of = |mean: f64| estimate(Metric::Goodput, mean, 1.0);
    for (before, now, more, less) in [
        (100.0, 100.0, Turn::Same, Turn::Same),
        (100.0, 101.2, Turn::Same, Turn::Same),
        (100.0, 103.0, Turn::Better, Turn::Worse),
        (100.0, 97.0, Turn::Worse, Turn::Better),
    ] {
        assert_eq!(turn(true, &of(before), &of(now)), more, "{now}");
        assert_eq!(turn(false, &of(before), &of(now)), less, "{now}");
    }
}

#[test]
fn the_interval_is_welchs() {
    // Two halves of 1 from ten replications each: 18 degrees of freedom.
    let of = |mean: f64| estimate(Metric::LatencyMean, mean, 1.0);
    let errors = (error(&of(5.0), Basis::Replications), error(&of(8.0), Basis::Replications));
    let found = change("base", false, (&of(5.0), &of(8.0)), errors);
    let half = student_t(18) * std::f64::consts::SQRT_2 / student_t(9);
    let (low, high) = found.ci95.unwrap();
    assert!((low - 3.0 + half).abs() < 1e-12 && (high - 3.0 - half).abs() < 1e-12);
    let alone = Estimate { replications: 1, ..of(5.0) };
    assert_eq!(error(&alone, Basis::Batches(20)), Some((1.0 / student_t(19), 19)));
    // Beside one measured run stand predictions of several.
    assert_eq!(error(&of(5.0), Basis::Batches(20)), Some((1.0 / student_t(9), 9)));
}

#[test]
fn what_never_comes_back_is_worse_without_an_interval() {
    let never =
        Estimate { min: f64::INFINITY, ..estimate(Metric::Recovery, f64::INFINITY, f64::NAN) };
    let back = estimate(Metric::Recovery, 20.0, 1.0);
    let some = Estimate { min: 20.0, max: f64::INFINITY, ..never.clone() };
    assert_eq!(turn(false, &back, &never), Turn::Worse);
    assert_eq!(turn(false, &never, &back), Turn::Better);
    assert_eq!(turn(false, &never, &never), Turn::Same);
    assert_eq!(turn(false, &back, &some), Turn::Unknown);
    let once = Estimate { replications: 1, ci95: None, ..back.clone() };
    assert_eq!(turn(false, &back, &once), Turn::Unknown);
    let never_once = Estimate { replications: 1, ..never.clone() };
    assert_eq!(turn(false, &never_once, &back), Turn::Unknown);
    assert_eq!(turn(false, &back, &never_once), Turn::Unknown);
}

#[test]
fn an_interval_without_an_end_has_no_error() {
    let endless =
        |low, high| Estimate { ci95: Some((low, high)), ..estimate(Metric::Recovery, 9.0, 1.0) };
    let error = |low, high| error(&endless(low, high), Basis::Replications);
    assert!(error(8.0, 10.0).is_some());
    assert_eq!(error(8.0, f64::INFINITY), None);
    assert_eq!(error(f64::NEG_INFINITY, 10.0), None);
}

#[test]
fn every_turn_has_a_word() {
    let words = [Turn::Worse, Turn::Better, Turn::Same, Turn::Unknown].map(Turn::word);
    assert_eq!(words, ["worse", "better", "same", "unknown"]);
}

/// Results of one variant whose goodput is as given, after a minute.
fn results(goodput: f64) -> Results {
    let estimates =
        vec![estimate(Metric::Goodput, goodput, 1.0), estimate(Metric::ErrorRate, 0.5, 0.1)];
    let variant = VariantResult {
        name: "base".into(),
        coordinates: Vec::new(),
        settings: Vec::new(),
        replications: 10,
        estimates,
        differences: Vec::new(),
        series: Vec::new(),
        latency_curve: Vec::new(),
        void: None,
    };
    Results {
        scenario: "small".into(),
        question: String::new(),
        answer: String::new(),
        seed: 1,
        replications: 10,
        precision: None,
        basis: Basis::Replications,
        duration: Span::from_secs(60),
        warmup: Span::from_secs(5),
        warmup_found: false,
        interval: Span::from_secs(1),
        axes: Vec::new(),
        marks: Vec::new(),
        variants: vec![variant],
        verdicts: Vec::new(),
        against: None,
        warnings: Vec::new(),
        digest: 0,
        interrupted: false,
        load_test: false,
        beside: None,
        notes: Vec::new(),
    }
}

fn baseline(goodput: f64) -> Baseline {
    Baseline {
        file: "old.json".into(),
        scenario: "small".into(),
        seed: 7,
        replications: 10,
        duration: 60.0,
        warmup: 5.0,
        basis: Basis::Replications,
        variants: vec![("base".into(), results(goodput).variants[0].estimates.clone())],
    }
}

#[test]
fn whoever_got_worse_does_not_keep_up() {
    for (before, worse) in [(100.0, vec![]), (90.0, vec![]), (110.0, vec![Metric::Goodput])] {
        let mut results = results(100.0);
        assert!(results.keep_up(), "without an earlier run there is nothing to keep up with");
        results.compare(&baseline(before));
        let against = results.against.as_ref().unwrap();
        assert_eq!((against.file.as_str(), against.seed), ("old.json", 7));
        let changed: Vec<Metric> = against.changes.iter().map(|change| change.metric).collect();
        assert_eq!(changed, [Metric::Goodput, Metric::ErrorRate]);
        assert_eq!(against.changes[0].difference(), 100.0 - before);
        let found: Vec<Metric> = against.worse().map(|change| change.metric).collect();
        assert_eq!(found, worse);
        assert_eq!(results.keep_up(), worse.is_empty());
        assert!(results.warnings.is_empty(), "{:?}", results.warnings);
    }
}

#[test]
fn what_makes_a_comparison_unfair_is_said() {
    let check = |baseline: Baseline, expected: &str| {
        let mut results = results(100.0);
        results.compare(&baseline);
        assert_eq!(results.warnings.len(), 1, "{:?}", results.warnings);
        assert!(results.warnings[0].contains(expected), "{:?}", results.warnings);
    };
    let fair = baseline(100.0);
    check(Baseline { duration: 30.0, ..fair.clone() }, "measured 30 s after 5 s of warm-up");
    check(Baseline { warmup: 0.0, ..fair.clone() }, "measured 60 s after 0 s of warm-up");
    let mut bare = fair;
    bare.variants[0].1[1].ci95 = None;
    check(bare, "1 of 2 measures cannot be compared with `old.json`");
}

#[test]
fn only_a_run_of_the_same_variants_can_be_compared_with() {
    let mut few = baseline(100.0);
    few.variants[0].0 = "other".into();
    let mut results = results(100.0);
    results.compare(&few);
    assert!(results.against.is_some_and(|against| against.changes.is_empty()));
}

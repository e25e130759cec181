//! Which warnings come, and what they say.

use super::super::batches::Batches;
use super::super::run::tests::changed;
use super::super::tally::Measured;
use super::*;
use crate::metrics::{Scope, Series, Summary};
use std::collections::BTreeMap;

fn verdict(observed: f64, half: f64, bound: f64) -> Verdict {
    Verdict {
        expectation: "latency_p99 < 1s".into(),
        variant: "p2c".into(),
        observed: Some(observed),
        ci95: Some((observed - half, observed + half)),
        metric: Metric::LatencyP99,
        bound,
        holds: observed < bound,
        sure: false,
        void: None,
    }
}

#[test]
fn what_would_settle_a_verdict_is_said() {
    for (verdict, basis, expected) in [
        (verdict(0.9, 0.2, 1.0), Basis::Replications, "`--replications 40` would settle"),
        (verdict(1.0, 0.2, 1.0), Basis::Replications, "no number of runs"),
    ] {
        let warnings = of_verdicts(&[verdict], 10, basis);
        assert!(warnings.len() == 1 && warnings[0].contains(expected), "{warnings:?}");
    }
    let one = of_verdicts(&[verdict(0.9, 0.2, 1.0)], 1, Basis::Batches(20));
    assert!(one.len() == 1 && one[0].contains("4 times as long"), "{one:?}");
    let bare = Verdict { ci95: None, ..verdict(0.9, 0.2, 1.0) };
    let few = of_verdicts(&[bare], 1, Basis::Replications);
    assert!(few.len() == 1 && few[0].contains("ran only once"), "{few:?}");
}

#[test]
fn lengths_are_round() {
    for (seconds, text) in
        [(0.3, "1s"), (61.2, "62s"), (1_234.0, "21m"), (1e4, "3h"), (1.9e7, "220d")]
    {
        assert_eq!(length(seconds).to_string(), text, "{seconds}");
    }
}

#[test]
fn lists_of_names_are_short() {
    assert_eq!(names(&["a"]), "`a`");
    assert_eq!(names(&["a", "b"]), "`a` and `b`");
    assert_eq!(names(&["a", "b", "c"]), "`a` and 2 more");
}

/// The small experiment of `run`: 20 seconds of `random`, `p2c` and `small`, and what is known of each.
fn tallies(change: impl Fn(usize, &mut Tally)) -> (Scenario, [Tally; 3]) {
    let mut tallies = [0, 1, 2].map(|_| Tally::new());
    tallies.iter_mut().enumerate().for_each(|(variant, tally)| change(variant, tally));
    (changed(&[]), tallies)
}

#[test]
fn the_first_quantile_with_too_few_successes_beyond_it_is_named() {
    let check = |rates: [&[f64]; 3], expected: Option<[&str; 3]>| {
        let (scenario, tallies) = tallies(|variant, tally| {
            let values = rates[variant].to_vec();
            let measured = Measured { replications: vec![0; values.len()], values };
            tally.scopes = vec![("all".into(), BTreeMap::from([(Metric::Goodput, measured)]))];
        });
        let found = of_quantiles(&scenario, &tallies);
        let says = |found: &String| {
            expected.is_some_and(|parts| parts.iter().all(|part| found.contains(part)))
        };
        assert!(found.as_ref().map_or(expected.is_none(), says), "{rates:?}: {found:?}");
    };
    let many: &[f64] = &[1_000.0];
    check([many, many, many], None);
    // A thousand successes have ten beyond the 99th percentile, and one beyond the next.
    let thousand = ["`latency_p999`: a run of `p2c`", "only 1.00 successes", "`4m`"];
    check([many, &[60.0, 50.0], many], Some(thousand));
    let half = ["`latency_p99` and all above it: a run of `small`", "only 5.00 s", "`40s`"];
    check([many, many, &[25.0, 0.0]], Some(half));
    check([&[0.0], &[], &[0.0]], None);
    check([&[2.0], many, many], Some(["`latency_p90` and all", "`random`", "`50s`"]));
}

#[test]
fn variants_that_grow_are_named_by_how_they_grow() {
    let check = |levels: [fn(f64) -> f64; 3], expected: &[&str]| {
        let (scenario, tallies) = tallies(|variant, tally| {
            let values = (0..90).map(|second| levels[variant](f64::from(second))).collect();
            let metric = Metric::QueueMean;
            let series = vec![Series { scope: "all".into(), metric, values }];
            let run = Summary { digest: 0, scopes: vec![], windows: vec![], series };
            for (metric, thirds) in &mut tally.levels {
                for _ in 0..2 {
                    thirds.add(&run, *metric, Span::from_secs(90), Span::from_secs(1));
                }
            }
        });
        let found = of_growth(&scenario, &tallies);
        let all = found.len() == expected.len()
            && found.iter().zip(expected).all(|(found, start)| found.starts_with(start));
        assert!(all, "{found:?} is not {expected:?}");
    };
    let (flat, grows): (fn(f64) -> f64, fn(f64) -> f64) = (|_| 50.0, |t| 2.0 * t);
    let settles: fn(f64) -> f64 = |t| 100.0 * (t / 30.0).min(1.0);
    check([flat, flat, flat], &[]);
    let one =
        "`p2c` is still filling up in the measured time: its `queue_mean` grows from 48 to 100 ";
    check([flat, settles, flat], &[one]);
    let two = "`random` and `small` are not steady in the measured time: `random`'s `queue_mean` \
               grows from 29 to 149 ";
    check([grows, flat, grows], &[two]);
    check([grows, settles, grows], &[one, two]);
}

#[test]
fn batches_that_resemble_each_other_are_named() {
    let values = |alike: bool, batch: usize| if alike { batch } else { batch % 2 };
    let check = |alike: [bool; 3], expected: Option<&str>| {
        let (scenario, tallies) = tallies(|variant, tally| {
            let scope = |batch| {
                let values = vec![(Metric::LatencyMean, values(alike[variant], batch) as f64)];
                vec![Scope { name: "all".into(), values, latency_curve: Vec::new() }]
            };
            tally.batches = Batches::of(&(0..20).map(scope).collect::<Vec<_>>());
        });
        let found = of_batches(&scenario, &tallies);
        let says = |found: &String| {
            expected.is_some_and(|names| found.starts_with(&format!("the batches of {names} r")))
        };
        assert!(found.as_ref().map_or(expected.is_none(), says), "{alike:?}: {found:?}");
    };
    check([false; 3], None);
    check([false, true, false], Some("`p2c`"));
    check([true, false, true], Some("`random` and `small`"));
}

#[test]
fn variants_that_do_not_settle_are_named() {
    let scenario = changed(&[]);
    let found = |names: &[&str]| {
        let unsettled = names.iter().map(|name| (*name).into()).collect();
        of_pilots(&scenario, &Found { warmup: Span::from_secs(10), unsettled })
    };
    assert_eq!(found(&[]), None);
    assert!(found(&["p2c"]).unwrap().starts_with("`p2c` does not settle within 20s: "));
    assert!(found(&["p2c", "small"]).unwrap().starts_with("`p2c` and `small` do not settle"));
}

//! Hand-made histories with Envoy's defaults.

use super::super::{FailurePercentage, SuccessRate};
use super::*;
use crate::time::Span;

const DEFAULTS: OutlierEjection = OutlierEjection {
    consecutive: 5,
    interval: Span::from_secs(10),
    base: Span::from_secs(30),
    cap: Span::from_secs(300),
    most: 0.1,
    success_rate: SuccessRate { enough: Enough { dynos: 5, requests: 100 }, deviations: 1.9 },
    failure_percentage: None,
};

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(seconds)
}

/// Ends so many dispatches in this way; whether the last one ejected the dyno.
fn end(
    watch: &mut Watch,
    dyno: u32,
    outcome: Outcome,
    times: u32,
    now: SimTime,
    of: usize,
) -> bool {
    (0..times).map(|_| watch.ended(dyno, outcome, now, of)).last().unwrap_or(false)
}

fn fail(watch: &mut Watch, dyno: u32, times: u32, now: SimTime, of: usize) -> bool {
    end(watch, dyno, Outcome::Failure, times, now, of)
}

fn sweep(watch: &mut Watch, now: SimTime, of: u32) -> Vec<u32> {
    let mut changed = Vec::new();
    watch.sweep(now, &(0..of).collect::<Vec<_>>(), &mut changed);
    changed
}

/// How many seconds the next ejection of a dyno would last.
fn next_ejection(watch: &Watch, dyno: usize) -> u64 {
    30 * (u64::from(watch.dynos[dyno].times) + 1)
}

#[test]
fn five_failures_in_a_row_eject_at_once() {
    let mut watch = Watch::new(DEFAULTS);
    assert!(!fail(&mut watch, 3, 4, at(1), 10));
    assert!(!end(&mut watch, 3, Outcome::TakenBack, 1, at(1), 10));
    assert!(fail(&mut watch, 3, 1, at(1), 10), "what is taken back does not count");
    assert!(watch.is_ejected(3) && !watch.is_ejected(2));
    assert!(!fail(&mut watch, 4, 4, at(1), 10));
    end(&mut watch, 4, Outcome::Success, 1, at(1), 10);
    assert!(!fail(&mut watch, 4, 4, at(1), 10), "a success in between begins anew");
}

#[test]
fn no_more_than_a_tenth_but_always_one() {
    for (dynos, allowed) in [(1, 1), (9, 1), (19, 1), (20, 2), (30, 3)] {
        let mut watch = Watch::new(DEFAULTS);
        let ejected = (0..5).filter(|&dyno| fail(&mut watch, dyno, 5, at(1), dynos)).count();
        assert_eq!(ejected, allowed, "of {dynos}");
    }
}

#[test]
fn an_ejection_ends_at_a_sweep_and_grows_with_their_number() {
    let mut watch = Watch::new(DEFAULTS);
    fail(&mut watch, 0, 5, at(5), 10);
    for (seconds, back) in [(10, false), (20, false), (30, false), (40, true)] {
        assert_eq!(sweep(&mut watch, at(seconds), 10) == [0], back, "at {seconds}");
    }
    // The second lasts a minute.
    fail(&mut watch, 0, 5, at(41), 10);
    assert_eq!(sweep(&mut watch, at(100), 10), [0_u32; 0]);
    assert_eq!(sweep(&mut watch, at(110), 10), [0]);
    assert_eq!(next_ejection(&watch, 0), 90);
    // An interval after it came back the number goes down, by one a sweep.
    for (seconds, next) in [(120, 60), (130, 30), (140, 30)] {
        sweep(&mut watch, at(seconds), 10);
        assert_eq!(next_ejection(&watch, 0), next, "at {seconds}");
    }
}

#[test]
fn the_longest_ejection_is_the_cap() {
    let mut watch = Watch::new(DEFAULTS);
    let mut now = at(0);
    let mut lasted = Vec::new();
    for _ in 0..14 {
        fail(&mut watch, 0, 5, now, 10);
        let since = now;
        while watch.is_ejected(0) {
            now += Span::from_secs(10);
            sweep(&mut watch, now, 10);
        }
        lasted.push(now.since(since).nanos() / 1_000_000_000);
    }
    let expected: Vec<u64> = (1..=14).map(|times| (30 * times).min(300)).collect();
    assert_eq!(lasted, expected);
    assert!(watch.dynos[0].times <= 11, "the number does not grow for ever");
}

/// Dynos that succeed in so many of a hundred ends each.
fn with_rates(settings: OutlierEjection, rates: &[u32]) -> Watch {
    let mut watch = Watch::new(settings);
    for (dyno, &rate) in rates.iter().enumerate() {
        for end in 0..100 {
            // No five failures in a row.
            let good = (end * rate) / 100 != ((end + 1) * rate) / 100;
            let outcome = if good { Outcome::Success } else { Outcome::Failure };
            watch.ended(dyno as u32, outcome, at(1), rates.len());
        }
    }
    watch
}

#[test]
fn the_success_rate_of_an_outlier_is_below_the_mean_by_deviations() {
    // Envoy's own example: of 50, 100, 100, 100, 100 the mean is 90, the deviation 20, and 52 is
    // what a dyno must not be below.
    let rates: Vec<(u32, f64)> =
        [0.5, 1.0, 1.0, 1.0, 1.0].into_iter().enumerate().map(|(at, r)| (at as u32, r)).collect();
    assert!((outlier_below(&rates, 1.9).unwrap() - 0.52).abs() < 1e-12);
    let mut watch = with_rates(DEFAULTS, &[50, 100, 100, 100, 100]);
    assert_eq!(sweep(&mut watch, at(10), 5), [0]);
    // Four dynos are too few to compare, and so are 99 requests.
    assert_eq!(sweep(&mut with_rates(DEFAULTS, &[50, 100, 100, 100]), at(10), 4), [0_u32; 0]);
    let mut more = DEFAULTS;
    more.success_rate.enough.requests = 101;
    assert_eq!(sweep(&mut with_rates(more, &[50, 100, 100, 100, 100]), at(10), 5), [0_u32; 0]);
    // All as bad: nobody is an outlier.
    assert_eq!(sweep(&mut with_rates(DEFAULTS, &[50; 6]), at(10), 6), [0_u32; 0]);
}

#[test]
fn each_sweep_judges_what_came_since_the_last() {
    let mut watch = with_rates(DEFAULTS, &[100; 5]);
    assert_eq!(sweep(&mut watch, at(10), 5), [0_u32; 0]);
    assert_eq!((watch.dynos[0].ends, watch.dynos[0].successes), (0, 0));
}

#[test]
fn failures_eject_by_their_share_only_where_it_is_asked_for() {
    let rates = [25, 75, 75, 75, 75];
    let mut asked = OutlierEjection { consecutive: u32::MAX, ..DEFAULTS };
    asked.success_rate.enough.requests = u32::MAX;
    assert_eq!(sweep(&mut with_rates(asked, &rates), at(10), 5), [0_u32; 0]);
    let enough = Enough { dynos: 5, requests: 50 };
    asked.failure_percentage = Some(FailurePercentage { threshold: 0.75, enough });
    assert_eq!(sweep(&mut with_rates(asked, &rates), at(10), 5), [0], "75 % are enough");
    asked.failure_percentage = Some(FailurePercentage { threshold: 0.76, enough });
    assert_eq!(sweep(&mut with_rates(asked, &rates), at(10), 5), [0_u32; 0]);
}

#[test]
fn a_dyno_that_is_forgotten_is_like_new() {
    let mut watch = Watch::new(DEFAULTS);
    fail(&mut watch, 2, 5, at(1), 10);
    watch.forget(2);
    assert!(!watch.is_ejected(2));
    assert_eq!(next_ejection(&watch, 2), 30);
    assert!(fail(&mut watch, 3, 5, at(1), 10), "the one place is free again");
    watch.forget(99);
}

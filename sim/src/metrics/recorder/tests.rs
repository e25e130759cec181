//! A small run by hand: what is recorded of it, and every measure that must come of that.

mod digest;

use super::*;
use crate::metrics::{Metric, Scope};

fn span(seconds: f64) -> Span {
    Span::from_nanos((seconds * 1e9) as u64)
}

/// Ten seconds from the tenth on, in two intervals, and a window from the 12th to the 16th second.
fn plan(apps: &[&str]) -> Plan {
    Plan {
        apps: apps.iter().map(|app| (*app).into()).collect(),
        clients: [("browsers", 0), ("robots", apps.len() - 1), ("writers", 0)]
            .map(|(name, app)| (name.into(), app))
            .into(),
        begin: SimTime::ZERO + span(10.0),
        duration: span(10.0),
        interval: span(5.0),
        windows: vec![(span(2.0), span(6.0))],
        faults: Some((span(5.0), span(5.0))),
    }
}

/// Passes the marks up to a time, and gives it.
fn at(recorder: &mut Recorder, seconds: f64) -> SimTime {
    let now = SimTime::ZERO + span(seconds);
    while recorder.next_mark() <= now {
        recorder.pass(recorder.next_mark());
    }
    now
}

/// The run: one request of `browsers` that succeeds, one of `robots` that fails.
fn run(mut recorder: Recorder) -> Recorder {
    let one = &mut recorder;
    one.workers_up(SimTime::ZERO, 0, 4);
    one.workers_up(SimTime::ZERO, 1, 2);
    let now = at(one, 5.0);
    one.arrival(now, 0);
    one.attempt(0);
    let now = at(one, 6.0);
    one.queued(now, 0);
    let now = at(one, 11.0);
    one.queued(now, 1);
    assert_eq!((one.levels(), one.ledger()), ((2, 0), (1, 0, 0)));
    let now = at(one, 11.5);
    one.unqueued(now, 1);
    one.wait(2, span(0.5));
    let now = at(one, 12.0);
    one.unqueued(now, 0);
    one.wait(0, span(6.0));
    one.busy(now, 0);
    let now = at(one, 14.0);
    one.unbusy(now, 0);
    one.done(0);
    one.success(now, 0, span(9.0));
    let now = at(one, 15.0);
    one.arrival(now, 1);
    one.attempt(1);
    one.attempt(1);
    one.queued(now, 1);
    let now = at(one, 16.0);
    one.unqueued(now, 1);
    one.wait(1, span(1.0));
    one.busy(now, 1);
    assert_eq!((one.levels(), one.ledger()), ((0, 1), (2, 1, 0)));
    let now = at(one, 18.0);
    one.unbusy(now, 1);
    one.done(1);
    one.failure(now, 1, Cause::Timeout);
    let now = at(one, 19.0);
    one.workers_down(now, 0, 2);
    // The measured time is over: what comes now is nobody's.
    let now = at(one, 20.0);
    one.arrival(now, 0);
    one.wait(0, span(8.0));
    one.success(now, 0, span(15.0));
    assert_eq!((one.levels(), one.ledger()), ((0, 0), (3, 2, 1)));
    assert_eq!(one.next_mark(), SimTime::NEVER);
    recorder
}

/// The measures of a scope, without causes that do not occur.
fn values(scopes: &[Scope], name: &str) -> Vec<(Metric, f64)> {
    let scope = scopes.iter().find(|scope| scope.name == name).unwrap();
    let occurs =
        |(metric, value): &&(Metric, f64)| !matches!(metric, Metric::Errors(_)) || *value > 0.0;
    scope.values.iter().filter(occurs).copied().collect()
}

/// Every measure of latency where all of them are nine seconds.
fn nine() -> Vec<(Metric, f64)> {
    use Metric::*;
    let all =
        [LatencyMean, LatencyP50, LatencyP90, LatencyP95, LatencyP99, LatencyP999, LatencyMax];
    all.map(|metric| (metric, 9.0)).into()
}

/// Histograms are right to three digits, everything else is exact but for rounding.
fn check(found: &[(Metric, f64)], expected: &[(Metric, f64)]) {
    let close = |(found, expected): (&(Metric, f64), &(Metric, f64))| {
        found.0 == expected.0
            && (found.1 == expected.1 || (found.1 / expected.1 - 1.0).abs() < 1e-3)
    };
    let all = found.len() == expected.len() && found.iter().zip(expected).all(close);
    assert!(all, "{found:?} is not {expected:?}");
}

#[test]
fn every_measure_of_all_is_what_happened() {
    use Metric::*;
    let summary = run(Recorder::new(plan(&["shop", "chat"]))).finish();
    check(
        &values(&summary.scopes, "all"),
        &[
            vec![
                (Arrivals, 0.1),
                (Goodput, 0.1),
                (Throughput, 0.2),
                (ErrorRate, 0.5),
                (Errors(Cause::Timeout), 0.1),
            ],
            nine(),
            vec![
                (WaitMean, 2.5),
                (WaitP50, 1.0),
                (WaitP99, 6.0),
                (WaitMax, 6.0),
                (AttemptsPerRequest, 2.0),
                // Busy for two seconds twice; 4 workers for nine seconds, 2 for one, and 2 for ten.
                (Utilization, 4.0 / 58.0),
                // A request for four seconds, and one for three.
                (InFlightMean, 0.7),
                // Attempts for two, half and one second.
                (QueueMean, 0.35),
                (QueueMax, 2.0),
                (Recovery, f64::INFINITY),
            ],
        ]
        .concat(),
    );
    let curve = &summary.scopes[0].latency_curve;
    assert!(curve.len() == crate::metrics::CURVE.len());
    assert!(curve.iter().all(|latency| (latency - 9.0).abs() < 0.01), "{curve:?}");
}

#[test]
fn apps_and_clients_have_their_own_part() {
    use Metric::*;
    let summary = run(Recorder::new(plan(&["shop", "chat"]))).finish();
    let names: Vec<&str> = summary.scopes.iter().map(|scope| scope.name.as_str()).collect();
    let expected =
        ["all", "app.shop", "app.chat", "client.browsers", "client.robots", "client.writers"];
    assert_eq!(names, expected);
    check(
        &values(&summary.scopes, "app.chat"),
        &[
            (Arrivals, 0.1),
            (Goodput, 0.0),
            (Throughput, 0.1),
            (ErrorRate, 1.0),
            (Errors(Cause::Timeout), 0.1),
            (WaitMean, 1.0),
            (WaitP50, 1.0),
            (WaitP99, 1.0),
            (WaitMax, 1.0),
            (AttemptsPerRequest, 2.0),
            (Utilization, 0.1),
            (InFlightMean, 0.3),
            (QueueMean, 0.15),
            (QueueMax, 1.0),
        ],
    );
    // Where clients only wait, there are no requests to speak of; and no dynos.
    check(
        &values(&summary.scopes, "client.writers"),
        &[
            (Arrivals, 0.0),
            (Goodput, 0.0),
            (WaitMean, 0.5),
            (WaitP50, 0.5),
            (WaitP99, 0.5),
            (WaitMax, 0.5),
            (InFlightMean, 0.0),
        ],
    );
    assert!(summary.scopes[5].latency_curve.is_empty());
    // Its goodput of before the fault never came back; others have none, or no dynos.
    let recovers = |scope: &&Scope| scope.values.iter().any(|(metric, _)| *metric == Recovery);
    let names: Vec<&str> =
        summary.scopes.iter().filter(recovers).map(|scope| scope.name.as_str()).collect();
    assert_eq!(names, ["all", "app.shop"]);
}

#[test]
fn a_window_begins_before_its_first_instant_and_ends_before_its_last() {
    use Metric::*;
    let summary = run(Recorder::new(plan(&["shop", "chat"]))).finish();
    assert_eq!(summary.windows.len(), 1);
    check(
        &values(&summary.windows[0], "all"),
        &[
            vec![(Arrivals, 0.25), (Goodput, 0.25), (Throughput, 0.25), (ErrorRate, 0.0)],
            nine(),
            vec![
                (WaitMean, 6.0),
                (WaitP50, 6.0),
                (WaitP99, 6.0),
                (WaitMax, 6.0),
                (AttemptsPerRequest, 2.0),
                (Utilization, 2.0 / 24.0),
                (InFlightMean, 0.75),
                (QueueMean, 0.25),
                (QueueMax, 1.0),
            ],
        ]
        .concat(),
    );
    assert_eq!(summary.value_in_window(0, "app.shop", QueueMax), Some(1.0));
    assert_eq!(summary.value_in_window(0, "app.shop", QueueMean), Some(0.0));
    assert_eq!(summary.value_in_window(0, "app.chat", QueueMax), Some(1.0));
}

#[test]
fn series_have_a_value_an_interval() {
    let summary = run(Recorder::new(plan(&["shop", "chat"]))).finish();
    let check = |scope: &str, metric: Metric, expected: [f64; 2]| {
        let found = &summary.series(scope, metric).unwrap().values;
        let close = |(found, expected): (&f64, &f64)| {
            (found - expected).abs() < 1e-12 + expected * 0.01
                || found.is_nan() && expected.is_nan()
        };
        let all = found.len() == 2 && found.iter().zip(&expected).all(close);
        assert!(all, "{scope} {metric:?}: {found:?} is not {expected:?}");
    };
    check("all", Metric::Arrivals, [0.0, 0.2]);
    check("all", Metric::Goodput, [0.2, 0.0]);
    check("all", Metric::InFlightMean, [0.8, 0.6]);
    check("all", Metric::QueueMean, [0.5, 0.2]);
    check("all", Metric::LatencyMean, [9.0, f64::NAN]);
    check("all", Metric::LatencyP50, [9.0, f64::NAN]);
    check("all", Metric::LatencyP99, [9.0, f64::NAN]);
    check("all", Metric::Errors(Cause::Timeout), [0.0, 0.2]);
    check("app.shop", Metric::Throughput, [0.2, 0.0]);
    check("app.shop", Metric::Utilization, [2.0 / 20.0, 0.0]);
    check("app.chat", Metric::Throughput, [0.0, 0.2]);
    assert!(summary.series("client.robots", Metric::Goodput).is_none());
    for metric in [Metric::LatencyP90, Metric::LatencyMax, Metric::QueueMax, Metric::Recovery] {
        assert!(summary.series("all", metric).is_none(), "{metric:?}");
    }
    // One app is all.
    let alone = Recorder::new(plan(&["shop"])).scopes.empty_series();
    assert!(alone.iter().all(|series| series.scope == "all") && !alone.is_empty());
}

#[test]
fn marks_are_the_ends_of_windows_and_intervals() {
    let mut recorder = Recorder::new(plan(&["shop"]));
    let mut marks = Vec::new();
    while recorder.next_mark() != SimTime::NEVER {
        marks.push(recorder.next_mark().since(SimTime::ZERO).seconds());
        recorder.pass(recorder.next_mark());
    }
    assert_eq!(marks, [10.0, 12.0, 15.0, 16.0, 20.0]);
    // An interval that would end after the measured time has no value.
    let odd = Plan { interval: span(4.0), faults: None, ..plan(&["shop"]) };
    let mut recorder = Recorder::new(odd);
    at(&mut recorder, 20.0);
    let summary = recorder.finish();
    assert_eq!(summary.series("all", Metric::Goodput).unwrap().values, [0.0, 0.0]);
    // Where nothing happens and no dyno is up, there are rates, and nothing to divide by.
    let values: Vec<(Metric, f64)> = values(&summary.scopes, "all");
    let zeros = [Metric::Arrivals, Metric::Goodput, Metric::Throughput, Metric::InFlightMean];
    let more = [Metric::QueueMean, Metric::QueueMax];
    check(&values, &[&zeros[..], &more].concat().iter().map(|m| (*m, 0.0)).collect::<Vec<_>>());
}

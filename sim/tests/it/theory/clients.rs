//! Clients in front of more workers than they need: time-outs, retries, hedges.

use super::lab::{Lab, client, workers};
use super::{Family, Row, Table};
use libm::exp;
use sim::metrics::{Cause, Metric};

/// The chapter.
pub const FAMILY: Family = Family {
    title: "M/M/infinity: clients that give up and try again",
    text: "\
A dyno with more workers than requests: nobody waits, latency is work, and everything that clients do \
follows from the law of the work by integration; the work S is exponential with a mean of 1 s and the \
same in every try of a request. With lambda = 100/s, a client that gives up after t and tries k times: \
the share exp(-t) fails, having sent k attempts; an answer takes E[S | S < t]; requests in flight are \
lambda times the mean time to an end (Little); given up work goes on and occupies \
lambda (E[S] + (k - 1) E[S; S > t]) workers, unless it is cancelled. With full jitter the mean wait \
before a retry is half of its ceiling (M. Brooker, *Exponential backoff and jitter*, 2015).",
    fill,
};

const RATE: f64 = 100.0;

/// The share of work longer than `t`.
fn above(t: f64) -> f64 {
    exp(-t)
}

/// The mean of S where S > `t`, and 0 elsewhere.
fn mean_above(t: f64) -> f64 {
    (1.0 + t) * exp(-t)
}

/// What a client's lines lead to.
struct Case {
    setting: &'static str,
    lines: &'static str,
    expected: Vec<(&'static str, f64, Metric)>,
}

fn cases() -> Vec<Case> {
    let tries = |t: f64, tries: f64, pause: f64, cancels: bool| {
        let early = 1.0 - mean_above(t);
        let busy = if cancels {
            early + tries * t * above(t)
        } else {
            1.0 + (tries - 1.0) * mean_above(t)
        };
        let mut expected = vec![
            ("share failed", above(t), Metric::ErrorRate),
            ("failed by time-out, 1/s", RATE * above(t), Metric::Errors(Cause::Timeout)),
            ("mean latency, s", early / (1.0 - above(t)), Metric::LatencyMean),
            (
                "requests in flight",
                RATE * (early + above(t) * (tries * t + pause)),
                Metric::InFlightMean,
            ),
            ("utilization", RATE * busy / 10_000.0, Metric::Utilization),
        ];
        if tries > 1.0 {
            let attempts = 1.0 + (tries - 1.0) * above(t);
            expected.push(("attempts a request", attempts, Metric::AttemptsPerRequest));
        }
        expected
    };
    let case = |setting, lines, expected| Case { setting, lines, expected };
    let three = "timeout = \"1s\"\nretry = { attempts = 3, backoff = { base = \"1s\" } }";
    vec![
        case("time-out 2 s", "timeout = \"2s\"", tries(2.0, 1.0, 0.0, false)),
        case(
            "time-out 2 s, cancels",
            "timeout = \"2s\"\ncancels = true",
            tries(2.0, 1.0, 0.0, true),
        ),
        case(
            "time-out 1 s, twice, no pause",
            "timeout = \"1s\"\nretry = { attempts = 2, backoff = { base = \"0s\" } }",
            tries(1.0, 2.0, 0.0, false),
        ),
        // Half of 1 s, and half of 2 s.
        case("time-out 1 s, three times, full jitter from 1 s", three, tries(1.0, 3.0, 1.5, false)),
        case(
            "hedge after 1 s",
            "hedge = \"1s\"",
            vec![
                ("attempts a request", 1.0 + above(1.0), Metric::AttemptsPerRequest),
                ("mean latency, s", 1.0, Metric::LatencyMean),
                // The second attempt works to its end, too.
                ("utilization", RATE * (1.0 + mean_above(1.0)) / 10_000.0, Metric::Utilization),
            ],
        ),
        case(
            "deadline 1.5 s, time-out 1 s, three times, no pause",
            "deadline = \"1.5s\"\ntimeout = \"1s\"\n\
             retry = { attempts = 3, backoff = { base = \"0s\" } }",
            vec![
                ("failed by deadline, 1/s", RATE * above(1.0), Metric::Errors(Cause::Deadline)),
                ("attempts a request", 1.0 + above(1.0), Metric::AttemptsPerRequest),
            ],
        ),
    ]
}

fn fill(table: &mut Table) {
    for Case { setting, lines, expected } in cases() {
        let arrivals = format!("arrivals.poisson = {{ rate = \"{RATE}/s\" }}\n{lines}");
        let lab = Lab {
            millions: 1.0,
            settle: 30.0,
            process: workers(10_000),
            clients: client(&arrivals),
            ..Lab::new("random", 1, RATE)
        };
        let Some(runs) = table.run(&lab) else { continue };
        for (what, expected, metric) in expected {
            table.add(Row::exact(what, setting, "integration", expected, runs.all(metric)));
        }
    }
}

#[test]
fn holds() {
    FAMILY.check();
}

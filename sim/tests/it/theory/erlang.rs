//! M/M/c: `idle-only` with one router is one central queue, and Erlang's formulas hold.

use super::lab::{Lab, client};
use super::quadrature::quantile;
use super::{Family, Row, Table};
use sim::metrics::Metric;

/// The chapter.
pub const FAMILY: Family = Family {
    title: "M/M/c: Erlang's delay system",
    text: "\
Poisson arrivals, exponential work with a mean of 1 s, `idle-only`, one router, no network: one queue \
in front of c servers, at rho of their capacity. With a = c rho Erlangs, the share of arrivals that \
wait is C(c, a) (A. K. Erlang, *Solution of some problems in the theory of probabilities of \
significance in automatic telephone exchanges*, 1917); the mean wait is C / (c - a); the wait of those \
who wait is exponential with rate c - a (L. Kleinrock, *Queueing Systems*, volume 1, 1975, sections \
3.2 and 3.5). In M/M/1 the latency is exponential with rate 1 - rho.\n\n\
The share that waits is that of a second Poisson client whose work is one nanosecond and whose \
time-out is two: it fails if and only if it finds all servers busy, as often as they are (R. W. Wolff, \
*Poisson arrivals see time averages*, 1982). The shares of latencies above a time are those of clients \
with that time-out, whose work goes on when they have gone.",
    fill,
};

/// The share of arrivals that find all of `servers` busy in a queue without room (Erlang B), by the
/// recursion B(0) = 1, B(k) = a B(k - 1) / (k + a B(k - 1)), at `load` Erlangs.
pub fn erlang_b(servers: u32, load: f64) -> f64 {
    (1..=servers).fold(1.0, |b, k| load * b / (f64::from(k) + load * b))
}

/// The share of arrivals that wait in M/M/c (Erlang C).
pub fn erlang_c(servers: u32, load: f64) -> f64 {
    let b = erlang_b(servers, load);
    let rho = load / f64::from(servers);
    b / (1.0 - rho * (1.0 - b))
}

/// The mean wait in M/M/c, in service times.
pub fn mean_wait(servers: u32, load: f64) -> f64 {
    erlang_c(servers, load) / (f64::from(servers) - load)
}

/// The share of latencies above `time`, in service times: a wait of zero or of an exponential time
/// with rate c - a, and then the work.
fn latency_above(servers: u32, load: f64, time: f64) -> f64 {
    let (waits, rate) = (erlang_c(servers, load), f64::from(servers) - load);
    let (work, both) = (libm::exp(-time), libm::exp(-rate * time));
    let sum = if (rate - 1.0).abs() < 1e-9 {
        (1.0 + time) * work
    } else {
        (rate * work - both) / (rate - 1.0)
    };
    (1.0 - waits) * work + waits * sum
}

/// Servers, load of each, and how many million requests are simulated.
const CASES: &[(u32, f64, f64)] = &[
    (1, 0.5, 2.6),
    (1, 0.7, 9.6),
    (1, 0.8, 11.0),
    (1, 0.9, 28.0),
    (2, 0.5, 4.1),
    (2, 0.7, 8.0),
    (2, 0.8, 8.0),
    (8, 0.7, 14.0),
    (8, 0.8, 20.0),
    (8, 0.9, 38.0),
];

fn fill(table: &mut Table) {
    for &(servers, rho, millions) in CASES {
        let load = rho * f64::from(servers);
        let lab = Lab { millions, settle: 1000.0, ..Lab::new("idle-only", servers, load) };
        let Some(runs) = table.run(&lab) else { continue };
        let setting = format!("c = {servers}, rho = {rho}");
        let row = |what, expected, metric| {
            Row::exact(what, &setting, "Erlang C", expected, runs.all(metric))
        };
        let wait = mean_wait(servers, load);
        table.add(row("mean wait, s", wait, Metric::WaitMean));
        table.add(row("mean latency, s", wait + 1.0, Metric::LatencyMean));
        table.add(row("mean queue", wait * load, Metric::QueueMean));
        table.add(row("utilization", rho, Metric::Utilization));
        let above = |time| latency_above(servers, load, time);
        let median = quantile(above, 0.5);
        table.add(row("median latency, s", median, Metric::LatencyP50).quantile());
        // The tail of a busier queue would take many more requests than its mean.
        if rho < 0.75 {
            let p99 = quantile(above, 0.01);
            table.add(row("p99 of latency, s", p99, Metric::LatencyP99).quantile());
        }
    }
    for (servers, rho, millions) in
        [(1, 0.5, 1.0), (1, 0.8, 1.4), (2, 0.8, 3.4), (8, 0.8, 11.0), (50, 0.9, 16.0)]
    {
        shares(table, servers, rho, millions);
    }
}

/// The shares that wait, and of latencies above some times.
fn shares(table: &mut Table, servers: u32, rho: f64, millions: f64) {
    let load = rho * f64::from(servers);
    let times = [1.0, 3.0];
    let mut lab = Lab { millions, settle: 1000.0, ..Lab::new("idle-only", servers, load) };
    lab.work += "\n[app.shop.endpoint.probe.work]\nconstant = \"1ns\"";
    // As many probes as requests: neither is rarer than it must be.
    let half = load / 2.0;
    lab.clients = client(&format!(
        "endpoint = \"probe\"\narrivals.poisson = {{ rate = \"{load}/s\" }}\ntimeout = \"2ns\""
    ));
    for (client, time) in times.iter().enumerate() {
        lab.clients += &format!(
            "[client.patient-{client}]\nendpoint = \"home\"\n\
             arrivals.poisson = {{ rate = \"{half}/s\" }}\ntimeout = \"{time}s\"\n"
        );
    }
    let Some(runs) = table.run(&lab) else { return };
    let setting = format!("c = {servers}, rho = {rho}");
    let mut add = |what: &str, scope: &str, expected| {
        let found = runs.scope(scope, Metric::ErrorRate);
        table.add(Row::exact(what, &setting, "Erlang C", expected, found));
    };
    add("share that waits", "client.browsers", erlang_c(servers, load));
    for (client, &time) in times.iter().enumerate() {
        let expected = latency_above(servers, load, time);
        add(
            &format!("share of latencies above {time} s"),
            &format!("client.patient-{client}"),
            expected,
        );
    }
}

#[test]
fn holds() {
    FAMILY.check();
}

#[test]
fn the_recursion_gives_the_tables_values() {
    for (load, servers, waits, wait) in [
        (0.8, 1, 0.8, 4.0),
        (1.6, 2, 0.7111, 1.7778),
        (4.0, 5, 0.5541, 0.5541),
        (7.6, 8, 0.8442, 2.1104),
        (45.0, 50, 0.3639, 0.0728),
        (90.0, 100, 0.2169, 0.0217),
    ] {
        assert!((erlang_c(servers, load) - waits).abs() < 6e-5, "C({servers}, {load})");
        assert!((mean_wait(servers, load) - wait).abs() < 6e-5, "W({servers}, {load})");
    }
    // In M/M/1 the latency is exponential.
    assert!((latency_above(1, 0.8, 3.0) - libm::exp(-0.6)).abs() < 1e-12);
}

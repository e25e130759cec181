//! `idle-only` with one router is the central queue of M/M/c: Erlang's formulas.

use super::{Lab, PLAIN, Table, found};
use sim::metrics::Metric;

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
}

/// Runs M/M/c at every load. `millions` of requests are simulated for each load, in all replications.
fn check(servers: u32, cases: [(f64, f64); 5]) {
    let mut table = Table::new("M/M/c, one queue (Erlang C)");
    for (rho, millions) in cases {
        let load = rho * f64::from(servers);
        let results = Lab {
            millions,
            rate: load,
            settle: 0.0,
            mesh: &format!("balancer = \"idle-only\"\n{PLAIN}"),
            dynos: servers,
            workers: 1,
            work: "exponential = \"1s\"",
            client: &format!("arrivals.poisson = {{ rate = \"{load}/s\" }}"),
        }
        .run();
        let wait = mean_wait(servers, load);
        let of = |metric| found(&results, 0, metric);
        // Waits of less than a thousandth of the work need only be as small as they should be.
        let within = if rho > 0.9 { 0.05 } else { 0.03_f64.max(1e-4 / wait) };
        table.exact(
            &format!("mean wait, c = {servers}, rho = {rho}"),
            wait,
            of(Metric::WaitMean),
            within,
        );
        table.exact(
            &format!("utilization, c = {servers}, rho = {rho}"),
            rho,
            of(Metric::Utilization),
            0.01,
        );
    }
    table.judge();
}

#[test]
fn one_dyno_is_mm1() {
    check(1, [(0.5, 0.8), (0.7, 1.5), (0.8, 3.0), (0.9, 11.0), (0.95, 12.0)]);
}

#[test]
fn two_dynos_are_mm2() {
    check(2, [(0.5, 0.8), (0.7, 1.5), (0.8, 3.0), (0.9, 11.0), (0.95, 12.0)]);
}

#[test]
fn eight_dynos_are_mm8() {
    check(8, [(0.5, 8.0), (0.7, 7.0), (0.8, 7.0), (0.9, 11.0), (0.95, 14.0)]);
}

#[test]
fn thirty_two_dynos_are_mm32() {
    check(32, [(0.5, 2.0), (0.7, 38.0), (0.8, 23.0), (0.9, 18.0), (0.95, 22.0)]);
}

//! Balancers with one router: the supermarket model, and what a table says of the others.

use super::{Found, Lab, PLAIN, Table, found};
use sim::experiment::Results;
use sim::metrics::Metric;

/// The mean sojourn, in service times, of the supermarket model: the least loaded of `choices` of
/// infinitely many dynos at the load `lambda` each (Vvedenskaya, Dobrushin and Karpelevich 1996;
/// Mitzenmacher 1996): the sum over i of lambda^((d^i - d) / (d - 1)).
fn supermarket(lambda: f64, choices: u32) -> f64 {
    let d = f64::from(choices);
    (1..12).map(|i| libm::pow(lambda, (libm::pow(d, f64::from(i)) - d) / (d - 1.0))).sum()
}

/// A hundred dynos with exponential work of one second.
fn hundred(balancer: &str, rho: f64, millions: f64, settle: f64) -> Results {
    let rate = 100.0 * rho;
    Lab {
        millions,
        rate,
        settle,
        mesh: &format!("{balancer}\n{PLAIN}"),
        dynos: 100,
        workers: 1,
        work: "exponential = \"1s\"",
        client: &format!("arrivals.poisson = {{ rate = \"{rate}/s\" }}"),
    }
    .run()
}

#[test]
fn the_formula_gives_the_listed_values() {
    for (lambda, listed) in [(0.5, 1.2657), (0.8, 1.9474), (0.9, 2.6141)] {
        assert!((supermarket(lambda, 2) - listed).abs() < 6e-5, "{lambda}");
    }
}

#[test]
fn two_or_three_choices_are_the_supermarket_model() {
    let mut table = Table::new("supermarket model, 100 dynos");
    for (choices, rho) in [(2, 0.5), (2, 0.8), (2, 0.9), (3, 0.5), (3, 0.8), (3, 0.9)] {
        let balancer = format!("balancer.p2c = {{ choices = {choices} }}");
        let results = hundred(&balancer, rho, 1.5, 100.0);
        let theory = supermarket(rho, choices);
        let latency = found(&results, 0, Metric::LatencyMean);
        table.near(
            &format!("mean sojourn, d = {choices}, rho = {rho}"),
            theory,
            latency,
            0.03 * theory,
        );
        // A finite number of dynos is worse than an infinite one, never better.
        let Found { mean, half } = latency;
        table.near("    and not below", theory.max(mean), Found { mean, half }, half.max(1e-9));
    }
    table.judge();
}

#[test]
fn the_balancers_stand_as_in_the_table() {
    let mut table = Table::new("mean sojourn, 100 dynos at 0.9");
    for (balancer, listed, millions, settle) in [
        ("random", 9.97, 6.0, 2000.0),
        ("round-robin", 5.21, 6.0, 1000.0),
        ("least-loaded", 1.066, 2.0, 100.0),
        ("idle-only", 1.022, 2.0, 100.0),
        ("p2c", 2.65, 2.0, 100.0),
    ] {
        let results = hundred(&format!("balancer = \"{balancer}\""), 0.9, millions, settle);
        table.near(balancer, listed, found(&results, 0, Metric::LatencyMean), 0.03 * listed);
    }
    table.judge();
}

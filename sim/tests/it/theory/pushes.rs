//! Balancers that dynos speak to: Join-Idle-Queue and Prequal.
//!
//! The waits of Rap Genius' platform with R routers come from an independent program: a hundred
//! first-in first-out dynos, whose idle dynos join a random queue each time that they become idle and
//! leave it when they are taken off, first in first out. The same program gives 52 and 279 ms where a
//! dyno has one entry at most, 31 and 215 ms where work from another router takes it off its queue, and
//! 44 and 208 ms where queues are last in first out: the tabulated 71 and 283 ms are told apart.

use super::{Found, Lab, PLAIN, Table, found};
use sim::experiment::Results;
use sim::metrics::Metric;

const RAP: &str = "weibull = { shape = 0.46, median = \"50ms\" }\nclip = [\"10ms\", \"30s\"]";

/// Rap Genius' 9,000 requests a minute to a hundred dynos.
fn rap_genius(mesh: &str, millions: f64) -> Results {
    Lab {
        millions,
        rate: 150.0,
        settle: 300.0,
        mesh: &format!("{mesh}\n{PLAIN}"),
        dynos: 100,
        workers: 1,
        work: RAP,
        client: "arrivals.poisson = { rate = \"9000/min\" }",
    }
    .run()
}

/// A hundred dynos with exponential work of one second at this load.
fn hundred(mesh: &str, rho: f64, millions: f64) -> Found {
    let rate = 100.0 * rho;
    let results = Lab {
        millions,
        rate,
        settle: 100.0,
        mesh: &format!("{mesh}\n{PLAIN}"),
        dynos: 100,
        workers: 1,
        work: "exponential = \"1s\"",
        client: &format!("arrivals.poisson = {{ rate = \"{rate}/s\" }}"),
    }
    .run();
    found(&results, 0, Metric::LatencyMean)
}

#[test]
fn idle_dynos_of_one_router_are_nearly_the_shortest_queue() {
    let mut table = Table::new("JIQ, 100 dynos at 0.9, mean sojourn");
    // With one router, or routers that are one, whoever is asked for the length is that one.
    for mesh in [
        "balancer = \"jiq\"",
        "balancer.jiq.join = \"sq2\"",
        "balancer = \"jiq\"\nrouters = 8\nknowledge = \"shared\"",
    ] {
        let what = mesh.lines().last().unwrap_or(mesh);
        table.near(what, 1.073, hundred(mesh, 0.9, 2.0), 0.03 * 1.073);
    }
    table.judge();
}

#[test]
fn idle_dynos_of_many_routers_wait_as_in_the_table() {
    let mut table = Table::new("Rap Genius, 100 dynos, JIQ, mean wait in s");
    for (join, routers, listed, within) in [
        ("random", 1, 0.0, 0.0),
        ("random", 8, 0.071, 0.05),
        ("random", 64, 0.283, 0.03),
        ("sq2", 8, 0.0008, 0.0),
        ("sq2", 64, 0.1846, 0.03),
    ] {
        let mesh = format!("routers = {routers}\nbalancer.jiq.join = \"{join}\"");
        let wait = found(&rap_genius(&mesh, 4.0), 0, Metric::WaitMean);
        let slack = f64::max(0.000_5, within * listed);
        table.near(&format!("{join}, R = {routers}"), listed, wait, slack);
    }
    table.judge();
}

#[test]
fn without_word_from_dynos_both_are_random() {
    let mut table = Table::new("all reports are lost, 100 dynos at 0.5");
    for balancer in ["prequal", "jiq"] {
        let mesh = format!("balancer = \"{balancer}\"\nreports.loss = 1");
        // M/M/1 at a half.
        table.near(balancer, 2.0, hundred(&mesh, 0.5, 1.0), 0.04);
    }
    table.judge();
}

#[test]
fn probes_see_what_other_routers_sent() {
    // Sixty-four routers that only count are random: 0.562 s with two choices.
    let wait = |mesh: &str| found(&rap_genius(mesh, 2.0), 0, Metric::WaitMean).mean;
    let prequal = wait("routers = 64\nbalancer = \"prequal\"");
    let p2c = wait("routers = 64\nbalancer = \"p2c\"");
    println!("R = 64: prequal waits {prequal:.3} s, p2c {p2c:.3} s");
    assert!(prequal < 0.6 * p2c, "prequal {prequal}, p2c {p2c}");
}

/// The mean over replications of what 16 routers and 40 dynos measure, while something is wrong with
/// some of the dynos for most of the measured time.
fn with_fault(balancer: &str, fault: &str, metric: Metric) -> f64 {
    let rate = 500.0;
    let results = Lab {
        millions: 2.0,
        rate,
        settle: 20.0,
        mesh: &format!("routers = 16\nbalancer = \"{balancer}\"\nfirst-byte = \"1s\""),
        dynos: 40,
        workers: 1,
        work: "exponential = \"30ms\"",
        client: &format!(
            "arrivals.poisson = {{ rate = \"{rate}/s\" }}\n[[event]]\nat = \"0s\"\nfor = \"90s\"\n{fault}"
        ),
    }
    .run();
    found(&results, 0, metric).mean
}

#[test]
fn probes_tell_slow_dynos_and_dead_ones() {
    let slow = "slow = { app = \"shop\", factor = 3, dynos = 10 }";
    let freeze = "freeze = { app = \"shop\", dynos = 10 }";
    for (fault, metric, most) in
        [(slow, Metric::LatencyMean, 0.8), (freeze, Metric::ErrorRate, 0.5)]
    {
        let [prequal, p2c] = ["prequal", "p2c"].map(|balancer| with_fault(balancer, fault, metric));
        println!("{fault}: {} of prequal {prequal:.4}, of p2c {p2c:.4}", metric.name());
        assert!(prequal < most * p2c, "{fault}: prequal {prequal}, p2c {p2c}");
    }
}

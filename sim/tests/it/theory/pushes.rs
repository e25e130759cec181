//! Balancers that dynos speak to: Join-Idle-Queue and Prequal.

use super::lab::{Lab, PLAIN, client};
use super::{Family, Row, Table};
use sim::metrics::Metric;

/// The chapter.
pub const FAMILY: Family = Family {
    title: "Dynos that speak: Join-Idle-Queue and Prequal",
    text: "\
The listed sojourn of `jiq` (Y. Lu and others 2011) with one router is that of another program, rounded; \
its rounding is allowed. With R routers, Rap Genius' platform again. The listed waits come from an \
independent program: a hundred first-in first-out dynos that join a router's idle queue each time that \
they become idle and leave it when they are taken off, first in first out. How sure they are is not \
known, so 3 % and half of the last digit are allowed. The same program gives 52 and 279 ms at R = 8 and \
64 where a dyno has one entry at most, 31 and 215 ms where work from another router takes it off its \
queue, and 44 and 208 ms where queues are last in first out: the listed 71 and 283 ms are told apart. \
Without a word from dynos `jiq` and `prequal` are `random`, and each dyno is M/M/1.",
    fill,
};

const RAP: &str = "weibull = { shape = 0.46, median = \"50ms\" }\nclip = [\"10ms\", \"30s\"]";

/// Rap Genius' 9,000 requests a minute to a hundred dynos.
fn rap_genius(mesh: &str, millions: f64) -> Lab {
    Lab {
        millions,
        settle: 200.0,
        mesh: format!("{mesh}\n{PLAIN}"),
        work: RAP.into(),
        ..Lab::new("", 100, 150.0)
    }
}

/// A hundred dynos with exponential work of one second at this load.
fn hundred(mesh: &str, rho: f64, millions: f64) -> Lab {
    Lab { millions, mesh: format!("{mesh}\n{PLAIN}"), ..Lab::new("", 100, 100.0 * rho) }
}

fn fill(table: &mut Table) {
    // With one router, or routers that are one, whoever is asked for the length is that one.
    for (name, mesh) in [
        ("`jiq`", "balancer = \"jiq\""),
        ("`jiq`, `sq2`", "balancer.jiq.join = \"sq2\""),
        ("`jiq`, R = 8, `shared`", "balancer = \"jiq\"\nrouters = 8\nknowledge = \"shared\""),
    ] {
        let Some(runs) = table.run(&hundred(mesh, 0.9, 2.0)) else { continue };
        let setting = format!("{name}, 100 dynos, rho = 0.9");
        let found = runs.all(Metric::LatencyMean);
        table.add(Row::exact("mean latency, s", &setting, "listed", 1.073, found).within(0.000_5));
    }
    for (join, routers, listed, digit, millions) in [
        ("random", 1, 0.0, 1e-3, 1.0),
        ("random", 8, 0.071, 1e-3, 3.0),
        ("random", 64, 0.283, 1e-3, 3.0),
        ("sq2", 8, 0.000_8, 1e-4, 3.0),
        ("sq2", 64, 0.184_6, 1e-4, 3.0),
    ] {
        let mesh = format!("routers = {routers}\nbalancer.jiq.join = \"{join}\"");
        let Some(runs) = table.run(&rap_genius(&mesh, millions)) else { continue };
        let setting = format!("Rap Genius, `jiq` by `{join}`, R = {routers}");
        let row =
            Row::exact("mean wait, s", &setting, "listed", listed, runs.all(Metric::WaitMean));
        table.add(row.within(0.03 * listed + digit / 2.0));
    }
    for balancer in ["prequal", "jiq"] {
        let mesh = format!("balancer = \"{balancer}\"\nreports.loss = 1");
        let Some(runs) = table.run(&hundred(&mesh, 0.5, 1.0)) else { continue };
        let setting = format!("`{balancer}` that hears nothing, 100 dynos, rho = 0.5");
        let found = runs.all(Metric::LatencyMean);
        table.add(Row::exact("mean latency, s", &setting, "M/M/1", 2.0, found));
    }
}

#[test]
fn holds() {
    FAMILY.check();
}

#[test]
fn probes_see_what_other_routers_sent() {
    // Sixty-four routers that only count are random: 0.562 s with two choices.
    let wait = |mesh: &str| rap_genius(mesh, 0.3).run().all(Metric::WaitMean).mean;
    let prequal = wait("routers = 64\nbalancer = \"prequal\"");
    let p2c = wait("routers = 64\nbalancer = \"p2c\"");
    assert!(prequal < 0.6 * p2c, "prequal {prequal}, p2c {p2c}");
}

/// The mean over replications of what 16 routers and 40 dynos measure, while something is wrong with
/// ten of the dynos.
fn with_fault(balancer: &str, fault: &str, metric: Metric) -> f64 {
    let mut lab = Lab {
        millions: 0.4,
        settle: 20.0,
        mesh: format!("routers = 16\nbalancer = \"{balancer}\"\nfirst-byte = \"1s\""),
        work: "exponential = \"30ms\"".into(),
        clients: client("arrivals.poisson = { rate = \"500/s\" }"),
        ..Lab::new("", 40, 500.0)
    };
    lab.clients += &format!("[[event]]\nat = \"0s\"\n{fault}\n");
    lab.run().all(metric).mean
}

#[test]
fn probes_tell_slow_dynos_and_dead_ones() {
    let slow = "slow = { app = \"shop\", factor = 3, dynos = 10 }";
    let freeze = "freeze = { app = \"shop\", dynos = 10 }";
    for (fault, metric, most) in
        [(slow, Metric::LatencyMean, 0.8), (freeze, Metric::ErrorRate, 0.5)]
    {
        let [prequal, p2c] = ["prequal", "p2c"].map(|balancer| with_fault(balancer, fault, metric));
        assert!(prequal < most * p2c, "{fault}: prequal {prequal}, p2c {p2c}");
    }
}

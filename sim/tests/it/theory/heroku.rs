//! Heroku's mesh in public numbers: Rap Genius' dynos, many routers, Timelike's Bamboo.

use super::general::pollaczek_khinchine;
use super::lab::{Lab, PLAIN, client, workers};
use super::quadrature::clipped_weibull;
use super::{Family, Row, Table};
use sim::metrics::Metric;

/// The chapter.
pub const FAMILY: Family = Family {
    title: "Heroku's mesh: Rap Genius and Timelike",
    text: "\
*Rap Genius* (\"Heroku's ugly secret\", 2013, and the code published with it): 9,000 Poisson requests a \
minute, work by Weibull's law with shape 0.46 and a median of 50 ms, at least 10 ms and at most 30 s. \
*Timelike* (K. Kingsbury, 2013): 250 dynos, a request each 1.5 ms, work of 20 ms and an exponential time \
with mean 100 ms, a cable of 2 ms each way. The listed values are those of another program, run on these \
published parameters in the steady state and rounded; how sure they are is not known, so 3 % and half \
of the last digit are allowed. Under `random` both are M/G/1, and theory is exact. With R routers that \
share nothing, every rule decays to `random`: what Rap Genius saw.",
    fill,
};

const RAP: &str = "weibull = { shape = 0.46, median = \"50ms\" }\nclip = [\"10ms\", \"30s\"]";

/// How far the listed values may be off, relative.
const LISTED: f64 = 0.03;

/// A row of a listed value that is rounded to `digit`.
fn listed(
    what: &str,
    setting: &str,
    value: f64,
    digit: f64,
    runs: &super::Runs,
    metric: Metric,
) -> Row {
    Row::exact(what, setting, "listed", value, runs.all(metric))
        .within(LISTED * value + digit / 2.0)
}

/// Rap Genius' platform.
fn rap_genius(mesh: &str, dynos: u32, count: u32, millions: f64) -> Lab {
    Lab {
        millions,
        settle: 200.0,
        mesh: format!("{mesh}\n{PLAIN}"),
        process: workers(count),
        work: RAP.into(),
        ..Lab::new("", dynos, 150.0)
    }
}

fn fill(table: &mut Table) {
    for (balancer, count, waits, digit, millions) in [
        ("random", 1, [1.085, 0.633], 1e-3, [19.0, 11.0]),
        ("round-robin", 1, [0.832, 0.456], 1e-3, [3.0, 1.5]),
        ("p2c", 1, [0.244, 0.132], 1e-3, [1.2, 1.0]),
        ("least-loaded", 1, [0.0, 0.0], 1e-3, [1.0, 1.0]),
        ("idle-only", 1, [0.0, 0.0], 1e-3, [1.0, 1.0]),
        ("random", 2, [0.058, 0.031], 1e-3, [1.5, 1.5]),
        ("random", 4, [0.000_3, 0.000_1], 1e-4, [2.0, 2.0]),
    ] {
        for ((dynos, wait), millions) in [75, 100].into_iter().zip(waits).zip(millions) {
            let mesh = format!("balancer = \"{balancer}\"");
            let Some(runs) = table.run(&rap_genius(&mesh, dynos, count, millions)) else {
                continue;
            };
            let setting = format!("Rap Genius, `{balancer}`, {dynos} dynos of {count}");
            table.add(listed("mean wait, s", &setting, wait, digit, &runs, Metric::WaitMean));
            if (balancer, count) == ("random", 1) {
                let moments = clipped_weibull(0.46, 0.05, 0.01, 30.0);
                let exact = pollaczek_khinchine(150.0 * moments[0] / f64::from(dynos), moments);
                let found = runs.all(Metric::WaitMean);
                let source = "Pollaczek-Khinchine";
                table.add(Row::exact("mean wait, s", &setting, source, exact, found));
            }
        }
    }
    many_routers(table);
    timelike(table);
}

fn many_routers(table: &mut Table) {
    for (balancer, waits) in [
        ("random", [(1, 0.633), (8, 0.633), (64, 0.633)]),
        ("least-loaded", [(1, 0.0), (8, 0.342), (64, 0.562)]),
        ("idle-only", [(1, 0.0), (8, 0.342), (64, 0.562)]),
        ("p2c", [(1, 0.132), (8, 0.366), (64, 0.562)]),
    ] {
        for (routers, wait) in waits {
            let mesh = format!("routers = {routers}\nbalancer = \"{balancer}\"");
            let millions = if wait == 0.0 { 1.0 } else { 1.6 };
            let Some(runs) = table.run(&rap_genius(&mesh, 100, 1, millions)) else { continue };
            let setting = format!("Rap Genius, `{balancer}`, R = {routers}, 100 dynos");
            table.add(listed("mean wait, s", &setting, wait, 1e-3, &runs, Metric::WaitMean));
        }
    }
    // With knowledge of the others the routers are one.
    let mesh = "routers = 64\nknowledge = \"shared\"\nbalancer = \"p2c\"";
    let Some(runs) = table.run(&rap_genius(mesh, 100, 1, 1.0)) else { return };
    let setting = "Rap Genius, `p2c`, R = 64, `shared`, 100 dynos";
    table.add(listed("mean wait, s", setting, 0.132, 1e-3, &runs, Metric::WaitMean));
}

/// 20 ms and an exponential time of mean 100 ms, as a table of quantiles.
fn timelike_work() -> String {
    let mut points = vec!["[0, \"20ms\"]".to_string()];
    let grid = (1..400).map(|k| 1.0 - libm::exp(-f64::from(k) / 25.0));
    for share in grid.chain([1.0 - 1e-8]) {
        let seconds = 0.02 - 0.1 * libm::log(1.0 - share);
        let one = if share > 1.0 - 1e-7 { 1.0 } else { share };
        points.push(format!("[{one:.9}, \"{seconds:.9}s\"]"));
        if one == 1.0 {
            break;
        }
    }
    format!("empirical = {{ quantiles = [{}] }}", points.join(", "))
}

fn timelike(table: &mut Table) {
    let work = timelike_work();
    for (balancer, routers, wait, quantiles) in [
        ("random", 1, 0.0475, [0.126, 0.466, 0.704]),
        ("least-loaded", 1, 0.0, [0.093, 0.325, 0.486]),
        ("least-loaded", 4, 0.0295, [0.115, 0.407, 0.606]),
    ] {
        let lab = Lab {
            millions: 1.5,
            settle: 60.0,
            // Four hops make the two ways through the dyno's cable.
            mesh: format!(
                "balancer = \"{balancer}\"\nrouters = {routers}\n{}",
                PLAIN.replace("0s", "1ms")
            ),
            work: work.clone(),
            clients: client("arrivals.poisson = { rate = \"40000/min\" }"),
            ..Lab::new("", 250, 1e3 / 1.5)
        };
        let Some(runs) = table.run(&lab) else { continue };
        let setting = format!("Timelike, `{balancer}`, R = {routers}");
        table.add(listed("mean wait, s", &setting, wait, 1e-4, &runs, Metric::WaitMean));
        for ((what, metric), value) in [
            ("median latency, s", Metric::LatencyP50),
            ("p95 of latency, s", Metric::LatencyP95),
            ("p99 of latency, s", Metric::LatencyP99),
        ]
        .into_iter()
        .zip(quantiles)
        {
            table.add(listed(what, &setting, value, 1e-3, &runs, metric));
        }
        if wait == 0.0 {
            // Nobody waits, so latency is the cable and the work.
            for (what, share, metric) in [
                ("median latency, s", 0.5, Metric::LatencyP50),
                ("p99 of latency, s", 0.01, Metric::LatencyP99),
            ] {
                let exact = 0.024 - 0.1 * libm::log(share);
                table
                    .add(Row::exact(what, &setting, "no wait", exact, runs.all(metric)).quantile());
            }
        }
        if balancer == "random" {
            let exact = pollaczek_khinchine(0.32, [0.12, 0.0244]);
            let found = runs.all(Metric::WaitMean);
            table.add(Row::exact("mean wait, s", &setting, "Pollaczek-Khinchine", exact, found));
        }
    }
}

#[test]
fn holds() {
    FAMILY.check();
}

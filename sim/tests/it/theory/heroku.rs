//! Published tables of Heroku's mesh: Rap Genius' dynos, many routers, Timelike's Bamboo.
//!
//! The workload of Rap Genius (2013): 9,000 requests a minute, work by Weibull with shape 0.46 and a
//! median of 50 ms, between 10 ms and 30 s. Timelike is aphyr's simulation of Bamboo (2013).

use super::{Lab, Table, found};
use sim::experiment::Results;
use sim::metrics::Metric;

const RAP: &str = "weibull = { shape = 0.46, median = \"50ms\" }\nclip = [\"10ms\", \"30s\"]";

/// The mean of that work in seconds and its squared coefficient of variation.
const RAP_MEAN: f64 = 0.264_33;
const RAP_CV2: f64 = 6.22;

/// Rap Genius' platform with `dynos` of `workers` workers.
fn rap_genius(mesh: &str, dynos: u32, workers: u32, millions: f64) -> Results {
    let mesh = format!("{mesh}\n{}", super::PLAIN);
    let client = "arrivals.poisson = { rate = \"9000/min\" }";
    let rate = 150.0;
    Lab { millions, rate, settle: 300.0, mesh: &mesh, dynos, workers, work: RAP, client }.run()
}

#[test]
fn rap_genius_dynos_wait_as_in_the_table() {
    let mut table = Table::new("Rap Genius, mean wait in s");
    for (balancer, workers, at_75, at_100) in [
        ("random", 1, 1.085, 0.633),
        ("round-robin", 1, 0.832, 0.456),
        ("p2c", 1, 0.244, 0.132),
        ("least-loaded", 1, 0.0, 0.0),
        ("idle-only", 1, 0.0, 0.0),
        ("random", 2, 0.058, 0.031),
        ("random", 4, 0.0003, 0.0001),
    ] {
        for (dynos, listed) in [(75, at_75), (100, at_100)] {
            let millions = match (balancer, workers) {
                ("random" | "round-robin", 1) => 8.0,
                ("random", 2) => 9.0,
                ("random" | "p2c", _) => 4.0,
                _ => 1.0,
            };
            let mesh = format!("balancer = \"{balancer}\"");
            let results = rap_genius(&mesh, dynos, workers, millions);
            let wait = found(&results, 0, Metric::WaitMean);
            // Rounded to a millisecond, with four workers to a tenth of it; else within 3 %.
            let rounding: f64 = if workers == 4 { 0.000_05 } else { 0.000_5 };
            let slack = rounding.max(0.03 * listed);
            let what = format!("{balancer}, {dynos} dynos of {workers}");
            table.near(&what, listed, wait, slack);
            if balancer == "random" && workers == 1 {
                let rho = 150.0 * RAP_MEAN / f64::from(dynos);
                let wait_mean = RAP_MEAN * rho * (1.0 + RAP_CV2) / (2.0 * (1.0 - rho));
                table.near(
                    "    the same by Pollaczek-Khinchine",
                    wait_mean,
                    wait,
                    0.03 * wait_mean,
                );
            }
        }
    }
    table.judge();
}

#[test]
fn many_routers_that_share_nothing_decay_to_random() {
    let mut table = Table::new("Rap Genius, 100 dynos, R routers, mean wait in s");
    for (balancer, at_8, at_64) in [
        ("random", 0.633, 0.633),
        ("least-loaded", 0.342, 0.562),
        ("idle-only", 0.342, 0.562),
        ("p2c", 0.366, 0.562),
    ] {
        for (routers, listed) in [(8, at_8), (64, at_64)] {
            let mesh = format!("routers = {routers}\nbalancer = \"{balancer}\"");
            let wait = found(&rap_genius(&mesh, 100, 1, 4.0), 0, Metric::WaitMean);
            table.near(&format!("{balancer}, R = {routers}"), listed, wait, 0.03 * listed);
        }
    }
    // With knowledge of the others the routers are one.
    let mesh = "routers = 64\nknowledge = \"shared\"\nbalancer = \"p2c\"";
    let wait = found(&rap_genius(mesh, 100, 1, 4.0), 0, Metric::WaitMean);
    table.near("p2c, R = 64, shared", 0.132, wait, 0.03 * 0.132);
    table.judge();
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

#[test]
fn timelikes_bamboo_answers_as_in_the_table() {
    let mut table = Table::new("Timelike, 250 dynos, in s");
    let work = timelike_work();
    for (balancer, wait, p50, p95, p99) in
        [("random", 0.0475, 0.126, 0.466, 0.704), ("least-loaded", 0.0, 0.093, 0.325, 0.486)]
    {
        let results = Lab {
            millions: 4.0,
            rate: 1e3 / 1.5,
            settle: 60.0,
            // A hop of 1 ms makes the 2 ms of Timelike's two cables, there and back.
            mesh: &format!(
                "balancer = \"{balancer}\"\nhop = \"1ms\"\nlimit = \"unlimited\"\n\
                 backlog = \"unlimited\"\nfirst-byte = \"unlimited\""
            ),
            dynos: 250,
            workers: 1,
            work: &work,
            client: "arrivals.poisson = { rate = \"40000/min\" }",
        }
        .run();
        for (metric, listed) in [
            (Metric::WaitMean, wait),
            (Metric::LatencyP50, p50),
            (Metric::LatencyP95, p95),
            (Metric::LatencyP99, p99),
        ] {
            let what = format!("{}, {balancer}", metric.name());
            let slack = f64::max(0.02 * listed, 0.000_5);
            table.near(&what, listed, found(&results, 0, metric), slack);
        }
    }
    table.judge();
}

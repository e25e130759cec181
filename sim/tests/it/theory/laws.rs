//! Work of any law on one dyno, `random` over many, and Little's law.

use super::{Found, Lab, PLAIN, Table, found, scenario};
use sim::metrics::Metric;
use sim::platform::simulate;
use sim::rng::Seed;

/// The mean wait in M/G/1 by Pollaczek and Khinchine: `rho` of load, work of mean 1 with the squared
/// coefficient of variation `cv2`.
fn pollaczek_khinchine(rho: f64, cv2: f64) -> f64 {
    rho * (1.0 + cv2) / (2.0 * (1.0 - rho))
}

#[test]
fn work_of_any_law_waits_as_pollaczek_and_khinchine_say() {
    let gamma = |x: f64| libm::tgamma(x);
    let weibull = |k: f64| gamma(1.0 + 2.0 / k) / libm::pow(gamma(1.0 + 1.0 / k), 2.0) - 1.0;
    let mut table = Table::new("M/G/1 (Pollaczek-Khinchine)");
    for (work, cv2, rho, millions) in [
        ("constant = \"1s\"", 0.0, 0.9, 6.0),
        ("erlang = { k = 2, mean = \"1s\" }", 0.5, 0.9, 8.0),
        ("uniform = [\"0s\", \"2s\"]", 1.0 / 3.0, 0.8, 3.0),
        ("hyperexponential = { mean = \"1s\", cv2 = 4 }", 4.0, 0.8, 8.0),
        ("lognormal = { mean = \"1s\", sigma = 1 }", libm::exp(1.0) - 1.0, 0.7, 6.0),
        ("weibull = { shape = 0.7, mean = \"1s\" }", weibull(0.7), 0.8, 6.0),
    ] {
        let results = Lab {
            millions,
            rate: rho,
            settle: 0.0,
            mesh: PLAIN,
            dynos: 1,
            workers: 1,
            work,
            client: &format!("arrivals.poisson = {{ rate = \"{rho}/s\" }}"),
        }
        .run();
        let what = format!("mean wait, {} at {rho}", &work[..work.find(' ').unwrap()]);
        table.exact(
            &what,
            pollaczek_khinchine(rho, cv2),
            found(&results, 0, Metric::WaitMean),
            0.03,
        );
    }
    // The listed values of the formula itself, at 0.9.
    for (cv2, wait) in [(0.0, 4.5), (0.5, 6.75), (1.0, 9.0), (4.0, 22.5)] {
        assert!((pollaczek_khinchine(0.9, cv2) - wait).abs() < 1e-9);
    }
    table.judge();
}

#[test]
fn random_is_as_many_queues_as_dynos() {
    let mut table = Table::new("random = n times M/M/1");
    for (dynos, rho, millions) in [(4, 0.5, 1.0), (10, 0.8, 4.0), (25, 0.9, 10.0)] {
        let results = Lab {
            millions,
            rate: rho * f64::from(dynos),
            settle: 2000.0,
            mesh: PLAIN,
            dynos,
            workers: 1,
            work: "exponential = \"1s\"",
            client: &format!("arrivals.poisson = {{ rate = \"{}/s\" }}", rho * f64::from(dynos)),
        }
        .run();
        let latency = 1.0 / (1.0 - rho);
        let of = |metric| found(&results, 0, metric);
        let what = |metric: &str| format!("{metric}, n = {dynos}, rho = {rho}");
        table.exact(&what("mean wait"), rho * latency, of(Metric::WaitMean), 0.03);
        table.exact(&what("mean latency"), latency, of(Metric::LatencyMean), 0.03);
        // The sojourn in M/M/1 is exponential, so its median is ln 2 times its mean; histograms
        // keep three digits.
        let median = latency * std::f64::consts::LN_2;
        table.near(&what("median latency"), median, of(Metric::LatencyP50), 0.03 * median);
    }
    table.judge();
}

/// A busy platform with all that makes bookkeeping hard except failures.
const MIXED: &str = r#"
schema = 1
[run]
duration = "2000s"
warmup = "100s"
[mesh]
routers = 3
balancer = "p2c"
hop = "5ms"
limit = 3
backlog = "unlimited"
first-byte = "unlimited"
[app.shop]
dynos = 7
process.workers = { count = 2, backlog = "unlimited" }
endpoint.home = { share = 3, work.lognormal = { median = "80ms", p99 = "600ms" } }
endpoint.buy = { share = 1, work.exponential = "150ms" }
[client.browsers]
arrivals.poisson = { rate = "90/s" }
[client.robots]
users = 10
think.exponential = "1s"
"#;

#[test]
fn littles_law_holds_in_every_run() {
    let scenario = scenario(MIXED);
    let platform = &scenario.variants[0].platform;
    let mut table = Table::new("Little's law, one run each");
    for replication in 0..4 {
        let summary = simulate(platform, Seed { scenario: 1, replication }, &[]);
        let of = |scope: &str, metric| summary.value(scope, metric).unwrap();
        for scope in ["all", "app.shop", "client.browsers", "client.robots"] {
            // Only what is under way at the two ends of the run is counted differently.
            let little = of(scope, Metric::Goodput) * of(scope, Metric::LatencyMean);
            let mean = of(scope, Metric::InFlightMean);
            table.near(
                &format!("requests under way, {scope}"),
                little,
                Found { mean, half: 0.0 },
                0.002 * little,
            );
        }
        let little = of("all", Metric::Throughput) * of("all", Metric::WaitMean);
        let mean = of("all", Metric::QueueMean);
        table.near("attempts queued", little, Found { mean, half: 0.0 }, 0.005 * little);
        // Four hops, the wait and the work make the latency.
        let work = of("all", Metric::Utilization) * 14.0 / of("all", Metric::Throughput);
        let parts = 0.02 + of("all", Metric::WaitMean) + work;
        let mean = of("all", Metric::LatencyMean);
        table.near("latency from its parts", parts, Found { mean, half: 0.0 }, 0.002 * parts);
    }
    table.judge();
}

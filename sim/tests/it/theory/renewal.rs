//! GI/M/1: arrivals at even distances, or every n-th of a Poisson process.

use super::lab::{Lab, client};
use super::{Family, Row, Table};
use sim::metrics::Metric;

/// The chapter.
pub const FAMILY: Family = Family {
    title: "GI/M/1: `steady` arrivals and `round-robin`",
    text: "\
Exponential work with a mean of 1 s. Under `round-robin` by one router each of n dynos gets every n-th \
request of a Poisson process: it is E_n/M/1. `steady` arrivals on one dyno are D/M/1. With sigma the \
root in (0, 1) of sigma = A(1 - sigma), A being the Laplace transform of the time between arrivals at a \
dyno, the share that waits is sigma, the mean wait sigma / (1 - sigma), and the latency is exponential \
with rate 1 - sigma (D. G. Kendall 1953; Kleinrock, volume 1, section 6.4).",
    fill,
};

/// The root sigma where arrivals come at distances of `stages` exponential stages each, at `rho` of a
/// server with work of mean 1; without stages at even distances. By bisection of A(1 - s) - s, which
/// is positive below the root and negative above it.
pub fn root(rho: f64, stages: Option<u32>) -> f64 {
    let transform = |s: f64| match stages {
        Some(n) => libm::pow(1.0 + s / (f64::from(n) * rho), -f64::from(n)),
        None => libm::exp(-s / rho),
    };
    let (mut low, mut high) = (0.0, 1.0 - 1e-9);
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if transform(1.0 - middle) > middle { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// Dynos under `round-robin`, or none for one dyno with `steady` arrivals; load; million requests.
const CASES: &[(Option<u32>, f64, f64)] = &[
    (None, 0.5, 2.2),
    (None, 0.7, 3.3),
    (None, 0.8, 5.0),
    (None, 0.9, 19.0),
    (Some(2), 0.5, 2.3),
    (Some(2), 0.8, 7.4),
    (Some(2), 0.9, 19.0),
    (Some(5), 0.5, 2.2),
    (Some(5), 0.8, 6.5),
    (Some(100), 0.7, 4.0),
    (Some(100), 0.9, 20.5),
];

fn fill(table: &mut Table) {
    for &(stages, rho, millions) in CASES {
        let dynos = stages.unwrap_or(1);
        let rate = rho * f64::from(dynos);
        let mut lab = Lab { millions, settle: 1000.0, ..Lab::new("round-robin", dynos, rate) };
        if stages.is_none() {
            lab.clients = client(&format!("arrivals.steady = {{ rate = \"{rate}/s\" }}"));
        }
        let Some(runs) = table.run(&lab) else { continue };
        let sigma = root(rho, stages);
        let setting = match stages {
            Some(dynos) => format!("`round-robin` over {dynos}, rho = {rho}"),
            None => format!("`steady`, rho = {rho}"),
        };
        let row = |what, expected, metric| {
            Row::exact(what, &setting, "GI/M/1", expected, runs.all(metric))
        };
        table.add(row("mean wait, s", sigma / (1.0 - sigma), Metric::WaitMean));
        table.add(row("mean latency, s", 1.0 / (1.0 - sigma), Metric::LatencyMean));
        let above = |share| -libm::log(share) / (1.0 - sigma);
        table.add(row("median latency, s", above(0.5), Metric::LatencyP50).quantile());
        // The tail of a busier queue would take many more requests than its mean.
        if rho < 0.75 {
            table.add(row("p99 of latency, s", above(0.01), Metric::LatencyP99).quantile());
        }
    }
}

#[test]
fn holds() {
    FAMILY.check();
}

#[test]
fn the_root_is_that_of_known_queues() {
    // One stage is M/M/1, where sigma is rho; two stages have a root in closed form.
    assert!((root(0.8, Some(1)) - 0.8).abs() < 1e-12);
    let rho: f64 = 0.5;
    let two = (1.0 + 4.0 * rho - (1.0 + 8.0 * rho).sqrt()) / 2.0;
    assert!((root(rho, Some(2)) - two).abs() < 1e-12);
    // Many stages are almost even distances.
    assert!((root(0.9, Some(1_000_000)) - root(0.9, None)).abs() < 1e-6);
}

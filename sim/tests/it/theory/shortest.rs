//! Few dynos under `least-loaded` and `p2c`, exactly.

use super::chain::Chain;
use super::lab::Lab;
use super::{Family, Row, Table};
use sim::metrics::Metric;

/// The chapter.
pub const FAMILY: Family = Family {
    title: "Join the shortest queue: few dynos, solved exactly",
    text: "\
Poisson arrivals, exponential work of 1 s, one router; `least-loaded` sends each request to the dyno \
with the fewest (J. F. C. Kingman, *Two similar queues in parallel*, 1961), `p2c` to the less loaded of \
two different ones. There is no closed form, so the expected values are the stationary states of the \
Markov chain \"how many dynos have at least k requests\", from its balance equations, cut where a dyno \
has more requests than a share of 1e-6 ever meets. The latency of who finds k requests is Erlang's \
with k + 1 stages.",
    fill,
};

/// Dynos, choices (as many as dynos is `least-loaded`), load, levels of the chain, million requests.
const CASES: &[(u8, u8, f64, usize, f64)] = &[
    (2, 2, 0.5, 25, 1.9),
    (2, 2, 0.8, 60, 9.0),
    (2, 2, 0.9, 120, 20.0),
    (3, 3, 0.8, 50, 10.0),
    (3, 2, 0.5, 20, 2.1),
    (3, 2, 0.8, 55, 6.0),
    (4, 2, 0.7, 30, 4.0),
    (10, 10, 0.8, 8, 6.0),
    (10, 2, 0.5, 8, 1.4),
    (100, 100, 0.9, 3, 1.5),
];

fn fill(table: &mut Table) {
    for &(dynos, choices, rho, levels, millions) in CASES {
        let balancer = if choices == dynos { "least-loaded" } else { "p2c" };
        let rate = rho * f64::from(dynos);
        let lab = Lab { millions, settle: 500.0, ..Lab::new(balancer, dynos.into(), rate) };
        let Some(runs) = table.run(&lab) else { continue };
        let sojourn = Chain::new(dynos, choices, rho, levels).sojourn();
        let setting = format!("`{balancer}`, {dynos} dynos, rho = {rho}");
        let row = |what, expected, metric| {
            Row::exact(what, &setting, "balance equations", expected, runs.all(metric))
        };
        table.add(row("mean latency, s", sojourn.mean(), Metric::LatencyMean));
        let mut quantile = |what, share, metric| {
            table.add(row(what, sojourn.quantile(share), metric).quantile());
        };
        quantile("median latency, s", 0.5, Metric::LatencyP50);
        // The tail of a busier queue would take many more requests than its mean.
        if rho < 0.85 {
            quantile("p99 of latency, s", 0.01, Metric::LatencyP99);
        }
        // Among a hundred hardly anybody waits.
        if dynos < 100 {
            table.add(row("mean wait, s", sojourn.mean() - 1.0, Metric::WaitMean));
        }
    }
}

#[test]
fn holds() {
    FAMILY.check();
}

//! The supermarket model: many dynos under `p2c`.

use super::lab::{Lab, client};
use super::mean_field;
use super::{Family, Row, Table};
use sim::metrics::Metric;

/// The chapter.
pub const FAMILY: Family = Family {
    title: "The supermarket model: `p2c` over many dynos",
    text: "\
Poisson arrivals, exponential work of 1 s, one router, `p2c` with d choices. With infinitely many dynos \
the share of dynos with at least k requests is rho^((d^k - 1) / (d - 1)) (N. D. Vvedenskaya, R. L. \
Dobrushin and F. I. Karpelevich 1996; M. Mitzenmacher, *The power of two choices in randomized load \
balancing*, 1996). With n dynos it is more by V_k / n, with V from linear equations (N. Gast and B. Van \
Houdt, *A refined mean field approximation*, 2017), here with the term that drawing different dynos \
adds; what is left is of the order of 1/n^2. The share of requests that find k or more is the share of \
dynos with more than k, over rho; its latency is Erlang's with k + 1 stages. So the tail of the queues \
is that of latency, in its quantiles and in the share of requests that fail with a time-out of 3 s.",
    fill,
};

/// A time-out, in seconds.
const BRISK: f64 = 3.0;

/// Dynos, choices, load, million requests.
const CASES: &[(u32, u32, f64, f64)] = &[
    (100, 2, 0.5, 1.5),
    (100, 2, 0.7, 1.8),
    (100, 2, 0.9, 4.5),
    (100, 3, 0.5, 2.6),
    (100, 3, 0.9, 8.3),
    (1000, 2, 0.5, 1.4),
    (1000, 2, 0.8, 2.45),
    (1000, 2, 0.9, 3.6),
    (1000, 2, 0.95, 8.1),
    (1000, 3, 0.7, 1.6),
    (1000, 3, 0.9, 3.7),
];

fn fill(table: &mut Table) {
    for &(dynos, choices, rho, millions) in CASES {
        let rate = rho * f64::from(dynos);
        // Queues that begin empty fill up the more slowly the longer they will be.
        let settle = 15.0 / (1.0 - rho);
        let mut lab = Lab { millions, settle, ..Lab::new("p2c", dynos, rate) };
        lab.mesh = lab.mesh.replace("\"p2c\"", &format!("{{ p2c = {{ choices = {choices} }} }}"));
        // Half of the requests give up, which changes nothing for the others.
        let half = rate / 2.0;
        lab.clients = client(&format!("arrivals.poisson = {{ rate = \"{half}/s\" }}"))
            + &format!(
                "[client.brisk]\ntimeout = \"{BRISK}s\"\n\
                 arrivals.poisson = {{ rate = \"{half}/s\" }}\n"
            );
        let Some(runs) = table.run(&lab) else { continue };
        let sojourn = mean_field::sojourn(dynos, choices, rho);
        let setting = format!("d = {choices}, {dynos} dynos, rho = {rho}");
        let row = |what, expected, scope, metric| {
            Row::exact(what, &setting, "refined mean field", expected, runs.scope(scope, metric))
        };
        table.add(row("mean wait, s", sojourn.mean() - 1.0, "all", Metric::WaitMean));
        let what = format!("share of latencies above {BRISK} s");
        table.add(row(&what, sojourn.above(BRISK), "client.brisk", Metric::ErrorRate));
        for (what, share, metric) in [
            ("median latency, s", 0.5, Metric::LatencyP50),
            ("p99 of latency, s", 0.01, Metric::LatencyP99),
        ] {
            table.add(row(what, sojourn.quantile(share), "client.browsers", metric).quantile());
        }
    }
}

#[test]
fn holds() {
    FAMILY.check();
}

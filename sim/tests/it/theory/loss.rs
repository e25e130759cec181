//! A bounded backlog: M/M/c/K, of which Erlang B is the case without a queue.

use super::erlang::erlang_b;
use super::{Lab, Table, found};
use sim::metrics::Metric;

/// The shares of time with 0 to `room` requests in M/M/c/K at `load` Erlangs, K = `room`.
fn states(servers: u32, room: u32, load: f64) -> Vec<f64> {
    let mut weights = vec![1.0];
    for k in 1..=room {
        weights.push(weights.last().unwrap() * load / f64::from(k.min(servers)));
    }
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

#[test]
fn a_full_backlog_loses_what_theory_says() {
    assert!((states(1, 10, 0.9)[10] - 0.0508).abs() < 6e-5);
    assert!((states(8, 8, 6.0)[8] - erlang_b(8, 6.0)).abs() < 1e-12);
    let mut table = Table::new("M/M/c/K");
    // A router that sees one attempt at each dyno keeps the others back, `backlog` for each dyno.
    for (dynos, backlog, load) in [(1, 9, 0.9), (8, 0, 6.0), (8, 1, 7.6), (2, 3, 2.4), (1, 0, 0.5)]
    {
        let room = dynos + dynos * backlog;
        let states = states(dynos, room, load);
        let lost = *states.last().unwrap();
        let queued =
            states.iter().zip(0_u32..).map(|(p, k)| p * f64::from(k.saturating_sub(dynos)));
        let queued: f64 = queued.sum();
        for balancer in ["idle-only", "random"] {
            let results = Lab {
                millions: 4.0,
                rate: load,
                settle: 0.0,
                mesh: &format!(
                    "balancer = \"{balancer}\"\nhop = \"0s\"\nlimit = 1\nbacklog = {backlog}\n\
                     first-byte = \"unlimited\""
                ),
                dynos,
                workers: 1,
                work: "exponential = \"1s\"",
                client: &format!("arrivals.poisson = {{ rate = \"{load}/s\" }}"),
            }
            .run();
            let what = |metric: &str| format!("{metric}, c = {dynos}, K = {room}, {balancer}");
            let of = |metric| found(&results, 0, metric);
            table.exact(&what("error_rate"), lost, of(Metric::ErrorRate), 0.03);
            let h11 = Metric::Errors(sim::metrics::Cause::H11);
            table.exact(&what("errors_h11"), load * lost, of(h11), 0.03);
            let busy = load * (1.0 - lost) / f64::from(dynos);
            table.exact(&what("utilization"), busy, of(Metric::Utilization), 0.01);
            if backlog > 0 {
                table.exact(&what("queue_mean"), queued, of(Metric::QueueMean), 0.03);
                let wait = queued / (load * (1.0 - lost));
                table.exact(&what("wait_mean"), wait, of(Metric::WaitMean), 0.03);
            }
        }
    }
    table.judge();
}

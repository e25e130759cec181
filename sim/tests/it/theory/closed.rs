//! Closed populations: users who think, send, wait for the answer and think again.

use super::{Lab, PLAIN, Table, found};
use sim::metrics::Metric;

/// Throughput and mean response time of the machine-repair model M/M/c//N: `users` who think for
/// `think` seconds in the mean, `servers` that work for `work` seconds in the mean, both exponential.
/// From the balance of births (N - n) / think and deaths min(n, c) / work; the response time from
/// Little's law over the whole cycle, R = N / X - Z.
fn machine_repair(users: u32, think: f64, servers: u32, work: f64) -> (f64, f64) {
    let mut weights = vec![1.0];
    for n in 1..=users {
        let born = f64::from(users - n + 1) / think;
        let dies = f64::from(n.min(servers)) / work;
        weights.push(weights.last().unwrap() * born / dies);
    }
    let sum: f64 = weights.iter().sum();
    let busy = weights.iter().zip(0_u32..).map(|(weight, n)| weight * f64::from(n.min(servers)));
    let throughput = busy.sum::<f64>() / sum / work;
    (throughput, f64::from(users) / throughput - think)
}

/// The same with one server by mean value analysis (Reiser and Lavenberg 1980): who comes n-th sees
/// the queue of n - 1 users.
fn mean_values(users: u32, think: f64, work: f64) -> (f64, f64) {
    let (mut queue, mut throughput, mut response) = (0.0, 0.0, 0.0);
    for n in 1..=users {
        response = work * (1.0 + queue);
        throughput = f64::from(n) / (think + response);
        queue = throughput * response;
    }
    (throughput, response)
}

#[test]
fn users_who_think_are_the_machine_repair_model() {
    let mut table = Table::new("closed users, M/M/c//N");
    for (users, think, dynos, work) in
        [(1, 1.0, 1, 0.05), (10, 1.0, 1, 0.05), (30, 1.0, 1, 0.05), (100, 2.0, 4, 0.1)]
    {
        let (throughput, response) = machine_repair(users, think, dynos, work);
        if dynos == 1 {
            let (x, r) = mean_values(users, think, work);
            assert!((x - throughput).abs() < 1e-9 && (r - response).abs() < 1e-9);
        }
        let results = Lab {
            millions: 2.0,
            rate: throughput,
            settle: 0.0,
            mesh: &format!("balancer = \"idle-only\"\n{PLAIN}"),
            dynos,
            workers: 1,
            work: &format!("exponential = \"{work}s\""),
            client: &format!("users = {users}\nthink.exponential = \"{think}s\""),
        }
        .run();
        let of = |metric| found(&results, 0, metric);
        let what = |metric: &str| format!("{metric}, N = {users}, c = {dynos}");
        table.exact(&what("throughput"), throughput, of(Metric::Throughput), 0.01);
        table.exact(&what("response time"), response, of(Metric::LatencyMean), 0.02);
        let busy = throughput * work / f64::from(dynos);
        table.exact(&what("utilization"), busy, of(Metric::Utilization), 0.01);
        table.exact(&what("in_flight_mean"), throughput * response, of(Metric::InFlightMean), 0.02);
    }
    table.judge();
}

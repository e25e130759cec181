//! Closed populations: users who think, send, wait for the answer and think again.

use super::lab::{Lab, client, workers};
use super::{Family, Row, Table};
use sim::metrics::Metric;

/// The chapter.
pub const FAMILY: Family = Family {
    title: "M/M/c//N: users who think",
    text: "\
N users, each of whom thinks, sends a request and waits for its answer; c servers behind one queue, \
exponential work. The balance of births and deaths gives the throughput X (the machine-repair model: \
C. Palm 1947; Kleinrock, volume 1, section 3.8), and Little's law the response time R = N / X - Z with \
the mean think time Z. With one server it is also the mean value analysis of M. Reiser and S. S. \
Lavenberg (1980), which a test compares. The law of the think time does not matter (F. Baskett, K. M. \
Chandy, R. R. Muntz and F. G. Palacios 1975). The servers are dynos of one worker under `idle-only`, or \
one dyno of c workers.",
    fill,
};

/// Throughput and mean response time of the machine-repair model M/M/c//N: `users` who think for
/// `think` seconds in the mean, `servers` that work for `work` seconds in the mean, both exponential.
pub fn machine_repair(users: u32, think: f64, servers: u32, work: f64) -> (f64, f64) {
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

/// The same with one server by mean value analysis: who comes n-th sees the queue of n - 1 users.
fn mean_values(users: u32, think: f64, work: f64) -> (f64, f64) {
    let (mut queue, mut throughput, mut response) = (0.0, 0.0, 0.0);
    for n in 1..=users {
        response = work * (1.0 + queue);
        throughput = f64::from(n) / (think + response);
        queue = throughput * response;
    }
    (throughput, response)
}

/// Users, servers, and the mean work in seconds; the mean think time is one second.
const CASES: &[(u32, u32, f64)] =
    &[(1, 1, 0.05), (10, 1, 0.05), (20, 1, 0.05), (30, 4, 0.1), (50, 4, 0.1), (100, 16, 0.2)];

/// Laws of think times with a mean of one second.
const THINK: &[(&str, &str)] = &[
    ("exponential", "think.exponential = \"1s\""),
    ("lognormal, sigma = 1", "think.lognormal = { mean = \"1s\", sigma = 1 }"),
    ("uniform", "think.uniform = [\"0s\", \"2s\"]"),
];

fn fill(table: &mut Table) {
    for &(users, servers, work) in CASES {
        for (law, (name, think)) in THINK.iter().enumerate() {
            let (throughput, response) = machine_repair(users, 1.0, servers, work);
            // Every second law has its servers in one dyno.
            let (dynos, count) = if law % 2 == 0 { (servers, 1) } else { (1, servers) };
            let lab = Lab {
                millions: 1.0,
                process: workers(count),
                work: format!("exponential = \"{work}s\""),
                clients: client(&format!("users = {users}\n{think}")),
                ..Lab::new(if count == 1 { "idle-only" } else { "random" }, dynos, throughput)
            };
            let Some(runs) = table.run(&lab) else { continue };
            let setting = format!("N = {users}, {dynos} dynos of {count}, {name}");
            let mut add = |what: &str, expected, metric| {
                table.add(Row::exact(what, &setting, "M/M/c//N", expected, runs.all(metric)));
            };
            add("throughput, 1/s", throughput, Metric::Throughput);
            add("response time, s", response, Metric::LatencyMean);
            add("utilization", throughput * work / f64::from(servers), Metric::Utilization);
            add("requests in flight", throughput * response, Metric::InFlightMean);
        }
    }
}

#[test]
fn holds() {
    FAMILY.check();
}

#[test]
fn births_and_deaths_agree_with_mean_value_analysis() {
    for (users, think, work) in [(1, 1.0, 0.05), (10, 1.0, 0.05), (30, 1.0, 0.05), (100, 2.0, 0.1)]
    {
        let (throughput, response) = machine_repair(users, think, 1, work);
        let (x, r) = mean_values(users, think, work);
        assert!((x - throughput).abs() < 1e-9 && (r - response).abs() < 1e-9);
    }
}

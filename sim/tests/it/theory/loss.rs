//! A bounded backlog: M/M/c/K, of which Erlang B is the case without a queue, and Engset's users.

use super::erlang::erlang_b;
use super::lab::{Lab, client};
use super::{Family, Row, Table};
use sim::metrics::{Cause, Metric};

/// The chapter.
pub const FAMILY: Family = Family {
    title: "Loss: a bounded `backlog`",
    text: "\
A router that sees at most one attempt at each dyno (`limit = 1`) keeps the others back, `backlog` for \
each dyno, and answers the rest H11. With Poisson arrivals and exponential work of 1 s it is M/M/c/K, \
whose states have the product form (Kleinrock, volume 1, sections 3.6, 3.7 and 3.10); without a backlog \
it is Erlang's loss system, where the lost share is B(c, a) whatever the law of the work (Erlang 1917; B. A. \
Sevastyanov 1957). Users who think for an exponential time in front of c servers without a queue are \
lost as T. O. Engset found (1918): the share of requests lost is the share of time in which c servers \
are busy with one user fewer.",
    fill,
};

/// The shares of time with 0 to `room` requests in M/M/c/K at `load` Erlangs, K = `room`.
fn states(servers: u32, room: u32, load: f64) -> Vec<f64> {
    let mut weights = vec![1.0];
    for k in 1..=room {
        weights.push(weights.last().unwrap() * load / f64::from(k.min(servers)));
    }
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

/// The share of requests lost of `users` at `servers`, each offering `load` while it thinks.
fn engset(users: u32, servers: u32, load: f64) -> f64 {
    let mut weights = vec![1.0];
    for k in 1..=servers {
        weights.push(weights.last().unwrap() * load * f64::from(users - k) / f64::from(k));
    }
    weights.last().unwrap() / weights.iter().sum::<f64>()
}

/// Lines of `[mesh]`.
fn mesh(balancer: &str, backlog: u32) -> String {
    format!(
        "balancer = \"{balancer}\"\nhop = \"0s\"\nlimit = 1\nbacklog = {backlog}\n\
         first-byte = \"unlimited\""
    )
}

fn fill(table: &mut Table) {
    for (dynos, backlog, load, millions) in [
        (1, 0, 0.5, 0.5),
        (8, 0, 6.0, 1.5),
        (50, 0, 50.0, 4.0),
        (1, 9, 0.9, 10.0),
        (2, 3, 2.4, 1.5),
        (8, 1, 7.6, 7.0),
    ] {
        queue(table, dynos, backlog, load, millions);
    }
    for (name, work) in [
        ("constant", "constant = \"1s\""),
        ("lognormal, sigma = 1", "lognormal = { mean = \"1s\", sigma = 1 }"),
        ("hyperexponential, cv2 = 4", "hyperexponential = { mean = \"1s\", cv2 = 4 }"),
    ] {
        for (dynos, load, millions) in [(2, 1.0, 1.0), (8, 6.0, 2.6), (50, 50.0, 11.3)] {
            let mesh = mesh("idle-only", 0);
            let lab = Lab { millions, mesh, work: work.into(), ..Lab::new("", dynos, load) };
            let Some(runs) = table.run(&lab) else { continue };
            let setting = format!("{name}, c = K = {dynos}, a = {load}");
            let lost = erlang_b(dynos, load);
            let found = runs.all(Metric::ErrorRate);
            table.add(Row::exact("share lost", &setting, "Erlang B", lost, found));
        }
    }
    for (users, dynos, think, millions) in
        [(4, 2, 1.0, 0.6), (20, 8, 2.0, 1.4), (100, 20, 5.0, 3.0)]
    {
        let load = 1.0 / think;
        let lost = engset(users, dynos, load);
        let rate = f64::from(users) / (think + 1.0 - lost);
        let lab = Lab {
            millions,
            mesh: mesh("least-loaded", 0),
            clients: client(&format!("users = {users}\nthink.exponential = \"{think}s\"")),
            ..Lab::new("", dynos, rate)
        };
        let Some(runs) = table.run(&lab) else { continue };
        let setting = format!("{users} users, c = {dynos}, think {think} s");
        let mut add = |what: &str, expected, metric| {
            table.add(Row::exact(what, &setting, "Engset", expected, runs.all(metric)));
        };
        add("share lost", lost, Metric::ErrorRate);
        add("arrivals, 1/s", rate, Metric::Arrivals);
    }
}

/// M/M/c/K under two balancers, which must not matter.
fn queue(table: &mut Table, dynos: u32, backlog: u32, load: f64, millions: f64) {
    let room = dynos + dynos * backlog;
    let states = states(dynos, room, load);
    let lost = *states.last().unwrap();
    let queued = states.iter().zip(0_u32..).map(|(p, k)| p * f64::from(k.saturating_sub(dynos)));
    let queued: f64 = queued.sum();
    for balancer in ["idle-only", "random"] {
        let lab = Lab { millions, mesh: mesh(balancer, backlog), ..Lab::new("", dynos, load) };
        let Some(runs) = table.run(&lab) else { continue };
        let setting = format!("c = {dynos}, K = {room}, a = {load}, `{balancer}`");
        let source = if backlog == 0 { "Erlang B" } else { "M/M/c/K" };
        let mut add = |what: &str, expected, metric| {
            table.add(Row::exact(what, &setting, source, expected, runs.all(metric)));
        };
        add("share lost", lost, Metric::ErrorRate);
        add("answers H11, 1/s", load * lost, Metric::Errors(Cause::H11));
        add("utilization", load * (1.0 - lost) / f64::from(dynos), Metric::Utilization);
        if backlog > 0 {
            add("mean queue", queued, Metric::QueueMean);
            add("mean wait, s", queued / (load * (1.0 - lost)), Metric::WaitMean);
        }
    }
}

#[test]
fn holds() {
    FAMILY.check();
}

#[test]
fn the_formulas_give_the_listed_values() {
    assert!((states(1, 10, 0.9)[10] - 0.0508).abs() < 6e-5);
    assert!((states(8, 8, 6.0)[8] - erlang_b(8, 6.0)).abs() < 1e-12);
    // One user never meets another; of two at one server, the second is lost while the first works.
    assert_eq!(engset(1, 1, 0.7), 0.0);
    assert!((engset(2, 1, 0.5) - 0.5 / 1.5).abs() < 1e-12);
}

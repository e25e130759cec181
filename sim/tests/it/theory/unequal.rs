//! Dynos that are not alike: of two speeds, with noisy neighbours, and with attempts that fail.

use super::lab::{Lab, client};
use super::{Family, Row, Table};
use sim::metrics::Metric;

/// The chapter.
pub const FAMILY: Family = Family {
    title: "Dynos that are not alike",
    text: "\
Under `random` two dynos, one of them twice as fast, are two M/M/1 queues with half of the arrivals \
each. With a noisy neighbour (`antagonist`) that makes work last f times as long, and is there for a \
share p of the time, a mean work of 1 becomes 1 + p (f - 1) where there are workers for all: Poisson \
arrivals see time averages. Two that are independent multiply. Events that `fail` attempts fail as \
many as they say; what fails holds a worker for the time that the event says, and finishes nothing.",
    fill,
};

fn fill(table: &mut Table) {
    let mut lab = Lab { millions: 3.5, settle: 1000.0, ..Lab::new("random", 2, 1.2) };
    lab.process += "\nclass.old = {}\nclass.new.speed = 2";
    if let Some(runs) = table.run(&lab) {
        let setting = "`random`, speeds 1 and 2, loads 0.6 and 0.3";
        let expected = (1.0 / (1.0 - 0.6) + 1.0 / (2.0 - 0.6)) / 2.0;
        let found = runs.all(Metric::LatencyMean);
        table.add(Row::exact("mean latency, s", setting, "M/M/1", expected, found));
        let found = runs.all(Metric::Utilization);
        table.add(Row::exact("utilization", setting, "load", 0.45, found));
    }
    noise(table);
    failures(table);
}

/// Never a queue, and work of a second that triples in noise, one second in five.
fn noise(table: &mut Table) {
    let noise = "antagonist = { every = \"8s\", lasts = \"2s\", factor = 3 }\n";
    let of_class = format!("class.only.{noise}");
    let of_host = format!("[host.old]\ncount = 30\n{noise}");
    for (setting, class, host, expected) in [
        ("noise at 30 dynos", of_class.as_str(), "", 1.4),
        ("noise on 30 hosts", "", of_host.as_str(), 1.4),
        ("noise at 30 dynos and on their 30 hosts", &of_class, &of_host, 1.96),
    ] {
        let mut lab = Lab {
            millions: 0.4,
            work: "constant = \"1s\"".into(),
            process: format!("workers.count = 1000\n{class}"),
            ..Lab::new("random", 30, 20.0)
        };
        lab.clients += host;
        let Some(runs) = table.run(&lab) else { continue };
        let found = runs.all(Metric::LatencyMean);
        table.add(Row::exact("mean latency, s", setting, "1 + p (f - 1)", expected, found));
    }
}

/// Ten dynos with workers for all; attempts take 200 ms, or `after` when they fail.
fn failures(table: &mut Table) {
    let half = "fail = { app = \"shop\", rate = 0.5 }";
    let twice = format!("{half}\n[[event]]\nat = \"0s\"\n{half}");
    for (setting, event, failing, after) in [
        (
            "a quarter fails at half of the dynos, after 100 ms",
            "fail = { app = \"shop\", share = 0.5, rate = 0.25, after = \"100ms\" }",
            0.125,
            0.1,
        ),
        ("all fail at one dyno of ten", "fail = { app = \"shop\", dynos = 1 }", 0.1, 0.001),
        (
            "dynos fail for 1 s after 2 s in the mean, after 1 s",
            "flaky = { app = \"shop\", up = \"2s\", down = \"1s\", after = \"1s\" }",
            1.0 / 3.0,
            1.0,
        ),
        ("two events, each fails a half", &twice, 0.75, 0.001),
    ] {
        let mut lab = Lab {
            millions: 0.8,
            work: "constant = \"200ms\"".into(),
            process: "workers = { count = 100 }".into(),
            clients: client("arrivals.poisson = { rate = \"50/s\" }"),
            ..Lab::new("random", 10, 50.0)
        };
        lab.clients += &format!("[[event]]\nat = \"0s\"\n{event}\n");
        let Some(runs) = table.run(&lab) else { continue };
        let mut add = |what: &str, expected, metric| {
            table.add(Row::exact(what, setting, "shares", expected, runs.all(metric)));
        };
        add("share that fails", failing, Metric::ErrorRate);
        let busy = 50.0 * (failing * after + (1.0 - failing) * 0.2) / 1000.0;
        add("utilization", busy, Metric::Utilization);
        add("throughput, 1/s", 50.0 * (1.0 - failing), Metric::Throughput);
    }
}

#[test]
fn holds() {
    FAMILY.check();
}

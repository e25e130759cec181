//! Cores that are shared, and loops that are not: processor sharing, turns, threads.

use super::closed::machine_repair;
use super::erlang::mean_wait;
use super::general::pollaczek_khinchine;
use super::lab::{Lab, client};
use super::quadrature::{bounded_pareto, clipped_weibull};
use super::{Family, Row, Table};
use sim::metrics::Metric;

/// The chapter.
pub const FAMILY: Family = Family {
    title: "M/G/1-PS: cores that are shared",
    text: "\
Poisson arrivals at one dyno of the process model `processes`. With one core it is M/G/1 with processor \
sharing: the mean latency is E[S] / (1 - rho) whatever the law of the work S (M. Sakata, S. Noguchi and \
J. Oizumi 1969), and who needs x stays for x / (1 - rho) in the mean (L. Kleinrock 1967). With several \
cores and exponential work as many are under way as in M/M/c. Under `event-loop` requests take turns, so \
latencies are those of Pollaczek and Khinchine, and with exponential work those of M/M/1.\n\n\
Under `threads`, with a thread for each of N users, a request's CPU time is served by cores that are \
shared and its waits by nobody: a closed network whose throughput depends on the means alone (F. \
Baskett, K. M. Chandy, R. R. Muntz and F. G. Palacios 1975), so it is M/M/c//N again, with a think time \
that has the waits in it.",
    fill,
};

/// Laws of work with their means in seconds and million requests at 50, 70 and 80 %.
fn laws() -> [(&'static str, &'static str, f64, [f64; 3]); 5] {
    let [rap, _] = clipped_weibull(0.46, 0.05, 0.01, 30.0);
    let [pareto, _] = bounded_pareto(1.5, 0.01, 0.3);
    [
        ("exponential", "exponential = \"1s\"", 1.0, [0.8, 2.5, 6.0]),
        ("constant", "constant = \"1s\"", 1.0, [0.7, 2.0, 5.0]),
        ("lognormal, sigma = 1", "lognormal = { mean = \"1s\", sigma = 1 }", 1.0, [1.2, 4.0, 8.5]),
        (
            "weibull, shape 0.46, 10 ms to 30 s",
            "weibull = { shape = 0.46, median = \"50ms\" }\nclip = [\"10ms\", \"30s\"]",
            rap,
            [4.0, 11.0, 25.0],
        ),
        (
            "pareto, shape 1.5, 10 ms to 300 ms",
            "pareto = { shape = 1.5, min = \"10ms\", max = \"300ms\" }",
            pareto,
            [1.0, 3.0, 7.0],
        ),
    ]
}

/// One dyno of a process model.
fn lab(model: &str, cores: u32, millions: f64, rate: f64) -> Lab {
    let process = match model {
        "processes" => format!("processes = {{ cores = {cores}, connections = 1000000 }}"),
        other => format!("{other} = {{ connections = 1000000 }}"),
    };
    Lab { millions, process, settle: 1000.0, ..Lab::new("random", 1, rate) }
}

fn fill(table: &mut Table) {
    for (name, work, mean, millions) in laws() {
        for (rho, millions) in [0.5, 0.7, 0.8].into_iter().zip(millions) {
            let lab = Lab { work: work.into(), ..lab("processes", 1, millions, rho / mean) };
            let Some(runs) = table.run(&lab) else { continue };
            let setting = format!("`processes`, {name}, rho = {rho}");
            let mut add = |what: &str, expected, metric| {
                table.add(Row::exact(what, &setting, "M/G/1-PS", expected, runs.all(metric)));
            };
            add("mean latency, s", mean / (1.0 - rho), Metric::LatencyMean);
            add("utilization", rho, Metric::Utilization);
        }
    }
    for (cores, rho, millions) in [(2, 0.8, 6.0), (4, 0.7, 2.0), (8, 0.8, 4.0)] {
        let rate = f64::from(cores) * rho;
        let Some(runs) = table.run(&lab("processes", cores, millions, rate)) else { continue };
        let setting = format!("`processes`, exponential, {cores} cores, rho = {rho}");
        let (expected, found) = (1.0 + mean_wait(cores, rate), runs.all(Metric::LatencyMean));
        table.add(Row::exact("mean latency, s", &setting, "Erlang C", expected, found));
        let found = runs.all(Metric::Utilization);
        table.add(Row::exact("utilization", &setting, "load", rho, found));
    }
    conditional(table);
    for (rho, millions) in [(0.5, 0.8), (0.7, 2.5), (0.8, 6.0)] {
        let Some(runs) = table.run(&lab("event-loop", 1, millions, rho)) else { continue };
        let setting = format!("`event-loop`, exponential, rho = {rho}");
        let found = runs.all(Metric::LatencyMean);
        table.add(Row::exact("mean latency, s", &setting, "M/M/1", 1.0 / (1.0 - rho), found));
        table.add(Row::exact("utilization", &setting, "load", rho, runs.all(Metric::Utilization)));
    }
    threads(table);
}

/// Requests of 1 s and of 20 s on one core: how long each takes where it is shared, and where not.
fn conditional(table: &mut Table) {
    let (small, large) = (0.2, 0.02);
    let rho = small + 20.0 * large;
    let rate = small + large;
    let moments = [rho / rate, (small + 400.0 * large) / rate];
    for (model, millions) in [("processes", 5.0), ("event-loop", 11.0)] {
        let mut lab = Lab { settle: 5000.0, ..lab(model, 1, millions, rate) };
        lab.work = "constant = \"1s\"\n[app.shop.endpoint.large]\nwork.constant = \"20s\"".into();
        lab.clients = [("home", small), ("large", large)]
            .map(|(endpoint, rate)| {
                format!(
                    "[client.{endpoint}]\nendpoint = \"{endpoint}\"\n\
                     arrivals.poisson = {{ rate = \"{rate}/s\" }}\n"
                )
            })
            .concat();
        let Some(runs) = table.run(&lab) else { continue };
        for (client, work) in [("client.home", 1.0), ("client.large", 20.0)] {
            let (expected, source) = if model == "processes" {
                (work / (1.0 - rho), "x / (1 - rho)")
            } else {
                (work + pollaczek_khinchine(rho, moments), "Pollaczek-Khinchine")
            };
            let setting = format!("`{model}`, {work} s among 1 s and 20 s, rho = 0.6");
            let found = runs.scope(client, Metric::LatencyMean);
            table.add(Row::exact("mean latency, s", &setting, source, expected, found));
        }
    }
}

/// As many threads as users, so nobody waits for a thread. Work of 1 s, of which 40 % is CPU time.
fn threads(table: &mut Table) {
    for (users, cores, name, work) in [
        (6, 1, "exponential", "exponential = \"1s\""),
        (6, 1, "constant", "constant = \"1s\""),
        (12, 2, "lognormal", "lognormal = { mean = \"1s\", sigma = 1 }"),
    ] {
        let (throughput, response) = machine_repair(users, 2.6, cores, 0.4);
        let lab = Lab {
            millions: 0.6,
            process: format!("threads = {{ count = {}, processes = {cores} }}", users / cores),
            work: format!("{work}\n[app.shop.endpoint.home]\ncpu = 0.4"),
            clients: client(&format!("users = {users}\nthink.exponential = \"2s\"")),
            ..Lab::new("random", 1, throughput)
        };
        let Some(runs) = table.run(&lab) else { continue };
        let setting = format!("`threads`, {name}, N = {users}, c = {cores}");
        let mut add = |what: &str, expected, metric| {
            table.add(Row::exact(what, &setting, "M/M/c//N", expected, runs.all(metric)));
        };
        add("throughput, 1/s", throughput, Metric::Throughput);
        add("mean latency, s", response + 0.6, Metric::LatencyMean);
        add("utilization", throughput * 0.4 / f64::from(cores), Metric::Utilization);
    }
}

#[test]
fn holds() {
    FAMILY.check();
}

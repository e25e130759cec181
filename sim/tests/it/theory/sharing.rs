//! Dynos that share their CPU: processor sharing, turns, threads; and dynos that are not alike.
//!
//! Self-contained: what the runs have in common stands at the end.

use sim::experiment::{Control, Results, run};
use sim::metrics::Metric;
use sim::scenario::{Overrides, load};
use std::sync::atomic::AtomicBool;

/// How often each platform is run.
const REPLICATIONS: u32 = 20;

/// From an interval of 95 % to one of 99.9 %, for Student's t with 19 degrees of freedom.
const WIDER: f64 = 3.883 / 2.093;

#[test]
fn shared_cores_do_not_mind_the_law_of_the_work() {
    // M/G/1-PS: E[T] = E[S] / (1 - rho), whatever the law (Sakata, Noguchi and Oizumi 1969).
    for rho in [0.5, 0.8] {
        for work in [
            "constant = \"1s\"",
            "exponential = \"1s\"",
            "lognormal = { mean = \"1s\", sigma = 1 }",
            "weibull = { shape = 0.7, mean = \"1s\" }",
        ] {
            let lab = Lab::new("processes", 1, work, 500_000.0 / (rho * (1.0 - rho)));
            let results = lab.run(&poisson("browsers", "home", rho));
            let what = format!("M/G/1-PS at {rho}, {work}");
            found(&results, "all", Metric::LatencyMean).is(1.0 / (1.0 - rho), 0.03, &what);
            found(&results, "all", Metric::Utilization).is(rho, 0.01, &what);
        }
    }
}

/// Two kinds of requests on one dyno: of 1 s, and one in eleven of 20 s.
const MIXED: &str = "constant = \"1s\"\n[app.shop.endpoint.large]\nwork.constant = \"20s\"";

#[test]
fn a_slow_request_slows_others_where_cores_are_shared_and_stops_them_where_not() {
    // Load 0.2 of small requests and 0.4 of large ones.
    let (small, large, rho) = (0.2, 0.02, 0.6);
    let clients = poisson("small", "home", small) + &poisson("large", "large", large);
    // Shared: E[T | S = x] = x / (1 - rho).
    let results = Lab::new("processes", 1, MIXED, 4_000_000.0).run(&clients);
    for (client, work) in [("client.small", 1.0), ("client.large", 20.0)] {
        let what = format!("slowdown under sharing, {client}");
        found(&results, client, Metric::LatencyMean).is(work / (1.0 - rho), 0.03, &what);
    }
    // In turns, or with one worker: Pollaczek and Khinchine's wait, the same for both.
    let wait = (small + large * 400.0) / 2.0 / (1.0 - rho);
    for model in ["event-loop", "workers"] {
        let results = Lab::new(model, 1, MIXED, 4_000_000.0).run(&clients);
        for (client, work) in [("client.small", 1.0), ("client.large", 20.0)] {
            let what = format!("latency under {model}, {client}");
            found(&results, client, Metric::LatencyMean).is(work + wait, 0.05, &what);
        }
    }
}

#[test]
fn a_loop_of_exponential_bursts_is_a_queue_with_one_server() {
    let lab = Lab::new("event-loop", 1, "exponential = \"1s\"", 1_500_000.0);
    let results = lab.run(&poisson("browsers", "home", 0.7));
    found(&results, "all", Metric::LatencyMean).is(1.0 / 0.3, 0.03, "M/M/1 event-loop");
    found(&results, "all", Metric::Utilization).is(0.7, 0.01, "M/M/1 event-loop");
    // In the line of the loop nobody waits to be accepted.
    found(&results, "all", Metric::WaitMean).is(0.0, 0.0, "wait of the event-loop");
}

/// The mean time in M/M/c with work of mean 1 (Erlang C by the recursion of Erlang B).
fn erlang_sojourn(servers: u32, rate: f64) -> f64 {
    let blocked = (1..=servers).fold(1.0, |b, k| rate * b / (f64::from(k) + rate * b));
    let c = f64::from(servers);
    let waits = blocked / (1.0 - rate / c * (1.0 - blocked));
    1.0 + waits / (c - rate)
}

#[test]
fn several_shared_cores_with_exponential_work_are_as_many_servers() {
    // With exponential work the number under way has the law of M/M/c, and so has the mean time.
    for (cores, rho) in [(2, 0.8), (4, 0.7)] {
        let rate = rho * f64::from(cores);
        let lab = Lab::new("processes", cores, "exponential = \"1s\"", 1_500_000.0);
        let results = lab.run(&poisson("browsers", "home", rate));
        let what = format!("M/M/{cores}-PS");
        let theory = erlang_sojourn(cores, rate);
        found(&results, "all", Metric::LatencyMean).is(theory, 0.03, &what);
        found(&results, "all", Metric::Utilization).is(rho, 0.01, &what);
    }
}

/// Throughput of a closed network of `users`: a station of `cores` that takes `cpu` seconds a round,
/// and `delay` seconds elsewhere. From the balance of births and deaths, as in M/M/c//N; it holds for
/// any laws where the cores are shared (Baskett, Chandy, Muntz and Palacios 1975).
fn closed_network(users: u32, cores: u32, cpu: f64, delay: f64) -> f64 {
    let mut weights = vec![1.0];
    for n in 1..=users {
        let born = f64::from(users - n + 1) / delay;
        weights.push(weights[n as usize - 1] * born * cpu / f64::from(n.min(cores)));
    }
    let busy =
        weights.iter().zip(0..).map(|(weight, n): (&f64, u32)| weight * f64::from(n.min(cores)));
    busy.sum::<f64>() / weights.iter().sum::<f64>() / cpu
}

#[test]
fn threads_that_wait_leave_the_lock_to_others() {
    // As many threads as users: nobody waits for a thread. Work of 1 s, of which 40 % is CPU.
    for (users, processes, work) in [
        (6, 1, "exponential = \"1s\"\ncpu = 0.4"),
        (6, 1, "constant = \"1s\"\ncpu = 0.4"),
        (12, 2, "lognormal = { mean = \"1s\", sigma = 1 }\ncpu = 0.4"),
    ] {
        let work = work.replace("\ncpu", "\n[app.shop.endpoint.home]\ncpu");
        let text =
            format!("threads = {{ count = {}, processes = {processes} }}", users / processes);
        let lab = Lab { process: text, ..Lab::new("threads", 1, &work, 150_000.0) };
        let client = format!("[client.users]\nusers = {users}\nthink.exponential = \"2s\"\n");
        let results = lab.run(&client);
        let theory = closed_network(users, processes, 0.4, 2.0 + 0.6);
        let what = format!("{users} users of {processes} times threads, {work}");
        found(&results, "all", Metric::Throughput).is(theory, 0.01, &what);
        let latency = f64::from(users) / theory - 2.0;
        found(&results, "all", Metric::LatencyMean).is(latency, 0.02, &what);
        let busy = theory * 0.4 / f64::from(processes);
        found(&results, "all", Metric::Utilization).is(busy, 0.02, &what);
    }
}

#[test]
fn dynos_of_two_speeds_are_two_queues() {
    let lab = Lab {
        dynos: 2,
        classes: "class.old = {}\nclass.new.speed = 2\n",
        ..Lab::new("workers", 1, "exponential = \"1s\"", 1_500_000.0)
    };
    let results = lab.run(&poisson("browsers", "home", 1.2));
    // Each has half of the arrivals: M/M/1 with rates 0.6 of 1 and 0.6 of 2.
    let theory = (1.0 / (1.0 - 0.6) + 1.0 / (2.0 - 0.6)) / 2.0;
    found(&results, "all", Metric::LatencyMean).is(theory, 0.03, "speeds 1 and 2");
    found(&results, "all", Metric::Utilization).is(0.45, 0.01, "speeds 1 and 2");
}

#[test]
fn work_that_begins_beside_a_noisy_neighbour_takes_longer() {
    // Never a queue: arrivals see the time's share of noise, one in five, and work triples in it.
    let noise = "antagonist = { every = \"8s\", lasts = \"2s\", factor = 3 }\n";
    let on_class = format!("class.only.{noise}");
    let on_host = format!("[host.old]\ncount = 30\n{noise}");
    for (classes, hosts, theory) in
        [(on_class.as_str(), "", 1.4), ("", on_host.as_str(), 1.4), (&on_class, &on_host, 1.96)]
    {
        let lab = Lab {
            dynos: 30,
            classes,
            hosts,
            process: "workers.count = 1000".into(),
            ..Lab::new("workers", 1, "constant = \"1s\"", 10_000.0)
        };
        let results = lab.run(&poisson("browsers", "home", 20.0));
        let what = format!("noise of {hosts}{classes}");
        found(&results, "all", Metric::LatencyMean).is(theory, 0.03, &what);
    }
}

#[test]
fn as_many_attempts_fail_as_the_events_say() {
    for (event, failing, after) in [
        ("fail = { app = \"shop\", share = 0.5, rate = 0.25, after = \"100ms\" }", 0.125, 0.1),
        ("fail = { app = \"shop\", dynos = 1 }", 0.1, 0.001),
        ("flaky = { app = \"shop\", up = \"2s\", down = \"1s\", after = \"1s\" }", 1.0 / 3.0, 1.0),
        // Two that meet: as if each were there alone.
        (
            "fail = { app = \"shop\", rate = 0.5 }\n[[event]]\nat = \"0s\"\nfail = { app = \"shop\", rate = 0.5 }",
            0.75,
            0.001,
        ),
    ] {
        let lab = Lab {
            dynos: 10,
            process: "workers = { count = 100 }".into(),
            ..Lab::new("workers", 1, "constant = \"200ms\"", 10_000.0)
        };
        let clients = poisson("browsers", "home", 50.0);
        let results = lab.run(&format!("{clients}[[event]]\nat = \"0s\"\n{event}\n"));
        found(&results, "all", Metric::ErrorRate).is(failing, 0.03, event);
        found(&results, "all", Metric::AttemptsPerRequest).is(1.0, 0.0, event);
        // What fails holds its worker that long, and finishes no work.
        let busy = 50.0 * (failing * after + (1.0 - failing) * 0.2) / 1000.0;
        found(&results, "all", Metric::Utilization).is(busy, 0.03, event);
        found(&results, "all", Metric::Throughput).is(50.0 * (1.0 - failing), 0.03, event);
    }
}

/// A client with Poisson arrivals at one endpoint.
fn poisson(name: &str, endpoint: &str, rate: f64) -> String {
    format!(
        "[client.{name}]\nendpoint = \"{endpoint}\"\narrivals.poisson = {{ rate = \"{rate}/s\" }}\n"
    )
}

/// One app, with nothing around it that costs time.
struct Lab<'l> {
    dynos: u32,
    /// The process model: `processes.cores = 1`.
    process: String,
    /// Lines of `[app.shop]`, such as classes.
    classes: &'l str,
    /// The tables of hosts.
    hosts: &'l str,
    /// The work of the endpoint `home`, and what may stand behind it.
    work: &'l str,
    /// The measured seconds of all replications.
    seconds: f64,
}

impl<'l> Lab<'l> {
    fn new(model: &str, cores: u32, work: &'l str, seconds: f64) -> Lab<'l> {
        let process = match model {
            "processes" => format!("processes = {{ cores = {cores}, connections = 1000000 }}"),
            "event-loop" => "event-loop = { connections = 1000000 }".into(),
            _ => "workers.backlog = \"unlimited\"".into(),
        };
        Lab { dynos: 1, process, classes: "", hosts: "", work, seconds }
    }

    fn run(&self, clients: &str) -> Results {
        let Lab { dynos, process, classes, hosts, work, .. } = self;
        let seconds = self.seconds / f64::from(REPLICATIONS);
        let text = format!(
            "schema = 1\n[run]\nduration = \"{seconds:.0}s\"\nwarmup = \"{:.0}s\"\n\
             replications = {REPLICATIONS}\n\
             [mesh]\nhop = \"0s\"\nlimit = \"unlimited\"\nfirst-byte = \"unlimited\"\n\
             {hosts}[app.shop]\ndynos = {dynos}\nprocess.{process}\n{classes}\
             [app.shop.endpoint.home.work]\n{work}\n{clients}",
            seconds / 5.0
        );
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sharing.toml");
        std::fs::write(&file, &text).unwrap();
        let scenario = load(file.to_str().unwrap(), &Overrides::default(), false)
            .unwrap_or_else(|error| panic!("{error:?}\n{text}"));
        let stop = AtomicBool::new(false);
        run(&scenario, &Control { threads: None, stop: &stop, progress: &|_| {} })
    }
}

/// A mean over replications with half the width of its 99.9 % interval.
struct Found {
    mean: f64,
    half: f64,
}

fn found(results: &Results, scope: &str, metric: Metric) -> Found {
    let estimate = results.variants[0].estimate(scope, metric).unwrap();
    let (low, high) = estimate.ci95.unwrap();
    Found { mean: estimate.mean, half: (high - low) / 2.0 * WIDER }
}

impl Found {
    /// The theory is exact: its value lies in the interval, which is at most `within` of it wide to
    /// either side.
    fn is(&self, theory: f64, within: f64, what: &str) {
        let Found { mean, half } = self;
        println!("{what}: {theory:.6} {mean:.6} ±{half:.6}");
        assert!(
            (mean - theory).abs() <= half + 1e-9 * theory,
            "{what}: {mean} ±{half}, not {theory}"
        );
        assert!(*half <= within * theory + 1e-9, "{what}: {mean} ±{half} is too wide");
    }
}

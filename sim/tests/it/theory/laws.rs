//! Laws that hold whatever the platform: Little's, the utilization law, and that parts make a whole.

use super::lab::Runs;
use super::{Family, Row, Sample, Table};
use sim::metrics::{Metric, Summary};

/// The chapter.
pub const FAMILY: Family = Family {
    title: "Laws of every platform",
    text: "\
Little's law (J. D. C. Little 1961) for each level of a run, the utilization law (P. J. Denning and J. P. \
Buzen 1978), and that hops, wait and work make the latency. They hold for any platform, so this one has \
all that makes bookkeeping hard: three routers, `p2c`, hops, a limit, two endpoints, open and closed \
clients and, in the second setting, time-outs with retries. The third has an app of each other process \
model: `threads` that wait for each other, shared cores and an event loop. Both sides are measured, the level as an \
area over time and the rest from counts and sums, and the interval is that of their difference, run by \
run. What is under way when a run begins and ends makes them differ in a run, but not in the mean.",
    fill,
};

/// How long all platforms run, and the mesh of all, whose lines others may follow.
const HEAD: &str = r#"
schema = 1
[run]
duration = "250s"
warmup = "30s"
[mesh]
routers = 3
balancer = "p2c"
hop = "5ms"
"#;

/// Nothing turns an attempt away.
const OPEN: &str = "backlog = \"unlimited\"\nfirst-byte = \"unlimited\"\n";

/// A busy app whose clients wait for ever.
const BUSY: &str = r#"[app.shop]
dynos = 7
process.workers = { count = 2, backlog = "unlimited" }
endpoint.home = { share = 3, work.lognormal = { median = "80ms", p99 = "600ms" } }
endpoint.buy = { share = 1, work.exponential = "150ms" }
[client.browsers]
arrivals.poisson = { rate = "90/s" }
[client.robots]
users = 10
think.exponential = "1s"
"#;

/// What is added to both kinds of clients for the second setting.
const HASTE: &str =
    "timeout = \"600ms\"\nretry = { attempts = 2, backoff = { base = \"200ms\" } }\n";

/// Dynos whose requests share cores: threads for browsers, a loop for robots, processes for the rest.
const SHARED: &str = r#"[app.shop]
dynos = 4
process.threads = { count = 3, processes = 2 }
endpoint.home = { cpu = 0.4, work.lognormal = { median = "150ms", p99 = "900ms" } }
[app.chat]
dynos = 1
process = "event-loop"
endpoint.say = { cpu = 0.5, work.exponential = "150ms" }
[app.search]
dynos = 2
process.processes = { cores = 2 }
endpoint.find.work.exponential = "100ms"
[client.browsers]
app = "shop"
arrivals.poisson = { rate = "65/s" }
[client.robots]
app = "chat"
users = 20
think.exponential = "1s"
[client.readers]
app = "search"
arrivals.poisson = { rate = "25/s" }
"#;

/// A level and what it should be, from one run.
type Law = (&'static str, fn(&Summary) -> f64, fn(&Summary) -> f64);

fn of(summary: &Summary, scope: &str, metric: Metric) -> f64 {
    summary.value(scope, metric).expect("every run has it")
}

fn all(summary: &Summary, metric: Metric) -> f64 {
    of(summary, "all", metric)
}

/// Goodput times the mean latency.
fn little(summary: &Summary, scope: &str) -> f64 {
    of(summary, scope, Metric::Goodput) * of(summary, scope, Metric::LatencyMean)
}

const LITTLE: &[Law] = &[
    ("in flight, all", |s| all(s, Metric::InFlightMean), |s| little(s, "all")),
    (
        "in flight, open",
        |s| of(s, "client.browsers", Metric::InFlightMean),
        |s| little(s, "client.browsers"),
    ),
    (
        "in flight, closed",
        |s| of(s, "client.robots", Metric::InFlightMean),
        |s| little(s, "client.robots"),
    ),
    (
        "latency from hops, wait and work, s",
        |s| all(s, Metric::LatencyMean),
        |s| {
            let work = all(s, Metric::Utilization) * 14.0 / all(s, Metric::Throughput);
            0.02 + all(s, Metric::WaitMean) + work
        },
    ),
];

const ALWAYS: &[Law] = &[
    (
        "attempts queued",
        |s| all(s, Metric::QueueMean),
        |s| all(s, Metric::Throughput) * all(s, Metric::WaitMean),
    ),
    (
        "attempts that dynos finish, 1/s",
        |s| all(s, Metric::Throughput),
        |s| all(s, Metric::Arrivals) * all(s, Metric::AttemptsPerRequest),
    ),
];

fn fill(table: &mut Table) {
    let patient = format!("{HEAD}limit = 3\n{OPEN}{BUSY}");
    let runs = Runs::of(&patient);
    add(table, "patient", &runs, LITTLE);
    add(table, "patient", &runs, ALWAYS);
    // The users' cycle: thinking for a second in the mean, and the latency.
    let users = runs.each(|s| {
        of(s, "client.robots", Metric::Arrivals)
            * (1.0 + of(s, "client.robots", Metric::LatencyMean))
    });
    table.add(Row::exact("users, closed", "patient", "response time law", 10.0, users));
    let hasty =
        patient.replace("rate = \"90/s\" }\n", &format!("rate = \"40/s\" }}\n{HASTE}")) + HASTE;
    add(table, "hasty", &Runs::of(&hasty), ALWAYS);
    let runs = Runs::of(&format!("{HEAD}{OPEN}{SHARED}"));
    add(table, "shared", &runs, &LITTLE[..3]);
    add(table, "shared", &runs, ALWAYS);
}

fn add(table: &mut Table, setting: &str, runs: &Runs, laws: &[Law]) {
    for (what, level, rest) in laws {
        let found = Sample::paired(&runs.each(level), &runs.each(|s| level(s) - rest(s)));
        table.add(Row::exact(what, setting, "Little", runs.each(rest).mean, found));
    }
}

#[test]
fn holds() {
    FAMILY.check();
}

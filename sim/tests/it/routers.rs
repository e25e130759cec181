//! The manners of real routers, through small platforms: what HAProxy 2.6 and nginx 1.22 were seen to do
//! with the same dynos, limits and failures.

use crate::theory::scenario;
use sim::metrics::{Cause, Metric, Summary};
use sim::platform::simulate;
use sim::rng::Seed;

/// Runs a platform for 19 s; `mesh` are lines of `[mesh]`, `rest` is the other tables.
fn run(mesh: &str, rest: &str) -> Summary {
    let text = format!("schema = 1\n[run]\nduration = \"19s\"\n[mesh]\n{mesh}\n{rest}\n");
    let scenario = scenario(&text);
    simulate(&scenario.variants[0].platform, Seed { scenario: 4, replication: 0 }, &[])
}

fn of(summary: &Summary, metric: Metric) -> f64 {
    summary.value("all", metric).unwrap_or(0.0)
}

/// How often something happened that is measured a second.
fn count(summary: &Summary, metric: Metric) -> u64 {
    (of(summary, metric) * 19.0).round() as u64
}

/// Sixteen requests at once for four dynos that take 100 ms and one at a time.
const BURST: &str = r#"
[app.shop]
dynos = 4
process.workers = { count = 1 }
endpoint.home.work.constant = "100ms"
[client.users]
users = 16
think.constant = "10s"
"#;

#[test]
fn who_finds_all_dynos_full_waits_or_is_refused() {
    let succeed = |mesh: &str| {
        let summary = run(&format!("limit = 1\n{mesh}"), BURST);
        let good = count(&summary, Metric::Goodput);
        (good, count(&summary, Metric::Errors(Cause::H11)))
    };
    for balancer in ["random", "round-robin", "least-loaded", "p2c"] {
        let nginx = format!("router = \"nginx\"\nbalancer = \"{balancer}\"");
        assert_eq!(succeed(&nginx), (4, 12), "nginx, {balancer}");
        let haproxy = format!("router = \"haproxy\"\nbalancer = \"{balancer}\"");
        assert_eq!(succeed(&haproxy), (16, 0), "haproxy, {balancer}");
    }
    let haproxy = "router = \"haproxy\"\nbalancer = \"least-loaded\"";
    // Two rounds of four begin in 150 ms. A backlog of 1 a dyno has room for four.
    assert_eq!(succeed(&format!("{haproxy}\nqueue-wait = \"150ms\"")), (8, 8));
    assert_eq!(succeed(&format!("{haproxy}\nbacklog = 1")), (8, 8));
    assert_eq!(succeed("queue-wait = \"150ms\""), (8, 8), "Heroku's may have that bound, too");
}

#[test]
fn behind_a_hash_each_server_of_haproxy_has_a_queue_of_its_own() {
    let same_key = format!("{BURST}keys = {{ count = 1, uniform = {{}} }}\n");
    let hash = "router = \"haproxy\"\nbalancer = \"consistent-hash\"\nlimit = 1";
    let all = run(hash, &same_key);
    assert_eq!(count(&all, Metric::Goodput), 16);
    let last = of(&all, Metric::LatencyMax);
    // A place at a server is empty for two hops of 1 ms before the next one comes.
    assert!((last - 1.634).abs() < 1e-6, "the last waits for fifteen others: {last} s");
    let bounded = run(&format!("{hash}\nbacklog = 2"), &same_key);
    let ends = [Metric::Goodput, Metric::Errors(Cause::H11)].map(|metric| count(&bounded, metric));
    assert_eq!(ends, [3, 13], "`maxqueue` 2: one is served and two wait");
    let nginx = run(&hash.replace("haproxy", "nginx"), &same_key);
    assert_eq!(count(&nginx, Metric::Goodput), 4, "a full peer passes its keys on");
}

/// Four dynos with one request at a time, seven tenths busy.
const BUSY: &str = r#"
[app.shop]
dynos = 4
process.workers = { count = 1 }
endpoint.home.work.exponential = "2ms"
[client.users]
arrivals.poisson = { rate = "1400/s" }
"#;

#[test]
fn haproxy_lets_a_draw_of_a_full_server_wait_beside_idle_ones() {
    let latency = |mesh: &str| {
        of(&run(&format!("hop = \"100us\"\nlimit = 1\n{mesh}"), BUSY), Metric::LatencyMean)
    };
    let central = latency("balancer = \"least-loaded\"");
    let leastconn = latency("router = \"haproxy\"\nbalancer = \"least-loaded\"");
    let random = latency("router = \"haproxy\"\nbalancer = \"random\"");
    let two = latency("router = \"haproxy\"\nbalancer = \"p2c\"");
    let heroku = latency("balancer = \"random\"");
    // One queue for all, first come, first served: who is next does not depend on the balancer.
    assert!((leastconn / central - 1.0).abs() < 0.01, "{leastconn} and {central}");
    assert!((heroku / central - 1.0).abs() < 0.01, "{heroku} and {central}");
    // Measured with HAProxy 2.6.12 at 20 ms of work: 27.4, 34.0 and 30.0 ms.
    assert!((1.15..1.35).contains(&(random / leastconn)), "{random} and {leastconn}");
    assert!((1.05..1.15).contains(&(two / leastconn)), "{two} and {leastconn}");
}

/// Dynos that crash at once and are back 2 s later, of which the routers hear nothing.
fn crash(dynos: &str) -> String {
    format!(
        "[bus]\ndelay = \"1h\"\n[app.shop]\ndynos = 4\nboot = \"0s\"\n\
         restart = {{ at-once = 0, cool-off = \"2s\" }}\nendpoint.home.work.constant = \"1ms\"\n\
         [client.users]\narrivals.steady = {{ rate = \"20/s\" }}\nkeys = {{ count = 100, uniform = {{}} }}\n\
         [[event]]\nat = \"2s\"\ncrash = {{ app = \"shop\"{dynos} }}"
    )
}

#[test]
fn haproxy_tries_another_server_at_once_but_behind_a_hash_it_waits() {
    for (balancer, pauses) in
        [("round-robin", 0.0), ("least-loaded", 0.0), ("random", 0.0), ("consistent-hash", 2.0)]
    {
        let mesh = format!("router = \"haproxy\"\nbalancer = \"{balancer}\"");
        let summary = run(&mesh, &crash(", dynos = 1"));
        assert_eq!(of(&summary, Metric::ErrorRate), 0.0, "{balancer}");
        let longest = of(&summary, Metric::LatencyMax);
        assert!((pauses..pauses + 0.02).contains(&longest), "{balancer}: {longest} s");
    }
    let summary = run("router = \"haproxy\"", &crash(""));
    // No pause helps where all refuse: those that come within the 2 s fail, each after four tries.
    let failed = count(&summary, Metric::Errors(Cause::H21));
    assert!((38..=41).contains(&failed), "{failed}");
    assert_eq!(count(&summary, Metric::Errors(Cause::H99)), 0);
}

#[test]
fn nginx_tries_every_peer_once_and_leaves_them_alone_for_ten_seconds() {
    let one = run("router = \"nginx\"", &crash(", dynos = 1"));
    assert_eq!(of(&one, Metric::ErrorRate), 0.0, "what one refuses another one takes");
    let all = run("router = \"nginx\"", &crash(""));
    // The first is refused by all four; until 10 s later nobody is tried, though all are back after 2 s.
    assert_eq!(count(&all, Metric::Errors(Cause::H21)), 1);
    let untried = count(&all, Metric::Errors(Cause::H99));
    assert!((198..=200).contains(&untried), "{untried}");
}

#[test]
fn nginx_never_leaves_its_only_peer_alone() {
    let alone = crash("").replace("dynos = 4", "dynos = 1");
    let summary = run("router = \"nginx\"", &alone);
    let refused = count(&summary, Metric::Errors(Cause::H21));
    assert!((38..=41).contains(&refused), "{refused}");
    assert_eq!(count(&summary, Metric::Errors(Cause::H99)), 0);
}

#[test]
fn after_its_time_a_peer_of_nginx_is_tried_by_one_attempt_alone() {
    // It hangs from 2 s on: who is sent there waits for 500 ms, and then it is left alone for 3 s.
    let hangs = "[app.shop]\ndynos = 2\nendpoint.home.work.constant = \"1ms\"\n\
                 [client.users]\narrivals.steady = { rate = \"100/s\" }\n\
                 [[event]]\nat = \"2s\"\nfreeze = { app = \"shop\", dynos = 1 }";
    let mesh = "router = \"nginx\"\nbalancer = \"round-robin\"\n\
                first-byte = \"500ms\"\nquarantine = \"3s\"";
    let failed = count(&run(mesh, hangs), Metric::Errors(Cause::H12));
    // Half of what comes in the first 500 ms; then one in 3.5 s, until 19 s.
    assert!((25 + 4..=26 + 5).contains(&failed), "{failed}");
}

//! What protects clients, on small platforms: breakers, the throttle, and keys.

use crate::theory::scenario;
use sim::metrics::{Cause, Metric, Summary};
use sim::platform::simulate;
use sim::rng::Seed;
use sim::time::Span;

/// Runs a platform of some dynos of one worker, 50 ms of work a request, with these lines of the client
/// and these events; measured in windows of so many seconds.
fn run(dynos: u32, client: &str, events: &str, windows: &[(u64, u64)]) -> Summary {
    let text = format!(
        "schema = 1\n[run]\nduration = \"120s\"\n[mesh]\nbalancer = \"least-loaded\"\n\
         first-byte = \"unlimited\"\nlimit = 4\nbacklog = 4\n[app.shop]\ndynos = {dynos}\n\
         process.workers = {{ count = 1, backlog = 4 }}\n\
         [app.shop.endpoint.home]\nwork.constant = \"50ms\"\n[client.browsers]\n{client}\n{events}"
    );
    let windows: Vec<(Span, Span)> =
        windows.iter().map(|(from, to)| (Span::from_secs(*from), Span::from_secs(*to))).collect();
    let seed = Seed { scenario: 3, replication: 0 };
    simulate(&scenario(&text).variants[0].platform, seed, &windows)
}

/// A metric of all in a window, 0 where it has no value.
fn of(summary: &Summary, window: usize, metric: Metric) -> f64 {
    summary.value_in_window(window, "all", metric).unwrap_or(0.0)
}

const OUTAGE: &str = "[[event]]\nat = \"40s\"\nfor = \"30s\"\nfreeze = { app = \"shop\" }\n";
const BEFORE_DURING_AFTER: &[(u64, u64)] = &[(10, 40), (45, 70), (90, 120)];

#[test]
fn a_breaker_opens_in_an_outage_and_closes_after_it() {
    for breaker in
        ["hystrix", "{ resilience4j = { window = 20, least = 20, open = \"5s\", half-open = 5 } }"]
    {
        let client = format!(
            "arrivals.poisson = {{ rate = \"50/s\" }}\ntimeout = \"1s\"\nbreaker = {breaker}\n"
        )
        .replace("= hystrix", "= \"hystrix\"");
        let summary = run(10, &client, OUTAGE, BEFORE_DURING_AFTER);
        let held = |window| of(&summary, window, Metric::Errors(Cause::Breaker));
        let good = |window| of(&summary, window, Metric::Goodput);
        assert_eq!((held(0), held(2)), (0.0, 0.0), "{breaker}");
        assert!(good(0) > 45.0 && good(2) > 45.0, "{breaker}: {} {}", good(0), good(2));
        // Nearly all is held back, and what is sent to try times out.
        assert!(held(1) > 45.0, "{breaker}: {}", held(1));
        let sent = of(&summary, 1, Metric::AttemptsPerRequest);
        assert!(sent > 0.0 && sent < 0.05, "{breaker}: {sent} attempts a request");
    }
}

#[test]
fn an_envoy_breaker_bounds_what_is_under_way() {
    let client = "arrivals.poisson = { rate = \"50/s\" }\n\
                  breaker.envoy = { requests = 20, retries = 3 }\n\
                  retry = { attempts = 5 }\n";
    let summary = run(10, client, OUTAGE, BEFORE_DURING_AFTER);
    assert_eq!(of(&summary, 0, Metric::Errors(Cause::Breaker)), 0.0);
    // In the outage twenty wait, and all others fail at once without another try.
    assert!((of(&summary, 1, Metric::InFlightMean) - 20.0).abs() < 1e-9);
    assert_eq!(of(&summary, 1, Metric::AttemptsPerRequest), 0.0);
    let (held, arrivals) =
        (of(&summary, 1, Metric::Errors(Cause::Breaker)), of(&summary, 1, Metric::Arrivals));
    assert!((held - arrivals).abs() < 1e-9, "{held} of {arrivals}");
    assert!(of(&summary, 2, Metric::Goodput) > 45.0);
}

#[test]
fn a_throttled_client_sends_about_k_times_what_is_accepted() {
    // Ten dynos serve 200 a second, and at least five times as much is asked for.
    for k in [1.5, 2.0] {
        let client = format!(
            "arrivals.poisson = {{ rate = \"1000/s\" }}\nthrottle = {{ k = {k}, window = \"10s\" }}\n"
        );
        let summary = run(10, &client, "", &[(40, 120)]);
        let (arrivals, good) =
            (of(&summary, 0, Metric::Arrivals), of(&summary, 0, Metric::Goodput));
        let sent = arrivals * of(&summary, 0, Metric::AttemptsPerRequest);
        assert!((sent / good - k).abs() < 0.1 * k, "k {k}: {sent} sent, {good} good");
        assert!(good > 180.0, "{good}");
        let held = of(&summary, 0, Metric::Errors(Cause::Throttled));
        assert!((held + sent - arrivals).abs() < 0.01 * arrivals, "{held} + {sent}: {arrivals}");
    }
    // Where all is accepted nothing is held back.
    let calm = "arrivals.poisson = { rate = \"50/s\" }\nthrottle = {}\n";
    let summary = run(10, calm, "", &[(0, 120)]);
    assert_eq!(of(&summary, 0, Metric::Errors(Cause::Throttled)), 0.0);
}

#[test]
fn what_does_not_act_moves_nothing() {
    let plain = "arrivals.poisson = { rate = \"150/s\" }\n";
    let digest = |more: &str| run(10, &format!("{plain}{more}"), "", &[]).digest;
    let base = digest("");
    for more in [
        "keys = { count = 100, zipf = 1.1 }",
        "keys = \"uniform\"",
        "throttle = {}",
        "breaker = \"hystrix\"",
        "breaker = \"resilience4j\"",
        "breaker = \"envoy\"",
    ] {
        assert_eq!(digest(more), base, "{more}");
    }
}

#[test]
fn budgets_bound_the_retries_of_an_outage() {
    let with = |budget: &str| {
        let client = format!(
            "arrivals.poisson = {{ rate = \"100/s\" }}\ntimeout = \"500ms\"\n\
             cancels = true\nretry = {{ attempts = 4, backoff = {{ base = \"100ms\" }}, budget = {budget} }}\n"
        );
        let summary = run(10, &client, OUTAGE, BEFORE_DURING_AFTER);
        (of(&summary, 1, Metric::AttemptsPerRequest), of(&summary, 2, Metric::Goodput))
    };
    let (free, _) = with("\"unlimited\"");
    assert!(free > 3.5, "{free}");
    // Nothing succeeds, so the quota is spent before the window begins, and gRPC's count is at zero.
    for budget in ["\"aws\"", "\"grpc\""] {
        let (attempts, good) = with(budget);
        assert!((attempts - 1.0).abs() < 0.02 && good > 90.0, "{budget}: {attempts}, {good}");
    }
    // A fifth of what is under way: each retry is under way for half a second and its back-off.
    let (attempts, good) = with("\"envoy\"");
    assert!(attempts > 1.05 && attempts < 1.3 && good > 90.0, "envoy: {attempts}, {good}");
}

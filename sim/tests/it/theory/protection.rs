//! What protects routers, against what its authors promise of it: the retry storm of Bronson et al.
//! (HotOS 2021), adaptive limits on M/M/c, priorities in overload, apps that share a router.

use super::scenario;
use rayon::prelude::*;
use sim::metrics::{Cause, Metric, Summary};
use sim::platform::simulate;
use sim::rng::Seed;
use sim::time::Span;

/// One run of a scenario, with a window of measured seconds.
fn run(text: &str, window: [u64; 2]) -> Summary {
    let scenario = scenario(text);
    let window = (Span::from_secs(window[0]), Span::from_secs(window[1]));
    simulate(&scenario.variants[0].platform, Seed { scenario: 33, replication: 0 }, &[window])
}

/// A measure of the window, 0 where it has no value.
fn of(summary: &Summary, scope: &str, metric: Metric) -> f64 {
    summary.value_in_window(0, scope, metric).unwrap_or(0.0)
}

/// A server of 300 requests a second, 280 requests a second that wait a second and try once more, and
/// an outage of 10 s: the share of requests that succeed in the last 60 of 300 s.
fn storm(mesh: &str) -> f64 {
    let text = format!(
        "schema = 1\n[run]\nduration = \"300s\"\n[mesh]\nhop = \"0s\"\nlimit = 1\n\
         first-byte = \"unlimited\"\n{mesh}\n[app.shop]\n\
         process.workers = {{ count = 1, backlog = \"unlimited\" }}\n\
         [app.shop.endpoint.home.work]\nexponential = \"3.333333ms\"\n[client.browsers]\n\
         arrivals.poisson = {{ rate = \"280/s\" }}\ntimeout = \"1s\"\n\
         retry = {{ attempts = 2, backoff = {{ base = \"0s\", jitter = \"none\" }} }}\n\
         [[event]]\nat = \"20s\"\nfor = \"10s\"\nfreeze = {{ app = \"shop\" }}\n"
    );
    let summary = run(&text, [240, 300]);
    of(&summary, "all", Metric::Goodput) / of(&summary, "all", Metric::Arrivals)
}

#[test]
fn what_a_router_can_do_against_the_retry_storm() {
    let cases = [
        ("fifo", false, "backlog = \"unlimited\""),
        ("drop-stale", true, "backlog = \"unlimited\"\ndrop-stale = true"),
        ("lifo", true, "backlog = \"unlimited\"\nqueue = \"lifo\""),
        ("adaptive-lifo", true, "backlog = \"unlimited\"\nqueue = \"adaptive-lifo\""),
        // No more than what is served within the time-out.
        ("backlog 280", true, "backlog = 280"),
        ("codel", true, "backlog = \"unlimited\"\nqueue = \"codel\""),
        ("codel, lifo", true, "backlog = \"unlimited\"\nqueue.codel = { lifo = true }"),
    ];
    let found: Vec<f64> = cases.par_iter().map(|(_, _, mesh)| storm(mesh)).collect();
    let mut rows = Vec::new();
    let mut wrong = 0;
    for ((what, recovers, _), share) in cases.iter().zip(found) {
        // CoDel drops some of 280 of 300 a second for good: their mean wait is 50 ms, its target 5 ms.
        let least = if what.starts_with("codel") { 0.7 } else { 0.97 };
        let holds = if *recovers { share > least } else { share < 0.03 };
        wrong += usize::from(!holds);
        rows.push(format!("{what:<16}{share:>8.4}{}", if holds { "" } else { "  <-- WRONG" }));
    }
    let table = format!("\nretry storm: goodput over arrivals at the end\n{}\n", rows.join("\n"));
    println!("{table}");
    assert_eq!(wrong, 0, "{table}");
}

/// A dyno of 40 workers of 100 ms, 400 requests a second at most, asked for 800 a second: how many
/// attempts are under way, and the goodput.
fn crowd(concurrency: &str, work: &str) -> (f64, f64) {
    let text = format!(
        "schema = 1\n[run]\nduration = \"600s\"\n[mesh]\nhop = \"0s\"\nlimit = \"unlimited\"\n\
         concurrency.{concurrency}\n\
         [app.shop]\nprocess.workers = {{ count = 40, backlog = \"unlimited\" }}\n\
         [app.shop.endpoint.home.work]\n{work} = \"100ms\"\n[client.browsers]\n\
         arrivals.steps = [{{ rate = \"200/s\", for = \"300s\" }}, {{ rate = \"800/s\" }}]\n"
    );
    let summary = run(&text, [360, 420]);
    let goodput = of(&summary, "all", Metric::Goodput);
    // Little's law: what is under way is the throughput times the time it takes.
    (goodput * of(&summary, "all", Metric::LatencyMean), goodput)
}

#[test]
fn adaptive_limits_keep_the_workers_busy_and_the_queue_short() {
    let cases = [
        // The limit rests where L = 1.5 long / short L + 4 with short = L / 400: at 1.5 x 400 long + 4,
        // which is 64 while the long average is still 100 ms, and 82 if it had learned 130 ms.
        ("gradient2 = {}", "exponential", 64.0..82.0),
        // Even work has its least latency without a queue; 3 to 6 are let queue, and one may be next.
        ("vegas = {}", "constant", 42.0..47.0),
        // From 120 on the mean latency is above 300 ms, and a tenth goes.
        ("aimd = { timeout = \"300ms\" }", "exponential", 105.0..121.0),
    ];
    let found: Vec<_> = cases.par_iter().map(|(kind, work, _)| crowd(kind, work)).collect();
    let table: Vec<String> = cases
        .iter()
        .zip(&found)
        .map(|((kind, _, range), (under_way, goodput))| {
            format!("{kind:<32}{under_way:>8.2} of {range:?}{goodput:>8.1}/s")
        })
        .collect();
    let table = format!("\nunder way at 40 workers, goodput of 400/s\n{}\n", table.join("\n"));
    println!("{table}");
    for ((_, _, range), (under_way, goodput)) in cases.iter().zip(found) {
        assert!(range.contains(&under_way) && goodput > 394.0, "{table}");
    }
}

#[test]
fn the_lower_class_is_shed_first() {
    let shed = |rule: &str| {
        let text = format!(
            "schema = 1\n[run]\nduration = \"120s\"\n[mesh]\nhop = \"0s\"\nlimit = 1\nbacklog = 20\n\
             balancer = \"idle-only\"\n{rule}\n[app.shop]\ndynos = 10\n\
             [app.shop.endpoint.home.work]\nexponential = \"50ms\"\n\
             [client.buyers]\ncriticality = \"critical\"\narrivals.poisson = {{ rate = \"120/s\" }}\n\
             [client.crawlers]\ncriticality = \"sheddable\"\narrivals.poisson = {{ rate = \"120/s\" }}\n"
        );
        let summary = run(&text, [60, 120]);
        let shed = |client| of(&summary, client, Metric::Errors(Cause::Shed)) / 120.0;
        let wait = of(&summary, "all", Metric::WaitMean);
        [shed("client.buyers"), shed("client.crawlers"), wait]
    };
    // 240 of 200 a second: a third of the crawlers must go, and none of the buyers.
    let dagor = shed("shedding = \"dagor\"");
    assert!(dagor[0] < 0.01 && dagor[1] > 0.3 && dagor[1] < 0.7, "{dagor:?}");
    assert!(dagor[2] < 0.1, "{dagor:?}");
    // Half of (1 + 20) x 10 places are always taken: the wait is (105 - 10) / 200 s.
    let classes = shed("shedding = \"criticality\"");
    assert!(classes[0] == 0.0 && (0.3..0.38).contains(&classes[1]), "{classes:?}");
    assert!((0.4..0.5).contains(&classes[2]), "{classes:?}");
}

#[test]
fn a_stuck_app_takes_no_more_than_its_fair_share() {
    let goodput = |fairness: &str| {
        let app = |name: &str| {
            format!(
                "[app.{name}]\nprocess.workers = {{ count = 10 }}\n\
                 [app.{name}.endpoint.home.work]\nconstant = \"100ms\"\n\
                 [client.{name}]\napp = \"{name}\"\narrivals.poisson = {{ rate = \"50/s\" }}\n"
            )
        };
        let text = format!(
            "schema = 1\n[run]\nduration = \"60s\"\n[mesh]\nhop = \"0s\"\nlimit = 10\n\
             backlog = \"unlimited\"\nfirst-byte = \"unlimited\"\n\
             capacity = {{ attempts = 60, fairness = \"{fairness}\" }}\n{}{}\
             [[event]]\nat = \"10s\"\nfreeze = {{ app = \"stuck\" }}\n",
            app("stuck"),
            app("well"),
        );
        let summary = run(&text, [20, 60]);
        of(&summary, "client.well", Metric::Goodput) / of(&summary, "client.well", Metric::Arrivals)
    };
    // The stuck app holds all 60 places within seconds, and the other one has none; with its fair
    // share of 30 the other one needs about 5.
    assert!(goodput("first-come") < 0.5, "{}", goodput("first-come"));
    assert!(goodput("max-min") > 0.99, "{}", goodput("max-min"));
}

#[test]
fn admission_is_the_rate_however_many_routers_there_are() {
    for (mesh, rate) in [
        ("routers = 1", 100.0),
        ("routers = 8", 100.0),
        ("routers = 8\nknowledge = \"shared\"", 100.0),
    ] {
        let text = format!(
            "schema = 1\n[run]\nduration = \"100s\"\n[mesh]\n{mesh}\n[app.shop]\ndynos = 50\n\
             admission = {{ rate = \"100/s\", burst = 50 }}\n\
             [app.shop.endpoint.home.work]\nconstant = \"10ms\"\n\
             [client.browsers]\narrivals.poisson = {{ rate = \"300/s\" }}\n\
             [[event]]\nat = \"80s\"\nset = {{ \"app.shop.admission.rate\" = \"0/s\" }}\n"
        );
        let summary = run(&text, [10, 80]);
        let found = of(&summary, "all", Metric::Goodput);
        assert!((found - rate).abs() < 0.5, "{mesh}: {found}");
        let refused = of(&summary, "all", Metric::Errors(Cause::RateLimited));
        assert!((refused - 200.0).abs() < 10.0, "{mesh}: {refused}");
        // Turned down to nothing, it admits nothing at once.
        assert_eq!(of(&run(&text, [81, 100]), "all", Metric::Goodput), 0.0, "{mesh}");
    }
}

#[test]
fn a_margin_turns_away_early_what_would_be_too_late() {
    let text = |margin: &str| {
        format!(
            "schema = 1\n[run]\nduration = \"60s\"\n[mesh]\nhop = \"0s\"\nlimit = 1\n\
             backlog = \"unlimited\"\ndrop-stale = true\nstale-margin = \"{margin}\"\n[app.shop]\n\
             [app.shop.endpoint.home.work]\nconstant = \"100ms\"\n\
             [client.browsers]\narrivals.steady = {{ rate = \"20/s\" }}\ntimeout = \"1s\"\n"
        )
    };
    let late = run(&text("0s"), [30, 60]);
    let early = run(&text("100ms"), [30, 60]);
    let stale = |summary: &Summary| of(summary, "all", Metric::Errors(Cause::Stale));
    // Nobody hears of what is dropped when its client has gone; of what is dropped before, it does.
    assert_eq!(stale(&late), 0.0);
    assert!(of(&late, "all", Metric::Goodput) < 1.0, "it is begun within a second, and ends after");
    assert!((stale(&early) - 10.0).abs() < 0.5 && of(&early, "all", Metric::Goodput) > 9.5);
}

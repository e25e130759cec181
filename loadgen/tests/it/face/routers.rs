//! Load tests of HAProxy and nginx. With `LOADGEN_E2E=1` and `--include-ignored` they run, and fail
//! where the programs are not installed.

use super::binary::{Going, send};
use super::{Report, fine_or_void, small};
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Four dynos, half of their time busy, for eight seconds.
const HALF_BUSY: [&str; 5] = [
    "run.duration=8s",
    "app.shop.dynos=4",
    "app.shop.endpoint.page.work.exponential=20ms",
    "client.visitors.arrivals.poisson.rate=100/s",
    "mesh.limit=unlimited",
];
/// How far a prediction may lie off on a machine that others use, as a share. What a quiet one does
/// stands in docs/MODEL.md.
const OFF: f64 = 0.25;
/// How often a machine that is busy with other things is asked again.
const TRIES: usize = 3;

/// Whether these tests are to run.
fn asked_for() -> bool {
    std::env::var("LOADGEN_E2E").is_ok_and(|value| value == "1")
}

/// A command with the settings above.
fn half_busy<'a>(args: &[&'a str]) -> Vec<&'a str> {
    args.iter().copied().chain(HALF_BUSY.iter().flat_map(|set| ["--set", set])).collect()
}

#[test]
#[ignore = "needs haproxy and nginx; set LOADGEN_E2E=1"]
fn e2e_haproxy_does_what_is_predicted() {
    does_what_is_predicted("haproxy");
}

#[test]
#[ignore = "needs haproxy and nginx; set LOADGEN_E2E=1"]
fn e2e_nginx_does_what_is_predicted() {
    does_what_is_predicted("nginx");
}

/// Measured and predicted are near each other, unless the step is void, and the books are right.
fn does_what_is_predicted(router: &str) {
    if !asked_for() {
        return;
    }
    let folder = small("");
    let mut seen = Vec::new();
    for _ in 0..TRIES {
        let ended = folder.run(&half_busy(&["run", "small.toml", "--router", router]));
        let report = fine_or_void(&ended, &folder.path("reports/small-load"));
        let arrivals = report.count("measured", "arrivals");
        assert_eq!(arrivals, report.count("predicted", "arrivals"), "{}", ended.shown());
        let books = report.books();
        books.assert_balanced();
        assert_eq!((books.failures, books.under_way), (0, 0), "{}", ended.shown());
        assert_eq!([books.requests, books.attempts], [arrivals; 2], "{}", ended.shown());
        assert_eq!([books.dynos, books.finished], [Some(arrivals); 2], "{}", ended.shown());
        // nginx may be asked for its status at the very moment.
        let came = books.router.unwrap_or_else(|| panic!("{}", ended.shown()));
        assert!((arrivals..=arrivals + 1).contains(&came), "{}", ended.shown());
        let off = ["latency_mean", "latency_p50"].map(|metric| {
            let value = |source| report.value(source, metric).unwrap();
            value("predicted") / value("measured") - 1.0
        });
        let void = if report.is_valid() { "" } else { " (void)" };
        println!("{router}{void}: {arrivals} requests; predicted mean and p50 are off by {off:?}");
        match report.is_valid() {
            true if off.iter().all(|share| share.abs() < OFF) => return,
            true => seen.push(off),
            false => {}
        }
    }
    // Where all were void, the machine says nothing of the prediction.
    assert!(seen.is_empty(), "{router}: {seen:?}");
}

#[test]
#[ignore = "needs haproxy and nginx; set LOADGEN_E2E=1"]
fn e2e_every_request_that_a_killed_haproxy_lost_is_counted() {
    a_killed_router_loses_requests_that_are_counted("haproxy");
}

#[test]
#[ignore = "needs haproxy and nginx; set LOADGEN_E2E=1"]
fn e2e_every_request_that_a_killed_nginx_lost_is_counted() {
    a_killed_router_loses_requests_that_are_counted("nginx");
}

/// The router of a platform that serves alone is killed while it is attacked.
fn a_killed_router_loses_requests_that_are_counted(router: &str) {
    if !asked_for() {
        return;
    }
    let folder = small("");
    let (stage, address) = folder.stage(&half_busy(&["small.toml", "--router", router]));
    let url = format!("http://{address}");
    let mut run = folder.start(&half_busy(&["run", "small.toml", "--target", &url]));
    run.until("the attack goes on", |run| run.printed("stderr").contains("s left)"));
    send("-9", &router_of(&stage, router).to_string());
    let ended = run.end();
    ended.assert(1, &["error_rate < 1%"], &[]);
    let report = Report::read(&folder.path("reports/small-load"));
    let [measured] = report.variants()[..] else { panic!("{:?}", report.variants()) };
    let books = report.books();
    books.assert_balanced();
    assert_eq!(books.requests, report.count(measured, "arrivals"), "{}", ended.shown());
    assert!(books.successes > 0 && books.failures > 0, "{}", ended.shown());
    let expected = |cause: &str| matches!(cause, "connect" | "reset");
    assert!(books.causes.iter().all(|(cause, _)| expected(cause)), "{books:?}");
    // What is measured of each cause is that, but for what ended after the measured time.
    for (cause, count) in &books.causes {
        let measured = report.count(measured, &format!("errors_{cause}"));
        assert!(measured <= *count && measured + 2 >= *count, "{cause}: {books:?}");
    }
    assert!(books.causes.iter().any(|(cause, _)| cause == "connect"), "{books:?}");
    // The platform says it, too, and is none any more.
    let stage = stage.end();
    stage.assert(3, &[], &[&format!("error: `{router}` has ended")]);
}

#[test]
#[ignore = "needs haproxy and nginx; set LOADGEN_E2E=1"]
fn e2e_a_run_whose_own_router_is_killed_says_nothing_and_is_written() {
    if !asked_for() {
        return;
    }
    let folder = small("");
    let mut run = folder.start(&half_busy(&["run", "small.toml", "--router", "haproxy"]));
    run.until("the attack goes on", |run| run.printed("stderr").contains("s left)"));
    send("-9", &router_of(&run, "haproxy").to_string());
    let ended = run.end();
    ended.assert(3, &["void", "`haproxy` has ended"], &["error: `haproxy` has ended"]);
    let report = Report::read(&folder.path("reports/small-load"));
    assert!(!report.is_valid());
    let books = report.books();
    books.assert_balanced();
    assert!(books.failures > 0 && books.finished.unwrap() >= books.successes, "{books:?}");
    assert_eq!(books.router, None, "it cannot tell any more: {books:?}");
}

/// The process of a router that this one started.
fn router_of(stage: &Going, router: &str) -> u32 {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = descendants(stage.process()).iter().find(|(_, name)| name == router) {
            return found.0;
        }
        assert!(Instant::now() < until, "no process `{router}`");
        sleep(Duration::from_millis(10));
    }
}

/// The processes that this one and its children started, with their names: parents first.
fn descendants(process: u32) -> Vec<(u32, String)> {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let stats = all.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    // `17 (name) S 1 ...`: its number, its name, how it is, and who started it.
    let parsed = stats.filter_map(|stat| {
        let (child, rest) = stat.split_once(" (")?;
        let (name, rest) = rest.rsplit_once(") ")?;
        let parent: u32 = rest.split(' ').nth(1)?.parse().ok()?;
        Some((parent, child.parse().ok()?, name.to_string()))
    });
    let parsed: Vec<(u32, u32, String)> = parsed.collect();
    let mut found: Vec<(u32, String)> = Vec::new();
    let mut parents = vec![process];
    while let Some(parent) = parents.pop() {
        let children = parsed.iter().filter(|(of, ..)| *of == parent);
        for (_, child, name) in children {
            found.push((*child, name.clone()));
            parents.push(*child);
        }
    }
    found
}

//! The retry storm of "Metastable failures in distributed systems" (Bronson et al., HotOS 2021): a
//! server of 300 requests a second, clients that try once more after a second, and an outage.
//!
//! Below half the server's rate every outage heals; above it, one that is long enough never does,
//! because both tries together ask for more than the server has.

use super::scenario;
use sim::metrics::Metric;
use sim::platform::simulate;
use sim::rng::Seed;
use sim::time::Span;

/// What can be changed about the storm.
struct Storm {
    /// What is different, for the table.
    what: &'static str,
    rate: u32,
    outage: &'static str,
    retry: &'static str,
    mesh: &'static str,
}

const ONCE_MORE: &str = "{ attempts = 2, backoff = { base = \"0s\", jitter = \"none\" } }";
const FREE: &str = "limit = \"unlimited\"\nbacklog = \"unlimited\"";

impl Storm {
    /// The share of requests that succeed in the last 60 of 300 seconds, least and most of the seeds.
    fn end(&self) -> (f64, f64) {
        let Storm { rate, outage, retry, mesh, .. } = self;
        let text = format!(
            "schema = 1\n[run]\nduration = \"300s\"\n[mesh]\nhop = \"0s\"\n\
             first-byte = \"unlimited\"\n{mesh}\n[app.shop]\ndynos = 1\n\
             process.workers = {{ count = 1, backlog = \"unlimited\" }}\n\
             [app.shop.endpoint.home.work]\nexponential = \"3.333333ms\"\n[client.browsers]\n\
             arrivals.poisson = {{ rate = \"{rate}/s\" }}\ntimeout = \"1s\"\nretry = {retry}\n\
             [[event]]\nat = \"20s\"\nfor = \"{outage}\"\nfreeze = {{ app = \"shop\" }}\n"
        );
        let scenario = scenario(&text);
        let last = (Span::from_secs(240), Span::from_secs(300));
        let shares = (0..5).map(|replication| {
            let seed = Seed { scenario: 21, replication };
            let summary = simulate(&scenario.variants[0].platform, seed, &[last]);
            let of = |metric| summary.value_in_window(0, "all", metric).unwrap();
            of(Metric::Goodput) / of(Metric::Arrivals)
        });
        shares.fold((f64::MAX, 0.0), |(least, most), share| (share.min(least), share.max(most)))
    }
}

/// Whether the storms end as they should: with all requests answered, or with none.
fn check(storms: &[(bool, Storm)]) {
    let (mut rows, mut wrong) = (Vec::new(), 0);
    for (recovers, storm) in storms {
        let (least, most) = storm.end();
        let holds = if *recovers { least > 0.97 } else { most < 0.03 };
        wrong += usize::from(!holds);
        rows.push(format!(
            "{:>4}/s, {:>5} outage, {:<14}{:<9}{least:>8.4} to {most:.4}{}",
            storm.rate,
            storm.outage,
            storm.what,
            if *recovers { "recovers" } else { "never" },
            if holds { "" } else { "  <-- WRONG" },
        ));
    }
    let table = format!("\nretry storm: goodput over arrivals at the end\n{}\n", rows.join("\n"));
    println!("{table}");
    assert_eq!(wrong, 0, "{table}");
}

#[test]
fn half_the_rate_is_the_border_of_metastability() {
    let storm = |rate, outage| Storm { what: "", rate, outage, retry: ONCE_MORE, mesh: FREE };
    check(&[
        (true, storm(140, "500ms")),
        (true, storm(140, "2s")),
        (true, storm(140, "10s")),
        (true, storm(155, "500ms")),
        (false, storm(155, "2s")),
        (false, storm(155, "10s")),
        (true, storm(280, "500ms")),
        (false, storm(280, "2s")),
        (false, storm(280, "10s")),
    ]);
}

#[test]
fn what_helps_against_the_storm() {
    let storm = |what, retry, mesh| Storm { what, rate: 280, outage: "10s", retry, mesh };
    let fifth =
        "{ attempts = 2, backoff = { base = \"0s\", jitter = \"none\" }, budget = \"20%\" }";
    let tenth =
        "{ attempts = 2, backoff = { base = \"0s\", jitter = \"none\" }, budget = \"10%\" }";
    check(&[
        (true, storm("no retry", "{ attempts = 1 }", FREE)),
        // Even a tenth more asks for 308 of 300 a second.
        (false, storm("budget 20%", fifth, FREE)),
        (false, storm("budget 10%", tenth, FREE)),
        // A queue of no more than what is served within the time-out.
        (true, storm("backlog 280", ONCE_MORE, "limit = 1\nbacklog = 280")),
        (true, storm("backlog 150", ONCE_MORE, "limit = 1\nbacklog = 150")),
    ]);
}

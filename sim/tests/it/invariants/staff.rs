//! In the end as many dynos run as were asked for, whatever happened at the same instant before.
//!
//! The number of dynos is read off the utilization: of steady arrivals of constant work.

use crate::theory::scenario;
use rayon::prelude::*;
use sim::metrics::Metric;
use sim::platform::simulate;
use sim::rng::{Seed, Stream};
use sim::time::Span;

/// Two dynos' worth of work: 20 requests a second of 100 ms.
const BUSY: f64 = 2.0;

/// How many histories are drawn.
const HISTORIES: u64 = 400;

/// Draws a history of half seconds in which an app is scaled, crashed, frozen and slowed; gives it
/// and how many dynos must run at its end.
fn history(number: u64) -> (String, u32) {
    let mut rng = Stream::named(Seed { scenario: number, replication: 0 }, "staff", 0);
    let mut of = |these: &[u32]| these[rng.below(these.len())];
    let boot = of(&[0, 100, 500, 1000, 1500, 2000]);
    let shutdown = of(&[0, 500, 1000]);
    let bus = of(&[0, 100, 500, 1500, 3000]);
    let launches = ["\"unlimited\"", "\"1/s\"", "\"4/s\""][of(&[0, 0, 1, 2]) as usize];
    let mut dynos = of(&[1, 3, 5]);
    let mut text = format!(
        "schema = 1\n[run]\nduration = \"60s\"\n[mesh]\nhop = \"0s\"\n[bus]\ndelay = \"{bus}ms\"\n\
         [manager]\nlaunch-limit = {launches}\n[app.shop]\ndynos = {dynos}\nboot = \"{boot}ms\"\n\
         shutdown = \"{shutdown}ms\"\nrestart = {{ at-once = 1000 }}\n\
         process.workers = {{ count = 1, backlog = 0 }}\n\
         [app.shop.endpoint.home]\nwork.constant = \"100ms\"\n\
         [client.browsers]\narrivals.steady = {{ rate = \"20/s\" }}\ntimeout = \"1s\"\n"
    );
    let mut at = 0;
    for _ in 0..of(&[1, 2, 4, 6]) {
        at += of(&[0, 500, 500, 1000, 1500]);
        let event = match of(&[0, 0, 0, 1, 1, 2, 3]) {
            0 => {
                dynos = of(&[3, 4, 6, 8]);
                format!("scale = {{ app = \"shop\", dynos = {dynos} }}")
            }
            1 => format!("crash = {{ app = \"shop\", dynos = {} }}", of(&[1, 2, 9])),
            2 => format!("freeze = {{ app = \"shop\", dynos = {} }}\nfor = \"1s\"", of(&[1, 9])),
            _ => "set = { \"manager.launch-limit\" = \"0.01/s\" }\nfor = \"1s\"".into(),
        };
        text += &format!("[[event]]\nat = \"{at}ms\"\n{event}\n");
    }
    (text, dynos.max(1))
}

/// How many dynos run in the last ten seconds.
fn running(text: &str) -> f64 {
    let scenario = scenario(text);
    let last = (Span::from_secs(50), Span::from_secs(60));
    let seed = Seed { scenario: 1, replication: 0 };
    let summary = simulate(&scenario.variants[0].platform, seed, &[last]);
    let of = |metric| summary.value_in_window(0, "all", metric).unwrap_or(0.0);
    BUSY * of(Metric::Throughput) / 20.0 / of(Metric::Utilization)
}

#[test]
fn as_many_dynos_run_as_were_asked_for() {
    let wrong: Vec<String> = (0..HISTORIES)
        .into_par_iter()
        .filter_map(|number| {
            let (text, dynos) = history(number);
            let found = running(&text);
            let right = (found - f64::from(dynos)).abs() < 0.1;
            (!right).then(|| format!("# {found:.2} dynos run, not {dynos}\n{text}"))
        })
        .collect();
    let few: Vec<&str> = wrong.iter().take(3).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} histories end wrong, such as\n{}", wrong.len(), few.join("\n"));
}

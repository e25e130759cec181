//! What stands around a balancer, through small platforms: what each is there for, it does.

use crate::theory::scenario;
use sim::metrics::{Cause, Metric, Summary};
use sim::platform::simulate;
use sim::rng::Seed;

/// Runs a platform for a minute; `mesh` are lines of `[mesh]`, `rest` is the other tables.
fn run(mesh: &str, rest: &str) -> Summary {
    let text =
        format!("schema = 1\n[run]\nduration = \"1m\"\nwarmup = \"10s\"\n[mesh]\n{mesh}\n{rest}\n");
    let scenario = scenario(&text);
    simulate(&scenario.variants[0].platform, Seed { scenario: 4, replication: 0 }, &[])
}

fn of(summary: &Summary, metric: Metric) -> f64 {
    summary.value("all", metric).unwrap_or(0.0)
}

/// Ten dynos of which one has died without the routers hearing of it: it refuses, at once, for ever.
const PHANTOM: &str = r#"
[bus]
delay = "1h"
[app.shop]
dynos = 10
restart = { at-once = 0 }
endpoint.home.work.exponential = "50ms"
[client.browsers]
arrivals.poisson = { rate = "100/s" }
[[event]]
at = "0s"
crash = { app = "shop", dynos = 1 }
"#;

#[test]
fn a_dyno_that_always_refuses_is_ejected() {
    let mesh = "dispatches = 1\nquarantine = \"50ms\"";
    let plain = of(&run(mesh, PHANTOM), Metric::Errors(Cause::H21));
    let ejected = run(&format!("{mesh}\noutlier-ejection = {{}}"), PHANTOM);
    let ejected = of(&ejected, Metric::Errors(Cause::H21));
    // Without it about one in 150 ms is refused. With it five in a row, at the start and when it
    // comes back after 30 to 40 s; then once more.
    assert!(plain > 5.0, "{plain} refusals a second");
    assert!(ejected > 0.0 && ejected * 60.0 <= 15.0, "{} refusals", ejected * 60.0);
}

#[test]
fn errors_as_load_close_the_sinkhole() {
    // A quarantine of no length to speak of: the balancer alone decides.
    let mesh = "balancer = \"least-loaded\"\ndispatches = 1\nquarantine = \"1ms\"";
    let plain = of(&run(mesh, PHANTOM), Metric::ErrorRate);
    let held = of(&run(&format!("{mesh}\nerrors-as-load = {{}}"), PHANTOM), Metric::ErrorRate);
    // An idle dyno that fails at once draws far more than its tenth. Held for a second each, about as
    // many failures a second as another dyno has attempts under way: less than two of a hundred.
    assert!(plain > 0.15, "{plain}");
    assert!(held < 0.02, "{held}");
}

/// Dynos without a listen backlog refuse when they are busy, though nothing is wrong with them.
const CURT: &str = r#"
[app.shop]
dynos = 10
process.workers = { count = 1, backlog = 0 }
endpoint.home.work.constant = "20ms"
[client.browsers]
arrivals.poisson = { rate = "150/s" }
timeout = "2s"
"#;

#[test]
fn panic_keeps_the_goodput_and_nothing_is_held() {
    let plain = run("routers = 2", CURT);
    let panic = run("routers = 2\npanic = \"50%\"", CURT);
    let (without, with) = (of(&plain, Metric::Goodput), of(&panic, Metric::Goodput));
    assert!(without < 75.0, "quarantines shut most of the dynos out: {without}");
    assert!(with > 1.5 * without, "{with} against {without}");
    assert_eq!(of(&panic, Metric::Errors(Cause::H99)), 0.0);
}

/// As many routers as dynos, none of which knows of the others.
const MANY: &str = r#"
[app.shop]
dynos = 40
endpoint.home.work.exponential = "100ms"
[client.browsers]
arrivals.poisson = { rate = "320/s" }
"#;

#[test]
fn routers_with_few_dynos_each_know_them_better() {
    let mesh = "routers = 40\nbalancer = \"least-loaded\"\nlimit = \"unlimited\"";
    let wait = |around: &str| of(&run(&format!("{mesh}\n{around}"), MANY), Metric::WaitMean);
    let all = wait("");
    // Each router sees a fifth of a dyno's traffic instead of a fortieth.
    for around in ["aperture.deterministic = { least = 5 }", "subset = { size = 5 }"] {
        let some = wait(around);
        assert!(some < 0.9 * all, "{around}: {some} against {all}");
    }
}

#[test]
fn a_light_load_needs_few_dynos() {
    // Half an attempt under way on average: an aperture by load keeps to one dyno or two.
    let rest = r#"
[app.shop]
dynos = 20
endpoint.home.work.constant = "50ms"
[client.browsers]
arrivals.poisson = { rate = "10/s" }
"#;
    let wait = |mesh: &str| of(&run(mesh, rest), Metric::WaitMean);
    let all = wait("hop = \"0s\"");
    let few = wait("hop = \"0s\"\naperture = \"load\"");
    // One dyno is M/D/1 at one half: a wait of half a service time. Twenty at random hardly wait.
    assert!(all < 0.003, "{all}");
    assert!(few > 0.012 && few < 0.035, "{few}");
}

//! The M/M/8 queue again, this time on the platform: a scenario, read once and run many times.

use sim::metrics::Metric;
use sim::platform::{Platform, simulate};
use sim::rng::Seed;
use sim::scenario::{Overrides, Scenario, load};

/// Customers a second, as the scenario says.
const RATE: usize = 64;

/// The scenario, long enough for so many customers.
pub fn load_for(customers: usize) -> Scenario {
    let duration = ("run.duration".to_string(), format!("{}s", customers / RATE));
    let overrides = Overrides { set: vec![duration], ..Overrides::default() };
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/loops/bank.toml");
    load(file, &overrides, false).unwrap_or_else(|error| panic!("{error:?}"))
}

/// Runs a variant once; the mean wait, in seconds.
pub fn run(platform: &Platform) -> f64 {
    let summary = simulate(platform, Seed { scenario: 1, replication: 0 }, &[]);
    summary.value("all", Metric::WaitMean).expect("customers have waited")
}

//! What `sim` says of a step: the same platform at the same level, for the same time, with the same
//! requests.

use crate::plan::Step;
use sim::metrics::{Entry, Summary};
use sim::platform::{Platform, simulate_with_diary};
use std::collections::BTreeMap;

/// The latency of each request that succeeded, by client and number.
pub type Diary = Vec<Entry>;

/// Simulates a step; gives what it comes to, request by request too.
pub fn predict(step: &Step, platform: &Platform, seed: u64) -> (Summary, Diary) {
    simulate_with_diary(&step.platform(platform), step.seed(seed), &step.windows)
}

/// How far measured and predicted latencies of the same requests lie apart, in seconds: the median
/// and the 95th percentile of the distances, and of how many requests. Only open clients send the
/// same requests at the same times whatever becomes of them; the others are left out. Nothing of
/// fewer than a hundred.
pub fn apart(
    measured: &[Entry],
    predicted: &[Entry],
    platform: &Platform,
) -> Option<(f64, f64, usize)> {
    let open = |entry: &&Entry| platform.clients[entry.client as usize].users() == 0;
    let predicted: BTreeMap<(u32, u64), f64> = predicted
        .iter()
        .filter(open)
        .map(|entry| ((entry.client, entry.number), entry.latency.seconds()))
        .collect();
    let distance = |entry: &Entry| {
        let other = predicted.get(&(entry.client, entry.number))?;
        Some((entry.latency.seconds() - other).abs())
    };
    let mut apart: Vec<f64> = measured.iter().filter(open).filter_map(distance).collect();
    apart.sort_by(f64::total_cmp);
    let at = |share: f64| apart[((apart.len() - 1) as f64 * share) as usize];
    (apart.len() >= 100).then(|| (at(0.5), at(0.95), apart.len()))
}

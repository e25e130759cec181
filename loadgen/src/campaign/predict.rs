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

/// How far measured and predicted latencies of the same requests lie apart, in seconds.
pub struct Apart {
    /// The median of the distances.
    pub median: f64,
    /// Their 95th percentile.
    pub p95: f64,
    /// Of how many requests.
    pub requests: usize,
}

/// Compares request by request. Only open clients send the same requests at the same times whatever
/// becomes of them; the others are left out. Nothing of fewer than a hundred.
pub fn apart(measured: &[Entry], predicted: &[Entry], platform: &Platform) -> Option<Apart> {
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
    let requests = apart.len();
    (requests >= 100).then(|| Apart { median: at(0.5), p95: at(0.95), requests })
}

/// The same in words.
pub fn words(variant: &str, step: &Step, apart: &Apart) -> String {
    let Apart { median, p95, requests } = apart;
    let (name, median, p95) = (&step.name, median * 1e3, p95 * 1e3);
    format!(
        "{variant}, {name}: of {requests} requests, each with its own prediction, half are within \
         {median:.1} ms of it and 95 % within {p95:.1} ms"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::time::Span;

    fn platform() -> Platform {
        let loaded = sim::scenario::load("cascade", &Default::default(), false);
        loaded.unwrap_or_else(|error| panic!("{error}")).variants[0].platform.clone()
    }

    #[test]
    fn requests_are_laid_beside_their_own_predictions() {
        let entry = |number: u64, millis: u64| Entry {
            client: 0,
            number,
            latency: Span::from_millis(millis),
        };
        // In another order, some of them only on one side, each 10 ms slower but the slow ones.
        let predicted: Vec<Entry> = (0..300).rev().map(|number| entry(number, 50)).collect();
        let slow = |number| if number % 10 == 0 { 150 } else { 60 };
        let measured: Vec<Entry> = (100..400).map(|number| entry(number, slow(number))).collect();
        let apart = apart(&measured, &predicted, &platform()).unwrap();
        assert_eq!(apart.requests, 200);
        assert!((apart.median - 0.010).abs() < 1e-9 && (apart.p95 - 0.100).abs() < 1e-9);
        assert!(super::apart(&measured[..99], &predicted, &platform()).is_none(), "too few");
    }
}

//! The time in a queue of exponential work that is first in first out, from what arrivals find.

use super::quadrature::quantile;

/// The shares of arrivals that find 0, 1, 2... requests at the dyno that they are sent to. One that
/// finds k stays for k + 1 exponential times of mean 1: an Erlang time.
pub struct Sojourn {
    pub found: Vec<f64>,
}

impl Sojourn {
    /// The mean time in service times.
    pub fn mean(&self) -> f64 {
        self.found.iter().zip(1_u32..).map(|(share, stages)| share * f64::from(stages)).sum()
    }

    /// The share of times above `time`: with k + 1 stages, those with at most k ends of stages in it.
    pub fn above(&self, time: f64) -> f64 {
        let (mut term, mut ends, mut sum) = (libm::exp(-time), 0.0, 0.0);
        for (share, k) in self.found.iter().zip(1_u32..) {
            ends += term;
            term *= time / f64::from(k);
            sum += share * ends;
        }
        sum
    }

    /// The time above which a `share` of times is.
    pub fn quantile(&self, share: f64) -> f64 {
        quantile(|time| self.above(time), share)
    }
}

#[test]
fn geometric_shares_are_an_exponential_time() {
    let found = (0..400).map(|k| 0.2 * libm::pow(0.8, f64::from(k))).collect();
    let sojourn = Sojourn { found };
    assert!((sojourn.mean() - 5.0).abs() < 1e-9);
    assert!((sojourn.above(3.0) - libm::exp(-0.6)).abs() < 1e-9);
    assert!((sojourn.quantile(0.01) - 5.0 * libm::log(100.0)).abs() < 1e-9);
}

//! The brake: never more requests a second than the scenario allows.
//!
//! A bucket that fills at a constant rate and holds what a tenth of a second brings, or one request:
//! each attempt takes one out. Closed users and retries wait for theirs; an arrival of an open client
//! that finds none is held back, and counted so. Each worker process has its share of the rate.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the bucket takes to fill from empty.
const DEPTH: Duration = Duration::from_millis(100);

/// A bound on the rate of attempts.
#[derive(Debug)]
pub struct Brake {
    /// Between two attempts at the full rate.
    gap: Duration,
    depth: Duration,
    /// When the bucket will be full again: the later, the emptier it is.
    full: Mutex<Instant>,
}

impl Brake {
    /// At most `rate` attempts a second, which is more than 0.
    pub fn new(rate: f64) -> Brake {
        let gap = Duration::from_secs_f64(1.0 / rate);
        Brake { gap, depth: DEPTH.max(gap), full: Mutex::new(Instant::now()) }
    }

    /// Takes an attempt out of the bucket, if there is one.
    pub fn take(&self, now: Instant) -> bool {
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        let then = (*full).max(now) + self.gap;
        let there = then.duration_since(now) <= self.depth;
        if there {
            *full = then;
        }
        there
    }

    /// Takes the next attempt out of the bucket, even before it is there; gives when it will be.
    pub fn reserve(&self, now: Instant) -> Instant {
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        *full = (*full).max(now) + self.gap;
        full.checked_sub(self.depth).map_or(now, |at| at.max(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_sees_more_than_the_rate_and_the_bucket() {
        for rate in [0.5, 10.0, 1_000.0] {
            let brake = Brake::new(rate);
            let start = Instant::now() + Duration::from_secs(1);
            let step = Duration::from_secs_f64(0.1 / rate);
            let taken = (0..10_000_u32).filter(|at| brake.take(start + step * *at)).count() as f64;
            let most = 1_000.0 + (rate * 0.1).max(1.0);
            assert!((999.0..=most + 1.0).contains(&taken), "{rate}: {taken}");
        }
    }

    #[test]
    fn who_reserves_waits_for_its_turn() {
        let brake = Brake::new(100.0);
        let now = Instant::now() + Duration::from_secs(1);
        let turns: Vec<Duration> = (0..30).map(|_| brake.reserve(now) - now).collect();
        assert!(turns[..10].iter().all(Duration::is_zero), "{turns:?}");
        assert_eq!(turns[29], Duration::from_millis(200));
        assert!(!brake.take(now));
    }
}

//! The token bucket: `rate` tokens a second drip into a bucket that holds `burst` and starts full;
//! each attempt takes one, and where there is none it is turned away.
//!
//! Source: the textbook's rule, as in nginx `limit_req` and Envoy's local rate limit. That an operator
//! can turn the rate in mid-run, down to 0, is Heroku's `limit("publish", 10)` and
//! `echo 0 >/etc/rates/publish` (talk "High availability at Heroku", 2012).

use crate::time::SimTime;

/// So little may be missing of a token: sums of tenths are not exact.
const ALMOST: f64 = 1e-9;

/// A bucket at work.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    /// Tokens a second; infinite for no bound.
    rate: f64,
    /// The most tokens that it holds.
    burst: f64,
    tokens: f64,
    /// Until when tokens have dripped.
    filled: SimTime,
}

impl Bucket {
    /// A full bucket. `rate` is in tokens a second and may be infinite.
    pub fn new(rate: f64, burst: f64) -> Bucket {
        Bucket { rate, burst, tokens: burst, filled: SimTime::ZERO }
    }

    /// Changes the rate from now on. At 0 nothing passes, whatever the bucket still holds: it is how
    /// an operator turns an app off.
    pub fn set_rate(&mut self, rate: f64, now: SimTime) {
        self.fill(now);
        self.rate = rate;
    }

    /// Takes a token; false when there is none.
    pub fn take(&mut self, now: SimTime) -> bool {
        if self.rate == f64::INFINITY {
            return true;
        }
        self.fill(now);
        let passes = self.rate > 0.0 && self.tokens >= 1.0 - ALMOST;
        if passes {
            self.tokens -= 1.0;
        }
        passes
    }

    fn fill(&mut self, now: SimTime) {
        let since = now.saturating_since(self.filled).seconds();
        self.filled = now;
        // Where the rate is infinite and no time has passed, their product is no number.
        if since > 0.0 {
            self.tokens = (self.tokens + self.rate * since).min(self.burst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> SimTime {
        SimTime::from_nanos(millis * 1_000_000)
    }

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let mut bucket = Bucket::new(10.0, 3.0);
        let mut passed = |millis| bucket.take(at(millis));
        assert_eq!([passed(0), passed(0), passed(0), passed(0)], [true, true, true, false]);
        assert_eq!([passed(99), passed(100), passed(100), passed(200)], [false, true, false, true]);
        // Three tokens are all that it holds, however long nobody comes.
        assert_eq!([(); 4].map(|()| passed(60_000)), [true, true, true, false]);
    }

    #[test]
    fn tenths_add_up_to_whole_tokens() {
        let mut bucket = Bucket::new(1.0, 1.0);
        assert!(bucket.take(at(0)));
        let passed: Vec<u64> = (1..=50).filter(|tenth| bucket.take(at(tenth * 100))).collect();
        assert_eq!(passed, [10, 20, 30, 40, 50]);
    }

    #[test]
    fn a_rate_of_nothing_stops_all_at_once_and_another_begins_where_it_was() {
        let mut bucket = Bucket::new(10.0, 5.0);
        assert!(bucket.take(at(0)));
        bucket.set_rate(0.0, at(0));
        assert!(!bucket.take(at(0)) && !bucket.take(at(10_000)));
        bucket.set_rate(10.0, at(10_000));
        let passed = (0..9).filter(|_| bucket.take(at(10_000))).count();
        assert_eq!(passed, 4);
        bucket.set_rate(f64::INFINITY, at(10_000));
        assert!((0..100).all(|_| bucket.take(at(10_000))));
        bucket.set_rate(1.0, at(11_000));
        assert!(bucket.take(at(11_000)));
    }
}

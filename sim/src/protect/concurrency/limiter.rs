//! The limiter: counts what is under way, and gives its algorithm windows of samples.
//!
//! Source: Netflix/concurrency-limits, `WindowedLimit`, `AbstractLimiter`, `ImmutableAverageSampleWindow`
//! and `Limiter.Listener`. A sample that took less than 100 us is ignored, dropped or not. The window
//! ends with the first sample that ends later than the window's length after the end of the last
//! window; it is then learned from if it has enough samples, and thrown away either way. The library's
//! window may last twice the fastest sample, but its default bounds, 1 s and 1 s, leave no choice.

use super::{Limit, Window};
use crate::rng::Stream;
use crate::time::{SimTime, Span};

/// Faster answers say nothing of the load.
const LEAST_LATENCY: Span = Span::from_nanos(100_000);

/// How an attempt that was admitted came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered, and how long that took is a sample.
    Success,
    /// It was refused by a limit further on, or a clock ran out.
    Dropped,
    /// It says nothing of the load.
    Ignored,
}

/// The concurrency limit of one router for one app.
pub struct Limiter {
    algorithm: Box<dyn Limit>,
    rng: Stream,
    length: Span,
    samples: u32,
    in_flight: u32,
    /// When the present window may end.
    ends: SimTime,
    /// Samples in the window, the sum of their times in nanoseconds, and what [`Window`] wants.
    count: u32,
    sum: u64,
    most: u32,
    dropped: bool,
}

impl Limiter {
    /// A limiter that learns from windows of this length with at least so many samples.
    pub(super) fn new(
        algorithm: Box<dyn Limit>,
        length: Span,
        samples: u32,
        rng: Stream,
    ) -> Limiter {
        Limiter {
            algorithm,
            rng,
            length,
            samples,
            in_flight: 0,
            ends: SimTime::ZERO,
            count: 0,
            sum: 0,
            most: 0,
            dropped: false,
        }
    }

    /// The most attempts that may be under way now.
    pub fn limit(&self) -> u32 {
        self.algorithm.limit()
    }

    /// Whether one more may be admitted.
    pub fn has_room(&self) -> bool {
        self.in_flight < self.algorithm.limit()
    }

    /// Admits one; gives how many are then under way, which comes back with its end.
    pub fn admit(&mut self) -> u32 {
        self.in_flight += 1;
        self.in_flight
    }

    /// One that was admitted so long ago has come to its end.
    pub fn ended(&mut self, now: SimTime, latency: Span, in_flight: u32, outcome: Outcome) {
        self.in_flight = self.in_flight.checked_sub(1).expect("an attempt ends once");
        if outcome == Outcome::Ignored || latency < LEAST_LATENCY {
            return;
        }
        self.count += 1;
        self.sum = self.sum.saturating_add(latency.nanos());
        self.most = self.most.max(in_flight);
        self.dropped |= outcome == Outcome::Dropped;
        if now > self.ends {
            self.ends = now + self.length;
            if self.count >= self.samples {
                let latency = Span::from_nanos(self.sum / u64::from(self.count));
                let window = Window { latency, in_flight: self.most, dropped: self.dropped };
                self.algorithm.learn(&window, &mut self.rng);
            }
            (self.count, self.sum, self.most, self.dropped) = (0, 0, 0, false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;
    use std::sync::{Arc, Mutex};

    /// Keeps the windows that it was given.
    struct Notes(Arc<Mutex<Vec<Window>>>);

    impl Limit for Notes {
        fn limit(&self) -> u32 {
            2
        }

        fn learn(&mut self, window: &Window, _: &mut Stream) {
            self.0.lock().unwrap().push(*window);
        }
    }

    fn limiter() -> (Limiter, Arc<Mutex<Vec<Window>>>) {
        let notes = Arc::new(Mutex::new(Vec::new()));
        let rng = Stream::named(Seed { scenario: 1, replication: 0 }, "limiter", 0);
        let limiter = Limiter::new(Box::new(Notes(notes.clone())), Span::from_secs(1), 10, rng);
        (limiter, notes)
    }

    #[test]
    fn only_so_many_are_under_way() {
        let (mut limiter, _) = limiter();
        assert_eq!((limiter.admit(), limiter.has_room()), (1, true));
        assert_eq!((limiter.admit(), limiter.has_room()), (2, false));
        limiter.ended(SimTime::ZERO, Span::ZERO, 1, Outcome::Ignored);
        assert!(limiter.has_room());
    }

    #[test]
    fn a_window_is_a_second_of_at_least_ten_samples() {
        let (mut limiter, notes) = limiter();
        let mut sample = |millis: u64, latency: u64, outcome| {
            limiter.admit();
            let now = SimTime::from_nanos(millis * 1_000_000);
            limiter.ended(now, Span::from_nanos(latency * 1_000_000), (millis % 7) as u32, outcome);
        };
        // The first sample ends a window of one, which says nothing.
        sample(1, 500, Outcome::Success);
        for millis in 2..=10 {
            sample(millis, 10, Outcome::Success);
        }
        // Too fast, or ignored: no samples.
        sample(20, 0, Outcome::Dropped);
        sample(20, 90, Outcome::Ignored);
        sample(1_001, 10, Outcome::Success);
        assert!(notes.lock().unwrap().is_empty(), "the window ends after 1.001 s");
        sample(1_002, 21, Outcome::Success);
        let latency = Span::from_nanos(11_000_000);
        let first = Window { latency, in_flight: 6, dropped: false };
        assert_eq!(*notes.lock().unwrap(), [first]);
        // Nine more are too few; with the tenth, after the next second, there is one again.
        for millis in 1_003..=1_010 {
            sample(millis, 10, Outcome::Dropped);
        }
        sample(2_500, 10, Outcome::Success);
        assert_eq!(notes.lock().unwrap().len(), 1);
        for millis in 2_501..=2_509 {
            sample(millis, 10, Outcome::Success);
        }
        sample(3_600, 10, Outcome::Dropped);
        assert!(notes.lock().unwrap()[1].dropped);
    }
}

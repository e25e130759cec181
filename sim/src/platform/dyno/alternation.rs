//! Stretches that take turns, each of exponential length: quiet and noisy, well and failing.
//!
//! They are drawn when somebody asks, not before, and from a stream of their own: who asks, and how
//! often, moves none of them. So every variant of a scenario sees the same stretches.

use crate::rng::Stream;
use crate::time::{SimTime, Span};

/// Good and bad stretches that take turns.
#[derive(Clone, Debug)]
pub struct Alternation {
    rng: Stream,
    /// The mean lengths, in seconds.
    good: f64,
    bad: f64,
    is_bad: bool,
    /// When the present stretch ends.
    until: SimTime,
}

impl Alternation {
    /// Stretches with these mean lengths, the first of which is good and begins at `from`.
    pub fn good_first(rng: Stream, from: SimTime, good: Span, bad: Span) -> Alternation {
        let (good, bad) = (good.seconds(), bad.seconds());
        let mut stretches = Alternation { rng, good, bad, is_bad: true, until: from };
        stretches.turn();
        stretches
    }

    /// Stretches with these mean lengths as they are at any instant: the first is as likely bad as
    /// bad ones have a share of the time. What is left of it has the law of a whole one.
    pub fn under_way(mut rng: Stream, good: Span, bad: Span) -> Alternation {
        let (good, bad) = (good.seconds(), bad.seconds());
        let is_bad = rng.unit() * (good + bad) < bad;
        let mut stretches = Alternation { rng, good, bad, is_bad: !is_bad, until: SimTime::ZERO };
        stretches.turn();
        stretches
    }

    /// Whether it is bad now. Instants must not go back.
    pub fn is_bad(&mut self, now: SimTime) -> bool {
        while self.until <= now {
            self.turn();
        }
        self.is_bad
    }

    /// The next stretch begins.
    fn turn(&mut self) {
        self.is_bad = !self.is_bad;
        let mean = if self.is_bad { self.bad } else { self.good };
        self.until += Span::from_seconds(-libm::log(self.rng.unit()) * mean);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;

    const SEED: Seed = Seed { scenario: 3, replication: 0 };

    fn stretches(index: u64) -> Alternation {
        let rng = Stream::named(SEED, "alternation", index);
        Alternation::under_way(rng, Span::from_secs(20), Span::from_secs(5))
    }

    #[test]
    fn bad_stretches_have_their_share_of_the_time_from_the_start() {
        let bad_at = |seconds: u64| {
            let now = SimTime::ZERO + Span::from_secs(seconds);
            (0..20_000).filter(|&index| stretches(index).is_bad(now)).count()
        };
        for seconds in [0, 3, 100] {
            // Five standard deviations of a binomial with p = 1/5.
            assert!(bad_at(seconds).abs_diff(4_000) < 283, "{seconds}");
        }
    }

    #[test]
    fn a_good_start_is_good_until_the_first_turn() {
        let from = SimTime::ZERO + Span::from_secs(7);
        let (mut bad, mut early) = (0, 0);
        for index in 0..10_000 {
            let rng = Stream::named(SEED, "good", index);
            let second = Span::from_secs(1);
            let mut found = Alternation::good_first(rng, from, second, second);
            early += u32::from(found.is_bad(from));
            bad += u32::from(found.is_bad(from + second));
        }
        assert_eq!(early, 0);
        // P(bad at t) = (1 - exp(-2t)) / 2 for equal rates of 1; five standard deviations.
        let expected = 10_000.0 * (1.0 - libm::exp(-2.0)) / 2.0;
        assert!((f64::from(bad) - expected).abs() < 248.0, "{bad}");
    }

    #[test]
    fn how_often_one_asks_moves_nothing() {
        let (mut often, mut seldom) = (stretches(1), stretches(1));
        for millis in 0..200_000 {
            let now = SimTime::ZERO + Span::from_millis(millis);
            let found = often.is_bad(now);
            if millis % 4_321 == 0 {
                assert_eq!(seldom.is_bad(now), found);
            }
        }
    }
}

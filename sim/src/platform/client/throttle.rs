//! `throttle`: adaptive throttling at the client. Over a window the population counts the attempts that
//! it would like to send and those that were accepted, and holds the next one back with probability
//!
//! ```text
//! max(0, (requests - k accepts) / (requests + 1))
//! ```
//!
//! So a backend that accepts little gets about `k` times what it accepts. An attempt that is sent counts
//! when it has ended, so that those under way are not taken for refused; one that is held back counts at
//! once, and one that another attempt made needless does not. Accepted is what a dyno answered, even
//! with an error of its own.
//!
//! Source: Beyer et al., "Site Reliability Engineering" (2016), chapter 21, "Client-side throttling":
//! k is 2, the window two minutes. That attempts count at their end is what Kratos and go-zero do; the
//! window's parts are a choice of ours: a hundredth each.

use super::guards::Ended;
use super::window::Window;
use crate::config::Fields;
use crate::metrics::Cause;
use crate::rng::Stream;
use crate::time::{SimTime, Span};

/// The settings of adaptive throttling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throttle {
    /// How many times what is accepted may be sent.
    pub k: f64,
    /// How far back both are counted.
    pub window: Span,
}

/// How many parts the window has.
const PARTS: usize = 100;

/// The counts of the window: what was wanted, and what was accepted.
const WANTED: usize = 0;
const ACCEPTED: usize = 1;

/// Reads `throttle = { k, window }`; without it there is none.
pub(super) fn read_throttle(fields: &mut Fields<'_>) -> Option<Throttle> {
    fields.optional_table("throttle", |fields| {
        let k = fields.or("k", 2.0);
        fields.require("k", (1.0..=1e6).contains(&k), "from 1 to 1e6");
        let window = fields.or("window", Span::from_secs(120));
        fields.require("window", window >= Span::from_millis(100), "at least 100ms");
        Throttle { k, window }
    })
}

/// Throttling at work.
pub(super) struct Throttled {
    k: f64,
    window: Window,
}

impl Throttled {
    pub fn new(throttle: Throttle) -> Throttled {
        Throttled { k: throttle.k, window: Window::new(throttle.window, PARTS) }
    }

    /// Whether this attempt is held back. It draws once from its stream, unless it is sure to pass.
    pub fn holds_back(&mut self, now: SimTime, rng: impl FnOnce() -> Stream) -> bool {
        let chance = self.chance(now);
        let held = chance > 0.0 && rng().unit() < chance;
        if held {
            self.window.count(now, WANTED);
        }
        held
    }

    /// An attempt ended.
    pub fn ended(&mut self, now: SimTime, ended: Ended) {
        if ended != Ended::TakenBack {
            self.window.count(now, WANTED);
        }
        if matches!(ended, Ended::Success | Ended::Failure(Cause::Failed)) {
            self.window.count(now, ACCEPTED);
        }
    }

    /// The probability with which the next attempt is held back.
    fn chance(&mut self, now: SimTime) -> f64 {
        let [wanted, accepted] = self.window.sums(now).map(|count| count as f64);
        (wanted - self.k * accepted) / (wanted + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Seed, Streams};

    const STREAMS: Seed = Seed { scenario: 5, replication: 0 };

    fn at(millis: u64) -> SimTime {
        SimTime::ZERO + Span::from_millis(millis)
    }

    fn throttled(k: f64) -> Throttled {
        Throttled::new(Throttle { k, window: Span::from_secs(120) })
    }

    #[test]
    fn the_chance_is_the_formula_over_the_window() {
        let mut it = throttled(2.0);
        for (ended, chance) in [
            (Ended::Success, -1.0 / 2.0),
            (Ended::Failure(Cause::H11), 0.0),
            (Ended::Failure(Cause::Timeout), 1.0 / 4.0),
            // Needless is neither wanted nor refused; an error of the app was accepted.
            (Ended::TakenBack, 1.0 / 4.0),
            (Ended::Failure(Cause::H12), 2.0 / 5.0),
            (Ended::Failure(Cause::Failed), 1.0 / 6.0),
        ] {
            it.ended(at(10), ended);
            assert_eq!(it.chance(at(20)), chance, "{ended:?}");
        }
        // All of it was in the first part, which leaves the window after two minutes.
        assert_eq!(it.chance(at(119_999)), 1.0 / 6.0);
        assert_eq!((it.chance(at(120_000)), it.window.sums(at(120_000))), (0.0, [0, 0]));
    }

    #[test]
    fn what_is_sure_to_pass_draws_nothing_and_what_is_held_back_counts() {
        let mut it = throttled(2.0);
        let never = || -> Stream { unreachable!("what is sure to pass draws nothing") };
        assert!((0..100).all(|n| !it.holds_back(at(n), never)));
        it.ended(at(100), Ended::Failure(Cause::H11));
        let streams = Streams::named(STREAMS, "throttle");
        let held = (0..1000).filter(|n| it.holds_back(at(101), || streams.stream(*n))).count();
        assert!(held > 900, "{held}");
        assert_eq!(it.window.sums(at(102)), [1 + held as u64, 0]);
    }

    #[test]
    fn a_backend_that_accepts_little_gets_k_times_as_much() {
        for k in [1.5, 2.0] {
            let (mut it, streams) = (throttled(k), Streams::named(STREAMS, "throttle"));
            let (mut sent, mut accepted, mut room) = (0_u32, 0_u32, 0);
            // A thousand are wanted a second; the first hundred that are sent in it are accepted.
            // Measured after two windows.
            for n in 0..1_200_000_u64 {
                let (now, measured) = (at(n), u32::from(n >= 240_000));
                if n % 1000 == 0 {
                    room = 100;
                }
                if it.holds_back(now, || streams.stream(n)) {
                    continue;
                }
                sent += measured;
                if room > 0 {
                    room -= 1;
                    accepted += measured;
                    it.ended(now, Ended::Success);
                } else {
                    it.ended(now, Ended::Failure(Cause::RateLimited));
                }
            }
            let ratio = f64::from(sent) / f64::from(accepted);
            assert!((ratio - k).abs() < 0.05 * k, "k {k}: {sent} sent, {accepted} accepted");
        }
    }
}

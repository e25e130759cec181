//! How many attempts of an app may be under way behind a router at once, learned from how long they
//! take: one file an algorithm, one row in [`KINDS`].
//!
//! Source of all of them: Netflix/concurrency-limits, at commit 78a74b9. As there, an algorithm does
//! not see single samples but windows of them ([`Limiter`], the library's `WindowedLimit`).

mod aimd;
mod gradient2;
mod limiter;
mod vegas;

pub use limiter::{Limiter, Outcome};

use super::Choice;
use crate::config::{Fields, Kind};
use crate::rng::Stream;
use crate::time::Span;

/// The algorithms, by name.
pub const KINDS: &[Kind<Concurrency>] = &[gradient2::KIND, vegas::KIND, aimd::KIND];

/// An algorithm at work in one router for one app.
pub trait Limit: Send {
    /// The most attempts that may be under way.
    fn limit(&self) -> u32;

    /// Learns from a window of samples.
    fn learn(&mut self, window: &Window, rng: &mut Stream);
}

/// What a window of samples says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// The mean time from admission to the answer, in whole nanoseconds.
    pub latency: Span,
    /// The most attempts under way that a sample found when it was admitted, itself included.
    pub in_flight: u32,
    /// Whether one was dropped: refused further on, or timed out.
    pub dropped: bool,
}

/// An algorithm with its settings and those of its windows.
#[derive(Clone, Debug)]
pub struct Concurrency {
    algorithm: Choice<dyn Limit>,
    window: Span,
    samples: u32,
}

/// The shortest window and the fewest samples that the library allows.
const LEAST_WINDOW: Span = Span::from_millis(100);
const LEAST_SAMPLES: u32 = 10;

/// The page's lines on what all algorithms have.
const WINDOW: (&str, &str) =
    ("window", "how long samples are collected before they are learned from");
const SAMPLES: (&str, &str) =
    ("samples", "a window with fewer says nothing and is thrown away; at least 10");
const INITIAL: (&str, &str) = ("initial", "the limit at the start");

impl Concurrency {
    /// An algorithm whose windows are read from its own table.
    fn read(
        fields: &mut Fields<'_>,
        name: &'static str,
        build: impl Fn() -> Box<dyn Limit> + Send + Sync + 'static,
    ) -> Concurrency {
        let window = fields.or("window", Span::from_secs(1));
        fields.require("window", window >= LEAST_WINDOW, "at least 100ms");
        let samples = fields.or("samples", LEAST_SAMPLES);
        fields.require("samples", samples >= LEAST_SAMPLES, "at least 10");
        Concurrency { algorithm: Choice::new(name, build), window, samples }
    }

    /// The kind's name.
    pub fn name(&self) -> &'static str {
        self.algorithm.name()
    }

    /// A limiter for one router and one app; `rng` is its own.
    pub fn build(&self, rng: Stream) -> Limiter {
        Limiter::new(self.algorithm.build(), self.window, self.samples, rng)
    }
}

/// Reads `initial`, `min` and `max`, which must be in order; the first two follow those that are set.
fn bounds(fields: &mut Fields<'_>, most: u32) -> (u32, u32, u32) {
    let max = fields.or("max", most);
    let min = fields.or("min", USUAL.min(max));
    fields.require("min", min >= 1, "at least 1");
    fields.require("max", max >= min && max <= MOST, "from `min` to 1000000");
    let initial = fields.or("initial", USUAL.max(min).min(max));
    fields.require("initial", (min..=max).contains(&initial) || max < min, "from `min` to `max`");
    (initial, min, max)
}

/// The library's first limit, and its least.
const USUAL: u32 = 20;

/// The largest limit that can be asked for.
const MOST: u32 = 1_000_000;

#[cfg(test)]
mod testing {
    use super::{Limit, Window};
    use crate::rng::{Seed, Stream};
    use crate::time::Span;

    /// The limit after each window: its mean latency in ms, most under way, whether one was dropped.
    pub fn limits(limit: &mut dyn Limit, windows: &[(u64, u32, bool)]) -> Vec<u32> {
        let mut rng = Stream::named(Seed { scenario: 3, replication: 0 }, "limits", 0);
        let mut learn = |&(millis, in_flight, dropped): &(u64, u32, bool)| {
            let window = Window { latency: Span::from_millis(millis), in_flight, dropped };
            limit.learn(&window, &mut rng);
            limit.limit()
        };
        windows.iter().map(&mut learn).collect()
    }
}

//! `aimd`: one more after each good window, a tenth less after one with a drop.
//!
//! Source: Netflix/concurrency-limits, `AIMDLimit`. After each window: dropped, or a mean latency above
//! `timeout`: limit = floor(limit * `backoff`). Else, if at least half of the limit was under way:
//! limit + 1. Held from `min` to `max`.

use super::{Concurrency, INITIAL, Limit, SAMPLES, WINDOW, Window, bounds};
use crate::config::{Kind, Page};
use crate::rng::Stream;
use crate::time::Span;

/// The registry's row.
pub const KIND: Kind<Concurrency> = Kind {
    name: "aimd",
    summary: "one more after each good window, a tenth less after a drop (Netflix)",
    page: Page {
        settings: &[
            INITIAL,
            ("min", "the limit never falls below it"),
            ("max", "the limit never rises above it"),
            ("backoff", "what the limit is multiplied by after a drop"),
            ("timeout", "a mean latency above it counts as a drop"),
            WINDOW,
            SAMPLES,
        ],
        sections: &[
            (
                "Rule",
                "After each window: a drop or a mean latency above `timeout`, and the limit is multiplied by `backoff` and rounded down; else one more if at least half of it was used.",
            ),
            (
                "Knows",
                "Whether the router's own attempts of the app were dropped, and how long they took.",
            ),
            (
                "Wins",
                "When something further on says no in time, such as a short backlog. When the only sign of overload is latency below `timeout`, the limit rises to its most.",
            ),
            ("Source", "Netflix/concurrency-limits, AIMDLimit (commit 78a74b9)."),
        ],
    },
    read: |body| {
        body.fields(|fields| {
            let (initial, min, max) = bounds(fields, 200);
            let backoff = fields.or("backoff", 0.9);
            fields.require("backoff", (0.5..1.0).contains(&backoff), "at least 0.5 and below 1");
            let timeout = fields.or("timeout", Span::from_secs(5));
            fields.require("timeout", timeout > Span::ZERO, "more than 0s");
            let aimd = Aimd { limit: initial, min, max, backoff, timeout };
            Concurrency::read(fields, "aimd", move || Box::new(aimd))
        })
    },
};

/// The limit at work.
#[derive(Clone, Copy, Debug)]
struct Aimd {
    limit: u32,
    min: u32,
    max: u32,
    backoff: f64,
    timeout: Span,
}

impl Limit for Aimd {
    fn limit(&self) -> u32 {
        self.limit
    }

    fn learn(&mut self, window: &Window, _: &mut Stream) {
        if window.dropped || window.latency > self.timeout {
            self.limit = (f64::from(self.limit) * self.backoff) as u32;
        } else if window.in_flight.saturating_mul(2) >= self.limit {
            self.limit += 1;
        }
        self.limit = self.limit.clamp(self.min, self.max);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::limits;
    use super::*;

    fn new(limit: u32) -> Aimd {
        Aimd { limit, min: 20, max: 200, backoff: 0.9, timeout: Span::from_secs(5) }
    }

    #[test]
    fn it_adds_one_and_takes_a_tenth() {
        let windows = [
            (100, 15, false),
            (100, 14, false),
            (5_000, 16, false),
            (5_001, 16, false),
            (100, 16, true),
            (100, 9, false),
        ];
        assert_eq!(limits(&mut new(30), &windows), [31, 31, 32, 28, 25, 25]);
    }

    #[test]
    fn it_stays_between_its_bounds() {
        assert_eq!(limits(&mut new(21), &[(1, 21, true), (1, 21, true)]), [20, 20]);
        assert_eq!(limits(&mut new(199), &[(1, 200, false), (1, 200, false)]), [200, 200]);
    }
}

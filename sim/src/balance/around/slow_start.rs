//! `slow-start`: a dyno that has come up takes its share of the traffic little by little.
//!
//! For `window` after it came up its weight is multiplied by
//! `max(least, (max(t, 1 s) / window)^(1 / aggression))` (Envoy, "Slow start mode"; HAProxy's
//! `slowstart` is the same with an aggression of 1). A strategy that looks at weights sees it as a
//! weight. For all others the router accepts the dyno that is chosen with its weight as probability;
//! what is then not accepted is offered to the others.

use super::Part;
use crate::config::{Body, Kind, Page};
use crate::time::Span;
use crate::units::Ratio;

/// The registry's row.
pub const KIND: Kind<Part> = Kind {
    name: "slow-start",
    summary: "a dyno that has come up takes its share of the traffic little by little",
    page: Page {
        settings: &[
            ("window", "how long a dyno warms up"),
            ("aggression", "how fast its weight grows: 1 is evenly, more is faster at first"),
            ("least", "its weight at first"),
        ],
        sections: &[
            (
                "Rule",
                "From the news that a dyno has come up until `window` later, its weight is multiplied by the larger of `least` and (t / window) to the power 1 / `aggression`; t is at least one second. Dynos that are up when the run begins are warm.",
            ),
            ("Knows", "When the router heard that a dyno came up."),
            (
                "Wins",
                "When a dyno is slow at first, or looks idle because it is new: `least-loaded` would pour everything into it. When most dynos come up together there is nobody to take the rest, and it changes nothing.",
            ),
            (
                "Source",
                "Envoy, \"Slow start mode\": aggression 1, least 10 %; it has no default window. HAProxy `slowstart`.",
            ),
        ],
    },
    read,
};

fn read(body: &mut Body<'_>) -> Part {
    body.fields(|fields| {
        let slow = SlowStart {
            window: fields.or("window", Span::from_secs(30)),
            aggression: fields.or("aggression", 1.0),
            least: fields.or("least", Ratio(0.1)).0,
        };
        fields.require("window", slow.window >= Span::from_millis(1), "at least 1ms");
        let aggression = (0.01..=1000.0).contains(&slow.aggression);
        fields.require("aggression", aggression, "from 0.01 to 1000");
        fields.require("least", slow.least > 0.0, "more than 0");
        Part::SlowStart(slow)
    })
}

/// How the weight of a dyno grows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlowStart {
    /// How long it grows.
    pub window: Span,
    /// How fast.
    pub aggression: f64,
    /// From where.
    pub least: f64,
}

impl SlowStart {
    /// The weight of a dyno that has been up for so long: more than 0, at most 1.
    pub fn factor(&self, up: Span) -> f64 {
        if up >= self.window {
            return 1.0;
        }
        let part = up.max(Span::from_secs(1)).seconds() / self.window.seconds();
        libm::pow(part, 1.0 / self.aggression).clamp(self.least, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weight_grows_as_envoys() {
        let slow = |aggression, least| SlowStart { window: Span::from_secs(40), aggression, least };
        for (aggression, least, millis, factor) in [
            (1.0, 0.1, 0, 0.1),
            (1.0, 0.001, 0, 0.025),
            (1.0, 0.1, 4_000, 0.1),
            (1.0, 0.1, 10_000, 0.25),
            (2.0, 0.1, 10_000, 0.5),
            (0.5, 0.1, 20_000, 0.25),
            (1.0, 0.1, 39_000, 0.975),
            (1.0, 0.1, 40_000, 1.0),
            (1.0, 0.1, 90_000, 1.0),
        ] {
            let found = slow(aggression, least).factor(Span::from_millis(millis));
            assert!((found - factor).abs() < 1e-12, "{aggression} {least} {millis}: {found}");
        }
    }

    #[test]
    fn a_window_below_a_second_is_over_at_once() {
        let slow = SlowStart { window: Span::from_millis(500), aggression: 1.0, least: 0.1 };
        assert_eq!(slow.factor(Span::ZERO), 1.0);
    }
}

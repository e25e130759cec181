//! A rate that grows or shrinks evenly, then stays.

use super::{Process, Segment, Shape};
use crate::config::{Body, Kind, Page};
use crate::time::Span;
use crate::units::Rate;

/// The registry's row.
pub const KIND: Kind<Process> = Kind {
    name: "ramp",
    summary: "from one rate evenly to another, which stays: `ramp = { from = \"0/s\", to = \"900/s\", over = \"5m\" }`",
    page: Page {
        settings: &[
            ("from", "the first rate, and that in the warm-up"),
            ("to", "the last rate, which stays"),
            ("over", "how long the change takes"),
        ],
        sections: &[
            (
                "Rule",
                "The rate changes evenly from one to the other; a Poisson process along it. Slow ramps up and down show hysteresis.",
            ),
            ("Source", "Arrivals by inversion of the area under the rate."),
        ],
    },
    read,
};

fn read(body: &mut Body<'_>) -> Process {
    body.fields(|fields| {
        let Rate(from) = fields.required("from");
        let Rate(to) = fields.required("to");
        fields.require("to", from > 0.0 || to > 0.0, "more than 0/s where `from` is \"0/s\"");
        let over: Span = fields.required("over");
        fields.require("over", !over.is_zero(), "more than zero");
        let over = if over.is_zero() { Span::from_secs(1) } else { over };
        Process::poisson(vec![
            Segment {
                length: over,
                shape: Shape::Linear { from, slope: (to - from) / over.seconds() },
            },
            Segment { length: Span::MAX, shape: Shape::Constant(to) },
        ])
    })
}

#[cfg(test)]
mod tests {
    use crate::time::SimTime;
    use crate::workload::tests::{arrivals, check_counts, problems, times};

    #[test]
    fn the_rate_changes_evenly_and_stays() {
        let area = |t: f64, from: f64, to: f64| {
            // Before 30 s `from`, then 60 s of change, then `to`.
            let on = (t - 30.0).clamp(0.0, 60.0);
            let change = from * on + (to - from) * on * on / 120.0;
            from * t.min(30.0) + change + to * (t - 90.0).max(0.0)
        };
        for (config, from, to) in [
            ("ramp = { from = \"0/s\", to = \"600/s\", over = \"1m\" }", 0.0, 600.0),
            ("ramp = { from = \"500/s\", to = \"100/s\", over = \"1m\" }", 500.0, 100.0),
            ("ramp = { from = \"300/s\", to = \"300/s\", over = \"1m\" }", 300.0, 300.0),
        ] {
            check_counts(config, 30, |a, b| area(b, from, to) - area(a, from, to));
        }
    }

    #[test]
    fn no_more_come_after_a_ramp_to_zero() {
        let down = arrivals("ramp = { from = \"100/s\", to = \"0/s\", over = \"10s\" }");
        let found = times(down.start(SimTime::ZERO, &[]), 10_000);
        // 500 on average; five standard deviations are 112.
        assert!((388..612).contains(&found.len()), "{}", found.len());
        assert!(found.last().unwrap().seconds() <= 10.0);
    }

    #[test]
    fn wrong_configs_are_refused() {
        for (config, problem) in [
            (
                "ramp = { from = \"0/s\", to = \"0/s\", over = \"1m\" }",
                "`arrivals.ramp.to` must be more than 0/s where `from` is \"0/s\", found `\"0/s\"`",
            ),
            (
                "ramp = { from = \"0/s\", to = \"1/s\", over = \"0s\" }",
                "`arrivals.ramp.over` must be more than zero, found `\"0s\"`",
            ),
            ("ramp = { from = \"0/s\", over = \"1s\" }", "`arrivals.ramp.to` is missing"),
        ] {
            assert_eq!(problems(config), [problem]);
        }
    }
}

//! Cycles of a high rate and a low one.

use super::{Process, Profile, Segment, Shape};
use crate::config::{Body, Fields, Kind, Page};
use crate::time::Span;
use crate::units::Rate;
use std::sync::Arc;

/// The registry's row.
pub const KIND: Kind<Process> = Kind {
    name: "burst",
    summary: "on and off in cycles: `burst = { rate = \"900/s\", base = \"100/s\", on = \"10s\", off = \"50s\" }`",
    page: Page {
        settings: &[
            ("rate", "the rate while it is on"),
            ("base", "the rate while it is off, and in the warm-up"),
            ("on", "how long it is on"),
            ("off", "how long it is off"),
        ],
        sections: &[
            (
                "Rule",
                "Cycles of `rate` for `on`, then `base` for `off`, from the end of the warm-up; a Poisson process along it.",
            ),
            ("Source", "On-off sources; our choice of fixed lengths."),
        ],
    },
    read,
};

fn read(body: &mut Body<'_>) -> Process {
    body.fields(|fields| {
        let Rate(rate) = fields.required("rate");
        let Rate(base) = fields.or("base", Rate(0.0));
        fields.require("rate", rate > 0.0 || base > 0.0, "more than 0/s where `base` is \"0/s\"");
        let segments = vec![
            Segment { length: read_length(fields, "on"), shape: Shape::Constant(rate) },
            Segment { length: read_length(fields, "off"), shape: Shape::Constant(base) },
        ];
        let profile = Profile::repeating(segments).with_rate_before(base);
        Process::Rates { profile: Arc::new(profile), even: false }
    })
}

/// Reads a length that must be more than zero.
fn read_length(fields: &mut Fields<'_>, key: &str) -> Span {
    let length: Span = fields.required(key);
    fields.require(key, !length.is_zero(), "more than zero");
    if length.is_zero() { Span::from_secs(1) } else { length }
}

#[cfg(test)]
mod tests {
    use crate::time::{SimTime, Span};
    use crate::workload::tests::{arrivals, check_counts, problems, resolved, times};

    #[test]
    fn cycles_begin_with_the_high_rate_at_zero() {
        let on = |t: f64| 10.0 * (t / 30.0).floor() + (t % 30.0).min(10.0);
        let config = "burst = { rate = \"900/s\", base = \"50/s\", on = \"10s\", off = \"20s\" }";
        // Before zero, at 60 s, the base rate.
        check_counts(config, 60, |from, to| {
            let after = |t: f64| (t - 60.0).max(0.0);
            let high = on(after(to)) - on(after(from));
            50.0 * (to - from) + 850.0 * high
        });
    }

    #[test]
    fn nothing_arrives_while_it_is_off() {
        let config = "burst = { rate = \"100/s\", on = \"1s\", off = \"1s\" }";
        let zero = SimTime::ZERO + Span::from_secs(3);
        for at in times(arrivals(config).start(zero, &[]), 10_000) {
            let since = at.since(zero).seconds();
            assert!(since % 2.0 <= 1.0, "{since}");
        }
    }

    #[test]
    fn a_gap_over_countless_cycles_takes_no_time() {
        // About one arrival in 2e9 cycles; walking over them one by one would take a minute.
        let config = "burst = { rate = \"0.0000005/s\", on = \"1ms\", off = \"1ms\" }";
        let found = times(arrivals(config).start(SimTime::ZERO, &[]), 1_000);
        let mean = found.last().unwrap().seconds() / 1_000.0;
        // Five standard errors of the mean of 1000 exponential gaps.
        assert!((mean / 4e6 - 1.0).abs() < 5.0 / 1_000_f64.sqrt(), "{mean}");
    }

    #[test]
    fn wrong_configs_are_refused() {
        for (config, problem) in [
            (
                "burst = { rate = \"0/s\", on = \"1s\", off = \"1s\" }",
                "`arrivals.burst.rate` must be more than 0/s where `base` is \"0/s\", found `\"0/s\"`",
            ),
            (
                "burst = { rate = \"1/s\", on = \"0s\", off = \"1s\" }",
                "`arrivals.burst.on` must be more than zero, found `\"0s\"`",
            ),
            ("burst = { rate = \"1/s\", on = \"1s\" }", "`arrivals.burst.off` is missing"),
        ] {
            assert_eq!(problems(config), [problem]);
        }
        assert_eq!(
            resolved("burst = { rate = \"1/s\", on = \"1s\", off = \"2s\" }"),
            "{ burst = { rate = \"1/s\", base = \"0/s\", on = \"1s\", off = \"2s\" } }"
        );
    }
}

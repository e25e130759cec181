//! A day: the rate swings between its low and its high along a cosine.

use super::{Process, Profile, Segment, Shape};
use crate::config::{Body, Kind, Page};
use crate::time::Span;
use crate::units::Rate;
use std::sync::Arc;

/// The registry's row.
pub const KIND: Kind<Process> = Kind {
    name: "diurnal",
    summary: "a day from its low to its high and back: `diurnal = { low = \"100/s\", high = \"900/s\", period = \"24h\" }`",
    page: Page {
        settings: &[
            ("low", "the rate at the beginning of each period"),
            ("high", "the rate in its middle"),
            ("period", "how long from low to low"),
        ],
        sections: &[
            (
                "Rule",
                "A cosine from the low at time 0 to the high and back; a Poisson process along it.",
            ),
            (
                "Source",
                "The daily swing of public traffic, about three times from mean to peak; arrivals by inversion.",
            ),
        ],
    },
    read,
};

/// The rate is low + (high - low) (1 - cos(2 pi t / period)) / 2, so the low is at time 0.
fn read(body: &mut Body<'_>) -> Process {
    body.fields(|fields| {
        let noted = fields.reading.problems();
        let low: Rate = fields.required("low");
        let high: Rate = fields.required("high");
        if fields.reading.problems() == noted {
            fields.require("high", high.0 > 0.0, "more than 0/s");
            fields.require(
                "high",
                high.0 == 0.0 || high >= low,
                &format!("at least `low`, which is \"{low}\""),
            );
        }
        let period = fields.or("period", Span::from_secs(86_400));
        fields.require("period", !period.is_zero(), "more than zero");
        let period = if period.is_zero() { Span::from_secs(1) } else { period };
        let shape = Shape::Cosine { low: low.0, high: high.0, period: period.seconds() };
        let profile = Profile::repeating(vec![Segment { length: period, shape }]);
        Process::Rates { profile: Arc::new(profile), even: false }
    })
}

#[cfg(test)]
mod tests {
    use crate::time::Span;
    use crate::workload::tests::{arrivals, check_counts, problems, resolved};

    #[test]
    fn counts_follow_the_integral_of_the_cosine() {
        // Zero is at 10 s, one period is 40 s; before zero the low rate.
        for (low, high) in [(0.0, 600.0), (100.0, 700.0), (300.0, 300.0)] {
            let area = |t: f64| {
                let on = (t - 10.0).max(0.0);
                let turn = std::f64::consts::TAU / 40.0;
                let swing = (high - low) / 2.0 * (on - libm::sin(turn * on) / turn);
                low * t + swing
            };
            let config =
                format!("diurnal = {{ low = \"{low}/s\", high = \"{high}/s\", period = \"40s\" }}");
            check_counts(&config, 10, |from, to| area(to) - area(from));
        }
    }

    #[test]
    fn the_low_is_at_zero_and_the_high_half_a_day_later() {
        let day = arrivals("diurnal = { low = \"100/s\", high = \"900/s\" }");
        for (hours, rate) in [(0, 100.0), (6, 500.0), (12, 900.0), (24, 100.0), (36, 900.0)] {
            let found = day.rate_at(Span::from_secs(hours * 3_600)).unwrap().0;
            assert!((found - rate).abs() < 1e-9, "{hours}: {found}");
        }
    }

    #[test]
    fn wrong_configs_are_refused() {
        for (config, problem) in [
            (
                "diurnal = { low = \"2/s\", high = \"1/s\" }",
                "`arrivals.diurnal.high` must be at least `low`, which is \"2/s\", found `\"1/s\"`",
            ),
            (
                "diurnal = { low = \"0/s\", high = \"0/s\" }",
                "`arrivals.diurnal.high` must be more than 0/s, found `\"0/s\"`",
            ),
            (
                "diurnal = { low = \"0/s\", high = \"1/s\", period = \"0s\" }",
                "`arrivals.diurnal.period` must be more than zero, found `\"0s\"`",
            ),
            ("diurnal = { low = 5, high = \"1/s\" }", "`arrivals.diurnal.low`: `5` has no unit"),
        ] {
            assert_eq!(problems(config), [problem]);
        }
        assert_eq!(
            resolved("diurnal = { low = \"0/s\", high = \"1/s\" }"),
            "{ diurnal = { low = \"0/s\", high = \"1/s\", period = \"1d\" } }"
        );
    }
}

//! Requests that know nothing of each other, at one mean rate.

use super::{Process, Segment, Shape};
use crate::config::{Body, Fields, Kind, Page};
use crate::time::Span;
use crate::units::Rate;

/// The registry's row.
pub const KIND: Kind<Process> = Kind {
    name: "poisson",
    summary: "independent requests at a mean rate: `poisson = { rate = \"1200/s\" }`",
    page: Page {
        settings: &[("rate", "the mean rate")],
        sections: &[
            (
                "Rule",
                "Gaps are exponential and independent: requests that know nothing of each other.",
            ),
            ("Source", "The limit of many independent senders (Palm and Khinchin)."),
        ],
    },
    read,
};

fn read(body: &mut Body<'_>) -> Process {
    Process::poisson(body.fields(|fields| vec![read_rate(fields)]))
}

/// Reads `rate`, which must be more than zero, as a profile that never ends.
pub fn read_rate(fields: &mut Fields<'_>) -> Segment {
    let Rate(rate) = fields.required("rate");
    fields.require("rate", rate > 0.0, "more than 0/s");
    Segment { length: Span::MAX, shape: Shape::Constant(rate) }
}

#[cfg(test)]
mod tests {
    use crate::workload::tests::{arrivals, check_counts, check_gaps, problems};

    #[test]
    fn gaps_are_exponential() {
        check_counts("poisson = { rate = \"300/s\" }", 0, |from, to| 300.0 * (to - from));
        check_gaps(&arrivals("poisson = { rate = \"300/s\" }"), 300.0);
    }

    #[test]
    fn wrong_configs_are_refused() {
        for (config, problem) in [
            (
                "poisson = { rate = \"0/s\" }",
                "`arrivals.poisson.rate` must be more than 0/s, found `\"0/s\"`",
            ),
            ("poisson = { rate = 5 }", "`arrivals.poisson.rate`: `5` has no unit"),
            ("poisson = { }", "`arrivals.poisson.rate` is missing"),
            ("poison = { rate = \"1/s\" }", "unknown arrival process `poison`"),
        ] {
            assert_eq!(problems(config), [problem]);
        }
    }
}

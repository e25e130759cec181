//! Every time between two ends is as likely as any other.

use super::{Curve, Law};
use crate::config::{Body, Kind, Page};
use crate::time::Span;
use std::sync::Arc;

/// The registry's row.
pub const KIND: Kind<Law> = Kind {
    name: "uniform",
    summary: "evenly between two times: `uniform = [\"10ms\", \"20ms\"]`",
    page: Page {
        settings: &[],
        sections: &[
            ("Rule", "Every time between the two ends is as likely."),
            ("Source", "The inverse of its distribution function at one draw."),
        ],
    },
    read,
};

#[derive(Debug)]
struct Uniform {
    low: f64,
    width: f64,
}

fn read(body: &mut Body<'_>) -> Law {
    let noted = body.reading.problems();
    let (low, high) = body.value::<(Span, Span)>();
    if low >= high && body.reading.problems() == noted {
        let message = format!("`{}` must rise, found `[\"{low}\", \"{high}\"]`", body.path);
        let help = if low == high {
            format!("write `constant = \"{low}\"` for a time that never varies")
        } else {
            format!("write `uniform = [\"{high}\", \"{low}\"]`")
        };
        body.complain(message, "expected two durations, the smaller one first", &help);
    }
    Arc::new(Uniform { low: low.seconds(), width: high.seconds() - low.seconds() })
}

impl Curve for Uniform {
    fn quantile(&self, u: f64) -> f64 {
        self.low + self.width * u
    }

    fn cdf(&self, x: f64) -> f64 {
        ((x - self.low) / self.width).clamp(0.0, 1.0)
    }

    fn mean(&self) -> f64 {
        self.low + self.width * 0.5
    }

    fn mean_up_to(&self, x: f64) -> f64 {
        // Below the low end all is cut; between the ends the share above `x` shrinks evenly.
        let inside = (x - self.low).clamp(0.0, self.width);
        x.min(self.low) + inside - inside * inside / (2.0 * self.width)
    }
}

#[cfg(test)]
mod tests {
    use crate::dist::tests::{check_law, problems};

    #[test]
    fn the_law_has_its_closed_forms() {
        let variance = 0.01 * 0.01 / 12.0;
        check_law(
            "uniform = [\"10ms\", \"20ms\"]",
            0.015,
            variance,
            &[(0.0, 0.01), (0.25, 0.0125), (1.0, 0.02)],
        );
    }

    #[test]
    fn wrong_configs_are_refused() {
        for (config, problem) in [
            (
                "uniform = [\"20ms\", \"10ms\"]",
                "`work.uniform` must rise, found `[\"20ms\", \"10ms\"]`",
            ),
            (
                "uniform = [\"10ms\", \"10ms\"]",
                "`work.uniform` must rise, found `[\"10ms\", \"10ms\"]`",
            ),
            ("uniform = [\"10ms\"]", "`work.uniform`: found a list of 1"),
            ("uniform = [1, 2]", "`work.uniform`: `1` has no unit"),
        ] {
            assert_eq!(problems(config), [problem]);
        }
    }
}

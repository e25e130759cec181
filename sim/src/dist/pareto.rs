//! The bounded Pareto law: a power tail between two ends.

use super::{Curve, Law};
use crate::config::{Body, Kind, Page};
use crate::time::Span;
use std::sync::Arc;

/// The registry's row.
pub const KIND: Kind<Law> = Kind {
    name: "pareto",
    summary: "a power tail between two times: `pareto = { shape = 1.5, min = \"5ms\", max = \"30s\" }`",
    page: Page {
        settings: &[
            (
                "shape",
                "how fast the tail falls: the smaller the heavier; below 2 the unbounded law has no variance",
            ),
            ("min", "the shortest time"),
            ("max", "the longest time"),
        ],
        sections: &[
            (
                "Rule",
                "The bounded law: the share of samples above t falls as t^-shape from `min` to `max`. Few long times make most of the work.",
            ),
            (
                "Source",
                "Harchol-Balter, \"Performance Modeling and Design of Computer Systems\", on heavy tails.",
            ),
        ],
    },
    read,
};

/// P(X > x) = ((min/x)^shape - r) / (1 - r) from `min` to `max`, with r = (min/max)^shape, as in
/// Harchol-Balter, "Performance Modeling and Design of Computer Systems", section 20.4.
#[derive(Debug)]
struct Pareto {
    shape: f64,
    min: f64,
    max: f64,
    /// 1 - r, computed so that it keeps its digits for a small shape.
    kept: f64,
}

fn read(body: &mut Body<'_>) -> Law {
    body.fields(|fields| {
        let noted = fields.reading.problems();
        let shape: f64 = fields.required("shape");
        fields.require("shape", (0.001..=1_000.0).contains(&shape), "from 0.001 to 1000");
        let min: Span = fields.required("min");
        fields.require("min", !min.is_zero(), "more than zero");
        let max: Span = fields.required("max");
        if fields.reading.problems() == noted {
            fields.require("max", max > min, &format!("more than `min`, which is \"{min}\""));
        }
        Arc::new(Pareto::new(shape, min.seconds(), max.seconds()))
    })
}

impl Pareto {
    fn new(shape: f64, min: f64, max: f64) -> Pareto {
        Pareto { shape, min, max, kept: -libm::expm1(shape * libm::log(min / max)) }
    }
}

impl Curve for Pareto {
    fn quantile(&self, u: f64) -> f64 {
        let x = self.min * libm::exp(-libm::log1p(-u * self.kept) / self.shape);
        x.min(self.max)
    }

    fn cdf(&self, x: f64) -> f64 {
        if x < self.min {
            return 0.0;
        }
        (-libm::expm1(self.shape * libm::log(self.min / x)) / self.kept).min(1.0)
    }

    fn mean(&self) -> f64 {
        self.mean_up_to(self.max)
    }

    fn mean_up_to(&self, x: f64) -> f64 {
        if x <= self.min {
            return x;
        }
        // The integral of P(X > t) from `min` to `x`; the power's part is a logarithm at shape 1.
        let x = x.min(self.max);
        let (power, log) = (self.shape - 1.0, libm::log(self.min / x));
        let tail =
            if (power * log).abs() < 1e-9 { -log } else { -libm::expm1(power * log) / power };
        self.min + (self.min * tail - (1.0 - self.kept) * (x - self.min)) / self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dist::tests::{check_law, problems};

    #[test]
    fn the_law_has_its_closed_forms() {
        // Shape 2 from 1 s to 10 s: the moments are integrals of 2/0.99 x^-3 and its like.
        let mean = 2.0 / 0.99 * 0.9;
        let second = 2.0 / 0.99 * libm::log(10.0);
        let config = "pareto = { shape = 2, min = \"1s\", max = \"10s\" }";
        let quantiles = [(0.0, 1.0), (0.5, 1.0 / 0.505_f64.sqrt()), (1.0, 10.0)];
        check_law(config, mean, second - mean * mean, &quantiles);
    }

    #[test]
    fn shape_one_is_no_exception() {
        // The mean at shape 1 is a logarithm, and the shapes beside it come close to it.
        let expected = 10.0 / 9.0 * libm::log(10.0);
        for shape in [1.0, 1.0 + 1e-12, 1.0 - 1e-8, 1.0 + 1e-8] {
            let mean = Pareto::new(shape, 1.0, 10.0).mean();
            assert!((mean - expected).abs() < 1e-7, "{shape}: {mean}");
        }
    }

    #[test]
    fn wrong_configs_are_refused() {
        for (config, problem) in [
            (
                "pareto = { shape = 0, min = \"1s\", max = \"2s\" }",
                "`work.pareto.shape` must be from 0.001 to 1000, found `0.0`",
            ),
            (
                "pareto = { shape = 1, min = \"0s\", max = \"2s\" }",
                "`work.pareto.min` must be more than zero, found `\"0s\"`",
            ),
            (
                "pareto = { shape = 1, min = \"2s\", max = \"2s\" }",
                "`work.pareto.max` must be more than `min`, which is \"2s\", found `\"2s\"`",
            ),
            (
                "pareto = { shape = 1, min = 5, max = \"500ms\" }",
                "`work.pareto.min`: `5` has no unit",
            ),
            ("pareto = { shape = 1, min = \"2s\" }", "`work.pareto.max` is missing"),
        ] {
            assert_eq!(problems(config), [problem]);
        }
    }
}

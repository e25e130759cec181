//! The Weibull law: a tail heavier (shape below 1) or lighter (above 1) than the exponential one.

use super::{Curve, Law, numeric};
use crate::config::{Body, Fields, Kind, Page};
use crate::time::Span;
use std::sync::Arc;

/// The registry's row.
pub const KIND: Kind<Law> = Kind {
    name: "weibull",
    summary: "by its shape and one time: `weibull = { shape = 0.46, median = \"50ms\" }`, or `scale`, or `mean`",
    page: Page {
        settings: &[
            ("shape", "below 1 the tail is heavier than exponential, above 1 lighter"),
            ("median", "the time that half of all samples do not exceed; it, `scale` or `mean`"),
            ("scale", "the time that 63.2 % do not exceed"),
            ("mean", "the mean"),
        ],
        sections: &[
            ("Rule", "The share of samples above t is exp(-(t / scale)^shape)."),
            (
                "Source",
                "Weibull 1951. A shape of 0.46 and a median of 50 ms is the model of Rap Genius (2013) of its requests.",
            ),
        ],
    },
    read,
};

#[derive(Debug)]
struct Weibull {
    shape: f64,
    /// The time that a share 1 - 1/e does not exceed, in seconds.
    scale: f64,
}

fn read(body: &mut Body<'_>) -> Law {
    body.fields(|fields| {
        let shape: f64 = fields.required("shape");
        fields.require("shape", (0.01..=1_000.0).contains(&shape), "from 0.01 to 1000");
        Arc::new(Weibull { shape, scale: read_scale(fields, shape) })
    })
}

/// Reads the one of `median`, `scale` and `mean` that is there.
fn read_scale(fields: &mut Fields<'_>, shape: f64) -> f64 {
    let keys = ["median", "scale", "mean"];
    let times = keys.map(|key| fields.optional::<Span>(key));
    for (key, time) in keys.iter().zip(times) {
        fields.require(key, time.is_none_or(|time| !time.is_zero()), "more than zero");
    }
    match times.map(|time| time.map(Span::seconds)) {
        [Some(median), None, None] => median / libm::pow(std::f64::consts::LN_2, 1.0 / shape),
        [None, Some(scale), None] => scale,
        [None, None, Some(mean)] => mean / libm::tgamma(1.0 + 1.0 / shape),
        [None, None, None] => {
            fields
                .missing("median", "add `median`, `scale` or `mean`, such as `median = \"50ms\"`");
            1.0
        }
        _ => {
            let second = keys.iter().zip(times).filter(|(_, time)| time.is_some()).nth(1);
            let key = second.map_or("median", |(key, _)| key);
            fields.complain(
                key,
                format!("`{}` is more than a law has", fields.path_of(key)),
                "exactly one of `median`, `scale` and `mean` is allowed",
                "keep one of them and remove the others",
            );
            1.0
        }
    }
}

impl Curve for Weibull {
    fn quantile(&self, u: f64) -> f64 {
        // A power by way of logarithms: half the time of `pow`, and good to a part in 1e13.
        self.scale * libm::exp(libm::log(-libm::log1p(-u)) / self.shape)
    }

    fn cdf(&self, x: f64) -> f64 {
        -libm::expm1(-libm::pow(x.max(0.0) / self.scale, self.shape))
    }

    fn mean(&self) -> f64 {
        self.scale * libm::tgamma(1.0 + 1.0 / self.shape)
    }

    fn mean_up_to(&self, x: f64) -> f64 {
        let a = 1.0 + 1.0 / self.shape;
        let y = libm::pow(x / self.scale, self.shape);
        let density = numeric::gamma_density(a, y, libm::lgamma(a));
        self.mean() * numeric::gamma_shares(a, y, density).0 + x * libm::exp(-y)
    }
}

#[cfg(test)]
mod tests {
    use crate::dist::tests::{check_law, check_same, problems};

    #[test]
    fn the_law_has_its_closed_forms() {
        // Shape 1/2: the mean is twice the scale, the variance 20 squares of it.
        let config = "weibull = { shape = 0.5, scale = \"10ms\" }";
        let ln2 = std::f64::consts::LN_2;
        check_law(
            config,
            0.02,
            20.0 * 0.0001,
            &[(0.5, 0.01 * ln2 * ln2), (0.75, 0.04 * ln2 * ln2)],
        );
        check_same(config, rand_distr::Weibull::new(0.01, 0.5).unwrap());
        check_law("weibull = { shape = 0.5, mean = \"20ms\" }", 0.02, 0.002, &[]);
        check_law(
            "weibull = { shape = 2, median = \"50ms\" }",
            0.053_223_365,
            0.000_774,
            &[(0.5, 0.05)],
        );
    }

    #[test]
    fn wrong_configs_are_refused() {
        for (config, problem) in [
            (
                "weibull = { shape = 0, mean = \"1s\" }",
                "`work.weibull.shape` must be from 0.01 to 1000, found `0.0`",
            ),
            (
                "weibull = { shape = -1, mean = \"1s\" }",
                "`work.weibull.shape` must be from 0.01 to 1000, found `-1.0`",
            ),
            (
                "weibull = { shape = 1, mean = \"0s\" }",
                "`work.weibull.mean` must be more than zero, found `\"0s\"`",
            ),
            ("weibull = { shape = 1 }", "`work.weibull.median` is missing"),
            (
                "weibull = { shape = 1, mean = \"1s\", scale = \"1s\" }",
                "`work.weibull.mean` is more than a law has",
            ),
        ] {
            assert_eq!(problems(config), [problem]);
        }
    }
}

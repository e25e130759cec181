//! A mixture of two exponential laws: more varied than one, by its mean and variation.

use super::exponential::Exponential;
use super::{Curve, Law, numeric};
use crate::config::{Body, Kind, Page};
use crate::time::Span;
use std::sync::Arc;

/// The registry's row.
pub const KIND: Kind<Law> = Kind {
    name: "hyperexponential",
    summary: "two exponential laws with balanced means: `hyperexponential = { mean = \"20ms\", cv2 = 4 }`",
    page: Page {
        settings: &[
            ("mean", "the mean"),
            ("cv2", "the variance over the square of the mean, at least 1"),
        ],
        sections: &[
            (
                "Rule",
                "Two exponential laws, a frequent short and a rare long one, each with half of the mean: more varied than one, with `cv2` as the knob.",
            ),
            ("Source", "Allen, \"Probability, Statistics, and Queueing Theory\", balanced means."),
        ],
    },
    read,
};

#[derive(Debug)]
struct Hyperexponential {
    /// The share of the short times.
    short_share: f64,
    short: Exponential,
    long: Exponential,
}

fn read(body: &mut Body<'_>) -> Law {
    body.fields(|fields| {
        let mean: Span = fields.required("mean");
        fields.require("mean", !mean.is_zero(), "more than zero");
        let cv2: f64 = fields.required("cv2");
        // The upper bound keeps the share of the long times a share.
        fields.require("cv2", (1.0..=1e9).contains(&cv2), "from 1 to 1000000000");
        Arc::new(Hyperexponential::new(mean.seconds(), cv2))
    })
}

impl Hyperexponential {
    /// Balanced means: both laws contribute one half of the mean (Allen, "Probability, Statistics
    /// and Queueing Theory", section 3.2.8). `cv2` is the variance over the square of the mean.
    fn new(mean: f64, cv2: f64) -> Hyperexponential {
        let short_share = 0.5 * (1.0 + ((cv2 - 1.0) / (cv2 + 1.0)).sqrt());
        Hyperexponential {
            short_share,
            short: Exponential { mean: mean / (2.0 * short_share) },
            long: Exponential { mean: mean / (2.0 * (1.0 - short_share)) },
        }
    }

    /// The mean of a measure of the two laws.
    fn weigh(&self, measure: impl Fn(&Exponential) -> f64) -> f64 {
        self.short_share * measure(&self.short) + (1.0 - self.short_share) * measure(&self.long)
    }
}

impl Curve for Hyperexponential {
    fn quantile(&self, u: f64) -> f64 {
        if u <= 0.0 || u >= 1.0 {
            return self.long.quantile(u);
        }
        numeric::invert(|x| self.cdf(x), u, self.short.quantile(u), self.long.quantile(u))
    }

    fn cdf(&self, x: f64) -> f64 {
        self.weigh(|law| law.cdf(x))
    }

    fn mean(&self) -> f64 {
        self.weigh(Curve::mean)
    }

    fn mean_up_to(&self, x: f64) -> f64 {
        self.weigh(|law| law.mean_up_to(x))
    }

    /// The draw chooses one of the two laws, and what is left of it is the draw of that law.
    fn draw(&self, u: f64) -> f64 {
        if u < self.short_share {
            self.short.quantile(u / self.short_share)
        } else {
            self.long.quantile((u - self.short_share) / (1.0 - self.short_share))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::dist::tests::{check_law, check_same, problems};

    #[test]
    fn the_law_has_its_closed_forms() {
        check_law(
            "hyperexponential = { mean = \"20ms\", cv2 = 4 }",
            0.02,
            4.0 * 0.0004,
            &[(0.0, 0.0)],
        );
        let plain = "hyperexponential = { mean = \"20ms\", cv2 = 1 }";
        check_law(plain, 0.02, 0.0004, &[(0.5, 0.02 * std::f64::consts::LN_2)]);
        check_same(plain, rand_distr::Exp::new(50.0).unwrap());
    }

    #[test]
    fn wrong_configs_are_refused() {
        for (config, problem) in [
            (
                "hyperexponential = { mean = \"1s\", cv2 = 0.5 }",
                "`work.hyperexponential.cv2` must be from 1 to 1000000000, found `0.5`",
            ),
            (
                "hyperexponential = { mean = \"0s\", cv2 = 2 }",
                "`work.hyperexponential.mean` must be more than zero, found `\"0s\"`",
            ),
            ("hyperexponential = { mean = \"1s\" }", "`work.hyperexponential.cv2` is missing"),
        ] {
            assert_eq!(problems(config), [problem]);
        }
    }
}

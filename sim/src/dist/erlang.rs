//! The sum of `k` exponential stages: less varied than one, by its mean.

use super::{Curve, Law, numeric};
use crate::config::{Body, Kind, Page};
use crate::time::Span;
use std::sync::Arc;

/// The registry's row.
pub const KIND: Kind<Law> = Kind {
    name: "erlang",
    summary: "the sum of k exponential stages: `erlang = { k = 4, mean = \"20ms\" }`",
    page: Page {
        settings: &[
            ("k", "how many stages; the squared variation is 1/k"),
            ("mean", "the mean of the sum"),
        ],
        sections: &[
            (
                "Rule",
                "The sum of `k` exponential stages of equal means: less varied than one, the more stages the less.",
            ),
            ("Source", "Erlang 1917; the inverse of the incomplete gamma function at one draw."),
        ],
    },
    read,
};

#[derive(Debug)]
struct Erlang {
    k: f64,
    /// The logarithm of gamma of `k`.
    log_gamma: f64,
    /// The mean of one stage, in seconds.
    stage: f64,
}

fn read(body: &mut Body<'_>) -> Law {
    body.fields(|fields| {
        let k: u32 = fields.required("k");
        // Beyond, the law is a constant for all purposes and its inverse is slow.
        fields.require("k", (1..=1_000).contains(&k), "from 1 to 1000");
        let mean: Span = fields.required("mean");
        fields.require("mean", !mean.is_zero(), "more than zero");
        Arc::new(Erlang::new(k, mean.seconds()))
    })
}

impl Erlang {
    fn new(k: u32, mean: f64) -> Erlang {
        let k = f64::from(k);
        Erlang { k, log_gamma: libm::lgamma(k), stage: mean / k }
    }

    /// The shares below and above `x` seconds of the sum of `k` stages.
    fn shares(&self, k: f64, log_gamma: f64, x: f64) -> (f64, f64) {
        let x = x / self.stage;
        numeric::gamma_shares(k, x, numeric::gamma_density(k, x, log_gamma))
    }

    /// Where to begin looking for the quantile: the approximation of Wilson and Hilferty (1931), or
    /// near zero, where that fails, the first term of the series of P.
    fn guess(&self, u: f64) -> f64 {
        let ninth = 1.0 / (9.0 * self.k);
        let root = 1.0 - ninth + numeric::normal_quantile(u) * ninth.sqrt();
        if root > 0.1 {
            self.k * root * root * root
        } else {
            libm::exp((libm::log(u) + self.log_gamma + libm::log(self.k)) / self.k)
        }
    }
}

impl Curve for Erlang {
    /// Newton's steps on the nearer tail, kept between the bounds that are known so far.
    fn quantile(&self, u: f64) -> f64 {
        if u <= 0.0 {
            return 0.0;
        }
        if u >= 1.0 {
            return f64::INFINITY;
        }
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut x = self.guess(u);
        for _ in 0..200 {
            let density = numeric::gamma_density(self.k, x, self.log_gamma);
            let (lower, upper) = numeric::gamma_shares(self.k, x, density);
            let excess = if u <= 0.5 { lower - u } else { (1.0 - u) - upper };
            if excess > 0.0 {
                high = x;
            } else {
                low = x;
            }
            let newton = x - excess * x / density;
            // A step of Newton squares the error, so a small one is the last.
            let (next, enough) = if newton > low && newton < high {
                (newton, 1e-8)
            } else if high == f64::INFINITY {
                (2.0 * x, 0.0)
            } else {
                (low + (high - low) * 0.5, 1e-14)
            };
            let step = (next - x).abs();
            x = next;
            if step <= enough * x {
                break;
            }
        }
        x * self.stage
    }

    fn cdf(&self, x: f64) -> f64 {
        self.shares(self.k, self.log_gamma, x).0
    }

    fn mean(&self) -> f64 {
        self.k * self.stage
    }

    fn mean_up_to(&self, x: f64) -> f64 {
        let (_, above) = self.shares(self.k, self.log_gamma, x);
        let (below, _) = self.shares(self.k + 1.0, self.log_gamma + libm::log(self.k), x);
        self.mean() * below + x * above
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dist::tests::{check_law, check_same, problems};

    #[test]
    fn the_law_has_its_closed_forms() {
        // Half the chi-squared law with 8 degrees of freedom, whose median is 7.344121497701792.
        let stage = 0.005;
        let median = 7.344_121_497_701_792 / 2.0 * stage;
        let config = "erlang = { k = 4, mean = \"20ms\" }";
        check_law(config, 0.02, 4.0 * stage * stage, &[(0.0, 0.0), (0.5, median)]);
        check_same(config, rand_distr::Gamma::new(4.0, stage).unwrap());
        check_same("erlang = { k = 1, mean = \"20ms\" }", rand_distr::Exp::new(50.0).unwrap());
    }

    #[test]
    fn the_inverse_undoes_the_law_far_into_both_tails() {
        for k in [1, 2, 3, 10, 100, 1_000] {
            let law = Erlang::new(k, 1.0);
            for u in [1e-16, 1e-9, 1e-3, 0.1, 0.3, 0.5, 0.7, 0.99, 0.999_999, 1.0 - 1e-12] {
                let back = law.cdf(law.quantile(u));
                let tail = u.min(1.0 - u);
                // The power x^k costs the law a few digits when there are many stages.
                let bound = 1e-12 * f64::from(k).max(10.0) * tail + 1e-15;
                assert!((back - u).abs() <= bound, "k {k}, u {u}: {back}");
            }
        }
    }

    #[test]
    fn wrong_configs_are_refused() {
        for (config, problem) in [
            (
                "erlang = { k = 0, mean = \"1s\" }",
                "`work.erlang.k` must be from 1 to 1000, found `0`",
            ),
            (
                "erlang = { k = 2, mean = \"0s\" }",
                "`work.erlang.mean` must be more than zero, found `\"0s\"`",
            ),
            ("erlang = { k = 2 }", "`work.erlang.mean` is missing"),
            ("erlang = { k = 2, mean = \"1s\", shape = 2 }", "unknown setting `work.erlang.shape`"),
        ] {
            assert_eq!(problems(config), [problem]);
        }
    }
}

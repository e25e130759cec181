//! Several laws, each with its share of the samples.

use super::{Curve, Distribution, Law, numeric};
use crate::config::{Body, Kind, Page};
use std::sync::Arc;

/// The registry's row.
pub const KIND: Kind<Law> = Kind {
    name: "mixture",
    summary: "several laws with their shares: `mixture = [{ share = 9, exponential = \"20ms\" }, { share = 1, constant = \"30s\" }]`",
    page: Page {
        settings: &[(
            "share",
            "how many of the samples, in proportion to the other shares; beside it stands a distribution",
        )],
        sections: &[
            (
                "Rule",
                "Each sample is of one of the listed laws, by their shares: such as one request in a thousand that takes 30 s.",
            ),
            (
                "Source",
                "Two kinds of work in one app, as in the talk on 16 workers a dyno whose few long requests hold them.",
            ),
        ],
    },
    read,
};

#[derive(Debug)]
struct Part {
    /// The share of the parts before this one.
    before: f64,
    /// The share of this part; the shares of all parts sum to 1.
    share: f64,
    law: Distribution,
}

/// Parts with a share of more than zero, at least one.
#[derive(Debug)]
struct Mixture(Vec<Part>);

fn read(body: &mut Body<'_>) -> Law {
    let noted = body.reading.problems();
    let parts = body.list(|fields| {
        Distribution::read_inside(fields, |fields| {
            let share: f64 = fields.required("share");
            fields.require("share", share >= 0.0, "at least 0");
            share
        })
    });
    let parts: Vec<_> = parts.into_iter().filter_map(|(share, law)| Some((share, law?))).collect();
    let total: f64 = parts.iter().map(|(share, _)| share).sum();
    if total > 0.0 && total.is_finite() {
        return Arc::new(Mixture::new(parts, total));
    }
    if body.reading.problems() == noted {
        let (message, help) = if parts.is_empty() {
            (
                format!("`{}` is empty", body.path),
                "add a law such as `{ share = 1, constant = \"30s\" }`",
            )
        } else {
            (format!("the shares of `{}` sum to {total}", body.path), "give a law a share above 0")
        };
        body.complain(message, "expected laws whose shares sum to more than 0", help);
    }
    Arc::new(super::constant::Constant::new(crate::time::Span::from_secs(1)))
}

impl Mixture {
    fn new(parts: Vec<(f64, Distribution)>, total: f64) -> Mixture {
        let mut before = 0.0;
        let parts = parts.into_iter().filter(|(share, _)| *share > 0.0).map(|(share, law)| {
            let part = Part { before, share: share / total, law };
            before += part.share;
            part
        });
        Mixture(parts.collect())
    }

    /// The mean of a measure of the parts.
    fn weigh(&self, measure: impl Fn(&Distribution) -> f64) -> f64 {
        self.0.iter().map(|part| part.share * measure(&part.law)).sum()
    }
}

impl Curve for Mixture {
    /// Lies between the quantiles of the parts, where the shares below it sum to `u`.
    fn quantile(&self, u: f64) -> f64 {
        let quantiles = self.0.iter().map(|part| part.law.quantile(u));
        let (low, high) =
            quantiles.fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
        if u <= 0.0 {
            low
        } else if u >= 1.0 {
            high
        } else {
            numeric::invert(|x| self.cdf(x), u, low, high)
        }
    }

    fn cdf(&self, x: f64) -> f64 {
        self.weigh(|law| law.cdf(x))
    }

    fn mean(&self) -> f64 {
        self.weigh(Distribution::mean_seconds)
    }

    fn mean_up_to(&self, x: f64) -> f64 {
        self.weigh(|law| law.mean_up_to(x))
    }

    /// The draw chooses a part, and what is left of it is the draw of that part. An alias table
    /// would choose in constant time, but uses up the draw; mixtures are short.
    fn draw(&self, u: f64) -> f64 {
        let chosen = self.0.partition_point(|part| part.before <= u).max(1) - 1;
        let part = &self.0[chosen];
        part.law.draw((u - part.before) / part.share)
    }
}

#[cfg(test)]
mod tests {
    use crate::dist::tests::{check_law, problems, resolved};

    #[test]
    fn the_law_is_the_weighted_sum_of_its_parts() {
        // 90 % exponential with mean 20 ms and 10 % exactly 1 s.
        let config = "mixture = [{ share = 9, exponential = \"20ms\" }, { share = 0, constant = \"9s\" }, { share = 1, constant = \"1s\" }]";
        let (mean, second) = (0.9 * 0.02 + 0.1, 0.9 * 2.0 * 0.0004 + 0.1);
        let median = 0.02 * libm::log(9.0 / 4.0);
        check_law(config, mean, second - mean * mean, &[(0.5, median), (0.95, 1.0)]);
        // A mixture of one, and one inside another.
        let nested = "mixture = [{ share = 0.5, mixture = [{ share = 1, uniform = [\"0s\", \"1s\"] }] }, { share = 0.5, uniform = [\"1s\", \"2s\"] }]";
        check_law(nested, 1.0, 1.0 / 3.0, &[(0.25, 0.5), (0.5, 1.0), (0.75, 1.5)]);
    }

    #[test]
    fn parts_may_be_clipped() {
        let clipped = "mixture = [{ share = 1, exponential = \"1s\", clip = [\"0s\", \"2s\"] }, { share = 1, constant = \"5s\" }]";
        let mean = 0.5 * (1.0 - libm::exp(-2.0)) + 2.5;
        let second = 0.5 * (2.0 - 6.0 * libm::exp(-2.0)) + 12.5;
        check_law(clipped, mean, second - mean * mean, &[(0.49, 2.0), (0.6, 5.0)]);
        assert_eq!(
            resolved(
                "mixture = [{ share = 1, pareto = { shape = 1, min = \"1s\", max = \"9s\", clip = [\"2s\", \"3s\"] } }]"
            ),
            "{ mixture = [{ share = 1.0, pareto = { shape = 1.0, min = \"1s\", max = \"9s\" }, clip = [\"2s\", \"3s\"] }] }"
        );
    }

    #[test]
    fn wrong_configs_are_refused() {
        for (config, problem) in [
            ("[]", "`work.mixture` is empty"),
            ("[{ share = 0, constant = \"1s\" }]", "the shares of `work.mixture` sum to 0"),
            (
                "[{ share = -1, constant = \"1s\" }]",
                "`work.mixture[0].share` must be at least 0, found `-1.0`",
            ),
            ("[{ constant = \"1s\" }]", "`work.mixture[0].share` is missing"),
            ("[{ share = 1 }]", "`work.mixture[0]` names no distribution"),
            ("[{ share = 1, exponental = \"1s\" }]", "unknown distribution `exponental`"),
            (
                "[{ share = 1, constant = \"1s\", cilp = 3 }]",
                "unknown setting `work.mixture[0].cilp`",
            ),
            ("\"1s\"", "`work.mixture` must be a list, found `\"1s\"`"),
        ] {
            assert_eq!(problems(&format!("mixture = {config}")), [problem]);
        }
    }
}

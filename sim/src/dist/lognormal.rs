//! The law whose logarithm is normal: the usual shape of service times.

use super::{Curve, Law, numeric};
use crate::config::{Body, Fields, Kind, Page};
use crate::time::Span;
use std::sync::Arc;

/// The registry's row.
pub const KIND: Kind<Law> = Kind {
    name: "lognormal",
    summary: "by its median or mean and its spread: `lognormal = { median = \"40ms\", p99 = \"400ms\" }`, or `p95`, or `sigma`",
    page: Page {
        settings: &[
            ("median", "the time that half of all samples do not exceed; it or `mean`"),
            ("mean", "the mean"),
            ("p99", "the time that 99 % do not exceed; it, `p95` or `sigma`"),
            ("p95", "the time that 95 % do not exceed"),
            ("sigma", "the standard deviation of the logarithm"),
        ],
        sections: &[
            (
                "Rule",
                "The logarithm is normal: many times near the median, and a long tail. Known by its middle and its spread, as dashboards show them.",
            ),
            ("Source", "The usual shape of service times; the inverse normal at one draw."),
        ],
    },
    read,
};

#[derive(Debug)]
struct Lognormal {
    /// The mean of the logarithm of seconds.
    mu: f64,
    /// The standard deviation of the logarithm.
    sigma: f64,
}

/// What says where the middle of the law is.
#[derive(Clone, Copy)]
enum Middle {
    Median(Span),
    Mean(Span),
}

fn read(body: &mut Body<'_>) -> Law {
    body.fields(|fields| {
        let noted = fields.reading.problems();
        let middle = read_middle(fields);
        let sigma = read_sigma(fields, noted, middle);
        let mu = match middle {
            Middle::Median(median) => libm::log(median.seconds()),
            Middle::Mean(mean) => libm::log(mean.seconds()) - 0.5 * sigma * sigma,
        };
        Arc::new(Lognormal { mu, sigma })
    })
}

fn read_middle(fields: &mut Fields<'_>) -> Middle {
    let times = ["median", "mean"].map(|key| {
        let time = fields.optional::<Span>(key);
        fields.require(key, time.is_none_or(|time| !time.is_zero()), "more than zero");
        time
    });
    match times {
        [Some(median), None] => Middle::Median(median),
        [None, Some(mean)] => Middle::Mean(mean),
        [None, None] => {
            fields.missing("median", "add `median` or `mean`, such as `median = \"40ms\"`");
            Middle::Median(Span::from_secs(1))
        }
        [Some(median), Some(_)] => {
            fields.complain(
                "mean",
                format!("`{}` stands beside `median`", fields.path_of("mean")),
                "exactly one of `median` and `mean` is allowed",
                "remove one and say the spread with `p99`, `p95` or `sigma`",
            );
            Middle::Median(median)
        }
    }
}

/// Reads the one of `p99`, `p95` and `sigma` that is there. What needs two right values is checked
/// when no problem came after the `noted` ones.
fn read_sigma(fields: &mut Fields<'_>, noted: usize, middle: Middle) -> f64 {
    let p99 = fields.optional::<Span>("p99");
    let p95 = fields.optional::<Span>("p95");
    let sigma = fields.optional::<f64>("sigma");
    if let Some(sigma) = sigma {
        fields.require("sigma", sigma > 0.0 && sigma <= 20.0, "more than 0 and at most 20");
    }
    let is_fine = |fields: &Fields<'_>| fields.reading.problems() == noted;
    match (p99, p95, sigma) {
        (None, None, Some(sigma)) => sigma,
        (Some(p99), None, None) if is_fine(fields) => sigma_of(fields, "p99", 0.99, p99, middle),
        (None, Some(p95), None) if is_fine(fields) => sigma_of(fields, "p95", 0.95, p95, middle),
        (None, None, None) => {
            fields.missing("p99", "add `p99`, `p95` or `sigma`, such as `p99 = \"400ms\"`");
            1.0
        }
        (Some(_), None, None) | (None, Some(_), None) => 1.0,
        _ => {
            let second = if p99.is_some() && p95.is_some() { "p95" } else { "sigma" };
            fields.complain(
                second,
                format!("`{}` is one spread too many", fields.path_of(second)),
                "exactly one of `p99`, `p95` and `sigma` is allowed",
                "keep one of them and remove the others",
            );
            1.0
        }
    }
}

/// The standard deviation of the logarithm under which a share `p` of all times does not exceed
/// `high`. With z the normal quantile of `p`, the quantile lies at mu + z sigma and the mean at
/// mu + sigma²/2; of the two spreads that fit a mean, the smaller one is taken.
fn sigma_of(fields: &Fields<'_>, key: &str, p: f64, high: Span, middle: Middle) -> f64 {
    let z = numeric::normal_quantile(p);
    let (word, time) = match middle {
        Middle::Median(median) => ("median", median),
        Middle::Mean(mean) => ("mean", mean),
    };
    if high <= time {
        fields.require(key, false, &format!("more than `{word}`, which is \"{time}\""));
        return 1.0;
    }
    let ratio = libm::log(high.seconds() / time.seconds());
    if let Middle::Median(_) = middle {
        return ratio / z;
    }
    // The other root of the quadratic, in the form that does not cancel for a small ratio.
    let square = z * z - 2.0 * ratio;
    if square >= 0.0 {
        return 2.0 * ratio / (z + square.sqrt());
    }
    let most = libm::exp(0.5 * z * z);
    let bound = Span::from_nanos(time.scaled(most * 0.99).nanos() / 1_000 * 1_000);
    fields.complain(
        key,
        format!("no lognormal law has the mean \"{time}\" and the {key} \"{high}\""),
        &format!("must be less than {most:.1} times the mean"),
        &format!("write `{key} = \"{bound}\"` or less, or say `median` instead of `mean`"),
    );
    1.0
}

impl Curve for Lognormal {
    fn quantile(&self, u: f64) -> f64 {
        libm::exp(self.mu + self.sigma * numeric::normal_quantile(u))
    }

    fn cdf(&self, x: f64) -> f64 {
        if x <= 0.0 { 0.0 } else { numeric::normal_cdf((libm::log(x) - self.mu) / self.sigma) }
    }

    fn mean(&self) -> f64 {
        libm::exp(self.mu + 0.5 * self.sigma * self.sigma)
    }

    fn mean_up_to(&self, x: f64) -> f64 {
        if x <= 0.0 {
            return 0.0;
        }
        let z = (libm::log(x) - self.mu) / self.sigma;
        self.mean() * numeric::normal_cdf(z - self.sigma) + x * numeric::normal_cdf(-z)
    }
}

#[cfg(test)]
mod tests {
    use crate::dist::tests::{check_law, check_same, law, problems};

    #[test]
    fn the_law_has_its_closed_forms() {
        let sigma = libm::log(10.0) / 2.326_347_874_040_841;
        let mean = 0.04 * libm::exp(sigma * sigma / 2.0);
        let variance = mean * mean * libm::expm1(sigma * sigma);
        let config = "lognormal = { median = \"40ms\", p99 = \"400ms\" }";
        check_law(config, mean, variance, &[(0.01, 0.004), (0.5, 0.04), (0.99, 0.4)]);
        check_same(config, rand_distr::LogNormal::new(libm::log(0.04), sigma).unwrap());
    }

    #[test]
    fn every_way_to_say_it_gives_what_it_says() {
        for (config, mean, quantiles) in [
            ("mean = \"40ms\", p99 = \"400ms\"", Some(0.04), vec![(0.99, 0.4)]),
            ("mean = \"40ms\", p99 = \"40001us\"", Some(0.04), vec![(0.99, 0.040_001)]),
            ("mean = \"40ms\", p95 = \"120ms\"", Some(0.04), vec![(0.95, 0.12)]),
            ("mean = \"40ms\", sigma = 0.5", Some(0.04), vec![]),
            ("median = \"40ms\", p95 = \"120ms\"", None, vec![(0.5, 0.04), (0.95, 0.12)]),
            (
                "median = \"1s\", sigma = 1",
                None,
                vec![(0.5, 1.0), (0.841_344_746_068_543, std::f64::consts::E)],
            ),
        ] {
            let law = law(&format!("lognormal = {{ {config} }}"));
            if let Some(mean) = mean {
                assert!((law.mean_seconds() / mean - 1.0).abs() < 1e-12, "{config}");
            }
            for (u, x) in quantiles {
                assert!((law.quantile(u) / x - 1.0).abs() < 1e-12, "{config}: {u}");
            }
        }
    }

    #[test]
    fn wrong_configs_are_refused() {
        for (config, problem) in [
            ("median = \"40ms\"", "`work.lognormal.p99` is missing"),
            ("p99 = \"40ms\"", "`work.lognormal.median` is missing"),
            (
                "median = \"1s\", mean = \"1s\", sigma = 1",
                "`work.lognormal.mean` stands beside `median`",
            ),
            (
                "median = \"1s\", p99 = \"2s\", sigma = 1",
                "`work.lognormal.sigma` is one spread too many",
            ),
            (
                "median = \"1s\", p99 = \"3s\", p95 = \"2s\"",
                "`work.lognormal.p95` is one spread too many",
            ),
            (
                "median = \"0s\", p99 = \"2s\"",
                "`work.lognormal.median` must be more than zero, found `\"0s\"`",
            ),
            (
                "median = \"1s\", sigma = 0",
                "`work.lognormal.sigma` must be more than 0 and at most 20, found `0.0`",
            ),
            (
                "median = \"1s\", p99 = \"1s\"",
                "`work.lognormal.p99` must be more than `median`, which is \"1s\", found `\"1s\"`",
            ),
            (
                "mean = \"1s\", p95 = \"900ms\"",
                "`work.lognormal.p95` must be more than `mean`, which is \"1s\", found `\"900ms\"`",
            ),
            (
                "mean = \"40ms\", p99 = \"600ms\"",
                "no lognormal law has the mean \"40ms\" and the p99 \"600ms\"",
            ),
            ("median = 40, p99 = \"400ms\"", "`work.lognormal.median`: `40` has no unit"),
        ] {
            assert_eq!(problems(&format!("lognormal = {{ {config} }}")), [problem]);
        }
    }

    #[test]
    fn the_fix_for_an_impossible_pair_works() {
        let config = "lognormal = { mean = \"40ms\", p99 = \"600ms\" }";
        let help = crate::dist::tests::first_problem(config).help.unwrap();
        assert_eq!(help, "write `p99 = \"592.752ms\"` or less, or say `median` instead of `mean`");
        assert_eq!(problems("lognormal = { mean = \"40ms\", p99 = \"592.752ms\" }"), [""; 0]);
    }
}

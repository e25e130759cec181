//! Distributions of times: how long work takes, how long a user thinks.
//!
//! A sample is the inverse of the cumulative distribution function at one draw, computed with `libm`
//! and rounded to nanoseconds: the same seed gives the same times on every machine, and a variant
//! with another distribution draws as often as before.
//!
//! One file a kind. To add one: write its file (a [`Curve`] and its `KIND`), a `mod` line and a row
//! in [`KINDS`].

mod constant;
mod empirical;
mod erlang;
mod exponential;
mod hyperexponential;
mod lognormal;
mod mixture;
mod numeric;
mod pareto;
mod plus;
mod read;
mod uniform;
mod weibull;

#[cfg(test)]
mod tests;

use crate::config::Kind;
use crate::rng::{Stream, unit_of};
use crate::time::Span;
use std::fmt::Debug;
use std::sync::Arc;

/// All kinds of distributions.
pub const KINDS: &[Kind<Law>] = &[
    constant::KIND,
    uniform::KIND,
    exponential::KIND,
    erlang::KIND,
    hyperexponential::KIND,
    lognormal::KIND,
    weibull::KIND,
    pareto::KIND,
    empirical::KIND,
    mixture::KIND,
];

/// The curve of a kind with its parameters; shared, so that a copy is cheap.
pub type Law = Arc<dyn Curve>;

/// What a kind must know of its law. All times are seconds, as plain numbers.
pub trait Curve: Debug + Send + Sync {
    /// The smallest time that a share `u` of all samples does not exceed, 0 < `u` < 1.
    fn quantile(&self, u: f64) -> f64;

    /// The share of samples that do not exceed `x`.
    fn cdf(&self, x: f64) -> f64;

    /// The mean.
    fn mean(&self) -> f64;

    /// The mean of the smaller of a sample and `x` (the limited expected value, Klugman, Panjer and
    /// Willmot, "Loss Models"), for a finite `x` of at least 0. The means of clipped laws follow
    /// from it.
    fn mean_up_to(&self, x: f64) -> f64;

    /// The sample that belongs to the draw `u`: the quantile, unless a cheaper map of the unit
    /// interval has the same law.
    fn draw(&self, u: f64) -> f64 {
        self.quantile(u)
    }
}

/// A distribution of times: a law, and perhaps the two ends that clip its samples.
#[derive(Clone, Debug)]
pub struct Distribution {
    law: Law,
    clip: Option<(Span, Span)>,
}

/// The largest number below 1. A draw that was rounded up to 1 would be an endless time.
const BELOW_ONE: f64 = 1.0 - f64::EPSILON / 2.0;

impl Distribution {
    /// Always `span`.
    pub fn constant(span: Span) -> Distribution {
        Distribution { law: Arc::new(constant::Constant::new(span)), clip: None }
    }

    /// A sample, from exactly one draw, rounded to the nearest nanosecond and then clipped.
    pub fn sample(&self, rng: &mut Stream) -> Span {
        self.at(rng.unit())
    }

    /// The mean of the law as clipped, in seconds.
    pub fn mean_seconds(&self) -> f64 {
        let Some((low, high)) = self.clip else { return self.law.mean() };
        // A clipped sample is the low end and what the sample, cut at the high end, has above it.
        let (low, high) = (low.seconds(), high.seconds());
        low + self.law.mean_up_to(high) - self.law.mean_up_to(low)
    }

    /// The time that a share `u` (from 0 to 1) of all samples does not exceed, in seconds, clipped.
    /// At 1 it is the end of the law's tail, which may be infinite.
    pub fn quantile(&self, u: f64) -> f64 {
        self.clipped(self.law.quantile(u.clamp(0.0, 1.0)))
    }

    /// The sample that belongs to the draw `u`, in seconds, clipped.
    fn draw(&self, u: f64) -> f64 {
        self.clipped(self.law.draw(u.min(BELOW_ONE)))
    }

    /// The sample that belongs to the draw `u`.
    fn at(&self, u: f64) -> Span {
        let sample = Span::from_seconds(self.law.draw(u.min(BELOW_ONE)));
        match self.clip {
            Some((low, high)) => sample.clamp(low, high),
            None => sample,
        }
    }

    /// `seconds` between the ends of the clip.
    fn clipped(&self, seconds: f64) -> f64 {
        match self.clip {
            Some((low, high)) => seconds.clamp(low.seconds(), high.seconds()),
            None => seconds,
        }
    }

    /// The share of clipped samples that do not exceed `x` seconds.
    fn cdf(&self, x: f64) -> f64 {
        match self.clip {
            Some((low, _)) if x < low.seconds() => 0.0,
            Some((_, high)) if x >= high.seconds() => 1.0,
            _ => self.law.cdf(x),
        }
    }

    /// The mean of the smaller of a clipped sample and `x` seconds.
    fn mean_up_to(&self, x: f64) -> f64 {
        let Some((low, high)) = self.clip else { return self.law.mean_up_to(x) };
        let (low, end) = (low.seconds(), x.min(high.seconds()));
        if end <= low {
            end.min(x)
        } else {
            low + self.law.mean_up_to(end) - self.law.mean_up_to(low)
        }
    }
}

impl rand_distr::Distribution<Span> for Distribution {
    /// The same map from one draw to a sample as [`Distribution::sample`], for any generator.
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> Span {
        self.at(unit_of(rng.next_u64()))
    }
}

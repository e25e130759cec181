//! A law with a fixed time added to every sample, such as the 20 ms that a page takes at the least.

use super::{Curve, Law};

/// `law` moved to the right.
#[derive(Debug)]
pub struct Plus {
    law: Law,
    /// The fixed time in seconds, above 0.
    seconds: f64,
}

impl Plus {
    /// A law whose samples are those of `law` and `seconds` more.
    pub fn new(law: Law, seconds: f64) -> Plus {
        Plus { law, seconds }
    }
}

impl Curve for Plus {
    fn quantile(&self, u: f64) -> f64 {
        self.seconds + self.law.quantile(u)
    }

    fn cdf(&self, x: f64) -> f64 {
        if x < self.seconds { 0.0 } else { self.law.cdf(x - self.seconds) }
    }

    fn mean(&self) -> f64 {
        self.seconds + self.law.mean()
    }

    fn mean_up_to(&self, x: f64) -> f64 {
        if x <= self.seconds { x } else { self.seconds + self.law.mean_up_to(x - self.seconds) }
    }

    fn draw(&self, u: f64) -> f64 {
        self.seconds + self.law.draw(u)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_law, first_problem, law, resolved};
    use crate::time::Span;

    #[test]
    fn a_fixed_time_moves_the_law() {
        // 20 ms and an exponential time of mean 100 ms: the work of aphyr's Timelike.
        let ln2 = core::f64::consts::LN_2;
        let quantiles = [(0.0, 0.02), (0.5, 0.02 + 0.1 * ln2), (0.75, 0.02 + 0.2 * ln2)];
        check_law("exponential = \"100ms\", plus = \"20ms\"", 0.12, 0.01, &quantiles);
    }

    #[test]
    fn it_stands_beside_the_kind_and_comes_before_the_clip() {
        let beside = "exponential = \"1s\", plus = \"20ms\", clip = [\"10ms\", \"500ms\"]";
        let shuffled = "exponential = \"1s\", clip = [\"10ms\", \"500ms\"], plus = \"20ms\"";
        assert_eq!(resolved(shuffled), format!("{{ {beside} }}"));
        let clipped = law(beside);
        assert_eq!((clipped.quantile(0.0), clipped.quantile(1.0)), (0.02, 0.5));
        assert_eq!(law("constant = \"1s\", plus = \"1s\"").at(0.5), Span::from_secs(2));
        let problem = first_problem("constant = \"1s\", plus = \"lots\"");
        assert!(problem.message.starts_with("`work.plus`"), "{problem:?}");
    }
}

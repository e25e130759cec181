//! Always the same time.

use super::{Curve, Law};
use crate::config::{Body, Kind, Page};
use crate::time::Span;
use std::sync::Arc;

/// The registry's row.
pub const KIND: Kind<Law> = Kind {
    name: "constant",
    summary: "always the same time: `constant = \"40ms\"`",
    page: Page {
        settings: &[],
        sections: &[
            (
                "Rule",
                "Always the same time. A mean of a varying time hides what queues do: use it for what really never varies, such as a time-out, or to compare with theory.",
            ),
            ("Source", "The deterministic law D of Kendall's notation."),
        ],
    },
    read,
};

/// One time, in seconds.
#[derive(Debug)]
pub struct Constant(f64);

impl Constant {
    /// Always `span`. Its seconds round back to it up to 26 days; beyond, to within a few
    /// nanoseconds.
    pub fn new(span: Span) -> Constant {
        Constant(span.seconds())
    }
}

fn read(body: &mut Body<'_>) -> Law {
    Arc::new(Constant::new(body.value()))
}

impl Curve for Constant {
    fn quantile(&self, _: f64) -> f64 {
        self.0
    }

    fn cdf(&self, x: f64) -> f64 {
        if x >= self.0 { 1.0 } else { 0.0 }
    }

    fn mean(&self) -> f64 {
        self.0
    }

    fn mean_up_to(&self, x: f64) -> f64 {
        self.0.min(x)
    }
}

#[cfg(test)]
mod tests {
    use crate::dist::tests::{problems, stream};
    use crate::dist::{Distribution, Span};

    #[test]
    fn samples_are_exact() {
        for span in
            [Span::ZERO, Span::from_nanos(1), Span::from_millis(40), Span::from_secs(86_399)]
        {
            let constant = Distribution::constant(span);
            assert_eq!(constant.sample(&mut stream()), span);
            assert_eq!(constant.mean_seconds(), span.seconds());
        }
    }

    #[test]
    fn wrong_configs_are_refused() {
        assert_eq!(problems("constant = 40"), ["`work.constant`: `40` has no unit"]);
        assert_eq!(problems("constant = \"-1s\""), ["`work.constant`: `-1s` is negative"]);
        assert_eq!(problems("constant = \"0s\""), [""; 0]);
    }
}

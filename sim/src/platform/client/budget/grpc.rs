//! `grpc`: retries stop while too many attempts fail.
//!
//! A count begins at `tokens`. Each attempt that fails takes 1, each that succeeds adds `ratio`,
//! between 0 and `tokens`. A retry is allowed while the count, its own failure included, is more than
//! half of `tokens`.
//!
//! Source: gRFC A6, "gRPC Retry Design", throttling (`retryThrottling`). The standard has no default;
//! 10 and 0.1 are those of its example.

use super::super::guards::Ended;
use super::{Budget, Purse};
use crate::config::{Kind, Page};
use crate::metrics::Cause;
use crate::time::SimTime;

/// The registry's row.
pub const KIND: Kind<Budget> = Kind {
    name: "grpc",
    summary: "no retries while failures keep a count of tokens below its half (gRPC)",
    page: Page {
        settings: &[
            ("tokens", "where the count begins, and its most"),
            ("ratio", "what an attempt that succeeds adds; one that fails takes 1"),
        ],
        sections: &[
            (
                "Rule",
                "Each attempt that fails takes 1 from the count, each that succeeds adds `ratio`, between 0 and `tokens`. A retry is allowed while the count is more than half of `tokens`.",
            ),
            ("Knows", "How this population's own attempts ended, one by one."),
            (
                "Wins",
                "Where any failure rate above about `ratio` should end all retries: unlike a share it allows none in an outage. Ten tokens are few: with much traffic half a dozen failures in a row stop the retries of everybody.",
            ),
            ("Source", "gRFC A6, \"gRPC Retry Design\"; the defaults are those of its example."),
        ],
    },
    read: |body| {
        body.fields(|fields| {
            let most = fields.or("tokens", 10.0);
            fields.require("tokens", most > 0.0 && most <= 1000.0, "more than 0, at most 1000");
            let ratio = fields.or("ratio", 0.1);
            fields.require("ratio", ratio > 0.0 && ratio <= 1000.0, "more than 0, at most 1000");
            Budget::new("grpc", move |portion| {
                let most = most / f64::from(portion.of);
                Tokens { most, ratio, left: most }
            })
        })
    },
};

struct Tokens {
    most: f64,
    ratio: f64,
    left: f64,
}

impl Purse for Tokens {
    fn pay(&mut self, _now: SimTime, _cause: Cause) -> Option<f64> {
        (self.left > self.most / 2.0).then_some(1.0)
    }

    fn ended(&mut self, ended: Ended) {
        match ended {
            Ended::Success => self.left = (self.left + self.ratio).min(self.most),
            Ended::Failure(_) => self.left = (self.left - 1.0).max(0.0),
            Ended::TakenBack => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::guards::Ended;
    use super::super::testing::{pays, problems, purse};
    use crate::metrics::Cause;

    #[test]
    fn the_sequence_of_grpcs_own_test() {
        // Four tokens, so the border is two; a success adds 1.6.
        let mut purse = purse("budget.grpc = { tokens = 4, ratio = 1.6 }");
        let (bad, good) = (Ended::Failure(Cause::H12), Ended::Success);
        for (ended, allowed) in [
            (bad, true),
            (good, true),
            (bad, true),
            (bad, false),
            (bad, false),
            (bad, false),
            (bad, false),
            (good, false),
            (Ended::TakenBack, false),
            (good, true),
            (bad, true),
            (bad, false),
        ] {
            purse.ended(ended);
            assert_eq!(pays(&mut *purse), allowed);
        }
        let much = "`budget.grpc.tokens` must be more than 0, at most 1000, found `1001.0`";
        assert_eq!(problems("budget.grpc.tokens = 1001"), [much]);
    }
}

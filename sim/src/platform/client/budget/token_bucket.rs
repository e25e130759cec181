//! `token-bucket`: each success earns tokens, each retry costs some; the bucket starts full.
//!
//! Source: Brooker, "Fixing retries with token buckets and circuit breakers" (2022): a tenth of a
//! token a success, one a retry, so at most 10 % more load while everything fails. The capacity is
//! that of the AWS SDKs.

use super::{Budget, Purse};
use crate::config::{Kind, Page};
use crate::metrics::Cause;
use crate::time::SimTime;

/// The registry's row.
pub const KIND: Kind<Budget> = Kind {
    name: "token-bucket",
    summary: "each success earns tokens, each retry costs some (Brooker)",
    page: Page {
        settings: &[
            ("capacity", "the most tokens that it holds, and has at the start"),
            ("success", "tokens that a request's success earns"),
            ("retry", "tokens that a retry costs"),
        ],
        sections: &[
            (
                "Rule",
                "A retry is allowed when the bucket holds `retry` tokens, which are then taken; each success of a request adds `success`, up to `capacity`.",
            ),
            ("Knows", "How many requests succeeded, and how many were retried."),
            (
                "Wins",
                "In an outage: nothing succeeds, so once the full bucket is spent no retries come at all. That first bucket is a burst, and a long one where the rate is low.",
            ),
            (
                "Source",
                "Brooker, \"Fixing retries with token buckets and circuit breakers\" (2022); the capacity is that of the AWS SDKs.",
            ),
        ],
    },
    read: |body| {
        body.fields(|fields| {
            let capacity = fields.or("capacity", 500.0);
            fields.require("capacity", (0.0..=1e12).contains(&capacity), "from 0 to 1e12");
            let success = fields.or("success", 0.1);
            fields.require("success", (0.0..=1e12).contains(&success), "from 0 to 1e12");
            let retry = fields.or("retry", 1.0);
            fields.require("retry", retry > 0.0 && retry <= 1e12, "more than 0");
            Budget::new("token-bucket", move |portion| {
                let capacity = portion.amount(capacity, retry);
                Bucket { capacity, success, retry, tokens: capacity }
            })
        })
    },
};

struct Bucket {
    capacity: f64,
    success: f64,
    retry: f64,
    tokens: f64,
}

impl Purse for Bucket {
    fn pay(&mut self, _now: SimTime, _cause: Cause) -> Option<f64> {
        if self.tokens < self.retry {
            return None;
        }
        self.tokens -= self.retry;
        Some(self.retry)
    }

    fn success(&mut self, _paid: f64) {
        self.tokens = (self.tokens + self.success).min(self.capacity);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Portion;
    use super::super::testing::{pays, portion, purse};

    #[test]
    fn portions_hold_together_what_the_whole_does() {
        let text = "budget.token-bucket = { capacity = 11, retry = 2 }";
        let retries = |index, of| {
            let mut purse = portion(text, Portion { index, of });
            std::iter::from_fn(|| pays(&mut *purse).then_some(())).count()
        };
        assert_eq!(retries(0, 1), 5);
        assert_eq!((0..4).map(|index| retries(index, 4)).collect::<Vec<_>>(), [1, 1, 1, 2]);
    }

    #[test]
    fn a_bucket_is_emptied_by_retries_and_filled_by_successes() {
        let mut purse = purse("budget.token-bucket = { capacity = 2, success = 0.5 }");
        assert_eq!([(); 3].map(|()| pays(&mut *purse)), [true, true, false]);
        purse.success(0.0);
        assert!(!pays(&mut *purse));
        purse.success(0.0);
        assert!(pays(&mut *purse));
    }
}

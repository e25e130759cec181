//! `aws`: a quota that retries borrow from and successes give back.
//!
//! A retry takes `cost`, or `timeout-cost` after a time-out; with less in the quota it is not allowed.
//! A request that succeeds gives back what its last retry took, or `unused` when it had none. One that
//! fails gives nothing back. Time-outs are those of the client's `timeout`.
//!
//! Source: boto/botocore, `retries/standard.py` (`RetryQuotaChecker`: 5, 10 and 1) and
//! `retries/quota.py` (500), the SDKs' standard mode.

use super::{Budget, Purse};
use crate::config::{Fields, Kind, Page};
use crate::metrics::Cause;
use crate::time::SimTime;

/// The registry's row.
pub const KIND: Kind<Budget> = Kind {
    name: "aws",
    summary: "a quota that retries take from and successes give back to (the AWS SDKs)",
    page: Page {
        settings: &[
            ("quota", "the most tokens that it holds, and has at the start"),
            ("cost", "what a retry takes"),
            ("timeout-cost", "what it takes after a time-out of the client"),
            ("unused", "what a request gives that succeeded without a retry"),
        ],
        sections: &[
            (
                "Rule",
                "A retry takes its cost from the quota, and is not allowed when there is less. A request that succeeds gives back what its last retry took, or `unused` when it had none; one that fails gives nothing back.",
            ),
            (
                "Knows",
                "Which requests succeeded, after how dear a retry, and whether an attempt failed by a time-out.",
            ),
            (
                "Wins",
                "Against faults that retries heal: they cost nothing then, however many they are. In an outage about a hundred retries empty it, and a trickle of successes earns one retry in five.",
            ),
            ("Source", "boto/botocore, retries/standard.py and retries/quota.py."),
        ],
    },
    read: |body| {
        body.fields(|fields| {
            let mut tokens = |key: &str, default: f64| read_tokens(fields, key, default);
            let (quota, unused) = (tokens("quota", 500.0), tokens("unused", 1.0));
            let (cost, timeout) = (tokens("cost", 5.0), tokens("timeout-cost", 10.0));
            Budget::new("aws", move |portion| {
                let quota = portion.amount(quota, cost);
                Quota { quota, cost, timeout, unused, left: quota }
            })
        })
    },
};

/// Reads a number of tokens.
fn read_tokens(fields: &mut Fields<'_>, key: &str, default: f64) -> f64 {
    let tokens = fields.or(key, default);
    if matches!(key, "cost" | "timeout-cost") {
        fields.require(key, tokens > 0.0 && tokens <= 1e12, "more than 0, at most 1e12");
    } else {
        fields.require(key, (0.0..=1e12).contains(&tokens), "from 0 to 1e12");
    }
    tokens
}

struct Quota {
    quota: f64,
    cost: f64,
    timeout: f64,
    unused: f64,
    left: f64,
}

impl Purse for Quota {
    fn pay(&mut self, _now: SimTime, cause: Cause) -> Option<f64> {
        let cost = if cause == Cause::Timeout { self.timeout } else { self.cost };
        if self.left < cost {
            return None;
        }
        self.left -= cost;
        Some(cost)
    }

    fn success(&mut self, paid: f64) {
        let back = if paid > 0.0 { paid } else { self.unused };
        self.left = (self.left + back).min(self.quota);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{pays, problems, purse};
    use crate::metrics::Cause;
    use crate::time::SimTime;

    #[test]
    fn a_success_gives_back_what_its_last_retry_took() {
        let mut purse = purse("budget.aws = { quota = 20 }");
        let after = |cause| move |purse: &mut dyn super::Purse| purse.pay(SimTime::ZERO, cause);
        assert_eq!(after(Cause::H12)(&mut *purse), Some(5.0));
        assert_eq!(after(Cause::Timeout)(&mut *purse), Some(10.0));
        // Five are left.
        assert_eq!(after(Cause::Timeout)(&mut *purse), None);
        assert!(pays(&mut *purse) && !pays(&mut *purse));
        purse.success(10.0);
        assert!(pays(&mut *purse) && pays(&mut *purse) && !pays(&mut *purse));
        for _ in 0..4 {
            purse.success(0.0);
        }
        assert!(!pays(&mut *purse));
        purse.success(0.0);
        assert!(pays(&mut *purse) && !pays(&mut *purse));
    }

    #[test]
    fn the_defaults_are_a_hundred_retries_and_never_more() {
        let mut purse = purse("budget = \"aws\"");
        purse.success(0.0);
        assert!((0..100).all(|_| pays(&mut *purse)) && !pays(&mut *purse));
        let free = "`budget.aws.cost` must be more than 0, at most 1e12, found `0.0`";
        assert_eq!(problems("budget.aws.cost = 0"), [free]);
    }
}

//! `envoy`: retries under way are at most a share of all attempts under way.
//!
//! A request that wants a retry gets one while fewer than max(`share` of the attempts under way,
//! `least`) requests are in one, the wait before it included.
//!
//! Source: Envoy, `CircuitBreakers.Thresholds.RetryBudget` (20 %, at least 3) and
//! `ResourceManagerImpl`, whose share is of active and pending requests: here a connection takes no
//! time, so none is pending.

use super::super::guards::Ended;
use super::{Budget, Purse};
use crate::config::{Kind, Page};
use crate::metrics::Cause;
use crate::time::SimTime;
use crate::units::Ratio;

/// The registry's row.
pub const KIND: Kind<Budget> = Kind {
    name: "envoy",
    summary: "retries under way are at most a share of the attempts under way (Envoy)",
    page: Page {
        settings: &[
            ("share", "retries under way over attempts under way"),
            ("least", "retries under way that are allowed anyway"),
        ],
        sections: &[
            (
                "Rule",
                "A retry is allowed while fewer requests are in a retry, back-off included, than the larger of `least` and `share` of the attempts under way, rounded down.",
            ),
            ("Knows", "How many of this population's own attempts and retries are under way."),
            (
                "Wins",
                "Against slow failures: those in a long retry hold their place. Where failures are fast and back-off is short few retries are ever under way, so it allows many a second. Attempts that hang raise what the share is of.",
            ),
            ("Source", "Envoy, CircuitBreakers.Thresholds.RetryBudget and ResourceManagerImpl."),
        ],
    },
    read: |body| {
        body.fields(|fields| {
            let Ratio(share) = fields.or("share", Ratio(0.2));
            let least = fields.or("least", 3_u32);
            Budget::new("envoy", move |portion| {
                let least = portion.count(least);
                Outstanding { share, least, sent: 0, retrying: 0 }
            })
        })
    },
};

struct Outstanding {
    share: f64,
    least: u32,
    /// Attempts under way.
    sent: u32,
    /// Requests in a retry.
    retrying: u32,
}

impl Purse for Outstanding {
    fn pay(&mut self, _now: SimTime, _cause: Cause) -> Option<f64> {
        // The slack absorbs a product that is a little less than whole.
        let most = (f64::from(self.sent) * self.share + 1e-6) as u32;
        if self.retrying >= most.max(self.least) {
            return None;
        }
        self.retrying += 1;
        Some(1.0)
    }

    fn sent(&mut self) {
        self.sent += 1;
    }

    fn ended(&mut self, _ended: Ended) {
        assert!(self.sent > 0, "only what was sent ends");
        self.sent -= 1;
    }

    fn retried(&mut self) {
        assert!(self.retrying > 0, "only a retry that was paid for is over");
        self.retrying -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::guards::Ended;
    use super::super::testing::{pays, purse};

    #[test]
    fn a_fifth_of_what_is_under_way_and_at_least_three() {
        let mut purse = purse("budget = \"envoy\"");
        assert!((0..3).all(|_| pays(&mut *purse)) && !pays(&mut *purse));
        for _ in 0..20 {
            purse.sent();
        }
        assert!(pays(&mut *purse) && !pays(&mut *purse), "four of twenty");
        purse.ended(Ended::Success);
        purse.retried();
        assert!(!pays(&mut *purse), "three of nineteen");
        purse.retried();
        assert!(pays(&mut *purse) && !pays(&mut *purse));
    }
}

//! Retry budgets: how many retries a whole population may make.

use crate::config::{Kind, Page};
use crate::time::{SimTime, Span};
use crate::units::{Rate, Ratio};

/// The kinds of retry budgets, by name.
pub const BUDGETS: &[Kind<Budget>] = &[
    Kind {
        name: "ratio",
        summary: "retries are at most a share of requests, over a window (Finagle's RetryBudget)",
        page: Page::BARE,
        read: |body| {
            body.fields(|fields| {
                let share: Ratio = fields.required("share");
                let window = fields.or("window", Span::from_secs(10));
                fields.require("window", window >= Span::from_millis(10), "at least 10ms");
                let least = fields.or("least", Rate(0.0));
                Budget::Ratio { share: share.0, window, least: least.0 }
            })
        },
    },
    Kind {
        name: "token-bucket",
        summary: "each success earns tokens, each retry costs some (AWS SDK, Brooker)",
        page: Page::BARE,
        read: |body| {
            body.fields(|fields| {
                let capacity = fields.or("capacity", 500.0);
                fields.require("capacity", (0.0..=1e12).contains(&capacity), "from 0 to 1e12");
                let success = fields.or("success", 0.1);
                fields.require("success", (0.0..=1e12).contains(&success), "from 0 to 1e12");
                let retry = fields.or("retry", 1.0);
                fields.require("retry", retry > 0.0 && retry <= 1e12, "more than 0");
                Budget::TokenBucket { capacity, success, retry }
            })
        },
    },
];

/// The settings of a retry budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// Retries in the window are at most this share of requests in the window.
    Ratio {
        /// Retries over requests.
        share: f64,
        /// How far back both are counted.
        window: Span,
        /// Retries a second that are allowed anyway.
        least: f64,
    },
    /// A bucket that starts full.
    TokenBucket {
        /// The most tokens it holds.
        capacity: f64,
        /// Tokens that a success earns.
        success: f64,
        /// Tokens that a retry costs.
        retry: f64,
    },
}

impl Budget {
    /// The share of a ratio.
    pub fn share(self) -> Option<f64> {
        match self {
            Budget::Ratio { share, .. } => Some(share),
            Budget::TokenBucket { .. } => None,
        }
    }
}

/// The window is counted in this many parts; the oldest part leaves at once.
const PARTS: usize = 10;

/// What is left of a budget.
#[derive(Clone, Debug)]
pub struct Purse {
    budget: Budget,
    tokens: f64,
    /// Requests and retries in each part of the window.
    parts: [(f64, f64); PARTS],
    /// The number of the newest part.
    newest: u64,
}

impl Purse {
    /// A full purse.
    pub fn new(budget: Budget) -> Purse {
        let tokens = match budget {
            Budget::TokenBucket { capacity, .. } => capacity,
            Budget::Ratio { .. } => 0.0,
        };
        Purse { budget, tokens, parts: [(0.0, 0.0); PARTS], newest: 0 }
    }

    /// Changes the share of a ratio budget; another kind stays as it is.
    pub fn set_share(&mut self, new: f64) {
        if let Budget::Ratio { share, .. } = &mut self.budget {
            *share = new;
        }
    }

    /// Counts a request's first try.
    pub fn request(&mut self, now: SimTime) {
        if let Budget::Ratio { window, .. } = self.budget {
            self.turn(now, window).0 += 1.0;
        }
    }

    /// Counts a success.
    pub fn success(&mut self) {
        if let Budget::TokenBucket { capacity, success, .. } = self.budget {
            self.tokens = (self.tokens + success).min(capacity);
        }
    }

    /// Pays for a retry; false when the budget does not allow it.
    pub fn retry(&mut self, now: SimTime) -> bool {
        match self.budget {
            Budget::TokenBucket { retry, .. } => {
                let allowed = self.tokens >= retry;
                if allowed {
                    self.tokens -= retry;
                }
                allowed
            }
            Budget::Ratio { share, window, least } => {
                self.turn(now, window);
                let (requests, retries) = self
                    .parts
                    .iter()
                    .fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
                let allowed = retries + 1.0 <= requests * share + least * window.seconds();
                if allowed {
                    self.turn(now, window).1 += 1.0;
                }
                allowed
            }
        }
    }

    /// Forgets what has left the window; gives the part that `now` falls into.
    fn turn(&mut self, now: SimTime, window: Span) -> &mut (f64, f64) {
        let part = now.nanos() / (window.nanos() / PARTS as u64);
        for gone in self.newest + 1..=part.min(self.newest + PARTS as u64) {
            self.parts[(gone % PARTS as u64) as usize] = (0.0, 0.0);
        }
        self.newest = part;
        &mut self.parts[(part % PARTS as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_allows_its_share_in_every_window() {
        let budget = Budget::Ratio { share: 0.2, window: Span::from_secs(10), least: 0.0 };
        let mut purse = Purse::new(budget);
        let mut retries = 0;
        for milli in 0..60_000 {
            let now = SimTime::from_nanos(milli * 1_000_000);
            if milli % 10 == 0 {
                purse.request(now);
            }
            retries += u32::from(purse.retry(now));
        }
        // 100 requests a second for 60 s: a fifth of them.
        assert!((1_190..=1_220).contains(&retries), "{retries}");
    }

    #[test]
    fn what_was_not_used_in_the_window_is_lost() {
        let budget = Budget::Ratio { share: 0.5, window: Span::from_secs(1), least: 0.0 };
        let mut purse = Purse::new(budget);
        for _ in 0..100 {
            purse.request(SimTime::ZERO);
        }
        assert!(purse.retry(SimTime::from_nanos(900_000_000)));
        assert!(!purse.retry(SimTime::from_nanos(1_000_000_000)));
    }

    #[test]
    fn a_bucket_is_emptied_by_retries_and_filled_by_successes() {
        let budget = Budget::TokenBucket { capacity: 2.0, success: 0.5, retry: 1.0 };
        let mut purse = Purse::new(budget);
        let pay = |purse: &mut Purse| purse.retry(SimTime::ZERO);
        assert_eq!([pay(&mut purse), pay(&mut purse), pay(&mut purse)], [true, true, false]);
        purse.success();
        assert!(!pay(&mut purse));
        purse.success();
        assert!(pay(&mut purse));
    }
}

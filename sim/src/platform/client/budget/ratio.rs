//! `ratio`: retries are at most a share of requests, over a window.
//!
//! A retry is allowed when the retries in the window, it included, are at most `share` of the requests
//! begun in it plus `least` times its length. The window is counted in tenths.
//!
//! Source: Twitter's Finagle, `RetryBudget` (20 % over 10 s, and 10 a second anyway).

use super::{Budget, Portion, Purse};
use crate::config::{Kind, Page};
use crate::metrics::Cause;
use crate::platform::client::window::Window;
use crate::time::{SimTime, Span};
use crate::units::{Rate, Ratio};

/// The registry's row.
pub const KIND: Kind<Budget> = Kind {
    name: "ratio",
    summary: "retries are at most a share of requests, over a window (Finagle's RetryBudget)",
    page: Page {
        settings: &[
            ("share", "retries over requests"),
            ("window", "how far back both are counted, in ten parts"),
            ("least", "retries that are allowed anyway"),
        ],
        sections: &[
            (
                "Rule",
                "A retry is allowed when the retries in the window, it included, are at most `share` of the requests begun in it plus `least` times its length. `\"20%\"` alone is short for it.",
            ),
            ("Knows", "How many requests this population began, and how many it retried."),
            (
                "Wins",
                "As a bound on amplification that holds at any failure rate: with 20 % the backend never sees more than 1.2 times the requests. In an outage that much still comes, for as long as it lasts.",
            ),
            ("Source", "Finagle, RetryBudget: 20 % over 10 s, and 10 a second anyway."),
            ("Example", "client.browsers.retry.budget.ratio = { share = \"20%\" }"),
        ],
    },
    read: |body| {
        body.fields(|fields| {
            let share: Ratio = fields.required("share");
            let window = fields.or("window", Span::from_secs(10));
            fields.require("window", window >= Span::from_millis(10), "at least 10ms");
            let least = fields.or("least", Rate(0.0));
            let most = least.0 * window.seconds();
            let build = move |portion: Portion| {
                let least = portion.amount(most, 1.0);
                Paid { share: share.0, least, window: Window::new(window, 10) }
            };
            Budget { share: Some(share.0), ..Budget::new("ratio", build) }
        })
    },
};

/// The counts of the window.
const REQUESTS: usize = 0;
const RETRIES: usize = 1;

struct Paid {
    share: f64,
    /// Retries a window that are allowed anyway.
    least: f64,
    window: Window,
}

impl Purse for Paid {
    fn pay(&mut self, now: SimTime, _cause: Cause) -> Option<f64> {
        let [requests, retries] = self.window.sums(now).map(|count| count as f64);
        if retries + 1.0 > requests * self.share + self.least {
            return None;
        }
        self.window.count(now, RETRIES);
        Some(1.0)
    }

    fn request(&mut self, now: SimTime) {
        self.window.count(now, REQUESTS);
    }

    fn set_share(&mut self, share: f64) {
        self.share = share;
    }
}

#[cfg(test)]
mod tests {
    use super::super::Portion;
    use super::super::testing::{pays, portion, problems, purse};
    use crate::metrics::Cause;
    use crate::time::{SimTime, Span};

    #[test]
    fn it_allows_its_share_in_every_window() {
        let mut purse = purse("budget.ratio.share = 0.2");
        let mut retries = 0;
        for milli in 0..60_000 {
            let now = SimTime::ZERO + Span::from_millis(milli);
            if milli % 10 == 0 {
                purse.request(now);
            }
            retries += u32::from(purse.pay(now, Cause::Timeout).is_some());
        }
        // 100 requests a second for 60 s: a fifth of them.
        assert!((1_190..=1_220).contains(&retries), "{retries}");
    }

    #[test]
    fn portions_allow_anyway_what_the_whole_does() {
        let text = "budget.ratio = { share = 0, window = \"1s\", least = \"5/s\" }";
        let allowed = |index, of| {
            let mut purse = portion(text, Portion { index, of });
            std::iter::from_fn(|| pays(&mut *purse).then_some(())).count()
        };
        assert_eq!([allowed(0, 1), allowed(0, 2) + allowed(1, 2)], [5, 5]);
        assert_eq!((0..8).map(|index| allowed(index, 8)).sum::<usize>(), 5);
    }

    #[test]
    fn what_was_not_used_in_the_window_is_lost() {
        let mut purse = purse("budget.ratio = { share = 0.5, window = \"1s\" }");
        for _ in 0..100 {
            purse.request(SimTime::ZERO);
        }
        let at = |millis| SimTime::ZERO + Span::from_millis(millis);
        assert!(purse.pay(at(900), Cause::H11).is_some());
        assert!(purse.pay(at(1000), Cause::H11).is_none());
    }

    #[test]
    fn a_few_are_allowed_anyway_and_the_share_can_change() {
        let mut purse = purse("budget.ratio = { share = 0, window = \"1s\", least = \"2/s\" }");
        assert!(pays(&mut *purse) && pays(&mut *purse) && !pays(&mut *purse));
        purse.request(SimTime::ZERO);
        assert!(!pays(&mut *purse));
        purse.set_share(1.0);
        assert!(pays(&mut *purse) && !pays(&mut *purse));
        let short = "`budget.ratio.window` must be at least 10ms, found `\"1ms\"`";
        assert_eq!(problems("budget.ratio = { share = 0.1, window = \"1ms\" }"), [short]);
    }
}

//! `adaptive-lifo`: the newest first while the queue has stood for a while, else the oldest.
//!
//! Source: Maurer, "Fail at scale" (ACM Queue 2015): requests are served in order until a queue forms,
//! then the newest first. "Forms" is there, for its controlled delay, a queue that was not empty for
//! the last 100 ms; the same is meant here.

use super::{Order, Queueing};
use crate::config::{Kind, Page};
use crate::time::{SimTime, Span};

/// The registry's row.
pub const KIND: Kind<Queueing> = Kind {
    name: "adaptive-lifo",
    summary: "the newest first while the queue has stood for `standing`, else the oldest (Facebook)",
    page: Page {
        settings: &[("standing", "a queue that was not empty for so long stands")],
        sections: &[
            (
                "Rule",
                "The oldest is next, unless the queue has not been empty for `standing`: then the newest.",
            ),
            ("Knows", "When the router's queue for the app was last empty."),
            (
                "Wins",
                "Against storms of retries: the server works for those who still wait, so goodput comes back although old attempts are left behind. Fair like `fifo` while queues are short.",
            ),
            ("Source", "Maurer, \"Fail at scale\", ACM Queue 2015."),
        ],
    },
    read: |body| {
        body.fields(|fields| {
            let standing = fields.or("standing", Span::from_millis(100));
            Queueing::new("adaptive-lifo", move || AdaptiveLifo::new(standing))
        })
    },
};

/// Turns round when the queue stands.
pub(super) struct AdaptiveLifo {
    standing: Span,
    since: SimTime,
}

impl AdaptiveLifo {
    /// Turns round after the queue was not empty for so long.
    pub(super) fn new(standing: Span) -> AdaptiveLifo {
        AdaptiveLifo { standing, since: SimTime::ZERO }
    }
}

impl Order for AdaptiveLifo {
    fn stands(&mut self, now: SimTime) {
        self.since = now;
    }

    fn newest_first(&self, now: SimTime) -> bool {
        now.since(self.since) >= self.standing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_turns_round_when_the_queue_has_stood() {
        let at = |millis: u64| SimTime::from_nanos(millis * 1_000_000);
        let mut order = AdaptiveLifo::new(Span::from_millis(100));
        order.stands(at(1_000));
        assert_eq!(
            [1_000, 1_099, 1_100].map(|ms| order.newest_first(at(ms))),
            [false, false, true]
        );
        order.stands(at(2_000));
        assert!(!order.newest_first(at(2_050)));
    }
}

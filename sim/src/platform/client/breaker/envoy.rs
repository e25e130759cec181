//! `envoy`: bounds what is under way at once. It never opens for errors.
//!
//! An attempt over `requests` is not sent and its request fails at once: Envoy answers 503 with the
//! flag UO and never retries it. A request that wants a retry while `retries` others wait for theirs
//! or are in it gets none and fails by the cause that it had.
//!
//! Source: Envoy, "Circuit breaking" (`max_requests` 1024, `max_retries` 3, a cluster) and the router
//! filter's `RetryStateImpl`: a retry is outstanding from the decision, back-off included, until it
//! has ended. Envoy heeds `max_retries` only where there is no retry budget; here both must allow a
//! retry, so say `retries = "unlimited"` beside a budget. Its bounds on connections and on pending
//! requests are left out: the model has no connections.

use super::super::guards::Ended;
use super::{Breaker, Circuit};
use crate::config::{Kind, Page};
use crate::time::SimTime;
use crate::units::Limit;

/// The registry's row.
pub const KIND: Kind<Breaker> = Kind {
    name: "envoy",
    summary: "bounds the attempts and the retries that are under way at once",
    page: Page {
        settings: &[
            ("requests", "most attempts under way; one more fails at once"),
            ("retries", "most requests that wait for a retry or are in it; one more gets none"),
        ],
        sections: &[
            (
                "Rule",
                "An attempt that finds `requests` of its population under way is not sent and ends its request at once, without another try. A failed request that finds `retries` others in a retry, back-off included, is not tried again and keeps its cause.",
            ),
            ("Knows", "How many of this population's own attempts and retries are under way."),
            (
                "Wins",
                "Against slowness: what is under way is the rate times the latency, so a backend that becomes slow reaches the bound and the callers' queues stay short. It heeds no errors: a backend that fails fast never reaches it. The defaults suit a small cluster; a large one needs more.",
            ),
            (
                "Source",
                "Envoy, \"Circuit breaking\"; RetryStateImpl for what an outstanding retry is.",
            ),
        ],
    },
    read: |body| {
        let (requests, retries) = body.fields(|fields| {
            let requests = fields.or("requests", Limit::At(1024));
            fields.require("requests", requests != Limit::At(0), "at least 1");
            (requests.count(), fields.or("retries", Limit::At(3)).count())
        });
        Breaker::new("envoy", move |portion| {
            // One that may send nothing would hold back its part of the requests for ever.
            let requests = portion.count(requests).max(1);
            Envoy { requests, retries: portion.count(retries), sent: 0, retrying: 0 }
        })
    },
};

struct Envoy {
    requests: u32,
    retries: u32,
    /// Attempts under way.
    sent: u32,
    /// Requests that wait for a retry or are in it.
    retrying: u32,
}

impl Circuit for Envoy {
    fn admits(&mut self, _now: SimTime) -> bool {
        let admits = self.sent < self.requests;
        self.sent += u32::from(admits);
        admits
    }

    fn ended(&mut self, _now: SimTime, _ended: Ended) {
        assert!(self.sent > 0, "only what was sent ends");
        self.sent -= 1;
    }

    fn admits_retry(&self) -> bool {
        self.retrying < self.retries
    }

    fn retry(&mut self) {
        self.retrying += 1;
    }

    fn retried(&mut self) {
        assert!(self.retrying > 0, "only a retry that was allowed is over");
        self.retrying -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::guards::Ended;
    use super::super::testing::{at, circuit, hear, problems};

    #[test]
    fn no_more_than_allowed_are_under_way() {
        let mut it = circuit("breaker.envoy = { requests = 2, retries = 1 }");
        assert!(it.admits(at(0)) && it.admits(at(0)) && !it.admits(at(0)));
        hear(&mut *it, 1, 0, 1);
        assert!(it.admits(at(1)) && !it.admits(at(1)));
        it.ended(at(2), Ended::TakenBack);
        assert!(it.admits(at(2)) && !it.admits(at(2)));
        assert!(it.admits_retry());
        it.retry();
        assert!(!it.admits_retry());
        it.retried();
        assert!(it.admits_retry());
    }

    #[test]
    fn unlimited_is_a_bound_too() {
        let mut it = circuit("breaker.envoy = { requests = \"unlimited\", retries = 0 }");
        assert!((0..10_000).all(|_| it.admits(at(0))) && !it.admits_retry());
        let refused = "`breaker.envoy.requests` must be at least 1, found `0`";
        assert_eq!(problems("breaker.envoy.requests = 0"), [refused]);
    }
}

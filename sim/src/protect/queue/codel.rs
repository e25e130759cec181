//! `codel`: while even the shortest wait of an interval was above the target, attempts that waited more
//! than twice the target are dropped.
//!
//! Source: folly, `executors/Codel.cpp` (at commit 1ad98e2), Facebook's variant of CoDel (Nichols and
//! Jacobson 2012): it does not drop ever more often, but all that waited longer than the slough
//! time-out, twice the target, while overloaded. One word decides when an attempt leaves the queue:
//!
//! ```text
//! now > end of interval, and something left in it:  end = now + interval, overloaded = least > target,
//!                                                   a new interval begins
//! the first of an interval:  least = its wait; it is not dropped
//! the others:                least = min(least, its wait); dropped if overloaded and wait > 2 target
//! ```
//!
//! With `lifo` the newest is served first while the queue has stood for `interval`, as Maurer describes
//! ("Fail at scale", ACM Queue 2015). The oldest attempt still says how the queue stands, and is what is
//! dropped: those who are left behind expire.

use super::adaptive_lifo::AdaptiveLifo;
use super::{Order, Queueing};
use crate::config::{Kind, Page};
use crate::time::{SimTime, Span};

/// The registry's row.
pub const KIND: Kind<Queueing> = Kind {
    name: "codel",
    summary: "drops what waited twice the target while no wait of an interval met it (Facebook)",
    page: Page {
        settings: &[
            ("target", "the wait that is wanted"),
            ("interval", "for so long even the shortest wait must be above it; more than `target`"),
            ("lifo", "whether the newest is served first while the queue has stood for `interval`"),
        ],
        sections: &[
            (
                "Rule",
                "When an attempt leaves the queue: was the shortest wait of the last interval above `target`, it is dropped if it waited more than twice `target`.",
            ),
            ("Knows", "How long attempts waited in the router's own queue for the app."),
            (
                "Wins",
                "When overload is standing and not a burst: bursts drain within an interval and lose nothing. It needs a `mesh.limit` near the dynos' workers: a queue that stands in the dynos is not seen.",
            ),
            (
                "Source",
                "folly, executors/Codel.cpp; Maurer, \"Fail at scale\", ACM Queue 2015; Nichols and Jacobson, \"Controlling queue delay\", ACM Queue 2012.",
            ),
        ],
    },
    read: |body| {
        body.fields(|fields| {
            let target = fields.or("target", Span::from_millis(5));
            fields.require("target", target > Span::ZERO, "more than 0s");
            let interval = fields.or("interval", Span::from_millis(100));
            fields.require("interval", interval > target, "more than `target`");
            let lifo = fields.or("lifo", false);
            Queueing::new("codel", move || Codel::new(target, interval, lifo))
        })
    },
};

/// The discipline at work.
struct Codel {
    target: Span,
    interval: Span,
    lifo: Option<AdaptiveLifo>,
    /// When the present interval may end.
    ends: SimTime,
    /// The shortest wait of the interval; nothing before the first.
    least: Option<Span>,
    overloaded: bool,
}

impl Codel {
    fn new(target: Span, interval: Span, lifo: bool) -> Codel {
        let lifo = lifo.then(|| AdaptiveLifo::new(interval));
        Codel { target, interval, lifo, ends: SimTime::ZERO, least: None, overloaded: false }
    }
}

impl Order for Codel {
    fn stands(&mut self, now: SimTime) {
        if let Some(lifo) = &mut self.lifo {
            lifo.stands(now);
        }
    }

    fn newest_first(&self, now: SimTime) -> bool {
        self.lifo.as_ref().is_some_and(|lifo| lifo.newest_first(now))
    }

    fn drops(&mut self, now: SimTime, waited: Span) -> bool {
        if now > self.ends
            && let Some(least) = self.least.take()
        {
            self.ends = now + self.interval;
            self.overloaded = least > self.target;
        }
        let Some(least) = self.least else {
            self.least = Some(waited);
            return false;
        };
        self.least = Some(least.min(waited));
        self.overloaded && waited > self.target * 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of attempts that leave at these times after these waits, in ms.
    fn drops(codel: &mut Codel, leaving: &[(u64, u64)]) -> Vec<bool> {
        let drop = |&(now, waited): &(u64, u64)| {
            codel.drops(SimTime::from_nanos(now * 1_000_000), Span::from_millis(waited))
        };
        leaving.iter().map(drop).collect()
    }

    fn new() -> Codel {
        Codel::new(Span::from_millis(5), Span::from_millis(100), false)
    }

    #[test]
    fn one_short_wait_in_an_interval_saves_all() {
        let leaving = [(1, 50), (2, 50), (50, 5), (100, 50), (103, 50), (150, 50)];
        // The first interval ends with the second attempt, after 50 ms alone: overloaded, but the
        // second is the first of its interval.
        assert_eq!(drops(&mut new(), &leaving[..2]), [false, false]);
        // The 5 ms at 50 ms are not above the target: from 103 ms on nothing is dropped.
        assert_eq!(drops(&mut new(), &leaving), [false, false, false, true, false, false]);
    }

    #[test]
    fn while_overloaded_what_waited_twice_the_target_goes() {
        let mut codel = new();
        assert_eq!(drops(&mut codel, &[(10, 6), (11, 50)]), [false, false]);
        let leaving = [(12, 10), (13, 11), (14, 9), (110, 300)];
        assert_eq!(drops(&mut codel, &leaving), [false, true, false, true]);
        // The least of the interval was 9: still overloaded, and the first is spared.
        assert_eq!(drops(&mut codel, &[(112, 300), (113, 300)]), [false, true]);
        // Where nothing left during an interval, none ends.
        assert_eq!(drops(&mut codel, &[(900, 4), (901, 300)]), [false, true]);
        assert_eq!(drops(&mut codel, &[(1_001, 300), (1_002, 300)]), [false, false]);
    }

    #[test]
    fn with_lifo_the_newest_is_first_while_the_queue_stands() {
        let at = |millis: u64| SimTime::from_nanos(millis * 1_000_000);
        let mut codel = Codel { lifo: Some(AdaptiveLifo::new(Span::from_millis(100))), ..new() };
        codel.stands(at(0));
        assert!(!codel.newest_first(at(99)) && codel.newest_first(at(100)));
        assert!(!new().newest_first(at(1_000)));
    }
}

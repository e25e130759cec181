//! `lifo`: last in, first out.
//!
//! Source: the textbook's rule; thread pools of servers often have it.

use super::{Order, Queueing};
use crate::config::{Kind, Page};
use crate::time::SimTime;

/// The registry's row.
pub const KIND: Kind<Queueing> = Kind {
    name: "lifo",
    summary: "last in, first out: the newest is next",
    page: Page {
        settings: &[],
        sections: &[
            ("Rule", "The newest attempt is next. A full backlog still turns the newcomer away."),
            ("Knows", "Nothing but the order of coming."),
            (
                "Wins",
                "In overload: the newest still has a client who waits. Without overload its mean wait is that of `fifo`, with a longer tail.",
            ),
            ("Source", "The textbook's rule."),
        ],
    },
    read: |body| {
        body.fields(|_| ());
        Queueing::new("lifo", || Lifo)
    },
};

/// The newest is next.
struct Lifo;

impl Order for Lifo {
    fn newest_first(&self, _: SimTime) -> bool {
        true
    }
}

//! `errors-as-load`: an attempt that failed at a dyno counts there for a while as if under way.
//!
//! A dyno that fails at once looks idle, so a balancer that goes by load sends it everything: a
//! sinkhole. Counting its recent errors as active requests mends it (Site Reliability Engineering,
//! 2016, chapter 20). Aphyr's Timelike holds each error for one second.

use super::Part;
use crate::config::{Body, Kind, Page};
use crate::time::Span;

/// The registry's row.
pub const KIND: Kind<Part> = Kind {
    name: "errors-as-load",
    summary: "a failure at a dyno counts as an attempt under way there for a while",
    page: Page {
        settings: &[("for", "how long a failure counts")],
        sections: &[
            (
                "Rule",
                "When a dispatch ends with a failure, the router's count of attempts at that dyno goes down only `for` later. It is counted wherever attempts are: against `mesh.limit`, for `idle-only`, and in what is gossiped.",
            ),
            ("Knows", "How the router's own dispatches end."),
            (
                "Wins",
                "With strategies that go by load when a dyno refuses or crashes with what it has: it no longer looks idle. It loses when every dyno fails now and then: held counts fill `mesh.limit`.",
            ),
            (
                "Source",
                "Site Reliability Engineering (2016), chapter 20; aphyr's Timelike, where an error is held for 1000 ms.",
            ),
        ],
    },
    read,
};

fn read(body: &mut Body<'_>) -> Part {
    body.fields(|fields| {
        let hold = fields.or("for", Span::from_secs(1));
        fields.require("for", hold >= Span::from_millis(1), "at least 1ms");
        Part::ErrorsAsLoad(ErrorsAsLoad { hold })
    })
}

/// How long a failure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorsAsLoad {
    /// That long.
    pub hold: Span,
}

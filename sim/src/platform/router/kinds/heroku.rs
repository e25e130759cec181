//! `heroku`: the routing mesh as Heroku documents it. Its rules are those of the rest of this room.

use super::{Defaults, Manners, Router};
use crate::config::{Kind, Page};
use crate::time::Span;
use crate::units::Limit;

/// The registry's row.
pub const KIND: Kind<Router> = Kind {
    name: "heroku",
    summary: "one queue an app, quarantine of 5 s, the app's state decides first (Heroku)",
    page: Page {
        settings: &[],
        sections: &[
            (
                "Rule",
                "The app's state decides first: H14 without dynos, H10 when all have crashed, and an attempt waits up to `boot-wait` for an app that boots. Then the balancer names a dyno, or the attempt waits in the one queue that the router has for the app, and who is next is asked for again whenever a dyno may be free. A full backlog is H11. A dyno that cannot be connected to is left alone for `quarantine`, and the attempt is dispatched again, at most `dispatches` times (H21, H19). While all are left alone it looks again for up to `quarantine-wait` (H99). No first byte in `first-byte` is H12, and the dyno works on.",
            ),
            (
                "Knows",
                "What `mesh.knowledge` says, and from the bus the state of every app and dyno.",
            ),
            (
                "Wins",
                "Where dynos come, go and sleep all the time: nobody writes lists of servers, and a dyno that is gone costs a dispatch and not a request.",
            ),
            (
                "Source",
                "Heroku devcenter, \"HTTP routing\", \"error codes\", \"request timeout\"; vegur.",
            ),
        ],
    },
    read: |body| {
        body.fields(|_| ());
        Router::Heroku
    },
};

/// What it says of itself.
pub(super) const MANNERS: Manners = Manners {
    name: "heroku",
    maker: None,
    defaults: Defaults {
        limit: Limit::At(50),
        backlog: Limit::At(50),
        first_byte: Limit::At(Span::from_secs(30)),
        connect: Limit::At(Span::from_secs(5)),
        quarantine: Span::from_secs(5),
        dispatches: 10,
    },
    unused: &[],
};

//! `fifo`: first in, first out.
//!
//! Source: Heroku's routers queue so (devcenter "HTTP routing").

use super::Queueing;
use crate::config::{Kind, Page};

/// The registry's row.
pub const KIND: Kind<Queueing> = Kind {
    name: "fifo",
    summary: "first in, first out; nothing is dropped",
    page: Page {
        settings: &[],
        sections: &[
            ("Rule", "The oldest attempt is next."),
            ("Knows", "Nothing but the order of coming."),
            (
                "Wins",
                "While queues are short: it is fair, and no order has a smaller variance of waits. In overload everybody waits as long, and all time out.",
            ),
            ("Source", "Heroku devcenter, \"HTTP routing\"."),
        ],
    },
    read: |body| {
        body.fields(|_| ());
        Queueing::default()
    },
};

//! `first-come`: who is there stays; the newcomer is turned away.
//!
//! Source: Heroku's vegur, whose `max_connections` of 100,000 knows no apps (`src/vegur.app.src`).

use super::Fairness;
use crate::config::{Kind, Page};

/// The registry's row.
pub const KIND: Kind<Fairness> = Kind {
    name: "first-come",
    summary: "who is there stays, the newcomer is turned away",
    page: Page {
        settings: &[],
        sections: &[
            ("Rule", "A full router turns every newcomer away, of whatever app."),
            ("Knows", "How many attempts the router holds of all apps together."),
            (
                "Wins",
                "With one app. With several, one that is stuck fills the router and all others fail with it.",
            ),
            ("Source", "Heroku vegur, `max_connections`."),
        ],
    },
    read: |body| {
        body.fields(|_| ());
        FIRST_COME
    },
};

/// Nobody gives way.
pub(super) const FIRST_COME: Fairness = Fairness { name: "first-come", gives_way: |_| None };

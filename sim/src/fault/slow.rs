//! `slow`: an app's work takes `factor` times as long, as after a bad deploy; on all of its dynos, or
//! on those that the deploy has reached.
//!
//! The factor holds for work that begins while the event lasts; work under way keeps its time.

use super::{Fault, Name, Which};
use crate::config::{Kind, Page};

/// The registry's row.
pub const KIND: Kind<Fault> = Kind {
    name: "slow",
    summary: "an app's work takes `factor` times as long, on all or some dynos",
    page: Page {
        settings: &[
            Which::APP,
            ("factor", "what its work is multiplied by"),
            Which::DYNOS,
            Which::SHARE,
        ],
        sections: &[
            (
                "Rule",
                "Work that begins while the event lasts takes `factor` times as long; what is under way keeps its time. Factors of several events multiply.",
            ),
            ("Source", "A deploy of slow code, a noisy neighbour, a slow database."),
            (
                "Example",
                "[[event]]\nat = \"2m\"\nfor = \"45s\"\nslow = { app = \"shop\", factor = 4, share = \"50%\" }",
            ),
        ],
    },
    read: |body| {
        Fault::Slow(body.fields(|fields| {
            let app = Name::read(fields, "app");
            let factor: f64 = fields.required("factor");
            fields.require("factor", factor > 0.0 && factor <= 1e6, "more than 0, at most 1e6");
            Slow { app, factor, which: Which::read(fields) }
        }))
    },
};

/// Slower work.
#[derive(Clone, Debug)]
pub struct Slow {
    /// The app.
    pub app: Name,
    /// What its work is multiplied by.
    pub factor: f64,
    /// Which of its dynos.
    pub which: Which,
}

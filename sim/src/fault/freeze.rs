//! `freeze`: dynos stop working without dying. Connections still enter the listen backlog; when it
//! is full they get no answer at all. At the end the work goes on where it stopped.

use super::{Fault, Name, Which};
use crate::config::{Kind, Page};

/// The registry's row.
pub const KIND: Kind<Fault> = Kind {
    name: "freeze",
    summary: "dynos stop working without dying; the listen backlog still fills",
    page: Page {
        settings: &[Which::APP, Which::DYNOS, Which::SHARE],
        sections: &[
            (
                "Rule",
                "Dynos stand still with what they have. Their listen backlogs still fill, and then connections get no word at all. At the end work goes on where it stopped.",
            ),
            ("Source", "A stop-the-world pause, a hung disk, a stopped process."),
            (
                "Example",
                "[[event]]\nat = \"2m\"\nfor = \"45s\"\nfreeze = { app = \"shop\", share = \"10%\" }",
            ),
        ],
    },
    read: |body| {
        Fault::Freeze(body.fields(|fields| {
            let app = Name::read(fields, "app");
            Freeze { app, which: Which::read(fields) }
        }))
    },
};

/// Dynos that stand still.
#[derive(Clone, Debug)]
pub struct Freeze {
    /// The app.
    pub app: Name,
    /// Which of its dynos.
    pub which: Which,
}

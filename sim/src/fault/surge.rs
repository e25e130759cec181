//! `surge`: a client's arrivals come `factor` times as fast.

use super::{Fault, Name};
use crate::config::{Kind, Page};

/// The registry's row.
pub const KIND: Kind<Fault> = Kind {
    name: "surge",
    summary: "a client's arrivals come `factor` times as fast",
    page: Page {
        settings: &[
            ("client", "whose arrivals; it must have a rate"),
            ("factor", "how many times as fast they come"),
        ],
        sections: &[
            (
                "Rule",
                "Arrivals come `factor` times as fast while it lasts. Surges multiply each other.",
            ),
            ("Source", "A link on a front page, a push message, another region's traffic."),
            (
                "Example",
                "[[event]]\nat = \"2m\"\nfor = \"45s\"\nsurge = { client = \"browsers\", factor = 3 }",
            ),
        ],
    },
    read: |body| {
        Fault::Surge(body.fields(|fields| {
            let client = Name::read(fields, "client");
            let factor: f64 = fields.required("factor");
            fields.require("factor", (0.0..=1e6).contains(&factor), "from 0 to 1e6");
            Surge { client, factor }
        }))
    },
};

/// More traffic.
#[derive(Clone, Debug)]
pub struct Surge {
    /// The client.
    pub client: Name,
    /// What its arrival rate is multiplied by.
    pub factor: f64,
}

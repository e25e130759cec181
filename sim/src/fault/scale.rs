//! `scale`: an app gets another number of dynos. New ones boot first; those that go finish what they
//! have, within the app's shutdown time. With `for` the old number comes back at the end.

use super::{Fault, Name};
use crate::config::{Kind, Page};

/// The most dynos of one app: memory of a run is a few hundred bytes a dyno and router.
const MOST_DYNOS: u32 = 100_000;

/// The registry's row.
pub const KIND: Kind<Fault> = Kind {
    name: "scale",
    summary: "an app gets another number of dynos",
    page: Page {
        settings: &[
            ("app", "the app that is scaled"),
            ("dynos", "how many it is to have; 0 is none at all (H14)"),
        ],
        sections: &[
            (
                "Rule",
                "New dynos boot before they serve; those that go finish what they have within the app's `shutdown`, highest numbers first. At the end of `for` the old number comes back. It is a remedy and no fault: `recovery` does not count from it.",
            ),
            ("Source", "Heroku's `ps:scale`."),
            (
                "Example",
                "[[event]]\nat = \"2m\"\nfor = \"45s\"\nscale = { app = \"shop\", dynos = 60 }",
            ),
        ],
    },
    read: |body| {
        Fault::Scale(body.fields(|fields| {
            let app = Name::read(fields, "app");
            let dynos: u32 = fields.required("dynos");
            fields.require("dynos", dynos <= MOST_DYNOS, "at most 100000");
            Scale { app, dynos }
        }))
    },
};

/// Another number of dynos.
#[derive(Clone, Debug)]
pub struct Scale {
    /// The app.
    pub app: Name,
    /// How many dynos it is to have.
    pub dynos: u32,
}

//! `crash`: dynos die at once. With `for` they stay down that long; without, they are restarted by
//! the app's own rules, as after any crash.

use super::{Fault, Name, Which};
use crate::config::{Kind, Page};

/// The registry's row.
pub const KIND: Kind<Fault> = Kind {
    name: "crash",
    summary: "dynos die; with `for` they stay down that long",
    page: Page {
        settings: &[Which::APP, Which::DYNOS, Which::SHARE],
        sections: &[
            (
                "Rule",
                "Dynos die with all that they hold (H13), and until the routers hear of it attempts sent there are refused. With `for` they are started again at its end, and boot; without, they follow the app's `restart`.",
            ),
            ("Source", "Heroku's dyno crash restart policy; a host that fails."),
            (
                "Example",
                "[[event]]\nat = \"2m\"\nfor = \"45s\"\ncrash = { app = \"shop\", dynos = 2 }",
            ),
        ],
    },
    read: |body| {
        Fault::Crash(body.fields(|fields| {
            let app = Name::read(fields, "app");
            Crash { app, which: Which::read(fields) }
        }))
    },
};

/// Dead dynos.
#[derive(Clone, Debug)]
pub struct Crash {
    /// The app.
    pub app: Name,
    /// Which of its dynos.
    pub which: Which,
}

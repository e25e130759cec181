//! `crash`: dynos die at once. With `for` they stay down that long; without, they are restarted by
//! the app's own rules, as after any crash.

use super::{Fault, Name, Which};
use crate::config::{Kind, Page};

/// The registry's row.
pub const KIND: Kind<Fault> = Kind {
    name: "crash",
    summary: "dynos die; with `for` they stay down that long",
    page: Page::BARE,
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

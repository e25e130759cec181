//! `flaky`: dynos are well and fail in turns, each by itself, for exponential times: well for `up` in
//! the mean, then failing for `down`.
//!
//! Timelike's `faulty` dynos (Kingsbury 2013): up for 20 s, down for 1 s. What begins while a dyno
//! fails ends badly after `after`; what was under way goes on.

use super::{Fault, Name, Which};
use crate::config::{Kind, Page};
use crate::time::Span;

/// The registry's row.
pub const KIND: Kind<Fault> = Kind {
    name: "flaky",
    summary: "dynos are well and fail in turns, each by itself",
    page: Page {
        settings: &[
            Which::APP,
            Which::DYNOS,
            Which::SHARE,
            ("up", "how long a dyno is well, in the mean"),
            ("down", "how long it fails, in the mean"),
            ("after", "how long an attempt takes that fails; it holds its worker, and no CPU"),
        ],
        sections: &[
            (
                "Rule",
                "Each chosen dyno is well when the event begins, and then fails and is well in turns of exponential length. An attempt that begins while it fails ends as under `fail`. A restart changes nothing.",
            ),
            (
                "Source",
                "Timelike, `faulty 20000 1000` (Kingsbury 2013), whose errors take a second.",
            ),
            (
                "Example",
                "[[event]]\nat = \"0s\"\nflaky = { app = \"shop\", up = \"20s\", down = \"1s\" }",
            ),
        ],
    },
    read: |body| {
        Fault::Flaky(body.fields(|fields| {
            let app = Name::read(fields, "app");
            let which = Which::read(fields);
            let up = fields.or("up", Span::from_secs(20));
            let down = fields.or("down", Span::from_secs(1));
            // Turns are drawn one by one.
            for (key, span) in [("up", up), ("down", down)] {
                fields.require(key, span >= Span::from_millis(1), "at least 1ms");
            }
            let after = fields.or("after", Span::from_millis(1));
            Flaky { app, which, up, down, after }
        }))
    },
};

/// Dynos that are well and fail in turns.
#[derive(Clone, Debug)]
pub struct Flaky {
    /// The app.
    pub app: Name,
    /// Which of its dynos.
    pub which: Which,
    /// How long a dyno is well, in the mean.
    pub up: Span,
    /// How long it fails, in the mean.
    pub down: Span,
    /// How long an attempt takes that fails.
    pub after: Span,
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use super::*;

    #[test]
    fn timelikes_dynos_are_the_default() {
        let (fault, problems) = read("flaky = { app = \"shop\" }");
        let Some(Fault::Flaky(flaky)) = fault else { unreachable!() };
        assert_eq!((flaky.up, flaky.down), (Span::from_secs(20), Span::from_secs(1)));
        assert!(problems.is_empty());
    }

    #[test]
    fn turns_of_no_time_are_refused() {
        let (_, problems) = read("flaky = { app = \"shop\", up = \"0s\", down = \"1us\" }");
        assert_eq!(
            problems,
            [
                "`flaky.up` must be at least 1ms, found `\"0s\"`",
                "`flaky.down` must be at least 1ms, found `\"1us\"`",
            ]
        );
    }
}

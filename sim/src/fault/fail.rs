//! `fail`: dynos answer with errors: attempts that begin while the event lasts end badly after `after`,
//! each with the probability `rate`.
//!
//! The dyno that fails fast looks idle and draws the traffic of those that work: a sinkhole. The client
//! hears an error of the app, an HTTP 5xx, which no router retries: it cannot know what was done.

use super::{Fault, Name, Which};
use crate::config::{Kind, Page};
use crate::time::Span;
use crate::units::Ratio;

/// The registry's row.
pub const KIND: Kind<Fault> = Kind {
    name: "fail",
    summary: "dynos answer with errors, at once or after a while",
    page: Page {
        settings: &[
            Which::APP,
            Which::DYNOS,
            Which::SHARE,
            ("after", "how long an attempt takes that fails; it holds its worker, and no CPU"),
            ("rate", "how many of the attempts fail"),
        ],
        sections: &[
            (
                "Rule",
                "An attempt that begins on a chosen dyno fails with the probability `rate`: in place of its work it holds its worker for `after`, and the client gets an error, `errors_failed`. The router counts a failure at the dyno and does not send the attempt to another one.",
            ),
            (
                "Source",
                "The sinkhole: a backend that fails fast has the fewest attempts under way (Site Reliability Engineering, 2016, chapter 20).",
            ),
            (
                "Example",
                "[[event]]\nat = \"1m\"\nfor = \"2m\"\nfail = { app = \"shop\", dynos = 1, after = \"1ms\" }",
            ),
        ],
    },
    read: |body| {
        Fault::Fail(body.fields(|fields| {
            let app = Name::read(fields, "app");
            let which = Which::read(fields);
            let after = fields.or("after", Span::from_millis(1));
            let Ratio(rate) = fields.or("rate", Ratio(1.0));
            fields.require("rate", rate > 0.0, "more than 0");
            Fail { app, which, after, rate }
        }))
    },
};

/// Dynos that answer with errors.
#[derive(Clone, Debug)]
pub struct Fail {
    /// The app.
    pub app: Name,
    /// Which of its dynos.
    pub which: Which,
    /// How long an attempt takes that fails.
    pub after: Span,
    /// The probability that an attempt fails.
    pub rate: f64,
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use super::*;

    #[test]
    fn all_fail_within_a_millisecond_by_default() {
        let (fault, problems) = read("fail = { app = \"shop\", dynos = 1 }");
        let Some(Fault::Fail(fail)) = fault else { unreachable!() };
        assert_eq!((fail.after, fail.rate), (Span::from_millis(1), 1.0));
        assert_eq!(fail.which, Which::Count(1));
        assert!(problems.is_empty());
    }

    #[test]
    fn a_rate_of_nothing_is_refused() {
        let (_, problems) = read("fail = { app = \"shop\", rate = 0 }");
        assert_eq!(problems, ["`fail.rate` must be more than 0, found `0.0`"]);
    }
}

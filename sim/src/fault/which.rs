//! Which of an app's dynos a fault hits.

use crate::config::Fields;
use crate::units::Ratio;

/// Some of an app's dynos.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Which {
    /// All of them.
    All,
    /// This many, the oldest first.
    Count(u32),
    /// This share of them, rounded up.
    Share(f64),
}

impl Which {
    /// What a page says of the app whose dynos they are.
    pub(super) const APP: (&str, &str) = ("app", "the app that it hits");
    /// What a page says of `dynos`.
    pub(super) const DYNOS: (&str, &str) =
        ("dynos", "how many dynos, lowest numbers first; all without it or `share`");
    /// What a page says of `share`.
    pub(super) const SHARE: (&str, &str) =
        ("share", "which part of the dynos that run, rounded up");

    /// Reads `dynos = 3` or `share = "50%"`; neither is all.
    pub fn read(fields: &mut Fields<'_>) -> Which {
        let count: Option<u32> = fields.optional("dynos");
        let share: Option<Ratio> = fields.optional("share");
        match (count, share) {
            (Some(_), Some(_)) => {
                let message = format!("`{}` has both `dynos` and `share`", fields.path);
                fields.complain("share", message, "either a count or a share", "remove one");
                Which::All
            }
            (Some(count), None) => {
                fields.require("dynos", count > 0, "at least 1");
                Which::Count(count)
            }
            (None, Some(share)) => {
                fields.require("share", share.0 > 0.0, "more than 0");
                Which::Share(share.0)
            }
            (None, None) => Which::All,
        }
    }

    /// How many of `dynos` dynos this is.
    pub fn of(self, dynos: u32) -> u32 {
        match self {
            Which::All => dynos,
            Which::Count(count) => count.min(dynos),
            // Adding almost one and truncating rounds up; the slack absorbs 0.1 * 10 > 1.
            Which::Share(share) => ((f64::from(dynos) * share + 0.999_999) as u32).min(dynos),
        }
    }

    /// For a label: ` (3 dynos)`, ` (50 %)`, or nothing for all.
    pub fn label(self) -> String {
        match self {
            Which::All => String::new(),
            Which::Count(1) => " (1 dyno)".into(),
            Which::Count(count) => format!(" ({count} dynos)"),
            Which::Share(share) => format!(" ({} %)", share * 100.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_round_up_and_counts_are_bounded() {
        assert_eq!(Which::All.of(7), 7);
        assert_eq!(Which::Count(9).of(7), 7);
        assert_eq!(Which::Share(0.5).of(7), 4);
        assert_eq!(Which::Share(0.1).of(10), 1);
        assert_eq!(Which::Share(1.0).of(10), 10);
    }
}

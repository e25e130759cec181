//! `panic`: when too few dynos are healthy, a router uses them all, healthy or not.
//!
//! A router that takes most dynos for ill is more likely wrong than right, and the few that are left
//! would die of all the traffic (Envoy, "Panic threshold", 50 % there by default).

use super::Part;
use crate::config::{Kind, Page};
use crate::units::Ratio;

/// The registry's row.
pub const KIND: Kind<Part> = Kind {
    name: "panic",
    summary: "when fewer than this share of the dynos are healthy, a router uses them all",
    page: Page {
        settings: &[],
        sections: &[
            (
                "Rule",
                "Of the dynos that the router may use (all that are routed to, or those in its subset or deterministic aperture), count those neither in quarantine nor ejected. While they are fewer than this share, all of them may be chosen. So while there is panic no attempt is held, and none is answered H99.",
            ),
            ("Knows", "The router's own quarantines and ejections."),
            (
                "Wins",
                "When dynos fail one after the other under load: the last healthy ones are not given the traffic of all. It loses when most dynos are really gone: attempts are then refused again and again.",
            ),
            ("Source", "Envoy, \"Panic threshold\", there 50 %; here it is off unless it is set."),
        ],
    },
    read: |body| Part::Panic(Panic { below: body.value::<Ratio>().0 }),
};

/// From where on health is ignored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Panic {
    /// The share of healthy dynos below which there is panic.
    pub below: f64,
}

impl Panic {
    /// Whether there is panic when so many of so many dynos are healthy.
    pub fn is_on(self, healthy: usize, dynos: usize) -> bool {
        (healthy as f64) < self.below * dynos as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_than_the_share_is_panic() {
        for (below, healthy, dynos, on) in [
            (0.5, 5, 10, false),
            (0.5, 4, 10, true),
            (0.5, 0, 1, true),
            (0.5, 1, 1, false),
            (0.5, 0, 0, false),
            (1.0, 9, 10, true),
            (1.0, 10, 10, false),
            (0.0, 0, 10, false),
        ] {
            assert_eq!(Panic { below }.is_on(healthy, dynos), on, "{below} {healthy} {dynos}");
        }
    }
}

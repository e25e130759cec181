//! `idle-only`: a dyno with nothing to do as this router knows, at random; none is busy.
//!
//! The third stage of Heroku's routing function (talk "How the cloud got its groove back", 2010) and
//! the Bamboo mesh: one active request a dyno, the others wait in the router. With one router this
//! is the central queue of M/M/c; with many that share nothing it decays to random.

use super::{Ask, Balancer, Need, Pick, Strategy};
use crate::config::{Kind, Page};
use crate::rng::Stream;

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "idle-only",
    summary: "a dyno with nothing to do as this router knows; else wait in the router (Bamboo)",
    page: Page {
        settings: &[],
        sections: &[
            (
                "Rule",
                "One of the dynos that have nothing to do, as this router counts, by chance; if there is none the attempt waits in the router.",
            ),
            (
                "Knows",
                "The router's own counts; with `mesh.knowledge` `shared` or `gossip` those of all routers.",
            ),
            (
                "Wins",
                "With one router, or shared counts, and dynos that serve one request at a time: no request waits at a busy dyno while another is free. With many routers each believes dynos idle that others keep busy. Not for dynos that serve several requests at once: it would leave them all but one place empty.",
            ),
            (
                "Source",
                "Heroku's routing function, third stage (2010); the Bamboo stack (devcenter, HTTP routing on Bamboo).",
            ),
        ],
    },
    read: |body| {
        body.fields(|_| ());
        Strategy::new("idle-only", &[Need::Counts], || IdleOnly)
    },
};

/// Picks an idle dyno.
pub struct IdleOnly;

impl Balancer for IdleOnly {
    fn pick(&mut self, ask: &Ask<'_>, rng: &mut Stream) -> Pick {
        match ask.loads.idle() {
            [] => Pick::Busy,
            idle => Pick::Dyno(idle[rng.below(idle.len())]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::picks;
    use super::*;

    #[test]
    fn only_idle_dynos_are_picked() {
        let counts = picks(&mut IdleOnly, &[0, 1, 0, 2], u32::MAX, 10_000);
        assert_eq!((counts[1], counts[3]), (0, 0));
        assert!(counts[0].abs_diff(5_000) < 250, "{counts:?}");
    }

    #[test]
    fn none_idle_is_busy() {
        assert_eq!(picks(&mut IdleOnly, &[1, 1], u32::MAX, 5), [0, 0]);
    }
}

//! `least-loaded`: the dyno with the fewest attempts under way as this router knows, ties at random.
//!
//! The second stage of Heroku's routing function (talk "How the cloud got its groove back", 2010):
//! join the shortest queue. With local knowledge it only counts what this router itself sent.

use super::{Balancer, Loads, Pick, Strategy};
use crate::config::Kind;
use crate::rng::Stream;

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "least-loaded",
    summary: "the fewest attempts under way as this router knows, ties at random",
    read: |body| {
        body.fields(|_| ());
        Strategy::new("least-loaded", || LeastLoaded)
    },
};

/// Picks the least loaded.
pub struct LeastLoaded;

impl Balancer for LeastLoaded {
    fn pick(&mut self, loads: &Loads, rng: &mut Stream) -> Pick {
        match loads.least() {
            [] => Pick::Busy,
            least => Pick::Dyno(least[rng.below(least.len())]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::picks;
    use super::*;

    #[test]
    fn only_the_least_loaded_are_picked_and_ties_are_fair() {
        let counts = picks(&mut LeastLoaded, &[2, 1, 3, 1], 50, 10_000);
        assert_eq!((counts[0], counts[2]), (0, 0));
        assert!(counts[1].abs_diff(5_000) < 250, "{counts:?}");
    }

    #[test]
    fn all_at_the_limit_is_busy() {
        assert_eq!(picks(&mut LeastLoaded, &[2, 2], 2, 5), [0, 0]);
    }
}

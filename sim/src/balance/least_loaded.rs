//! `least-loaded`: the dyno with the fewest attempts under way as this router knows, ties at random.
//!
//! The second stage of Heroku's routing function (talk "How the cloud got its groove back", 2010):
//! join the shortest queue. With local knowledge it only counts what this router itself sent.

use super::{Ask, Balancer, Need, Pick, Strategy, least_loaded_weighted};
use crate::config::{Kind, Page};
use crate::rng::Stream;

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "least-loaded",
    summary: "the fewest attempts under way as this router knows, ties at random",
    page: Page {
        settings: &[],
        sections: &[
            (
                "Rule",
                "One of the dynos with the fewest attempts under way, as this router counts; ties by chance.",
            ),
            (
                "Knows",
                "The router's own counts; with `mesh.knowledge` `shared` or `gossip` those of all routers.",
            ),
            (
                "Wins",
                "With one router, or shared counts: it is then join-the-shortest-queue, hard to beat. With many routers that share nothing each sees only its own few attempts and it decays to `random`. A dyno that fails at once looks idle and attracts everything: see `mesh.errors-as-load`.",
            ),
            (
                "Source",
                "Heroku's routing function, second stage (2010); HAProxy `leastconn`, nginx `least_conn`, Finagle `heap`. Winston 1977 for its optimality.",
            ),
        ],
    },
    read: |body| {
        body.fields(|_| ());
        let strategy = Strategy::new("least-loaded", &[Need::Counts], || LeastLoaded);
        least_loaded_weighted::made(strategy)
    },
};

/// Picks the least loaded.
pub struct LeastLoaded;

impl Balancer for LeastLoaded {
    fn pick(&mut self, ask: &Ask<'_>, rng: &mut Stream) -> Pick {
        match ask.loads.least() {
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

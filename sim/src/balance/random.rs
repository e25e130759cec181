//! `random`: any dyno below the limit, all equally likely.
//!
//! What Heroku's routers do (devcenter, HTTP routing); needs to know nothing but its own counts
//! against the limit. Each dyno is then a queue of its own, fed by a Poisson stream.

use super::{Ask, Balancer, Pick, Strategy};
use crate::config::{Kind, Page};
use crate::rng::Stream;

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "random",
    summary: "any dyno below the limit, all equally likely (Heroku's documented rule)",
    page: Page {
        settings: &[],
        sections: &[
            ("Rule", "Each dyno below the limit is as likely as any other, whatever it has to do."),
            ("Knows", "Nothing but its own counts, to keep to `mesh.limit`."),
            (
                "Wins",
                "When there are so many routers that none of them knows enough to do better, or dynos that serve so many requests at once that a collision costs nothing. With one request at a time a dyno is an M/G/1 queue: a slow request holds up all that come behind it.",
            ),
            ("Source", "Heroku devcenter, HTTP routing; nginx `random`; Envoy `random`."),
        ],
    },
    read: |body| {
        body.fields(|_| ());
        Strategy::random()
    },
};

/// Picks at random.
pub struct Random;

impl Balancer for Random {
    fn pick(&mut self, ask: &Ask<'_>, rng: &mut Stream) -> Pick {
        match ask.loads.free() {
            [] => Pick::Busy,
            free => Pick::Dyno(free[rng.below(free.len())]),
        }
    }

    fn draws_anew(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::picks;
    use super::*;

    #[test]
    fn every_dyno_below_the_limit_is_equally_likely() {
        let counts = picks(&mut Random, &[0, 5, 2, 9], 6, 30_000);
        assert_eq!(counts[3], 0, "the last one is above the limit");
        // Five standard deviations of a binomial with n = 30,000 and p = 1/3.
        assert!(counts[..3].iter().all(|&count| count.abs_diff(10_000) < 410), "{counts:?}");
    }

    #[test]
    fn no_dyno_below_the_limit_is_busy() {
        assert_eq!(picks(&mut Random, &[1, 1], 1, 10), [0, 0]);
    }
}

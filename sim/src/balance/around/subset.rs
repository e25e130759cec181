//! `subset`: each router uses a fixed number of the dynos, spread evenly over the routers.
//!
//! Google's deterministic subsetting (Site Reliability Engineering, 2016, chapter 20). With
//! `count = dynos / size` subsets, rounded down, `count` routers in a row are a round. Each round
//! shuffles the dynos in a way of its own, which all its routers know, and cuts the order into
//! subsets: router `i` takes subset `i % count` of round `i / count`. So within a round no dyno is
//! used twice. Dynos that are left when `size` does not divide their number are not used in that
//! round.

use super::Part;
use crate::config::{Body, Kind, Page};
use crate::rng::Streams;

/// The registry's row.
pub const KIND: Kind<Part> = Kind {
    name: "subset",
    summary: "each router uses `size` of the dynos; each dyno is used by about as many routers",
    page: Page {
        settings: &[("size", "how many dynos a router uses")],
        sections: &[
            (
                "Rule",
                "Routers are taken in rounds of `dynos / size`. Each round shuffles the dynos and deals them out, `size` to a router. When dynos come or go, all is dealt anew. With fewer than `size` dynos a router uses them all.",
            ),
            ("Knows", "The router's number, and which dynos are routed to."),
            (
                "Wins",
                "With many routers and dynos, where all to all is too much: every dyno serves the same number of routers, where subsets drawn by chance leave some with half and some with twice the traffic. It loses when dynos come and go often: almost all subsets change each time.",
            ),
            (
                "Source",
                "Site Reliability Engineering (2016), chapter 20, `Subset()`; 20 to 100 dynos are typical there.",
            ),
        ],
    },
    read,
};

fn read(body: &mut Body<'_>) -> Part {
    body.fields(|fields| {
        let size = fields.or("size", 20_u32);
        fields.require("size", size >= 1, "at least 1");
        Part::Subset(Subset { size: size.max(1) })
    })
}

/// How many dynos a router uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subset {
    /// That number.
    pub size: u32,
}

impl Subset {
    /// The places of a router's dynos among `dynos`; round r is shuffled by stream r of `shuffles`.
    pub fn of(self, router: u32, dynos: usize, shuffles: Streams) -> Vec<usize> {
        let size = self.size as usize;
        let mut order: Vec<usize> = (0..dynos).collect();
        let count = dynos / size;
        if count == 0 {
            return order;
        }
        let mut shuffle = shuffles.stream(u64::from(router) / count as u64);
        for last in (1..dynos).rev() {
            order.swap(last, shuffle.below(last + 1));
        }
        let begin = router as usize % count * size;
        order[begin..begin + size].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;

    fn subset(size: u32, router: u32, dynos: usize) -> Vec<usize> {
        let shuffles = Streams::named(Seed { scenario: 3, replication: 0 }, "subset");
        Subset { size }.of(router, dynos, shuffles)
    }

    #[test]
    fn a_round_uses_each_dyno_once_and_leaves_the_rest() {
        for (size, dynos) in [(3, 12), (3, 14), (5, 5), (1, 4)] {
            let count = dynos as u32 / size;
            for round in 0..4 {
                let routers = round * count..(round + 1) * count;
                let mut used: Vec<usize> =
                    routers.flat_map(|router| subset(size, router, dynos)).collect();
                used.sort_unstable();
                used.dedup();
                assert_eq!(used.len(), (count * size) as usize, "{size} of {dynos}");
            }
        }
    }

    #[test]
    fn rounds_are_shuffled_each_in_its_own_way() {
        let (first, second) = (subset(4, 0, 12), subset(4, 3, 12));
        assert_ne!(first, second);
        assert_eq!(first, subset(4, 0, 12));
    }

    #[test]
    fn too_few_dynos_are_all_used() {
        assert_eq!(subset(4, 7, 3), [0, 1, 2]);
        assert_eq!(subset(4, 7, 0), [0_usize; 0]);
    }

    #[test]
    fn twenty_of_three_hundred_give_each_dyno_as_many_routers() {
        let mut routers_of = vec![0; 300];
        for router in 0..300 {
            for place in subset(20, router, 300) {
                routers_of[place] += 1;
            }
        }
        assert!(routers_of.iter().all(|&routers| routers == 20), "{routers_of:?}");
    }
}

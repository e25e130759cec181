//! `deterministic`: each router has a slice of a ring of dynos, and dynos at its ends count in part.
//!
//! Routers and dynos are spread evenly over a ring of length 1. A router's slice begins at its own
//! place, `router / routers`, and is so many router widths long that it holds at least `least` dynos:
//! `ceil(least / dynos * routers) / routers`. A dyno weighs as much as the part of it that lies in the
//! slice. So every point of the ring lies in equally many slices, and all dynos weigh the same over
//! all routers (Finagle, `DeterministicAperture.scala` and `Ring.scala`). Finagle counts in floating
//! point; here are whole numbers, so that nothing hangs on rounding. A slice so long that its two ends
//! meet in one dyno counts both parts, where Finagle counts one.

use super::Aperture;
use crate::config::{Body, Kind, Page};

/// The registry's row.
pub const KIND: Kind<Aperture> = Kind {
    name: "deterministic",
    summary: "a slice of a ring of dynos for each router; all dynos get the same traffic",
    page: Page {
        settings: &[("least", "the fewest dynos in a slice")],
        sections: &[
            (
                "Rule",
                "Routers and dynos stand evenly on a ring. A router uses the dynos from its own place on, over `ceil(least / dynos * routers)` router widths. A dyno that lies in the slice with a part takes that part of a whole dyno's traffic.",
            ),
            (
                "Knows",
                "The router's number, how many routers there are, and which dynos are routed to.",
            ),
            (
                "Wins",
                "When the routers get the same traffic: over all of them every dyno weighs the same, where random subsets are uneven. It does not follow the load, and dynos in quarantine are not replaced by others.",
            ),
            ("Source", "Finagle, `DeterministicAperture.scala`, with 12 as the least."),
        ],
    },
    read,
};

fn read(body: &mut Body<'_>) -> Aperture {
    body.fields(|fields| {
        let least = fields.or("least", 12_u32);
        fields.require("least", least >= 1, "at least 1");
        Aperture::Deterministic(Deterministic { least: least.max(1) })
    })
}

/// A slice of a ring for each router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deterministic {
    /// The fewest dynos in a slice.
    pub least: u32,
}

impl Deterministic {
    /// The places on the ring in the slice of one of `routers`, each with its weight, more than 0 and
    /// at most 1, when `dynos` stand there.
    pub fn slice(self, router: u32, routers: u32, dynos: usize) -> Vec<(usize, f64)> {
        if dynos == 0 {
            return Vec::new();
        }
        // Lengths are counted in parts of the ring: a dyno has `routers` of them, a router `count`.
        let (routers, count) = (u64::from(routers), dynos as u64);
        let widths = (u64::from(self.least).min(count) * routers).div_ceil(count);
        if widths >= routers {
            return (0..dynos).map(|place| (place, 1.0)).collect();
        }
        let begin = u64::from(router) * count;
        let end = begin + widths * count;
        let mut slice: Vec<(usize, f64)> = Vec::new();
        for at in begin / routers..=(end - 1) / routers {
            let inside = ((at + 1) * routers).min(end) - (at * routers).max(begin);
            let (place, weight) = ((at % count) as usize, inside as f64 / routers as f64);
            match slice.first_mut() {
                Some(first) if first.0 == place => first.1 += weight,
                _ => slice.push((place, weight)),
            }
        }
        slice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(least: u32, router: u32, routers: u32, dynos: usize) -> Vec<(usize, f64)> {
        Deterministic { least }.slice(router, routers, dynos)
    }

    #[test]
    fn slices_are_as_drawn_by_hand() {
        // Four routers, six dynos: a router width is one dyno and a half. Two dynos need two widths.
        assert_eq!(slice(2, 0, 4, 6), [(0, 1.0), (1, 1.0), (2, 1.0)]);
        assert_eq!(slice(2, 1, 4, 6), [(1, 0.5), (2, 1.0), (3, 1.0), (4, 0.5)]);
        assert_eq!(slice(2, 3, 4, 6), [(4, 0.5), (5, 1.0), (0, 1.0), (1, 0.5)]);
        // One dyno needs one width.
        assert_eq!(slice(1, 1, 4, 6), [(1, 0.5), (2, 1.0)]);
    }

    #[test]
    fn a_slice_that_would_be_wider_than_the_ring_is_all_of_it() {
        let all: Vec<_> = (0..5).map(|place| (place, 1.0)).collect();
        assert_eq!(slice(12, 0, 3, 5), all);
        assert_eq!(slice(4, 2, 3, 5), all);
        assert_eq!(slice(12, 0, 1, 5), all);
        assert!(slice(3, 1, 4, 0).is_empty());
    }

    #[test]
    fn both_ends_in_one_dyno_count_together() {
        // Five routers of three parts each, three dynos of five: the slice from part 9 to 21.
        assert_eq!(slice(2, 3, 5, 3), [(1, 0.4), (2, 1.0), (0, 1.0)]);
    }

    #[test]
    fn all_dynos_weigh_the_same_over_all_routers() {
        for (least, routers, dynos) in
            [(12, 300, 300), (12, 7, 100), (3, 100, 7), (1, 64, 63), (5, 17, 40), (2, 3, 2)]
        {
            let mut weights = vec![0.0; dynos];
            let mut widths = Vec::new();
            for router in 0..routers {
                let slice = slice(least, router, routers, dynos);
                assert!(slice.iter().all(|(_, weight)| *weight > 0.0 && *weight <= 1.0));
                let sum: f64 = slice.iter().map(|(_, weight)| weight).sum();
                assert!(sum >= f64::from(least.min(dynos as u32)) - 1e-9, "{sum}");
                widths.push(sum);
                slice.iter().for_each(|(place, weight)| weights[*place] += weight);
            }
            let even = weights.iter().all(|weight| (weight - weights[0]).abs() < 1e-9);
            assert!(even, "{least} {routers} {dynos}: {weights:?}");
            assert!(widths.iter().all(|width| (width - widths[0]).abs() < 1e-9));
        }
    }
}

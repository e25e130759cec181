//! `round-robin`: one dyno after the other, skipping those that may not take more.
//!
//! Each router starts at a dyno of its own, drawn at its first pick, so that many routers do not
//! move in step.

use super::{Ask, Balancer, Maker, Pick, Strategy, weighted_round_robin};
use crate::config::{Kind, Page};
use crate::rng::Stream;

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "round-robin",
    summary: "one dyno after the other, each router from a start of its own",
    page: Page {
        settings: &[],
        sections: &[
            (
                "Rule",
                "The next dyno in order of numbers that is below the limit. Each router begins at a dyno drawn by chance.",
            ),
            ("Knows", "Nothing but its own counts, to keep to `mesh.limit`."),
            (
                "Wins",
                "When requests take about equally long and one router sees them all: a dyno then gets its arrivals evenly spaced. It gains nothing over `random` once many routers go round on their own.",
            ),
            (
                "Source",
                "nginx and HAProxy `roundrobin`, Envoy `round_robin`, all with equal weights.",
            ),
        ],
    },
    read: |body| {
        body.fields(|_| ());
        Strategy::new("round-robin", &[], RoundRobin::default)
            .made(Maker::Haproxy, "roundrobin", weighted_round_robin::turns("round-robin", 0))
            .made(Maker::Nginx, "", weighted_round_robin::turns("round-robin", 1))
    },
};

/// Goes round.
#[derive(Default)]
pub struct RoundRobin {
    /// The slot to look at next; nothing before the first pick.
    next: Option<u32>,
}

impl Balancer for RoundRobin {
    fn pick(&mut self, ask: &Ask<'_>, rng: &mut Stream) -> Pick {
        let slots = ask.loads.slots() as u32;
        if ask.loads.free().is_empty() {
            return Pick::Busy;
        }
        let start = *self.next.get_or_insert_with(|| rng.below(slots as usize) as u32);
        let free = (start..slots).chain(0..start.min(slots)).find(|&dyno| ask.loads.is_free(dyno));
        let dyno = free.expect("one of the slots is free");
        self.next = Some(dyno + 1);
        Pick::Dyno(dyno)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::picks;
    use super::*;

    #[test]
    fn every_dyno_gets_its_turn_and_full_ones_are_skipped() {
        assert_eq!(picks(&mut RoundRobin::default(), &[0, 0, 3, 0], 3, 300), [100, 100, 0, 100]);
    }

    #[test]
    fn all_full_is_busy() {
        assert_eq!(picks(&mut RoundRobin::default(), &[3, 3], 3, 5), [0, 0]);
    }
}

//! `criticality`: the lowest class is turned away first, by how full the router is for the app.
//!
//! An attempt of a class is turned away when the attempts held are at least the class's threshold times
//! the places; `critical-plus` never is.
//!
//! Source: Google, "Site Reliability Engineering", chapter 21: a task under load rejects requests by
//! their criticality, with higher thresholds for higher ones. The book names no numbers: the defaults
//! here are our choice.

use super::{Newcomer, Shedder, Shedding};
use crate::config::{Kind, Page};
use crate::protect::Criticality;
use crate::units::Ratio;

/// The registry's row.
pub const KIND: Kind<Shedding> = Kind {
    name: "criticality",
    summary: "the lowest class first, by how full the router is for the app (Google)",
    page: Page {
        settings: &[
            ("sheddable", "turned away when at least this share of the places is taken"),
            ("sheddable-plus", "the same for this class"),
            ("critical", "the same for this class"),
        ],
        sections: &[
            (
                "Rule",
                "Places: the limit of `mesh.concurrency` where it is set, else `mesh.limit` plus `mesh.backlog` for each dyno routed to. An attempt is turned away when the share of places taken is at least its class's. `critical-plus` never is.",
            ),
            (
                "Knows",
                "The router's own count of the app's attempts, and the class written on each.",
            ),
            (
                "Wins",
                "When a part of the traffic can be missing: what matters keeps its latency. It does nothing when all requests are of one class.",
            ),
            (
                "Source",
                "Google, Site Reliability Engineering, chapter 21. The thresholds are our choice.",
            ),
        ],
    },
    read: |body| {
        body.fields(|fields| {
            let sheddable = fields.or("sheddable", Ratio(0.5)).0;
            let plus = fields.or("sheddable-plus", Ratio(0.7)).0;
            fields.require("sheddable-plus", plus >= sheddable, "at least `sheddable`");
            let critical = fields.or("critical", Ratio(0.9)).0;
            fields.require("critical", critical >= plus, "at least `sheddable-plus`");
            let shares = [f64::INFINITY, critical, plus, sheddable];
            Shedding::new("criticality", true, move || ByCriticality { shares })
        })
    },
};

/// Compares with the class's threshold.
struct ByCriticality {
    /// By class, the most important first.
    shares: [f64; Criticality::COUNT],
}

impl Shedder for ByCriticality {
    fn sheds(&mut self, newcomer: &Newcomer) -> bool {
        let share = self.shares[newcomer.criticality as usize];
        f64::from(newcomer.held) >= share * newcomer.places as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SimTime;

    #[test]
    fn classes_go_one_after_the_other() {
        let mut rule = ByCriticality { shares: [f64::INFINITY, 0.9, 0.7, 0.5] };
        use Criticality::*;
        let mut kept = |held| -> Vec<Criticality> {
            let of = |criticality| Newcomer {
                criticality,
                key: 0,
                now: SimTime::ZERO,
                held,
                places: 10,
            };
            let classes = [CriticalPlus, Critical, SheddablePlus, Sheddable];
            classes.into_iter().filter(|class| !rule.sheds(&of(*class))).collect()
        };
        assert_eq!(kept(4), [CriticalPlus, Critical, SheddablePlus, Sheddable]);
        assert_eq!(kept(5), [CriticalPlus, Critical, SheddablePlus]);
        assert_eq!(kept(7), [CriticalPlus, Critical]);
        assert_eq!(kept(9), [CriticalPlus]);
        assert_eq!(kept(10), [CriticalPlus]);
    }
}

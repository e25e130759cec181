//! `max-min`: an app below its fair share takes the place of one above.
//!
//! The fair share is the router's places over the apps that it holds attempts of, the newcomer's
//! included. If the newcomer's app holds less, the app that holds most of those above the share that
//! have something queued loses its newest queued attempt (the first in the scenario's order where
//! several hold as many). Else, or where none is queued, the newcomer is turned away.
//!
//! Source: max-min fairness (Bertsekas and Gallager, "Data networks", 1992) of buffer places; to drop
//! from the longest queue is McKenney's stochastic fairness queueing (1990).

use super::{Fairness, Full};
use crate::config::{Kind, Page};

/// The registry's row.
pub const KIND: Kind<Fairness> = Kind {
    name: "max-min",
    summary: "an app below its fair share takes a queued place of the one that holds most",
    page: Page {
        settings: &[],
        sections: &[
            (
                "Rule",
                "Fair share: places over apps present. A newcomer of an app below it takes the place of the newest queued attempt of the app that holds most, which is answered H22; else it is turned away.",
            ),
            ("Knows", "How many attempts the router holds of each app, and how many are queued."),
            (
                "Wins",
                "When one app of many is stuck: the others keep their places. It can only take places that are queued in the router, so `mesh.limit` must keep the rest small.",
            ),
            (
                "Source",
                "Max-min fairness, Bertsekas and Gallager 1992; dropping from the longest queue, McKenney 1990.",
            ),
        ],
    },
    read: |body| {
        body.fields(|_| ());
        Fairness { name: "max-min", gives_way }
    },
};

fn gives_way(full: &Full<'_>) -> Option<usize> {
    let present =
        (0..full.apps).filter(|app| *app == full.newcomer || (full.holding)(*app).held > 0);
    let apps = present.count() as u64;
    // Compared as products, so that shares need not be whole.
    let below = |held: u32| u64::from(held) * apps < full.places;
    let above = |held: u32| u64::from(held) * apps > full.places;
    if !below((full.holding)(full.newcomer).held) {
        return None;
    }
    let mut most: Option<(u32, usize)> = None;
    for app in 0..full.apps {
        let holding = (full.holding)(app);
        if holding.queued > 0
            && above(holding.held)
            && most.is_none_or(|(held, _)| holding.held > held)
        {
            most = Some((holding.held, app));
        }
    }
    most.map(|(_, app)| app)
}

#[cfg(test)]
mod tests {
    use super::super::Holding;
    use super::*;

    /// Who gives way to a newcomer of an app in a router of 12 places.
    fn way(newcomer: usize, holding: &[(u32, u32)]) -> Option<usize> {
        let of = |app: usize| Holding { held: holding[app].0, queued: holding[app].1 };
        gives_way(&Full { places: 12, newcomer, apps: holding.len(), holding: &of })
    }

    #[test]
    fn who_holds_most_gives_way_to_who_is_below_the_share() {
        // Three apps of four places each.
        assert_eq!(way(2, &[(6, 6), (5, 5), (1, 0)]), Some(0));
        assert_eq!(way(1, &[(6, 6), (5, 5), (1, 0)]), None);
        // Those who hold most may have nothing queued.
        assert_eq!(way(2, &[(6, 0), (5, 1), (1, 0)]), Some(1));
        assert_eq!(way(2, &[(6, 0), (5, 0), (1, 0)]), None);
        // Equal ones: the first.
        assert_eq!(way(2, &[(6, 1), (6, 1), (0, 0)]), Some(0));
        // At its share an app takes nothing, and those who are not there have none.
        assert_eq!(way(0, &[(6, 0), (6, 6), (0, 0)]), None);
        assert_eq!(way(2, &[(6, 0), (4, 2), (2, 0)]), None);
    }
}

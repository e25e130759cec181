//! `sticky`: session affinity, by a table of keys and their dynos that each router keeps.
//!
//! A key that the router knows goes to the dyno that it went to before; a new one to one of the least
//! loaded, which is then its dyno. An entry is forgotten when it was not used for `expires`, or when
//! the table is full and it is the one not used for longest, as in HAProxy's stick tables
//! (`doc/configuration.txt`, 11.1). When the dyno is gone a new one is chosen and remembered.
//!
//! When the dyno is full, nginx chooses another one (`ngx_http_upstream_get_rr_peer_by_sid` gives no
//! peer that has `max_conns`) and HAProxy lets the request wait for that very server
//! (`assign_server_and_queue` in `src/backend.c`; `option redispatch` matters only once a connection
//! has failed). HAProxy has a queue a server. A router here has one, first in first out, so an
//! attempt that waits for its dyno holds up all behind it: `full = "wait"` is there, not the default.

mod table;

use super::{Ask, Balancer, Need, Pick, Strategy};
use crate::config::{Body, Fields, Kind, Page, Problem, nearest, one_of};
use crate::rng::Stream;
use crate::time::Span;
use crate::units::Limit;
use table::Table;

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "sticky",
    summary: "the dyno that the router sent this key to before; new keys to the least loaded",
    page: Page {
        settings: &[
            (
                "entries",
                "how many keys a router remembers; one more makes it forget the one not used for longest",
            ),
            ("expires", "how long a router remembers a key that is not used"),
            (
                "full",
                "what becomes of an attempt whose dyno is at `mesh.limit`: `move` chooses another dyno and remembers that one, `wait` queues it and all behind it",
            ),
        ],
        sections: &[
            (
                "Rule",
                "The dyno remembered for the key, if it may be chosen and is below `mesh.limit`. Else one of the least loaded, ties by chance, which is then remembered.",
            ),
            (
                "Knows",
                "What the request is about, and its own counts. What it remembers is its own: with several routers a key has a dyno in each of them, unless `mesh.knowledge` is `shared`. A cookie that names the dyno, which the client shows to all routers, is the shared case.",
            ),
            (
                "Wins",
                "Where sessions live in a dyno's memory, and new ones are many: they are placed by load, which hashing cannot. Load that is once bound stays, so after dynos came or one was slow the imbalance lasts as long as the sessions. Dynos that were added get new sessions only.",
            ),
            (
                "Source",
                "HAProxy 50872da, `stick-table`, `src/backend.c`; nginx 3f6f782, `sticky`, `src/http/ngx_http_upstream_round_robin.c`. The size and the time are examples of HAProxy's documentation; neither has a default there.",
            ),
        ],
    },
    read,
};

/// Some 50 bytes each, in each router and for each app.
const MOST_ENTRIES: u32 = 10_000_000;

/// What may become of an attempt whose dyno is full, by its word.
const FULL: [(&str, bool); 2] = [("move", false), ("wait", true)];

fn read(body: &mut Body<'_>) -> Strategy {
    let (entries, expires, waits) = body.fields(|fields| {
        let entries = fields.or("entries", 100_000_u32);
        fields.require("entries", (1..=MOST_ENTRIES).contains(&entries), "from 1 to 10000000");
        let expires = fields.or("expires", Limit::At(Span::from_secs(30 * 60)));
        fields.require("expires", expires.span() > Span::ZERO, "more than 0s");
        (entries, expires, read_full(fields))
    });
    Strategy::new("sticky", &[Need::Counts, Need::Key], move || Sticky {
        table: Table::new(entries, expires.span()),
        waits,
    })
}

fn read_full(fields: &mut Fields<'_>) -> bool {
    let noted = fields.reading.problems();
    let word = fields.or("full", "move".to_string());
    let known = FULL.iter().find(|(known, _)| *known == word);
    if known.is_none() && fields.reading.problems() == noted {
        let words = || FULL.iter().map(|(known, _)| *known);
        let message = format!("`{}` is unknown: `{word}`", fields.path_of("full"));
        let problem = Problem::at(fields.place_of("full"), message).allowed(one_of(words()));
        fields.reading.complain(match nearest(&word, words()) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem,
        });
    }
    known.is_some_and(|(_, waits)| *waits)
}

/// Sends keys to where they went before.
pub struct Sticky {
    table: Table,
    /// Whether an attempt waits for its dyno when that is full.
    waits: bool,
}

impl Balancer for Sticky {
    fn pick(&mut self, ask: &Ask<'_>, rng: &mut Stream) -> Pick {
        let loads = ask.loads;
        let known = self.table.find(ask.key, ask.now).filter(|&dyno| loads.contains(dyno));
        match known {
            Some(dyno) if loads.is_free(dyno) => {
                self.table.put(ask.key, dyno, ask.now);
                return Pick::Dyno(dyno);
            }
            Some(_) if self.waits => return Pick::Busy,
            _ => {}
        }
        match loads.least() {
            [] => Pick::Busy,
            least => {
                let dyno = least[rng.below(least.len())];
                self.table.put(ask.key, dyno, ask.now);
                Pick::Dyno(dyno)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Trial, view};
    use super::*;
    use crate::config::testing::read_table;
    use crate::time::SimTime;

    fn trial(loads: &[u32], limit: u32, waits: bool) -> Trial<Sticky> {
        let table = Table::new(1_000, Span::from_secs(60));
        Trial::new(Sticky { table, waits }, view(loads, limit))
    }

    #[test]
    fn a_key_stays_where_it_went_first_whatever_the_loads() {
        let mut trial = trial(&[3, 0, 3], 50, false);
        assert_eq!(trial.dispatch_key(1), 1);
        for _ in 0..20 {
            assert_eq!(trial.dispatch_key(1), 1);
        }
        assert_ne!(trial.dispatch_key(2), 1, "a new key goes to the least loaded");
    }

    #[test]
    fn new_keys_spread_by_chance_over_the_least_loaded() {
        let mut trial = trial(&[1, 0, 0, 1], 50, false);
        let mut counts = [0; 4];
        for key in 0..1_000 {
            let Pick::Dyno(dyno) = trial.pick(key) else { panic!("all are free") };
            counts[dyno as usize] += 1;
        }
        assert_eq!((counts[0], counts[3]), (0, 0));
        assert!((420..580).contains(&counts[1]), "{counts:?}");
    }

    #[test]
    fn a_dyno_that_is_gone_is_replaced_for_good() {
        let mut trial = trial(&[0, 1], 50, false);
        assert_eq!(trial.dispatch_key(1), 0);
        trial.loads.remove(0);
        assert_eq!(trial.dispatch_key(1), 1);
        trial.loads.insert(0);
        assert_eq!(trial.dispatch_key(1), 1);
    }

    #[test]
    fn a_full_dyno_is_left_or_waited_for() {
        let mut moving = trial(&[0, 1], 2, false);
        assert_eq!([1, 1, 1].map(|key| moving.dispatch_key(key)), [0, 0, 1]);
        moving.end(0);
        moving.end(1);
        assert_eq!(moving.dispatch_key(1), 1, "the new dyno is remembered");
        assert_eq!((moving.dispatch_key(2), moving.pick(3)), (0, Pick::Busy));

        let mut waiting = trial(&[0, 1], 2, true);
        assert_eq!([1, 1].map(|key| waiting.dispatch_key(key)), [0, 0]);
        assert_eq!(waiting.pick(1), Pick::Busy);
        assert_eq!(waiting.dispatch_key(2), 1, "a new key does not wait");
        waiting.end(0);
        assert_eq!(waiting.dispatch_key(1), 0);
        waiting.loads.remove(0);
        waiting.end(1);
        assert_eq!(waiting.dispatch_key(1), 1, "nobody waits for a dyno that is gone");
    }

    #[test]
    fn a_key_that_is_used_is_remembered_and_forgotten_when_it_is_not() {
        let mut trial = trial(&[0, 1], 50, false);
        trial.dispatch_key(1);
        trial.start(0);
        for minute in 1..5 {
            trial.now = SimTime::ZERO + Span::from_secs(60 * minute);
            assert_eq!(trial.dispatch_key(1), 0, "used within the minute");
        }
        trial.now += Span::from_secs(61);
        assert_eq!(trial.dispatch_key(1), 1, "forgotten: the least loaded");
    }

    #[test]
    fn settings_are_checked() {
        for (text, wrong) in [
            ("it = \"sticky\"", ""),
            ("it.sticky = { entries = 1, expires = \"unlimited\", full = \"wait\" }", ""),
            ("it.sticky = { entries = 0 }", "from 1 to 10000000"),
            ("it.sticky = { expires = \"0s\" }", "more than 0s"),
            ("it.sticky = { full = \"moved\" }", "unknown"),
        ] {
            let none = |_: &str| Err(String::new());
            let (_, problems, _) =
                read_table(text, &none, |fields| fields.kind("it", "it", &[KIND]));
            assert_eq!(problems.is_empty(), wrong.is_empty(), "{text}: {problems:?}");
            assert!(problems.iter().all(|problem| problem.message.contains(wrong)), "{text}");
        }
    }
}

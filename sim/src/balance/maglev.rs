//! `maglev`: equal keys to one dyno, by a table of a prime number of entries.
//!
//! Every dyno has a permutation of the table's entries, given by an offset and a step; dynos take
//! turns in taking their next entry that is free, until the table is full (Eisenbud and others 2016,
//! "Maglev: A fast and reliable software network load balancer", listing 1). A dyno with less than
//! the largest weight sits out turns, as in Envoy's `maglev_lb.cc`: it takes one when turn number
//! times its weight has reached what its entries cost, the largest weight each.

use super::weights::{Member, News, Roster};
use super::{Ask, Balancer, Need, Pick, Strategy};
use crate::config::{Body, Kind, Page};
use crate::rng::{Stream, mix};

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "maglev",
    summary: "equal keys to one dyno, by a table that gives all dynos almost equal shares",
    page: Page {
        settings: &[("table", "how many entries the table has: a prime number")],
        sections: &[
            (
                "Rule",
                "The dyno that the table has at the hash of the key; if it is at `mesh.limit`, that of the next entry, and so on. When other dynos may be chosen or weights change, the table is made anew: each dyno in turn takes the first entry of its own permutation that nobody has.",
            ),
            (
                "Knows",
                "What the request is about, weights, and its own counts to keep to `mesh.limit`. The table is the same in every router that may choose the same dynos.",
            ),
            (
                "Wins",
                "Where `consistent-hash` does, if even shares matter more than keys that stay: with equal weights shares differ by one entry, a fraction of a percent, where a ring is off by 8 %. A dyno that goes moves its own keys and a few percent of the others. Popular keys weigh on one dyno all the same; there is no bound on loads. A table has 4 bytes an entry, in every router.",
            ),
            (
                "Source",
                "Eisenbud and others 2016 (NSDI), listing 1; Envoy 104df3d, `source/extensions/load_balancing_policies/maglev/maglev_lb.cc`: 65537 entries, at most 5000011.",
            ),
        ],
    },
    read,
};

/// Envoy's largest table.
const MOST_ENTRIES: u32 = 5_000_011;

/// Salts of the two hashes of a dyno and of that of a key.
const SALTS: [u64; 3] = [0x6f66_6673_6574_2121, 0x736b_6970_2121_2121, 0x6b65_7973_6d61_676c];

fn read(body: &mut Body<'_>) -> Strategy {
    let table = body.fields(|fields| {
        let table = fields.or("table", 65_537_u32);
        if !(2..=MOST_ENTRIES).contains(&table) || !is_prime(table) {
            let nearest = nearest_prime(table.clamp(2, MOST_ENTRIES));
            fields.complain(
                "table",
                format!(
                    "`{}` must be a prime number up to {MOST_ENTRIES}, found `{table}`",
                    fields.path_of("table")
                ),
                "must be a prime number",
                &format!("`{nearest}` is the nearest; steps of any length then meet every entry"),
            );
        }
        table
    });
    Strategy::new("maglev", &[Need::Key, Need::Weights], move || Maglev::new(table))
}

fn is_prime(number: u32) -> bool {
    let divides = |divisor: &u32| number.is_multiple_of(*divisor);
    number >= 2 && !(2..).take_while(|d| d * d <= number).any(|divisor| divides(&divisor))
}

/// The prime number nearest to one that is at least 2, the smaller one on a tie.
fn nearest_prime(number: u32) -> u32 {
    let mut near = (0..number).flat_map(|off| [number - off, number + off]);
    near.find(|&near| is_prime(near)).unwrap_or(2)
}

/// Looks keys up in a table.
pub struct Maglev {
    roster: Roster,
    /// The dyno of each entry; empty before the first pick.
    table: Vec<u32>,
    entries: u32,
}

impl Balancer for Maglev {
    fn pick(&mut self, ask: &Ask<'_>, _rng: &mut Stream) -> Pick {
        if self.roster.refresh(ask.loads) == News::Members {
            self.fill();
        }
        if ask.loads.free().is_empty() {
            return Pick::Busy;
        }
        let home = (mix(ask.key ^ SALTS[2]) % u64::from(self.entries)) as usize;
        let mut dynos = self.table[home..].iter().chain(&self.table[..home]);
        dynos.find(|&&dyno| ask.loads.is_free(dyno)).map_or(Pick::Busy, |&dyno| Pick::Dyno(dyno))
    }
}

/// A dyno while the table is filled.
#[derive(Clone)]
struct Filler {
    dyno: u32,
    weight: u64,
    /// The entry that it looks at next, and how far it is to the one after.
    entry: u32,
    step: u32,
    /// What its entries cost.
    spent: u128,
}

impl Filler {
    fn new(member: &Member, entries: u32) -> Filler {
        let hash = |salt: u64| mix(mix(u64::from(member.dyno) ^ salt));
        Filler {
            dyno: member.dyno,
            weight: member.weight,
            entry: (hash(SALTS[0]) % u64::from(entries)) as u32,
            step: (hash(SALTS[1]) % u64::from(entries - 1)) as u32 + 1,
            spent: 0,
        }
    }

    /// The next entry of its permutation.
    fn next(&mut self, entries: u32) -> usize {
        let entry = self.entry;
        self.entry = (entry + self.step) % entries;
        entry as usize
    }
}

impl Maglev {
    fn new(entries: u32) -> Maglev {
        Maglev { roster: Roster::default(), table: vec![], entries }
    }

    /// Makes the table anew; without dynos it is empty.
    fn fill(&mut self) {
        let members = self.roster.members();
        let fillers = members.iter().map(|member| Filler::new(member, self.entries)).collect();
        fill(&mut self.table, self.entries, fillers);
    }
}

/// Lets dynos take entries in turn until there are none left.
fn fill(table: &mut Vec<u32>, entries: u32, mut fillers: Vec<Filler>) {
    const NOBODY: u32 = u32::MAX;
    table.clear();
    let Some(largest) = fillers.iter().map(|filler| filler.weight).max() else { return };
    table.resize(entries as usize, NOBODY);
    let mut left = entries;
    for turn in 1_u64.. {
        for filler in &mut fillers {
            if u128::from(turn) * u128::from(filler.weight) < filler.spent {
                continue;
            }
            filler.spent += u128::from(largest);
            let mut entry = filler.next(entries);
            while table[entry] != NOBODY {
                entry = filler.next(entries);
            }
            table[entry] = filler.dyno;
            left -= 1;
            if left == 0 {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Trial, view};
    use super::*;
    use crate::config::testing::read_table;

    fn counts(table: &[u32], dynos: usize) -> Vec<usize> {
        (0..dynos as u32).map(|dyno| table.iter().filter(|&&at| at == dyno).count()).collect()
    }

    /// The paper's table with 7 entries: offsets and steps 3 and 4, 0 and 2, 3 and 1.
    #[test]
    fn the_table_of_the_paper_comes_out() {
        let permutations = [(3, 4), (0, 2), (3, 1)];
        let fillers: Vec<Filler> = (0..3)
            .map(|dyno| {
                let (entry, step) = permutations[dyno as usize];
                Filler { dyno, weight: 1, entry, step, spent: 0 }
            })
            .collect();
        let mut copy = fillers.clone();
        let first: Vec<Vec<usize>> =
            copy.iter_mut().map(|filler| (0..7).map(|_| filler.next(7)).collect()).collect();
        assert_eq!(first[0], [3, 0, 4, 1, 5, 2, 6]);
        assert_eq!(first[1], [0, 2, 4, 6, 1, 3, 5]);
        assert_eq!(first[2], [3, 4, 5, 6, 0, 1, 2]);
        let mut table = Vec::new();
        fill(&mut table, 7, fillers.clone());
        assert_eq!(table, [1, 0, 1, 0, 2, 2, 0]);
        fill(&mut table, 7, vec![fillers[0].clone(), fillers[2].clone()]);
        assert_eq!(table, [0, 0, 0, 0, 2, 2, 2]);
    }

    #[test]
    fn equal_weights_have_shares_that_differ_by_one_entry() {
        let mut trial = Trial::new(Maglev::new(65_537), view(&[0; 30], 50));
        trial.pick(0);
        let counts = counts(&trial.balancer.table, 30);
        assert!(counts.iter().all(|&count| count == 2_184 || count == 2_185), "{counts:?}");
    }

    #[test]
    fn shares_follow_weights() {
        let mut loads = view(&[0; 3], 50);
        loads.set_weight(0, 0.1);
        loads.set_weight(1, 0.3);
        let mut trial = Trial::new(Maglev::new(65_537), loads);
        trial.pick(0);
        let counts = counts(&trial.balancer.table, 3);
        for (count, weight) in counts.iter().zip([0.1, 0.3, 1.0]) {
            assert!((*count as f64 - 65_537.0 * weight / 1.4).abs() < 2.0, "{counts:?}");
        }
    }

    #[test]
    fn a_dyno_that_goes_moves_few_keys_of_the_others() {
        let mut trial = Trial::new(Maglev::new(65_537), view(&[0; 21], 50));
        trial.pick(0);
        let before = trial.balancer.table.clone();
        trial.loads.remove(20);
        trial.pick(0);
        let after = trial.balancer.table.clone();
        let moved = before.iter().zip(&after).filter(|(old, new)| old != new).count();
        let needless = before.iter().zip(&after).filter(|(old, new)| old != new && **old != 20);
        let share = |count: usize| count as f64 / 65_537.0;
        // 1/21 must move; about as much again does, "2 times the ring" in Envoy's words.
        assert!(share(moved) > 1.0 / 21.1 && share(needless.count()) < 1.5 / 21.0);
        trial.loads.insert(20);
        trial.pick(0);
        assert_eq!(trial.balancer.table, before, "the table does not depend on its past");
    }

    #[test]
    fn a_table_is_made_anew_only_for_other_dynos_or_weights() {
        let mut trial = Trial::new(Maglev::new(251), view(&[0; 5], 50));
        trial.pick(0);
        trial.balancer.table[0] = 99;
        trial.loads.reload(|dyno| dyno);
        trial.loads.set_limit(3);
        trial.pick(1);
        assert_eq!(trial.balancer.table[0], 99);
        trial.loads.set_weight(1, 2.0);
        trial.pick(1);
        assert_ne!(trial.balancer.table[0], 99);
    }

    #[test]
    fn keys_stay_and_a_full_dyno_passes_them_on_by_the_table() {
        let mut trial = Trial::new(Maglev::new(251), view(&[0; 3], 1));
        let homes: Vec<u32> = (0..3).map(|_| trial.dispatch_key(5)).collect();
        assert_eq!(trial.pick(5), Pick::Busy);
        let home = (mix(5 ^ SALTS[2]) % 251) as usize;
        assert_eq!(homes[0], trial.balancer.table[home]);
        let next = (home..).map(|entry| trial.balancer.table[entry % 251]);
        assert_eq!(next.into_iter().find(|dyno| *dyno != homes[0]), Some(homes[1]));
        trial.end(homes[0]);
        assert_eq!(trial.pick(5), Pick::Dyno(homes[0]));
    }

    #[test]
    fn with_more_dynos_than_entries_some_have_none() {
        let mut trial = Trial::new(Maglev::new(2), view(&[0; 3], 1));
        assert_eq!(trial.dispatch(2).len(), 2);
        assert_eq!(trial.pick(0), Pick::Busy, "the third has no entry");
    }

    #[test]
    fn the_table_must_be_a_prime() {
        for (text, help) in [
            ("it = \"maglev\"", ""),
            ("it.maglev = { table = 2 }", ""),
            ("it.maglev = { table = 5000011 }", ""),
            ("it.maglev = { table = 0 }", "`2` is the nearest"),
            ("it.maglev = { table = 65536 }", "`65537` is the nearest"),
            ("it.maglev = { table = 1000 }", "`997` is the nearest"),
            ("it.maglev = { table = 4294967295 }", "`5000011` is the nearest"),
        ] {
            let none = |_: &str| Err(String::new());
            let (_, problems, _) =
                read_table(text, &none, |fields| fields.kind("it", "it", &[KIND]));
            let found = problems.first().and_then(|problem| problem.help.clone());
            assert!(found.unwrap_or_default().starts_with(help), "{text}: {problems:?}");
            assert_eq!(problems.is_empty(), help.is_empty(), "{text}");
        }
    }
}

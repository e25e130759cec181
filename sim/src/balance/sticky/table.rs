//! The keys that a router remembers, with a bound, in the order of their last use.

use crate::time::{SimTime, Span};
use std::collections::BTreeMap;

/// No entry.
const NONE: u32 = u32::MAX;

/// What is remembered of a key.
struct Entry {
    key: u64,
    dyno: u32,
    used: SimTime,
    /// The entry used just before this one, and the one used just after it.
    older: u32,
    newer: u32,
}

/// Keys and their dynos.
pub(super) struct Table {
    most: u32,
    expires: Span,
    entries: Vec<Entry>,
    /// Where each key stands in `entries`.
    at: BTreeMap<u64, u32>,
    oldest: u32,
    newest: u32,
}

impl Table {
    /// An empty table of at most so many keys, each remembered so long after its last use.
    pub fn new(most: u32, expires: Span) -> Table {
        let (entries, at) = (Vec::new(), BTreeMap::new());
        Table { most, expires, entries, at, oldest: NONE, newest: NONE }
    }

    /// The dyno of a key, if it was used recently enough.
    pub fn find(&self, key: u64, now: SimTime) -> Option<u32> {
        let entry = &self.entries[*self.at.get(&key)? as usize];
        (now.since(entry.used) <= self.expires).then_some(entry.dyno)
    }

    /// Remembers the dyno of a key, and that it was used now. With the table full, the key that was
    /// not used for longest makes room.
    pub fn put(&mut self, key: u64, dyno: u32, now: SimTime) {
        let at = match self.at.get(&key) {
            Some(&at) => at,
            None => self.room(key),
        };
        if at != self.newest {
            self.unlink(at);
            self.link(at);
        }
        let entry = &mut self.entries[at as usize];
        (entry.dyno, entry.used) = (dyno, now);
    }

    /// An entry for a new key, linked somewhere.
    fn room(&mut self, key: u64) -> u32 {
        let at = if self.entries.len() < self.most as usize {
            let at = self.entries.len() as u32;
            let entry = Entry { key, dyno: NONE, used: SimTime::ZERO, older: NONE, newer: NONE };
            self.entries.push(entry);
            self.link(at);
            at
        } else {
            let entry = &mut self.entries[self.oldest as usize];
            self.at.remove(&entry.key);
            entry.key = key;
            self.oldest
        };
        self.at.insert(key, at);
        at
    }

    /// Makes an entry that is not linked the newest.
    fn link(&mut self, at: u32) {
        let entry = &mut self.entries[at as usize];
        (entry.older, entry.newer) = (self.newest, NONE);
        match self.newest {
            NONE => self.oldest = at,
            newest => self.entries[newest as usize].newer = at,
        }
        self.newest = at;
    }

    fn unlink(&mut self, at: u32) {
        let Entry { older, newer, .. } = self.entries[at as usize];
        match older {
            NONE => self.oldest = newer,
            older => self.entries[older as usize].newer = newer,
        }
        match newer {
            NONE => self.newest = older,
            newer => self.entries[newer as usize].older = older,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Seed, Stream};

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + Span::from_secs(seconds)
    }

    #[test]
    fn the_key_not_used_for_longest_makes_room() {
        let mut table = Table::new(2, Span::from_secs(100));
        table.put(1, 10, at(0));
        table.put(2, 20, at(1));
        table.put(1, 11, at(2));
        table.put(3, 30, at(3));
        let found = [1, 2, 3].map(|key| table.find(key, at(4)));
        assert_eq!(found, [Some(11), None, Some(30)]);
        assert_eq!(table.entries.len(), 2);
    }

    #[test]
    fn a_key_expires_after_its_last_use() {
        let mut table = Table::new(9, Span::from_secs(10));
        table.put(1, 10, at(0));
        assert_eq!(table.find(1, at(10)), Some(10));
        table.put(1, 10, at(10));
        assert_eq!(table.find(1, at(20)), Some(10));
        assert_eq!(table.find(1, at(21)), None);
    }

    #[test]
    fn agrees_with_a_plain_list_whatever_happens() {
        let mut rng = Stream::named(Seed { scenario: 2, replication: 0 }, "table", 0);
        for most in [1, 2, 7] {
            let mut table = Table::new(most, Span::from_secs(1_000_000));
            let mut plain: Vec<(u64, u32)> = Vec::new();
            for second in 0..3_000 {
                let (key, dyno) = (rng.below(12) as u64, rng.below(99) as u32);
                let known = plain.iter().find(|(known, _)| *known == key);
                assert_eq!(table.find(key, at(second)), known.map(|(_, dyno)| *dyno));
                table.put(key, dyno, at(second));
                plain.retain(|(known, _)| *known != key);
                plain.push((key, dyno));
                if plain.len() > most as usize {
                    plain.remove(0);
                }
                assert_eq!(table.at.len(), plain.len());
            }
        }
    }
}

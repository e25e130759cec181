//! A heap of dynos that knows where each stands, so that a key can change in its midst.

/// The place of a dyno that is not in the heap.
const OUT: u32 = u32::MAX;

/// Dynos by key, the least first. Keys must differ.
pub(super) struct Heap<K> {
    order: Vec<(K, u32)>,
    /// Where each slot stands in `order`.
    place: Vec<u32>,
    /// How many steps up or down have been taken.
    #[cfg(test)]
    pub steps: u64,
}

impl<K> Default for Heap<K> {
    fn default() -> Heap<K> {
        Heap {
            order: Vec::new(),
            place: Vec::new(),
            #[cfg(test)]
            steps: 0,
        }
    }
}

impl<K: Ord + Copy> Heap<K> {
    /// The dyno with the least key.
    pub fn first(&self) -> Option<u32> {
        self.order.first().map(|&(_, dyno)| dyno)
    }

    /// The key of a dyno that is inside.
    pub fn key(&self, dyno: u32) -> Option<K> {
        self.at(dyno).map(|at| self.order[at].0)
    }

    /// All slots that were ever inside.
    pub fn slots(&self) -> std::ops::Range<u32> {
        0..self.place.len() as u32
    }

    /// Puts a dyno in, or changes its key.
    pub fn set(&mut self, dyno: u32, key: K) {
        if self.place.len() <= dyno as usize {
            self.place.resize(dyno as usize + 1, OUT);
        }
        let at = self.at(dyno).unwrap_or_else(|| {
            self.order.push((key, dyno));
            self.order.len() - 1
        });
        self.order[at].0 = key;
        self.sift(at);
    }

    /// Takes a dyno out, if it is inside.
    pub fn remove(&mut self, dyno: u32) {
        let Some(at) = self.at(dyno) else { return };
        self.order.swap_remove(at);
        self.place[dyno as usize] = OUT;
        if at < self.order.len() {
            self.sift(at);
        }
    }

    fn at(&self, dyno: u32) -> Option<usize> {
        self.place.get(dyno as usize).filter(|&&at| at != OUT).map(|&at| at as usize)
    }

    /// Moves what stands at a place to where it belongs, up or down.
    fn sift(&mut self, mut at: usize) {
        let moving = self.order[at];
        while at > 0 && moving.0 < self.order[(at - 1) / 2].0 {
            self.put(at, self.order[(at - 1) / 2]);
            at = (at - 1) / 2;
        }
        loop {
            let left = 2 * at + 1;
            let Some(first) = self.order.get(left) else { break };
            let right = self.order.get(left + 1).is_some_and(|second| second.0 < first.0);
            let least = left + usize::from(right);
            if self.order[least].0 >= moving.0 {
                break;
            }
            self.put(at, self.order[least]);
            at = least;
        }
        self.put(at, moving);
    }

    fn put(&mut self, at: usize, what: (K, u32)) {
        #[cfg(test)]
        {
            self.steps += 1;
        }
        self.order[at] = what;
        self.place[what.1 as usize] = at as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Seed, Stream};
    use std::collections::BTreeMap;

    #[test]
    fn agrees_with_a_plain_map_whatever_happens() {
        let mut rng = Stream::named(Seed { scenario: 3, replication: 0 }, "heap", 0);
        for dynos in [1, 2, 3, 40] {
            let (mut heap, mut plain) = (Heap::default(), BTreeMap::new());
            for turn in 0..3_000_u64 {
                let dyno = rng.below(dynos) as u32;
                if rng.below(4) == 0 {
                    heap.remove(dyno);
                    plain.remove(&dyno);
                } else {
                    let key = (rng.below(9), turn);
                    heap.set(dyno, key);
                    plain.insert(dyno, key);
                }
                let least = plain.iter().min_by_key(|(_, key)| **key).map(|(dyno, _)| *dyno);
                assert_eq!(heap.first(), least);
                assert_eq!(heap.key(dyno), plain.get(&dyno).copied());
            }
        }
    }
}

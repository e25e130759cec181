//! What a router knows of the dynos of one app: which may be chosen, and how loaded each is.
//!
//! The dynos that may be chosen stand in one array sorted by load, beside a table of where each load
//! begins. A load changes by one at a time, so a dyno trades places with the last (or first) of its
//! equals: the same few steps whatever the number of dynos and their loads. The least loaded, the idle
//! and those below the limit are each a prefix of the array, so a strategy draws from them at once.

/// The place of a dyno that may not be chosen.
const OUT: u32 = u32::MAX;

/// The dynos of one app as one router sees them, by slot.
#[derive(Clone, Debug)]
pub struct Loads {
    /// Attempts under way at each dyno, as far as this router knows; kept for those out, too.
    load: Vec<u32>,
    /// The dynos that may be chosen, by load.
    order: Vec<u32>,
    /// Where each dyno stands in `order`.
    place: Vec<u32>,
    /// For each load, up to the highest in `order` at least, how many dynos of `order` have less:
    /// where it begins. Loads beyond begin at the end.
    begins: Vec<u32>,
    /// The load at which a dyno takes no more.
    limit: u32,
}

impl Loads {
    /// No dynos yet; each will take at most `limit` attempts at once (`u32::MAX`: no bound).
    pub fn new(limit: u32) -> Loads {
        Loads { load: vec![], order: vec![], place: vec![], begins: vec![], limit }
    }

    /// Changes the limit.
    pub fn set_limit(&mut self, limit: u32) {
        self.limit = limit;
    }

    /// How many dynos may be chosen, full ones included.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether no dyno may be chosen.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// One more than the highest slot ever seen.
    pub fn slots(&self) -> usize {
        self.load.len()
    }

    /// How many attempts this router believes to be under way at a dyno.
    pub fn load(&self, dyno: u32) -> u32 {
        self.load.get(dyno as usize).copied().unwrap_or(0)
    }

    /// Whether a dyno may be chosen and is below the limit.
    pub fn is_free(&self, dyno: u32) -> bool {
        self.place.get(dyno as usize).is_some_and(|&place| place != OUT)
            && self.load[dyno as usize] < self.limit
    }

    /// The dynos below the limit, by load.
    pub fn free(&self) -> &[u32] {
        match self.order.last() {
            Some(&fullest) if self.load[fullest as usize] >= self.limit => {
                &self.order[..self.first_at(self.limit)]
            }
            _ => &self.order,
        }
    }

    /// The dynos that share the smallest load, if they are below the limit.
    pub fn least(&self) -> &[u32] {
        match self.order.first() {
            Some(&dyno) if self.load[dyno as usize] < self.limit => {
                &self.order[..self.first_at(self.load[dyno as usize] + 1)]
            }
            _ => &[],
        }
    }

    /// The dynos with nothing to do, as far as this router knows.
    pub fn idle(&self) -> &[u32] {
        &self.order[..self.first_at(1.min(self.limit))]
    }

    /// The first position whose load is at least `level`.
    fn first_at(&self, level: u32) -> usize {
        self.begins.get(level as usize).map_or(self.order.len(), |&begin| begin as usize)
    }

    /// Lets a dyno be chosen; its load is what it was.
    pub fn insert(&mut self, dyno: u32) {
        self.grow(dyno);
        if self.place[dyno as usize] == OUT {
            let load = self.load[dyno as usize];
            self.know(load + 1);
            let at = self.first_at(load + 1);
            self.order.insert(at, dyno);
            self.begins[load as usize + 1..].iter_mut().for_each(|begin| *begin += 1);
            self.renumber(at);
        }
    }

    /// Lets a dyno no longer be chosen.
    pub fn remove(&mut self, dyno: u32) {
        let place = self.place.get(dyno as usize).copied().unwrap_or(OUT);
        if place != OUT {
            self.order.remove(place as usize);
            let load = self.load[dyno as usize];
            self.begins[load as usize + 1..].iter_mut().for_each(|begin| *begin -= 1);
            self.place[dyno as usize] = OUT;
            self.renumber(place as usize);
        }
    }

    /// Counts one more attempt at a dyno.
    #[inline]
    pub fn started(&mut self, dyno: u32) {
        if self.load.len() <= dyno as usize {
            self.grow(dyno);
        }
        let load = self.load[dyno as usize];
        let place = self.place[dyno as usize];
        if place != OUT {
            if self.begins.len() <= load as usize + 1 {
                self.know(load + 1);
            }
            let last_equal = self.begins[load as usize + 1] - 1;
            self.swap(place, last_equal);
            self.begins[load as usize + 1] = last_equal;
        }
        self.load[dyno as usize] = load + 1;
    }

    /// Counts one attempt less at a dyno. Panics when it has none: somebody counted wrong.
    #[inline]
    pub fn finished(&mut self, dyno: u32) {
        let load = self.load[dyno as usize];
        assert!(load > 0, "an attempt finished that never started");
        let place = self.place[dyno as usize];
        if place != OUT {
            let first_equal = self.begins[load as usize];
            self.swap(place, first_equal);
            self.begins[load as usize] = first_equal + 1;
        }
        self.load[dyno as usize] = load - 1;
    }

    /// Replaces every load at once by what `load_of` says of a slot (gossip brings such news).
    pub fn reload(&mut self, load_of: impl Fn(u32) -> u32) {
        for (dyno, load) in self.load.iter_mut().enumerate() {
            *load = load_of(dyno as u32);
        }
        let load = &self.load;
        self.order.sort_by_key(|&dyno| (load[dyno as usize], dyno));
        self.renumber(0);
        self.begins.clear();
        for (at, &dyno) in self.order.iter().enumerate() {
            let levels = self.load[dyno as usize] as usize + 1;
            self.begins.resize(levels.max(self.begins.len()), at as u32);
        }
    }

    /// Makes room for a load in the table of beginnings.
    #[cold]
    fn know(&mut self, level: u32) {
        if self.begins.len() <= level as usize {
            self.begins.resize(level as usize + 1, self.order.len() as u32);
        }
    }

    /// Writes down the places from a position on.
    fn renumber(&mut self, from: usize) {
        for (at, &dyno) in self.order.iter().enumerate().skip(from) {
            self.place[dyno as usize] = at as u32;
        }
    }

    /// Makes room for a slot.
    fn grow(&mut self, dyno: u32) {
        if self.load.len() <= dyno as usize {
            self.load.resize(dyno as usize + 1, 0);
            self.place.resize(dyno as usize + 1, OUT);
        }
    }

    #[inline]
    fn swap(&mut self, a: u32, b: u32) {
        let (of_a, of_b) = (self.order[a as usize], self.order[b as usize]);
        self.order[a as usize] = of_b;
        self.order[b as usize] = of_a;
        self.place[of_b as usize] = a;
        self.place[of_a as usize] = b;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Seed, Stream};

    /// Everything the view answers, computed the slow way.
    fn check(view: &Loads, inside: &[bool]) {
        let of = |dyno: &u32| view.load(*dyno);
        let mut all: Vec<u32> = (0..inside.len() as u32).filter(|&d| inside[d as usize]).collect();
        assert_eq!(view.len(), all.len());
        assert!(view.order.is_sorted_by_key(of), "{view:?}");
        all.sort_unstable();
        let sorted = |slice: &[u32]| {
            let mut copy = slice.to_vec();
            copy.sort_unstable();
            copy
        };
        let free: Vec<u32> = all.iter().copied().filter(|d| of(d) < view.limit).collect();
        assert_eq!(sorted(view.free()), free);
        let least = free.iter().map(of).min();
        let tied: Vec<u32> = free.iter().copied().filter(|d| Some(of(d)) == least).collect();
        assert_eq!(sorted(view.least()), tied);
        let idle: Vec<u32> = all.iter().copied().filter(|d| of(d) == 0).collect();
        assert_eq!(sorted(view.idle()), idle);
    }

    #[test]
    fn agrees_with_a_plain_scan_whatever_happens() {
        for seed in 0..40 {
            let mut rng = Stream::named(Seed { scenario: seed, replication: 0 }, "loads", 0);
            let dynos = 1 + rng.below(12);
            let mut view = Loads::new(1 + rng.below(4) as u32);
            let mut inside = vec![false; dynos];
            for _ in 0..400 {
                let dyno = rng.below(dynos);
                match rng.below(6) {
                    0 => {
                        view.insert(dyno as u32);
                        inside[dyno] = true;
                    }
                    1 => {
                        view.remove(dyno as u32);
                        inside[dyno] = false;
                    }
                    2 if view.load(dyno as u32) > 0 => view.finished(dyno as u32),
                    3 if rng.below(10) == 0 => view.reload(|dyno| (dyno * 7) % 5),
                    _ => view.started(dyno as u32),
                }
                check(&view, &inside);
            }
        }
    }

    #[test]
    #[should_panic(expected = "never started")]
    fn finishing_what_never_started_is_a_mistake() {
        let mut view = Loads::new(1);
        view.insert(0);
        view.finished(0);
    }
}

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
    /// The weight of each slot that has one other than 1.
    weights: Vec<f64>,
    /// Counts changes of which dynos may be chosen, of weights and of the limit.
    version: u64,
}

impl Loads {
    /// No dynos yet; each will take at most `limit` attempts at once (`u32::MAX`: no bound).
    pub fn new(limit: u32) -> Loads {
        Loads {
            load: vec![],
            order: vec![],
            place: vec![],
            begins: vec![],
            limit,
            weights: vec![],
            version: 0,
        }
    }

    /// Changes the limit.
    pub fn set_limit(&mut self, limit: u32) {
        self.limit = limit;
        self.version += 1;
    }

    /// The load at which a dyno takes no more; `u32::MAX` is no bound.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// Gives a dyno a weight, which must be above 0 and finite.
    pub fn set_weight(&mut self, dyno: u32, weight: f64) {
        assert!(weight > 0.0 && weight.is_finite(), "a weight is a positive number");
        if self.weight(dyno) != weight {
            if self.weights.len() <= dyno as usize {
                self.weights.resize(dyno as usize + 1, 1.0);
            }
            self.weights[dyno as usize] = weight;
            self.version += 1;
        }
    }

    /// The weight of a dyno: how much of the traffic is meant for it, beside the others.
    pub fn weight(&self, dyno: u32) -> f64 {
        self.weights.get(dyno as usize).copied().unwrap_or(1.0)
    }

    /// A number that changes whenever other dynos may be chosen, a weight or the limit changes, or
    /// every load is replaced: what was made of these, such as a table, must then be made anew.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The dynos that may be chosen, full ones included, by load.
    pub fn members(&self) -> &[u32] {
        &self.order
    }

    /// Whether a dyno may be chosen, full or not.
    pub fn contains(&self, dyno: u32) -> bool {
        self.place.get(dyno as usize).is_some_and(|&place| place != OUT)
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
        self.contains(dyno) && self.load[dyno as usize] < self.limit
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

    /// Lets a dyno be chosen; its load is what it was. The first of each higher load moves behind its
    /// equals to make room: as many steps as there are higher loads, whatever the number of dynos.
    pub fn insert(&mut self, dyno: u32) {
        self.grow(dyno);
        if self.place[dyno as usize] != OUT {
            return;
        }
        let load = self.load[dyno as usize] as usize;
        self.know(load as u32);
        let mut hole = self.order.len();
        self.order.push(dyno);
        for begin in self.begins[load + 1..].iter_mut().rev() {
            let first = *begin as usize;
            if first < hole {
                self.order[hole] = self.order[first];
                self.place[self.order[hole] as usize] = hole as u32;
                hole = first;
            }
            *begin += 1;
        }
        self.order[hole] = dyno;
        self.place[dyno as usize] = hole as u32;
        self.version += 1;
    }

    /// Lets a dyno no longer be chosen. The last of each load closes the gap before its equals.
    pub fn remove(&mut self, dyno: u32) {
        if !self.contains(dyno) {
            return;
        }
        let load = self.load[dyno as usize] as usize;
        let mut hole = self.place[dyno as usize] as usize;
        for level in load + 1..=self.begins.len() {
            let end = self.begins.get(level).map_or(self.order.len(), |&begin| begin as usize);
            if end - 1 > hole {
                self.order[hole] = self.order[end - 1];
                self.place[self.order[hole] as usize] = hole as u32;
                hole = end - 1;
            }
            if let Some(begin) = self.begins.get_mut(level) {
                *begin -= 1;
            }
        }
        self.order.pop();
        self.place[dyno as usize] = OUT;
        self.version += 1;
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
        self.version += 1;
        for (dyno, load) in self.load.iter_mut().enumerate() {
            *load = load_of(dyno as u32);
        }
        let load = &self.load;
        self.order.sort_by_key(|&dyno| (load[dyno as usize], dyno));
        for (at, &dyno) in self.order.iter().enumerate() {
            self.place[dyno as usize] = at as u32;
        }
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
mod tests;

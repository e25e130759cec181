//! A line of seats in the order of their keys, from which any may step out: a binary heap in which
//! each seat knows its place.

/// Stands for a seat that is not in the line.
const OUT: u32 = u32::MAX;

/// Seats by their keys, the least first. Joining and leaving take a logarithm of the length.
#[derive(Clone, Debug)]
pub(super) struct Line<K> {
    heap: Vec<(K, u32)>,
    /// Where in the heap each seat stands.
    places: Vec<u32>,
}

impl<K: Ord + Copy> Line<K> {
    /// An empty line.
    pub const fn new() -> Line<K> {
        Line { heap: Vec::new(), places: Vec::new() }
    }

    /// How many are in the line.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// The first: its key and its number.
    pub fn first(&self) -> Option<(K, u32)> {
        self.heap.first().copied()
    }

    /// A seat joins. Panics when it is in the line already.
    pub fn join(&mut self, key: K, seat: u32) {
        if self.places.len() <= seat as usize {
            self.places.resize(seat as usize + 1, OUT);
        }
        assert_eq!(self.places[seat as usize], OUT, "a seat joins the line once");
        self.heap.push((key, seat));
        self.up(self.heap.len() - 1);
    }

    /// A seat leaves, wherever it stands. Panics when it is not in the line.
    pub fn leave(&mut self, seat: u32) {
        let at = self.places[seat as usize] as usize;
        assert!(at < self.heap.len(), "a seat that leaves stands in the line");
        self.places[seat as usize] = OUT;
        self.heap.swap_remove(at);
        if at < self.heap.len() {
            // Whoever took the place may belong above it or below.
            self.up(at);
            self.down(self.places[self.heap[at].1 as usize] as usize);
        }
    }

    /// All leave.
    pub fn clear(&mut self) {
        for (_, seat) in self.heap.drain(..) {
            self.places[seat as usize] = OUT;
        }
    }

    /// Moves what stands here towards the front until it belongs there.
    fn up(&mut self, mut at: usize) {
        let moved = self.heap[at];
        while at > 0 && moved.0 < self.heap[(at - 1) / 2].0 {
            self.put(at, self.heap[(at - 1) / 2]);
            at = (at - 1) / 2;
        }
        self.put(at, moved);
    }

    /// Moves what stands here towards the back until it belongs there.
    fn down(&mut self, mut at: usize) {
        let moved = self.heap[at];
        loop {
            let left = 2 * at + 1;
            let least = match (self.heap.get(left), self.heap.get(left + 1)) {
                (Some(a), Some(b)) if b.0 < a.0 => left + 1,
                (Some(_), _) => left,
                _ => break,
            };
            if moved.0 <= self.heap[least].0 {
                break;
            }
            self.put(at, self.heap[least]);
            at = least;
        }
        self.put(at, moved);
    }

    fn put(&mut self, at: usize, entry: (K, u32)) {
        self.heap[at] = entry;
        self.places[entry.1 as usize] = at as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Seed, Stream};

    #[test]
    fn the_first_is_the_least_whoever_steps_out() {
        for scenario in 0..50 {
            let mut rng = Stream::named(Seed { scenario, replication: 0 }, "line", 0);
            let mut line = Line::new();
            let mut plain: Vec<(u64, u32)> = Vec::new();
            for order in 0..400 {
                let seat = rng.below(20) as u32;
                match plain.iter().position(|&(_, other)| other == seat) {
                    Some(at) => {
                        plain.remove(at);
                        line.leave(seat);
                    }
                    None => {
                        let key = (rng.below(50) as u64) << 32 | order;
                        plain.push((key, seat));
                        line.join(key, seat);
                    }
                }
                assert_eq!(line.first(), plain.iter().min().copied());
                assert_eq!(line.len(), plain.len());
            }
            line.clear();
            assert_eq!(line.first(), None);
            line.join(1, 0);
            assert_eq!(line.first(), Some((1, 0)));
        }
    }
}

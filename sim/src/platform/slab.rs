//! Things that come and go, kept in one block of memory and named by slot and generation.
//!
//! A name outlives its thing without harm: the slot's generation has moved on, and the name finds
//! nothing. So a late answer to a request that ended needs no bookkeeping. Generations count both
//! comings and goings: in an odd one there is a thing in the slot.

use super::packed::Word;

/// The name of a thing in a [`Slab`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ref {
    slot: u32,
    generation: u32,
}

impl Ref {
    /// Where the thing is in its block: two things that are there at once are at two places.
    pub fn place(self) -> usize {
        self.slot as usize
    }
}

impl Word for Ref {
    #[inline(always)]
    fn word(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.slot)
    }

    #[inline(always)]
    fn of(word: u64) -> Ref {
        Ref { slot: word as u32, generation: (word >> 32) as u32 }
    }
}

/// A block of things.
#[derive(Debug)]
pub struct Slab<T> {
    slots: Vec<(u32, T)>,
    free: Vec<u32>,
}

impl<T: Copy> Slab<T> {
    /// An empty block.
    pub fn new() -> Slab<T> {
        Slab { slots: Vec::new(), free: Vec::new() }
    }

    /// How many things there are.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Keeps a thing and names it.
    #[inline]
    pub fn insert(&mut self, thing: T) -> Ref {
        if let Some(slot) = self.free.pop() {
            let (generation, place) = &mut self.slots[slot as usize];
            *generation = generation.wrapping_add(1);
            *place = thing;
            Ref { slot, generation: *generation }
        } else {
            let slot = self.slots.len() as u32;
            assert!(slot < u32::MAX, "four billion things at once do not fit into memory");
            self.slots.push((1, thing));
            Ref { slot, generation: 1 }
        }
    }

    /// Gives a thing up; its name finds nothing from now on.
    #[inline]
    pub fn remove(&mut self, name: Ref) -> Option<T> {
        let (generation, thing) = self.slots.get_mut(name.slot as usize)?;
        if *generation != name.generation {
            return None;
        }
        *generation = generation.wrapping_add(1);
        self.free.push(name.slot);
        Some(*thing)
    }

    /// The thing, if it is still there.
    #[inline]
    pub fn get(&self, name: Ref) -> Option<&T> {
        let (generation, thing) = self.slots.get(name.slot as usize)?;
        (*generation == name.generation).then_some(thing)
    }

    /// All things, by their places.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let there = self.slots.iter().filter(|(generation, _)| generation % 2 == 1);
        there.map(|(_, thing)| thing)
    }

    /// The thing, to change it, if it is still there.
    #[inline]
    pub fn get_mut(&mut self, name: Ref) -> Option<&mut T> {
        let (generation, thing) = self.slots.get_mut(name.slot as usize)?;
        (*generation == name.generation).then_some(thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_name_finds_nothing() {
        let mut slab = Slab::new();
        let old = slab.insert("old");
        assert_eq!(slab.remove(old), Some("old"));
        let new = slab.insert("new");
        assert_eq!((slab.get(old), slab.get(new)), (None, Some(&"new")));
        assert_eq!(slab.remove(old), None);
        assert_eq!(slab.len(), 1);
        slab.insert("newer");
        slab.remove(new);
        assert_eq!(slab.iter().collect::<Vec<_>>(), [&"newer"]);
    }
}

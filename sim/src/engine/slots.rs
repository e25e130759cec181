//! Which timers are live: a slab of slots, each used again and again by a new generation.

/// A timer that was armed, to cancel it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerId {
    slot: u32,
    generation: u32,
}

const _: () = assert!(size_of::<TimerId>() == 8 && align_of::<TimerId>() == 4);

impl TimerId {
    /// No timer: cancelling it does nothing.
    pub const NONE: TimerId = TimerId { slot: u32::MAX, generation: u32::MAX };
}

/// Where a timer is, as long as it is live.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The generation of the timer that has the slot, or of the next one that will.
    generation: u32,
    /// Zero for the queue of odd spans, else the number of the lane and one.
    head: u32,
}

/// The slots of all timers.
#[derive(Debug)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    free: Vec<u32>,
    live: usize,
}

impl Slots {
    /// No timer is live.
    pub(super) fn new() -> Slots {
        Slots { slots: Vec::new(), free: Vec::new(), live: 0 }
    }

    /// How many timers are live.
    pub(super) fn live(&self) -> usize {
        self.live
    }

    /// A slot for a timer behind this head.
    #[inline]
    pub(super) fn take(&mut self, head: usize) -> TimerId {
        self.live += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, head: 0 });
            u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 timers are live")
        });
        let entry = &mut self.slots[slot as usize];
        entry.head = head as u32;
        TimerId { slot, generation: entry.generation }
    }

    /// The head that a timer stands behind; nothing when it is no longer live.
    #[inline]
    pub(super) fn head(&self, id: TimerId) -> Option<usize> {
        let slot = self.slots.get(id.slot as usize)?;
        (slot.generation == id.generation).then_some(slot.head as usize)
    }

    /// Ends a live timer, so that its id means nothing any more.
    #[inline]
    pub(super) fn release(&mut self, id: TimerId) {
        self.live -= 1;
        let entry = &mut self.slots[id.slot as usize];
        entry.generation += 1;
        // A slot whose generations are used up is left alone, so that none ever comes twice.
        if entry.generation < u32::MAX {
            self.free.push(id.slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_used_again_by_another_generation() {
        let mut slots = Slots::new();
        let first = slots.take(3);
        assert_eq!((slots.head(first), slots.live()), (Some(3), 1));
        slots.release(first);
        let second = slots.take(4);
        assert_eq!(first.slot, second.slot);
        assert_eq!((slots.head(first), slots.head(second)), (None, Some(4)));
        assert_eq!((slots.head(TimerId::NONE), slots.live()), (None, 1));
    }

    #[test]
    fn a_slot_without_generations_left_is_retired() {
        let mut slots = Slots::new();
        let id = slots.take(0);
        slots.slots[0].generation = u32::MAX - 1;
        let last = TimerId { generation: u32::MAX - 1, ..id };
        assert_eq!(slots.head(last), Some(0));
        slots.release(last);
        assert_eq!(slots.head(last), None);
        assert_ne!(slots.take(0).slot, last.slot);
    }
}

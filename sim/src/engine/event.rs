//! An entry of a queue: a payload with the key that orders it.

/// A payload that is due at `time`; `seq` orders the events of one time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event<E> {
    /// Nanoseconds since the start of the simulation.
    pub time: u64,
    /// The number of the event: later scheduled, higher number.
    pub seq: u64,
    /// What happens then.
    pub event: E,
}

// Two events a cache line, and a sort that moves little: a message of 16 bytes must stay enough.
const _: () = assert!(size_of::<Event<[u64; 2]>>() == 32);

/// The order of events as one number: time, then sequence. No event has the key [`NO_EVENT`].
pub(super) type Key = u128;

/// The key that stands for "nothing is pending": later than every event.
pub(super) const NO_EVENT: Key = Key::MAX;

/// The key of time `time` and sequence `seq`.
pub(super) const fn key(time: u64, seq: u64) -> Key {
    ((time as u128) << 64) | seq as u128
}

/// The time of a key, in nanoseconds.
pub(super) const fn time_of(key: Key) -> u64 {
    (key >> 64) as u64
}

impl<E> Event<E> {
    /// The key of this event.
    pub(super) const fn key(&self) -> Key {
        key(self.time, self.seq)
    }
}

//! The hold model, and the queues that the scheduler is compared with.
//!
//! The hold model (Jones, CACM 29(4), 1986) keeps the number of pending events: pop the least, push
//! one a random delay later. All queues carry a payload of 16 bytes and order by time and sequence.

mod quad;

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

pub use quad::QuadHeap;
use sim::engine::Scheduler;
use sim::rng::{Seed, Stream};
use sim::time::SimTime;

/// What an event carries.
pub type Payload = [u64; 2];

/// A queue of events under comparison.
pub trait Queue: Default {
    /// Adds an event at `time`, in nanoseconds, not before the last one popped.
    fn push(&mut self, time: u64, payload: Payload);
    /// Removes the next event; there is one.
    fn pop(&mut self) -> (u64, Payload);
}

/// Pairs in the standard heap, the plain way to write it.
#[derive(Default)]
pub struct TupleHeap {
    heap: BinaryHeap<Reverse<(u64, u64, Payload)>>,
    seq: u64,
}

/// The standard heap with time and sequence packed into one number.
#[derive(Default)]
pub struct PackedHeap {
    heap: BinaryHeap<Packed>,
    seq: u64,
}

struct Packed(u128, Payload);

/// Time and sequence as one number.
pub fn pack(time: u64, seq: u64) -> u128 {
    (u128::from(time) << 64) | u128::from(seq)
}

impl Queue for Scheduler<Payload> {
    fn push(&mut self, time: u64, payload: Payload) {
        self.at(SimTime::from_nanos(time), payload);
    }

    fn pop(&mut self) -> (u64, Payload) {
        let payload = self.pop_until(SimTime::NEVER).expect("an event is pending");
        (self.now().nanos(), payload)
    }
}

impl Queue for TupleHeap {
    fn push(&mut self, time: u64, payload: Payload) {
        self.seq += 1;
        self.heap.push(Reverse((time, self.seq, payload)));
    }

    fn pop(&mut self) -> (u64, Payload) {
        let Reverse((time, _, payload)) = self.heap.pop().expect("an event is pending");
        (time, payload)
    }
}

impl Queue for PackedHeap {
    fn push(&mut self, time: u64, payload: Payload) {
        self.seq += 1;
        self.heap.push(Packed(pack(time, self.seq), payload));
    }

    fn pop(&mut self) -> (u64, Payload) {
        let Packed(key, payload) = self.heap.pop().expect("an event is pending");
        ((key >> 64) as u64, payload)
    }
}

impl Ord for Packed {
    /// The least key is the greatest entry, for the standard heap pops the greatest.
    fn cmp(&self, other: &Packed) -> Ordering {
        other.0.cmp(&self.0)
    }
}

impl PartialOrd for Packed {
    fn partial_cmp(&self, other: &Packed) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Packed {
    fn eq(&self, other: &Packed) -> bool {
        self.0 == other.0
    }
}

impl Eq for Packed {}

/// How long after the present the events of a hold model are.
#[derive(Clone, Copy, Debug)]
pub enum Delays {
    /// Exponential with a mean of one second.
    Exponential,
    /// Four of five exponential with a mean of 50 ms, one of five a fixed 30 s.
    Mixed,
}

/// A queue that holds.
pub struct Hold<Q> {
    queue: Q,
    /// Drawn ahead, so that drawing is not measured; used in turns.
    delays: Vec<u64>,
    turn: usize,
}

impl<Q: Queue> Hold<Q> {
    /// A queue with this many events pending.
    pub fn new(pending: usize, kind: Delays) -> Hold<Q> {
        let mut stream = Stream::named(Seed { scenario: 1, replication: 0 }, "hold", 0);
        let delays: Vec<u64> = (0..1 << 16).map(|_| delay(&mut stream, kind)).collect();
        let mut queue = Q::default();
        for index in 0..pending {
            let passed = stream.unit();
            let time = delays[index % delays.len()] as f64 * passed;
            queue.push(1 + time as u64, [index as u64, 0]);
        }
        Hold { queue, delays, turn: 0 }
    }

    /// Holds so many times; the time of the last event, in nanoseconds.
    pub fn hold(&mut self, times: usize) -> u64 {
        let mut now = 0;
        for _ in 0..times {
            let payload;
            (now, payload) = self.queue.pop();
            self.turn = (self.turn + 1) & (self.delays.len() - 1);
            self.queue.push(now + self.delays[self.turn], payload);
        }
        now
    }
}

fn delay(stream: &mut Stream, kind: Delays) -> u64 {
    let exponential = |mean: f64, unit: f64| (-libm::log(unit) * mean) as u64;
    match kind {
        Delays::Exponential => exponential(1e9, stream.unit()),
        Delays::Mixed if stream.unit() < 0.2 => 30_000_000_000,
        Delays::Mixed => exponential(50e6, stream.unit()),
    }
}

/// Whether to measure: `cargo bench` asks for it, `cargo test --benches` and `-- --test` do not.
pub fn measures() -> bool {
    let given = |flag: &str| std::env::args().any(|argument| argument == flag);
    given("--bench") && !given("--test")
}

/// Numbers of pending events to compare at; tiny ones when nothing is measured.
pub fn sizes() -> [usize; 4] {
    if measures() { [10, 1_000, 100_000, 1_000_000] } else { [10, 100, 500, 1_000] }
}

//! An M/M/8 queue written by hand, the least that any simulator must do for it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use sim::rng::{Seed, Streams};
use sim::time::Span;

/// Servers, the mean work and the mean gap between arrivals, in seconds.
const SERVERS: usize = 8;
const WORK: f64 = 0.1;
const GAP: f64 = WORK / (0.8 * SERVERS as f64);

/// The mean wait in theory, in seconds: Erlang's C for 6.4 Erlang, over the free capacity.
pub const WAIT: f64 = 0.457645 * WORK / (0.2 * SERVERS as f64);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    Arrival { work: u64 },
    Departure,
}

/// The mean wait, in seconds, of the first `customers` of an M/M/8 queue, as one would write it with
/// nothing but a heap. Each customer has a stream of its own, of which it draws first the gap before
/// it, then its work.
pub fn by_hand(customers: u64) -> f64 {
    let streams = Streams::named(Seed { scenario: 1, replication: 0 }, "mm8");
    let draw = |customer: u64| {
        let mut stream = streams.stream(customer);
        let mut exponential =
            |mean: f64| Span::from_seconds(-libm::log(stream.unit()) * mean).nanos();
        (exponential(GAP), exponential(WORK))
    };
    let mut events = BinaryHeap::new();
    let mut waiting = VecDeque::new();
    let (mut seq, mut idle, mut arrived, mut waited) = (0_u64, SERVERS, 1, 0);
    let mut schedule = |events: &mut BinaryHeap<_>, time: u64, happens: Happens| {
        seq += 1;
        events.push(Reverse((time, seq, happens)));
    };
    let (gap, work) = draw(0);
    schedule(&mut events, gap, Happens::Arrival { work });
    while let Some(Reverse((now, _, happens))) = events.pop() {
        match happens {
            Happens::Arrival { work } => {
                if idle > 0 {
                    idle -= 1;
                    schedule(&mut events, now + work, Happens::Departure);
                } else {
                    waiting.push_back((now, work));
                }
                if arrived < customers {
                    let (gap, work) = draw(arrived);
                    arrived += 1;
                    schedule(&mut events, now + gap, Happens::Arrival { work });
                }
            }
            Happens::Departure => {
                if let Some((since, work)) = waiting.pop_front() {
                    waited += now - since;
                    schedule(&mut events, now + work, Happens::Departure);
                } else {
                    idle += 1;
                }
            }
        }
    }
    Span::from_nanos(waited).seconds() / customers as f64
}

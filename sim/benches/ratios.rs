//! How the engine compares, as ratios from one run: `cargo bench --bench ratios`.
//!
//! Absolute times differ between machines, and from one minute to the next on a busy one. So the
//! rivals take turns, round by round, and what is printed first is the ratio of their medians.

#![expect(clippy::disallowed_types, reason = "a benchmark reads the clock of the machine")]

mod rivals;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::hint::black_box;
use std::time::Instant;

use rivals::{Delays, Hold, PackedHeap, Payload, QuadHeap, Queue, TupleHeap, measures, sizes};
use sim::engine::Scheduler;
use sim::rng::{Seed, Streams};
use sim::time::Span;

/// Rounds whose median counts; odd.
const ROUNDS: usize = 7;

fn main() {
    compare_queues();
    compare_platform();
}

/// One of the things compared: its name, and how to do so many operations.
type Rival = (&'static str, Box<dyn FnMut(usize)>);

/// The median time of an operation of each rival, in nanoseconds.
fn medians(rivals: &mut [Rival], operations: usize) -> Vec<f64> {
    let mut times = vec![Vec::new(); rivals.len()];
    for _ in 0..if measures() { ROUNDS } else { 1 } {
        for ((_, run), times) in rivals.iter_mut().zip(&mut times) {
            let start = Instant::now();
            run(operations);
            times.push(start.elapsed().as_nanos() as f64 / operations as f64);
        }
    }
    let median = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    times.into_iter().map(median).collect()
}

/// The hold model on each queue: the time of a rival over the time of ours.
fn compare_queues() {
    println!("Hold model, time of each queue over that of the scheduler (its ns a hold last)\n");
    println!("| delays | pending | tuple heap | packed heap | 4-ary heap | scheduler, ns |");
    println!("|---|---|---|---|---|---|");
    for delays in [Delays::Exponential, Delays::Mixed] {
        for pending in sizes() {
            let mut rivals = [
                holding::<Scheduler<Payload>>("scheduler", pending, delays),
                holding::<TupleHeap>("tuple heap", pending, delays),
                holding::<PackedHeap>("packed heap", pending, delays),
                holding::<QuadHeap>("4-ary heap", pending, delays),
            ];
            let operations = if measures() { (pending / 2).max(100_000) } else { 100 };
            let times = medians(&mut rivals, operations);
            let ratios: Vec<String> =
                times[1..].iter().map(|time| format!("{:.2}", time / times[0])).collect();
            println!("| {delays:?} | {pending} | {} | {:.0} |", ratios.join(" | "), times[0]);
        }
    }
}

fn holding<Q: Queue + 'static>(name: &'static str, pending: usize, delays: Delays) -> Rival {
    let mut queue = Hold::<Q>::new(pending, delays);
    if measures() {
        // As many holds as events make the queue forget how it was filled.
        queue.hold(pending.max(100_000));
    }
    (name, Box::new(move |operations| _ = black_box(queue.hold(operations))))
}

/// An M/M/8 queue at a load of 0.8: what the platform costs a customer.
fn compare_platform() {
    let customers = if measures() { 1_000_000 } else { 10_000 };
    let mut rivals: [Rival; 1] =
        [("by hand", Box::new(|customers| _ = black_box(mm8_by_hand(customers as u64))))];
    let times = medians(&mut rivals, customers);
    println!("\nM/M/8 at a load of 0.8, mean wait {:.6} s\n", mm8_by_hand(customers as u64));
    println!("| written | over the one by hand | ns a customer |");
    println!("|---|---|---|");
    for ((name, _), time) in rivals.iter().zip(&times) {
        println!("| {name} | {:.2} | {time:.0} |", time / times[0]);
    }
}

/// Servers, the mean work and the mean gap between arrivals, in seconds.
const SERVERS: usize = 8;
const WORK: f64 = 0.1;
const GAP: f64 = WORK / (0.8 * SERVERS as f64);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    Arrival { work: u64 },
    Departure,
}

/// The mean wait, in seconds, of the first `customers` of an M/M/8 queue, as one would write it with
/// nothing but a heap. Each customer has a stream of its own, of which it draws first the gap before
/// it, then its work.
fn mm8_by_hand(customers: u64) -> f64 {
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

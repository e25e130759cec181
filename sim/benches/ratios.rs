//! How the engine compares, as ratios from one run: `cargo bench --bench ratios`.
//!
//! Absolute times differ between machines, and from one minute to the next on a busy one. So the
//! rivals take turns, round by round, and what is printed first is the ratio of their medians.
//! Name sections, such as `-- platform threads`, to leave out the others.

#![expect(clippy::disallowed_types, reason = "a benchmark reads the clock of the machine")]

mod loops;
mod picks;
mod rivals;

use std::hint::black_box;
use std::rc::Rc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use loops::time_outs::Guard;
use loops::{bank, mm8, time_outs};
use rivals::{Delays, Hold, PackedHeap, Payload, QuadHeap, Queue, TupleHeap, measures, sizes};
use sim::engine::Scheduler;
use sim::experiment::{Control, run};
use sim::scenario::{Overrides, load};

/// Rounds whose median counts; odd.
const ROUNDS: usize = 5;

fn main() {
    let named: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let sections: [(&str, fn()); 5] = [
        ("queues", compare_queues),
        ("time-outs", compare_time_outs),
        ("platform", compare_platform),
        ("picks", picks::compare),
        ("threads", compare_threads),
    ];
    for (name, compare) in sections {
        if named.is_empty() || named.iter().any(|one| one == name) {
            compare();
        }
    }
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
            let operations = if measures() { (pending / 4).max(100_000) } else { 100 };
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

/// Requests of 0.1 s, 10,000 a second, each with a time-out of 30 s that nearly never fires.
fn compare_time_outs() {
    let requests = if measures() { 400_000 } else { 1_000 };
    let run = |guard: Guard| -> Box<dyn FnMut(usize)> {
        Box::new(move |requests| _ = black_box(time_outs::run(requests as u64, guard)))
    };
    let mut rivals: [Rival; 3] = [
        ("no time-out", run(Guard::None)),
        ("timer, cancelled", run(Guard::Timer)),
        ("event, ignored when it comes", run(Guard::Event)),
    ];
    let times = medians(&mut rivals, requests);
    println!("\nRequests with a time-out of 30 s\n");
    print_table(&rivals, &times);
}

/// An M/M/8 queue at a load of 0.8: what the platform costs a customer, with all metrics on.
fn compare_platform() {
    let customers = if measures() { 1_000_000 } else { 10_000 };
    let scenario = bank::load_for(customers);
    let mut rivals: Vec<Rival> =
        vec![("by hand", Box::new(|customers| _ = black_box(mm8::by_hand(customers as u64))))];
    for variant in scenario.variants {
        let name = String::leak(format!("platform, {}", variant.name));
        rivals.push((name, Box::new(move |_| _ = black_box(bank::run(&variant.platform)))));
    }
    let times = medians(&mut rivals, customers);
    let wait = mm8::by_hand(customers as u64);
    println!("\nM/M/8 at a load of 0.8, mean wait {wait:.6} s, in theory {:.6} s\n", mm8::WAIT);
    print_table(&rivals, &times);
}

/// The experiment of a bundled scenario on one thread and on two.
fn compare_threads() {
    // Each replication is a run of every variant; enough of them leave no thread idle at the end.
    let replications = if measures() { 6 } else { 1 };
    let overrides = Overrides { replications: Some(replications), ..Overrides::default() };
    let scenario = load("cascade", &overrides, false);
    let scenario = Rc::new(scenario.unwrap_or_else(|error| panic!("{error:?}")));
    let on = |threads: usize| -> Box<dyn FnMut(usize)> {
        let scenario = Rc::clone(&scenario);
        Box::new(move |_| {
            let stop = AtomicBool::new(false);
            let control = Control { threads: Some(threads), stop: &stop, progress: &|_| {} };
            black_box(run(&scenario, &control));
        })
    };
    let mut rivals: [Rival; 2] = [("two threads", on(2)), ("one thread", on(1))];
    let runs = scenario.variants.len() * replications as usize;
    let times = medians(&mut rivals, runs);
    println!("\nRuns of `cascade`\n");
    print_table(&rivals, &times);
}

/// The time of each rival over that of the first one, and its nanoseconds an operation.
fn print_table(rivals: &[Rival], times: &[f64]) {
    println!("| | over the first | ns |");
    println!("|---|---|---|");
    for ((name, _), time) in rivals.iter().zip(times) {
        println!("| {name} | {:.2} | {time:.0} |", time / times[0]);
    }
}

//! The ladder against a plain heap, and what it costs.

use super::*;
use crate::engine::model::Pair;
use crate::rng::{Seed, Stream};

#[test]
fn any_shape_of_times_comes_out_in_order() {
    let mut stream = Stream::named(Seed { scenario: 1, replication: 0 }, "ladder", 0);
    let random: Vec<u64> = (0..20_000).map(|_| stream.bits() >> 1).collect();
    Pair::check(random.iter().copied());
    Pair::check(random.iter().map(|time| time % 10));
    Pair::check(random.iter().map(|time| time % 1_000));
    // Orders of magnitude apart, as after an exponent drawn at random.
    Pair::check(random.iter().map(|time| time >> (time % 63)));
    Pair::check((0..20_000).rev());
    Pair::check(0..20_000);
    Pair::check(std::iter::repeat_n(5, 20_000));
    Pair::check((0..20_000).map(|index| if index % 5 == 0 { 30_000_000_000 } else { index % 300 }));
    Pair::check((0..200).map(|index| u64::MAX - 1 - index));
}

#[test]
fn outliers_stack_no_rungs() {
    let mut pair = Pair::new();
    for power in 0..62 {
        (0..100).for_each(|index| pair.push((1 << power) + index));
    }
    pair.pop_all();
    assert!(pair.ladder.rungs.len() <= RUNGS, "{}", pair.ladder.rungs.len());
}

#[test]
fn a_bottom_that_grows_without_end_spills_without_end() {
    let mut pair = Pair::new();
    (0..10_000).for_each(|index| pair.push(1_000_000_000 + index % 1_000));
    // The first events never left the bottom; behind them the rungs begin.
    (0..100).for_each(|_| _ = pair.pop());
    assert!(pair.ladder.depth > 0);
    // Each time is earlier than nearly all before it, so each goes to the bottom.
    for power in 2..29 {
        (0..100).for_each(|index| pair.push(1_000_000_000 - (1 << power) + index * 7 % 3));
    }
    assert!(pair.ladder.bottom.len() <= BOTTOM);
    pair.pop_all();
}

#[test]
fn pushes_at_the_time_of_the_head_are_not_sorted_again() {
    let mut pair = Pair::new();
    (0..1_000).for_each(|_| pair.push(7));
    assert_eq!(pair.ladder.next_key() >> 64, 7);
    (0..1_000).for_each(|index| pair.push(7 + index % 2));
    assert!(pair.ladder.bottom.len() <= 1_000);
    pair.pop_all();
}

#[test]
fn a_steady_queue_keeps_its_memory() {
    let mut stream = Stream::named(Seed { scenario: 2, replication: 0 }, "ladder", 0);
    let mut pair = Pair::new();
    (0..5_000).for_each(|_| pair.push(stream.bits() % 1_000_000));
    let mut sizes = Vec::new();
    for _ in 0..20 {
        for _ in 0..20_000 {
            let now = pair.pop().expect("5,000 are pending");
            pair.push(now + stream.bits() % 1_000_000);
        }
        sizes.push(pair.ladder.arena.capacity());
    }
    assert_eq!(sizes[5], sizes[19], "{sizes:?}");
}

#[test]
fn few_events_of_a_bucket_are_sorted_not_spread() {
    let mut pair = Pair::new();
    (0..100).for_each(|index| pair.push(index * 1_000));
    pair.pop_all();
    assert_eq!(pair.ladder.rungs.len(), 1);
}

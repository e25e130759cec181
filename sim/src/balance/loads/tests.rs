//! The view against a plain scan.

use super::*;
use crate::rng::{Seed, Stream};

/// Everything the view answers, computed the slow way.
fn check(view: &Loads, inside: &[bool]) {
    let of = |dyno: &u32| view.load(*dyno);
    let mut all: Vec<u32> = (0..inside.len() as u32).filter(|&d| inside[d as usize]).collect();
    assert_eq!(view.len(), all.len());
    assert!(view.order.is_sorted_by_key(of), "{view:?}");
    all.sort_unstable();
    let sorted = |slice: &[u32]| {
        let mut copy = slice.to_vec();
        copy.sort_unstable();
        copy
    };
    let free: Vec<u32> = all.iter().copied().filter(|d| of(d) < view.limit).collect();
    assert_eq!(sorted(view.free()), free);
    let least = free.iter().map(of).min();
    let tied: Vec<u32> = free.iter().copied().filter(|d| Some(of(d)) == least).collect();
    assert_eq!(sorted(view.least()), tied);
    let idle: Vec<u32> = all.iter().copied().filter(|d| of(d) == 0).collect();
    assert_eq!(sorted(view.idle()), idle);
    assert_eq!(sorted(view.members()), all);
    for (place, &dyno) in view.order.iter().enumerate() {
        assert_eq!(view.place[dyno as usize] as usize, place);
    }
}

#[test]
fn agrees_with_a_plain_scan_whatever_happens() {
    for seed in 0..40 {
        let mut rng = Stream::named(Seed { scenario: seed, replication: 0 }, "loads", 0);
        let dynos = 1 + rng.below(12);
        let mut view = Loads::new(1 + rng.below(4) as u32);
        let mut inside = vec![false; dynos];
        for _ in 0..400 {
            let dyno = rng.below(dynos);
            match rng.below(6) {
                0 => {
                    view.insert(dyno as u32);
                    inside[dyno] = true;
                }
                1 => {
                    view.remove(dyno as u32);
                    inside[dyno] = false;
                }
                2 if view.load(dyno as u32) > 0 => view.finished(dyno as u32),
                3 if rng.below(10) == 0 => view.reload(|dyno| (dyno * 7) % 5),
                _ => view.started(dyno as u32),
            }
            check(&view, &inside);
        }
    }
}

#[test]
#[should_panic(expected = "never started")]
fn finishing_what_never_started_is_a_mistake() {
    let mut view = Loads::new(1);
    view.insert(0);
    view.finished(0);
}

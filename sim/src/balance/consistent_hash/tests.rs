//! The ring's shares and moves, and the bound by hand.

use super::super::trial::{Trial, view};
use super::*;
use crate::config::testing::read_table;
use crate::rng::mix;

fn trial(points: u32, bound: Option<f64>, loads: Loads) -> Trial<ConsistentHash> {
    let bound = bound.map(|bound| (bound * ONE as f64).round() as u64);
    Trial::new(ConsistentHash::new(points, bound, Full::Passes), loads)
}

/// Where each of so many keys goes.
fn homes(trial: &mut Trial<ConsistentHash>, keys: u64) -> Vec<Pick> {
    (0..keys).map(|key| trial.pick(mix(key))).collect()
}

#[test]
fn equal_keys_go_to_one_dyno_in_every_router() {
    let mut one = trial(160, None, view(&[0; 20], 50));
    let mut other = trial(160, None, view(&[7; 20], 50));
    let here = homes(&mut one, 2_000);
    assert_eq!(here, homes(&mut one, 2_000));
    assert_eq!(here, homes(&mut other, 2_000), "loads below the limit do not matter");
}

#[test]
fn one_dyno_more_moves_only_its_own_share() {
    // In theory 1/21 = 4.76 % on average; the new dyno's share of a ring with 100 points has a
    // standard deviation of a tenth of that.
    let mut trial = trial(100, None, view(&[0; 20], 50));
    let before = homes(&mut trial, 100_000);
    trial.loads.insert(20);
    let after = homes(&mut trial, 100_000);
    let moved: Vec<_> = before.iter().zip(&after).filter(|(old, new)| old != new).collect();
    assert!(moved.iter().all(|(_, new)| **new == Pick::Dyno(20)), "keys move to the new dyno only");
    let share = moved.len() as f64 / 100_000.0;
    assert!((share - 1.0 / 21.0).abs() < 0.02, "{share}");
    trial.loads.remove(20);
    assert_eq!(homes(&mut trial, 100_000), before, "and back when it goes");
}

#[test]
fn the_mean_share_that_moves_is_that_of_the_new_dyno() {
    // Over 60 rings of other slots: mean 1/21 with a standard error of 1/21/10/sqrt(60).
    let shares = (0..60_u32).map(|ring| {
        let mut loads = Loads::new(50);
        (ring * 21..ring * 21 + 20).for_each(|dyno| loads.insert(dyno));
        let mut trial = trial(100, None, loads);
        let before = homes(&mut trial, 10_000);
        trial.loads.insert(ring * 21 + 20);
        let after = homes(&mut trial, 10_000);
        before.iter().zip(&after).filter(|(old, new)| old != new).count() as f64 / 10_000.0
    });
    let mean = shares.sum::<f64>() / 60.0;
    assert!((mean - 1.0 / 21.0).abs() < 5.0 / 21.0 / 10.0 / 7.7, "{mean}");
}

#[test]
fn shares_follow_weights() {
    let mut loads = view(&[0; 10], 50);
    loads.set_weight(3, 3.0);
    let mut trial = trial(1_000, None, loads);
    let homes = homes(&mut trial, 60_000);
    let mut counts = [0_i64; 10];
    for home in homes {
        let Pick::Dyno(dyno) = home else { panic!("all are free") };
        counts[dyno as usize] += 1;
    }
    // A dyno's share is off by 1 / sqrt(1000) of it, and the draw by 70 keys.
    for (dyno, count) in counts.iter().enumerate() {
        let mean = if dyno == 3 { 15_000 } else { 5_000 };
        assert!((count - mean).abs() < 5 * 180 * mean / 5_000, "{counts:?}");
    }
}

#[test]
fn a_full_dyno_is_passed_over_for_the_next_on_the_ring() {
    let mut trial = trial(10, None, view(&[0; 5], 1));
    let homes: Vec<u32> = (0..5).map(|_| trial.dispatch_key(7)).collect();
    let first = place_of(7);
    let mut on_ring: Vec<u32> = Vec::new();
    for index in trial.balancer.ring.next(first)..trial.balancer.ring.next(first) + 50 {
        let dyno = trial.balancer.ring.dyno(index);
        if !on_ring.contains(&dyno) {
            on_ring.push(dyno);
        }
    }
    assert_eq!(homes, on_ring);
    assert_eq!(trial.pick(7), Pick::Busy);
    trial.end(homes[2]);
    assert_eq!(trial.pick(7), Pick::Dyno(homes[2]));
}

#[test]
fn places_under_the_bound_are_dealt_as_by_haproxy() {
    // ceil((9 + 1) * 1.25) = 13 places for 4 equal dynos: floors of 3.25, 6.5, 9.75 and 13.
    let mut trial = trial(10, Some(1.25), view(&[5, 4, 0, 0], 50));
    trial.pick(0);
    let places = |trial: &Trial<ConsistentHash>| -> Vec<u64> {
        (0..4).map(|dyno| trial.balancer.places(dyno)).collect()
    };
    assert_eq!(places(&trial), [3, 3, 3, 4]);
    // Weights 1, 1, 1, 3: floors of 13/6, 26/6, 39/6 and 13.
    trial.loads.set_weight(3, 3.0);
    trial.pick(0);
    assert_eq!(places(&trial), [2, 2, 2, 7]);
    // Nobody is left with none: ceil((0 + 1) * 1.25) = 2 places.
    trial.loads.reload(|_| 0);
    trial.pick(0);
    assert_eq!(places(&trial), [1, 1, 1, 1]);
}

#[test]
fn one_key_alone_spreads_by_the_bound_and_no_further() {
    let mut trial = trial(160, Some(1.5), view(&[0; 10], 50));
    for sent in 0..100_u64 {
        let dyno = trial.dispatch_key(42);
        let most = ((sent + 1) * 3).div_ceil(2).div_ceil(10);
        assert!(u64::from(trial.loads.load(dyno)) <= most, "{sent}");
    }
    let mut loads: Vec<u32> = (0..10).map(|dyno| trial.loads.load(dyno)).collect();
    loads.sort_unstable();
    // Six dynos have their 14 or 15 places, the next ones on the ring have the rest.
    assert!(loads[4] >= 14 && loads[9] == 15 && loads[..2] == [0, 0], "{loads:?}");
    // Ends lower the bound.
    let home = trial.dispatch_key(42);
    trial.end(home);
    assert_eq!(trial.balancer.under_way, 100);
}

#[test]
fn when_those_with_places_are_full_the_attempt_waits() {
    // 6 places, weights 1 and 5: the large dyno has 5 of them and a limit of 2.
    let mut loads = view(&[1, 2], 2);
    loads.set_weight(1, 5.0);
    let mut trial = trial(160, Some(1.25), loads);
    assert_eq!(trial.pick(1), Pick::Busy);
    trial.end(1);
    assert_eq!(trial.pick(1), Pick::Dyno(1));
}

#[test]
fn settings_are_checked() {
    for (text, wrong) in [
        ("it.consistent-hash = {}", ""),
        ("it.consistent-hash = { points = 16, bound = \"125%\" }", ""),
        ("it.consistent-hash = { bound = 1.25 }", ""),
        ("it.consistent-hash = { bound = \"unlimited\" }", ""),
        ("it.consistent-hash = { points = 0 }", "from 1 to 10000"),
        ("it.consistent-hash = { bound = \"100%\" }", "more than 100 %"),
        ("it.consistent-hash = { bound = 0.25 }", "more than 100 %"),
        ("it.consistent-hash = { bound = 125 }", "at most 1000 %"),
        ("it.consistent-hash = { bound = true }", "found"),
    ] {
        let none = |_: &str| Err(String::new());
        let (_, problems, _) = read_table(text, &none, |fields| fields.kind("it", "it", &[KIND]));
        match wrong {
            "" => assert!(problems.is_empty(), "{text}: {problems:?}"),
            wrong => assert!(problems[0].message.contains(wrong), "{text}: {problems:?}"),
        }
    }
}

//! The rules of Prequal by hand-made cases.

use super::super::Loads;
use super::*;
use crate::rng::Seed;
use crate::time::SimTime;

const PAPER: Settings =
    Settings { probes: 3.0, remove: 1.0, pool: 16, age: Span::from_secs(1), hot: 0.84, delta: 1.0 };

/// Nothing removed, nothing used up soon.
const LASTING: Settings = Settings { remove: 0.0, delta: 1e6, ..PAPER };

fn rng() -> Stream {
    Stream::named(Seed { scenario: 1, replication: 0 }, "prequal", 0)
}

fn dynos(count: u32, limit: u32) -> Loads {
    let mut loads = Loads::new(limit);
    (0..count).for_each(|dyno| loads.insert(dyno));
    loads
}

fn at(millis: u64) -> SimTime {
    SimTime::ZERO + Span::from_millis(millis)
}

fn report(in_flight: u32, millis: u64, now: SimTime) -> Report {
    Report { in_flight, latency: Span::from_millis(millis), now }
}

fn pick(balancer: &mut Prequal, loads: &Loads, now: SimTime, rng: &mut Stream) -> u32 {
    match balancer.pick(&Ask { loads, now, key: 0 }, rng) {
        Pick::Dyno(dyno) => dyno,
        Pick::Busy => panic!("there are free dynos"),
    }
}

#[test]
fn probes_go_to_distinct_dynos_all_equally_likely() {
    let (mut balancer, loads, mut rng) = (Prequal::new(PAPER), dynos(5, 50), rng());
    let mut counts = [0_u32; 5];
    let mut to = Vec::new();
    for _ in 0..10_000 {
        to.clear();
        balancer.probes(&Ask { loads: &loads, now: at(0), key: 0 }, &mut rng, &mut to);
        let mut distinct = to.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!((to.len(), distinct.len()), (3, 3));
        to.iter().for_each(|&dyno| counts[dyno as usize] += 1);
    }
    assert!(counts.iter().all(|count| count.abs_diff(6_000) < 250), "{counts:?}");
}

#[test]
fn fractions_of_probes_add_up_and_few_dynos_are_probed_once() {
    let mut rng = rng();
    let mut sent = |probes: f64, count: u32| -> Vec<usize> {
        let (mut balancer, loads) = (Prequal::new(Settings { probes, ..PAPER }), dynos(count, 50));
        let mut one = || {
            let mut to = Vec::new();
            balancer.probes(&Ask { loads: &loads, now: at(0), key: 0 }, &mut rng, &mut to);
            to.len()
        };
        (0..4).map(|_| one()).collect()
    };
    assert_eq!(sent(0.5, 9), [0, 1, 0, 1]);
    assert_eq!(sent(1.25, 9), [1, 1, 1, 2]);
    assert_eq!(sent(3.0, 2), [2, 2, 2, 2]);
    assert_eq!(sent(3.0, 0), [0, 0, 0, 0]);
}

#[test]
fn the_reuse_budget_is_the_papers() {
    let reuse = |settings: Settings, dynos| Prequal::new(settings).reuse(dynos);
    // (1 + 1) / ((1 - 16 / 100) x 3 - 1) = 2 / 1.52.
    assert!((reuse(PAPER, 100) - 2.0 / 1.52).abs() < 1e-12);
    assert_eq!(reuse(Settings { delta: 0.0, ..PAPER }, 100), 1.0, "at least once");
    assert_eq!(reuse(PAPER, 16), f64::INFINITY);
    assert_eq!(reuse(PAPER, 20), f64::INFINITY, "(1 - 16 / 20) x 3 is less than 1");
    let (balancer, mut rng) = (Prequal::new(PAPER), rng());
    let budgets: Vec<u32> = (0..10_000).map(|_| balancer.budget(100, &mut rng)).collect();
    assert!(budgets.iter().all(|&budget| budget == 1 || budget == 2));
    let mean = f64::from(budgets.iter().sum::<u32>()) / 10_000.0;
    assert!((mean - 2.0 / 1.52).abs() < 0.025, "{mean}");
    assert_eq!(balancer.budget(10, &mut rng), u32::MAX);
}

#[test]
fn a_chosen_probe_counts_one_more_attempt() {
    let settings = Settings { hot: 0.0, ..LASTING };
    let (mut balancer, loads, mut rng) = (Prequal::new(settings), dynos(100, 50), rng());
    balancer.probed(1, &report(2, 1, at(0)));
    balancer.probed(2, &report(0, 1, at(0)));
    // By attempts alone: 0, then 1, then 2 against 2, where the newer wins, then 3 against 2.
    let picks: Vec<u32> = (0..4).map(|_| pick(&mut balancer, &loads, at(1), &mut rng)).collect();
    assert_eq!(picks, [2, 2, 2, 1]);
}

#[test]
fn a_probe_is_used_as_often_as_its_budget_says() {
    let settings = Settings { remove: 0.0, delta: 0.0, probes: 1.0, ..PAPER };
    // (1 + 0) / (1 - 16 / 32) = 2 uses.
    let (mut balancer, loads, mut rng) = (Prequal::new(settings), dynos(32, 50), rng());
    for dyno in [3, 4, 5] {
        balancer.probed(dyno, &report(0, 100 + u64::from(dyno), at(0)));
    }
    balancer.known.get_mut(0).left = Some(1);
    let picks: Vec<u32> = (0..3).map(|_| pick(&mut balancer, &loads, at(1), &mut rng)).collect();
    // All are hot, the newest is taken; its one attempt more lets the older ones win.
    assert_eq!(picks, [5, 4, 3]);
    let left = [0, 1].map(|at| (balancer.known.get(at).dyno, balancer.known.get(at).left));
    assert_eq!(left, [(4, Some(1)), (5, Some(1))], "the one with a single use is gone");
}

#[test]
fn answers_age_and_go_with_their_dyno() {
    let (mut balancer, mut loads, mut rng) = (Prequal::new(LASTING), dynos(100, 50), rng());
    for dyno in [1, 2, 3] {
        balancer.probed(dyno, &report(0, 1, at(0)));
    }
    balancer.probed(4, &report(5, 1, at(900)));
    balancer.probed(5, &report(5, 1, at(900)));
    assert!([1, 2, 3].contains(&pick(&mut balancer, &loads, at(1_000), &mut rng)));
    // A nanosecond past their age the first three are gone.
    let late = at(1_000) + Span::from_nanos(1);
    assert!([4, 5].contains(&pick(&mut balancer, &loads, late, &mut rng)));
    // Fewer than two: at random over all dynos.
    loads.remove(4);
    let picks: Vec<u32> = (0..50).map(|_| pick(&mut balancer, &loads, late, &mut rng)).collect();
    assert!(picks.iter().all(|&dyno| dyno != 4) && picks.iter().any(|&dyno| dyno != 5));
}

#[test]
fn removal_takes_turns_between_the_oldest_and_the_worst() {
    let settings = Settings { remove: 1.0, delta: 1e6, ..PAPER };
    let (mut balancer, loads, mut rng) = (Prequal::new(settings), dynos(100, 50), rng());
    for (dyno, in_flight) in [(1, 0), (2, 9), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0)] {
        balancer.probed(dyno, &report(in_flight, 10 - u64::from(dyno), at(0)));
    }
    let mut rest = || {
        pick(&mut balancer, &loads, at(1), &mut rng);
        let mut dynos = Vec::new();
        balancer.known.retain(|probe| {
            dynos.push(probe.dyno);
            true
        });
        dynos
    };
    assert_eq!(rest(), [2, 3, 4, 5, 6, 7], "the oldest");
    assert_eq!(rest(), [3, 4, 5, 6, 7], "the worst, which is the one with nine attempts");
    assert_eq!(rest(), [4, 5, 6, 7], "the oldest");
}

#[test]
fn the_limit_holds_for_probed_and_for_random_dynos() {
    let (mut balancer, mut loads, mut rng) = (Prequal::new(LASTING), dynos(3, 1), rng());
    for dyno in [0, 1, 2] {
        balancer.probed(dyno, &report(0, 1, at(0)));
    }
    for _ in 0..3 {
        let dyno = pick(&mut balancer, &loads, at(1), &mut rng);
        assert!(loads.is_free(dyno));
        loads.started(dyno);
    }
    let ask = Ask { loads: &loads, now: at(1), key: 0 };
    assert_eq!(balancer.pick(&ask, &mut rng), Pick::Busy);
}

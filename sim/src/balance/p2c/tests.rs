//! The ways of drawing and the memory.

use super::super::testing::picks;
use super::super::trial::{Trial, view};
use super::super::weights::PerWeight;
use super::super::{Ask, Loads, Outcome, Pick};
use super::choice::{P2c, Rule};
use super::haproxy::{Haproxy, Version};
use super::nginx::Nginx;
use super::plain::{Distinct, Knative, Replaced};
use crate::config::testing::read_table;
use crate::rng::Stream;

fn p2c(choices: usize) -> P2c<Distinct> {
    P2c::new(Distinct::new(choices), 0)
}

/// Five standard deviations of a binomial.
fn near(count: u32, draws: u32, p: f64) -> bool {
    let sigma = (f64::from(draws) * p * (1.0 - p)).sqrt();
    (f64::from(count) - f64::from(draws) * p).abs() <= 5.0 * sigma
}

fn all_near(counts: &[u32], shares: &[f64]) {
    let draws = counts.iter().sum();
    let fine = counts.iter().zip(shares).all(|(&count, &share)| near(count, draws, share));
    assert!(fine, "{counts:?} are not {shares:?}");
}

#[test]
fn two_distinct_dynos_are_compared() {
    // With loads 0, 1, 2 the pairs are (0,1), (0,2), (1,2): two thirds and one third.
    let counts = picks(&mut p2c(2), &[2, 0, 1], 50, 30_000);
    assert_eq!(counts[0], 0);
    assert!(counts[1].abs_diff(20_000) < 410, "{counts:?}");
}

#[test]
fn ties_are_fair() {
    let counts = picks(&mut p2c(2), &[1, 1, 1, 1], 50, 40_000);
    assert!(counts.iter().all(|&count| count.abs_diff(10_000) < 440), "{counts:?}");
}

#[test]
fn as_many_choices_as_dynos_is_the_least_loaded() {
    assert_eq!(picks(&mut p2c(9), &[3, 1, 2], 50, 100), [0, 100, 0]);
}

#[test]
fn one_choice_is_random() {
    let counts = picks(&mut p2c(1), &[9, 0], 50, 10_000);
    assert!(counts[0].abs_diff(5_000) < 250, "{counts:?}");
}

#[test]
fn with_replacement_the_most_loaded_can_win() {
    // Both draws meet the same dyno in one ninth of the picks each.
    let counts = picks(&mut P2c::new(Replaced { choices: 2 }, 0), &[2, 0, 1], 50, 90_000);
    all_near(&counts, &[1.0 / 9.0, 5.0 / 9.0, 3.0 / 9.0]);
    let counts = picks(&mut P2c::new(Replaced { choices: 3 }, 0), &[1, 0], 50, 80_000);
    all_near(&counts, &[1.0 / 8.0, 7.0 / 8.0]);
}

/// How often the first drawn wins a tie, of a thousand.
fn firsts(mut rule: impl Rule) -> u32 {
    let mut trial = Trial::new(p2c(1), view(&[5; 3], 50));
    let (mut firsts, mut drawn) = (0, Vec::new());
    for _ in 0..1_000 {
        drawn.clear();
        let ask = Ask { loads: &trial.loads, now: trial.now, key: 0 };
        let best = rule.choose(&ask, &mut trial.rng, &mut drawn);
        assert_eq!(drawn.len(), 2);
        firsts += u32::from(best == drawn[0]);
    }
    firsts
}

#[test]
fn a_coin_breaks_knatives_ties() {
    let counts = picks(&mut P2c::new(Knative, 0), &[2, 0, 1], 50, 30_000);
    all_near(&counts, &[0.0, 2.0 / 3.0, 1.0 / 3.0]);
    all_near(&picks(&mut P2c::new(Knative, 0), &[1, 1, 1], 50, 30_000), &[1.0 / 3.0; 3]);
    assert_eq!(picks(&mut P2c::new(Knative, 0), &[1], 50, 10), [10]);
    assert!(near(firsts(Knative), 1_000, 0.5));
}

#[test]
fn ties_go_to_the_first_or_to_the_second_drawn() {
    assert_eq!(firsts(Distinct::new(2)), 1_000);
    assert_eq!(firsts(Replaced { choices: 2 }), 1_000);
    assert_eq!(firsts(Nginx::new(2)), 0);
}

#[test]
fn nginx_draws_by_weight_and_compares_for_it() {
    let mut loads = view(&[0, 0, 0], 50);
    loads.set_weight(0, 2.0);
    let mut trial = Trial::new(P2c::new(Nginx::new(2), 0), loads);
    let mut counts = [0; 3];
    for _ in 0..60_000 {
        let Pick::Dyno(dyno) = trial.pick(0) else { panic!("all are free") };
        counts[dyno as usize] += 1;
    }
    // The second of two distinct draws: 0 after 1 or 2 with 2/3 each; 1 after 0 or 2.
    let first = 0.5 * (2.0 / 3.0);
    all_near(&counts, &[first, (1.0 - first) / 2.0, (1.0 - first) / 2.0]);
    // 3 attempts for a weight of 2 are more than 1 for 1, 2 are the same, and then the later wins.
    for (attempts, never) in [(3, 0), (1, 1)] {
        let mut loads = view(&[attempts, 1], 50);
        loads.set_weight(0, 2.0);
        let mut trial = Trial::new(P2c::new(Nginx::new(2), 0), loads);
        assert!((0..100).all(|_| trial.pick(0) != Pick::Dyno(never)));
    }
}

#[test]
fn nginx_falls_back_to_turns() {
    // One of 1,000 is free: 22 draws hardly find it, and never a second one.
    let mut loads = view(&[1; 1_000], 1);
    loads.finished(77);
    let mut trial = Trial::new(P2c::new(Nginx::new(2), 0), loads);
    assert!((0..100).all(|_| trial.pick(0) == Pick::Dyno(77)));
    // With one dyno it is turns at once.
    assert_eq!(picks(&mut P2c::new(Nginx::new(2), 0), &[3], 50, 5), [5]);
    // Two are free: turns alternate when draws are in vain.
    trial.loads.finished(5);
    let picked: Vec<Pick> = (0..100).map(|_| trial.pick(0)).collect();
    assert!(picked.contains(&Pick::Dyno(5)) && picked.contains(&Pick::Dyno(77)));
    trial.start(5);
    trial.end_as(5, Outcome::Failure);
    trial.start(77);
    trial.start(5);
    assert_eq!(trial.pick(0), Pick::Busy);
}

#[test]
fn haproxy_waits_for_a_full_one_though_others_are_free() {
    let mut trial = Trial::new(P2c::new(Haproxy::new(1, Version::V3_3), 0), view(&[1, 0], 1));
    let picks: Vec<Pick> = (0..1_000).map(|_| trial.pick(0)).collect();
    let busy = picks.iter().filter(|pick| **pick == Pick::Busy).count();
    assert!((100..900).contains(&busy) && !picks.contains(&Pick::Dyno(0)), "{busy}");
    let mut two = Trial::new(P2c::new(Haproxy::new(2, Version::V3_3), 0), view(&[1, 0], 1));
    let fewer = (0..1_000).filter(|_| two.pick(0) == Pick::Busy).count();
    assert!(fewer < busy, "both draws must meet the full one");
}

#[test]
fn haproxy_draws_with_replacement_by_the_ring() {
    let mut loads = view(&[0, 0, 0, 9], 50);
    loads.set_weight(3, 1_000.0);
    let mut trial = Trial::new(P2c::new(Haproxy::new(2, Version::V3_3), 0), loads);
    // The one with nearly all points is drawn twice nearly always.
    let heavy = (0..1_000).filter(|_| trial.pick(0) == Pick::Dyno(3)).count();
    assert!((970..1_000).contains(&heavy), "{heavy}");
    // Shares of the ring with 16 points each: far from even, but nobody has none.
    let counts = picks(&mut P2c::new(Haproxy::new(1, Version::V3_3), 0), &[0; 10], 50, 20_000);
    assert!(counts.iter().all(|&count| (700..4_000).contains(&count)), "{counts:?}");
    assert!(counts.iter().any(|&count| !near(count, 20_000, 0.1)), "{counts:?}");
}

/// Draws what it is told to.
struct Told(Vec<u32>);

impl Rule for Told {
    fn choose(&mut self, ask: &Ask<'_>, _: &mut Stream, drawn: &mut Vec<u32>) -> u32 {
        drawn.push(self.0.remove(0));
        assert!(ask.loads.contains(drawn[0]));
        drawn[0]
    }

    fn work(&self, loads: &Loads, dyno: u32, more: u32) -> PerWeight {
        PerWeight::plain(loads.load(dyno) + more)
    }
}

#[test]
fn memory_keeps_the_least_loaded_of_what_it_saw() {
    let mut trial = Trial::new(P2c::new(Told(vec![0, 1, 2, 0, 2, 0]), 1), view(&[0, 3, 4], 9));
    assert_eq!(trial.dispatch(1), [0]);
    // Dyno 0 with 1 attempt is kept; it beats 1 with 3, then with 2 attempts 2 with 4.
    assert_eq!(trial.dispatch(2), [0, 0]);
    // 3 attempts. It draws itself, which changes nothing.
    assert_eq!(trial.dispatch(1), [0]);
    // 4 attempts tie with dyno 2: the fresh draw wins, and dyno 0 with fewer is kept.
    assert_eq!(trial.dispatch(1), [2]);
    trial.loads.remove(0);
    trial.loads.insert(0);
    assert_eq!(trial.dispatch(1), [0]);
}

#[test]
fn memory_forgets_who_is_gone_or_full() {
    let mut trial = Trial::new(P2c::new(Told(vec![0, 1, 0, 2, 1]), 2), view(&[0, 2, 2], 3));
    assert_eq!(trial.dispatch(1), [0]);
    trial.loads.remove(0);
    assert_eq!(trial.dispatch(1), [1], "0 is gone, 1 is now full");
    trial.loads.insert(0);
    assert_eq!(trial.dispatch(2), [0, 2], "on a tie the fresh draw wins");
    assert_eq!(trial.pick(0), Pick::Dyno(0), "what is drawn is full, what is kept is not");
}

#[test]
fn one_dyno_in_memory_is_worth_a_second_draw() {
    // Balls into bins: a thousand attempts that do not end. One draw makes a maximum of 5 or more,
    // two draws or a draw and a memory 3 or 4.
    fn fullest<R: Rule>(rule: R, memory: usize) -> u32 {
        let mut trial = Trial::new(P2c::new(rule, memory), view(&[0; 1_000], 50));
        trial.dispatch(1_000);
        (0..1_000).map(|dyno| trial.loads.load(dyno)).max().unwrap()
    }
    assert!(fullest(Distinct::new(1), 0) >= 5);
    assert!((2..=3).contains(&fullest(Distinct::new(2), 0)));
    assert!((2..=3).contains(&fullest(Distinct::new(1), 1)));
}

#[test]
fn settings_are_checked() {
    for (text, wrong) in [
        ("it = \"p2c\"", ""),
        ("it.p2c = { choices = 16, memory = 16 }", ""),
        ("it.p2c = { choices = 0 }", "from 1 to 16, found `0`"),
        ("it.p2c = { choices = 17 }", "from 1 to 16, found `17`"),
        ("it.p2c = { rule = \"grpc\", choices = 10 }", ""),
        ("it.p2c = { rule = \"grpc\", choices = 11 }", "from 2 to 10 for `grpc`"),
        ("it.p2c = { rule = \"envoy\", choices = 1 }", "from 2 to 16 for `envoy`"),
        ("it.p2c = { rule = \"nginx\", choices = 3 }", "must be 2 for `nginx`"),
        ("it.p2c = { rule = \"knative\", choices = 1 }", "must be 2 for `knative`"),
        ("it.p2c = { rule = \"haproxy\", choices = 1 }", ""),
        ("it.p2c = { rule = \"linkerd\" }", "unknown: `linkerd`"),
        ("it.p2c = { memory = 17 }", "from 0 to 16"),
    ] {
        let none = |_: &str| Err(String::new());
        let (_, problems, _) =
            read_table(text, &none, |fields| fields.kind("it", "it", &[super::KIND]));
        assert_eq!(problems.is_empty(), wrong.is_empty(), "{text}: {problems:?}");
        assert!(problems.iter().all(|problem| problem.message.contains(wrong)), "{problems:?}");
    }
}

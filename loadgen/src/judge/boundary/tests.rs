//! Searches against a target that is known: a line of servers with Poisson arrivals (M/M/c).

use super::*;
use crate::judge::level::{Measure, Rule, judge};
use sim::metrics::{Metric, parse};

/// The p99 of the time in M/M/c with servers that do one request a second, in seconds; infinite from
/// full load on. Erlang's C gives who waits, and both ways through are exponential.
fn p99(servers: u32, rate: f64) -> f64 {
    let (c, load) = (f64::from(servers), rate);
    if load >= c {
        return f64::INFINITY;
    }
    let mut blocked = 1.0;
    for n in 1..=servers {
        blocked = load * blocked / (f64::from(n) + load * blocked);
    }
    let waits = c * blocked / (c - load * (1.0 - blocked));
    let spare = c - load;
    let longer = |t: f64| {
        // Where both ways are as fast, their sum is an Erlang time.
        let both = if (spare - 1.0).abs() < 1e-9 {
            (1.0 + t) * (-t).exp()
        } else {
            (spare * (-t).exp() - (-spare * t).exp()) / (spare - 1.0)
        };
        (1.0 - waits) * (-t).exp() + waits * both
    };
    let (mut low, mut high) = (0.0, 1e6);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if longer(middle) > 0.01 { low = middle } else { high = middle }
    }
    high
}

/// A generator of numbers that are normal enough: sums of twelve from 0 to 1.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..12 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            sum += (self.0 >> 11) as f64 / (1_u64 << 53) as f64;
        }
        sum - 6.0
    }
}

fn search(from: f64, to: f64, growth: Growth) -> Search {
    let stop_when = vec![parse("latency_p99 > 6s").unwrap()];
    Search { from, to, growth, stop_when }
}

/// Runs a search against `p99`, measured with a relative error of `noise`.
fn run(search: &Search, whole: bool, noise: f64, seed: u64) -> (Answer, Boundary) {
    let rules: Vec<Rule> = search.stop_when.iter().map(Rule::stop_when).collect();
    let (mut boundary, mut chance) = (Boundary::new(search, whole), Noise(seed));
    for _ in 0..200 {
        match boundary.next() {
            Next::Done(answer) => return (answer, boundary),
            Next::Hold(level) => {
                assert!((search.from..=search.to).contains(&level), "{level}");
                assert!(!whole || level.fract() == 0.0, "{level}");
                let truth = p99(10, level);
                let error = noise * truth;
                let mean = truth + error * if noise > 0.0 { chance.next() } else { 0.0 };
                let half = 1.96 * error;
                let measure = Measure { mean, ci95: Some((mean - half, mean + half)) };
                let measure =
                    if truth.is_finite() { measure } else { Measure { mean: truth, ci95: None } };
                boundary.held(level, judge(&rules, |_, _: Metric| Some(measure)));
            }
        }
    }
    panic!("the search does not end");
}

/// Where p99 is 6 s with ten servers.
fn truth() -> f64 {
    let (mut low, mut high) = (1.0, 10.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if p99(10, middle) > 6.0 { high = middle } else { low = middle }
    }
    low
}

#[test]
fn a_line_of_servers_is_what_theory_says() {
    // One server: exponential with what is spare, ln 100 / (1 - load).
    assert!((p99(1, 0.5) - 100_f64.ln() / 0.5).abs() < 1e-9);
    assert!((p99(10, 0.01) - 100_f64.ln()).abs() < 1e-3);
    assert!(truth() > 8.0 && truth() < 10.0, "{}", truth());
}

#[test]
fn without_noise_the_boundary_is_met_to_a_twentieth() {
    for growth in [Growth::Geometric(2.0), Growth::Geometric(1.3), Growth::Linear(1.5)] {
        let (answer, _) = run(&search(1.0, 100.0, growth), false, 0.0, 1);
        let Outcome::Between(good, bad) = answer.outcome else { panic!("{answer:?}") };
        assert!(good <= truth() && truth() < bad && bad <= 1.05 * good, "{answer:?}");
        assert_eq!(answer.boundary, Some(good));
        assert!(answer.held < 20, "{answer:?}");
    }
}

#[test]
fn users_are_whole() {
    let (answer, _) = run(&search(1.0, 100.0, Growth::Geometric(2.0)), true, 0.0, 1);
    assert_eq!(answer.outcome, Outcome::Between(truth().floor(), truth().floor() + 1.0));
}

#[test]
fn the_ends_of_the_range_are_answers() {
    let (answer, boundary) = run(&search(1.0, 5.0, Growth::Geometric(2.0)), false, 0.01, 1);
    assert_eq!((answer.outcome, answer.boundary), (Outcome::Above(5.0), Some(5.0)));
    assert!(answer.confidence.unwrap() > 0.99, "{answer:?}");
    assert_eq!(
        boundary.levels().map(|(height, _)| height).collect::<Vec<_>>(),
        [1.0, 2.0, 4.0, 5.0]
    );
    let (answer, _) = run(&search(9.9, 20.0, Growth::Linear(1.0)), false, 0.01, 1);
    assert_eq!((answer.outcome, answer.boundary), (Outcome::Below(9.9), None));
    assert_eq!(answer.ci95, (0.0, 9.9));
    let (answer, _) = run(&search(5.0, 5.0, Growth::Linear(1.0)), false, 0.01, 1);
    assert_eq!(answer.outcome, Outcome::Above(5.0));
}

#[test]
fn noise_widens_the_answer_and_the_answer_knows_it() {
    let truth = truth();
    let (mut inside, mut covered, mut promised) = (0, 0, 0.0);
    let seeds = 400;
    for seed in 0..seeds {
        let (answer, _) = run(&search(1.0, 9.9, Growth::Geometric(2.0)), false, 0.05, seed);
        let (good, bad) = match answer.outcome {
            Outcome::Between(good, bad) => (good, bad),
            Outcome::Above(good) => (good, f64::INFINITY),
            other => panic!("{other:?}"),
        };
        inside += i32::from(good <= truth && truth < bad);
        covered += i32::from(answer.ci95.0 <= truth && truth < answer.ci95.1);
        promised += answer.confidence.unwrap();
        assert!(answer.held < 30, "{answer:?}");
    }
    let share = |count: i32| f64::from(count) / seeds as f64;
    let promised = promised / seeds as f64;
    println!("inside {} promised {promised} covered {}", share(inside), share(covered));
    assert!(share(inside) > 0.5 && (share(inside) - promised).abs() < 0.1, "{promised}");
    assert!(share(covered) > 0.9);
}

#[test]
fn a_level_is_bad_when_it_is_surely_so_or_twice() {
    let good = Try { bad: false, sure: true, beyond: Some(-3.0) };
    let maybe = Try { bad: true, sure: false, beyond: Some(1.0) };
    let surely = Try { bad: true, sure: true, beyond: Some(5.0) };
    for (tries, found) in [
        (vec![], Found::Open),
        (vec![good], Found::Good),
        (vec![maybe], Found::Open),
        (vec![surely], Found::Bad),
        (vec![maybe, maybe], Found::Bad),
        (vec![maybe, good], Found::Open),
        (vec![good, surely], Found::Open),
        (vec![maybe, good, good], Found::Good),
        (vec![good, surely, maybe], Found::Bad),
    ] {
        assert_eq!(
            Level { height: 1.0, tries: tries.clone(), void: 0 }.found(),
            found,
            "{tries:?}"
        );
    }
}

#[test]
fn a_void_level_is_held_again_and_at_last_given_up() {
    let mut boundary = Boundary::new(&search(1.0, 8.0, Growth::Geometric(2.0)), false);
    for _ in 0..3 {
        assert_eq!(boundary.next(), Next::Hold(1.0));
        boundary.void(1.0);
    }
    let Next::Done(answer) = boundary.next() else { panic!("it goes on") };
    assert_eq!((answer.outcome, answer.boundary, answer.held), (Outcome::Starved(1.0), None, 3));
    assert_eq!(answer.confidence, None);
}

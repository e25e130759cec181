//! The law by which dynos are chosen that are to have less than others.

use super::super::members::tests::{app, mesh};
use super::*;
use crate::balance::Outcome;
use crate::time::Span;

const SEED: Seed = Seed { scenario: 9, replication: 0 };

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(seconds)
}

/// How often each dyno is picked in so many picks at an instant; no pick is counted as load.
fn picks(view: &mut View, dynos: usize, now: SimTime, draws: u32) -> Vec<u32> {
    let mut counts = vec![0; dynos];
    for _ in 0..draws {
        let members = view.loads.len();
        let Pick::Dyno(dyno) = view.pick(now, 0) else { panic!("a dyno is free") };
        assert_eq!(view.loads.len(), members, "who was declined is back in the view");
        counts[dyno as usize] += 1;
    }
    counts
}

#[test]
fn random_follows_the_weights_exactly() {
    let mesh = mesh("routers = 4\naperture.deterministic = { least = 2 }");
    let mut view = View::new(&mesh, &app(6), 1, SEED);
    // The slice weighs 1/2, 1, 1, 1/2: shares of 1/6 and 1/3. Five standard deviations of a binomial.
    let counts = picks(&mut view, 6, at(1), 60_000);
    for (dyno, expected, within) in [(1, 10_000, 457), (2, 20_000, 578), (3, 20_000, 578)] {
        assert!(counts[dyno].abs_diff(expected) < within, "{counts:?}");
    }
    assert_eq!((counts[0], counts[5]), (0, 0));
}

#[test]
fn a_dyno_that_warms_gets_its_weight_of_what_the_strategy_would_give_it() {
    let mesh = mesh("balancer = 'least-loaded'\nslow-start = { window = '100s' }");
    let mut view = View::new(&mesh, &app(3), 0, SEED);
    for dyno in [0, 1] {
        view.started(DynoId(dyno), at(0), 0);
    }
    view.forgive(DynoId(2), at(0));
    // It alone is idle, so all would go there; a quarter does, and the others share the rest.
    let counts = picks(&mut view, 3, at(25), 40_000);
    for (dyno, expected) in [(0, 15_000), (1, 15_000), (2, 10_000)] {
        assert!(counts[dyno].abs_diff(expected) < 485, "{counts:?}");
    }
    assert_eq!(picks(&mut view, 3, at(100), 100), [0, 0, 100], "it is warm");
}

#[test]
fn when_all_warm_alike_none_is_left_out() {
    for balancer in ["random", "round-robin", "least-loaded", "p2c"] {
        let mesh = mesh(&format!("balancer = '{balancer}'\nslow-start = {{ window = '100s' }}"));
        let mut view = View::new(&mesh, &app(4), 0, SEED);
        (0..4).for_each(|dyno| view.forgive(DynoId(dyno), at(0)));
        let counts = picks(&mut view, 4, at(10), 40_000);
        // Nothing is refused; round-robin begins after whom it named last, so it is not quite even.
        assert_eq!(counts.iter().sum::<u32>(), 40_000);
        assert!(
            counts.iter().all(|count| count.abs_diff(10_000) < 1_000),
            "{balancer}: {counts:?}"
        );
    }
}

#[test]
fn the_only_dyno_is_taken_however_cold_it_is() {
    let mesh = mesh("slow-start = {}\nlimit = 1");
    let mut view = View::new(&mesh, &app(1), 0, SEED);
    view.forgive(DynoId(0), at(0));
    assert_eq!(picks(&mut view, 1, at(0), 1_000), [1_000]);
    view.started(DynoId(0), at(0), 0);
    assert_eq!(view.pick(at(0), 0), Pick::Busy);
}

#[test]
fn a_failure_that_counts_on_is_load_until_it_is_forgotten() {
    let mesh = mesh("balancer = 'idle-only'\nerrors-as-load = {}");
    let mut view = View::new(&mesh, &app(1), 0, SEED);
    view.started(DynoId(0), at(0), 0);
    let end = End { outcome: Outcome::Failure, latency: Span::ZERO, now: at(0) };
    view.ended(DynoId(0), &end, true, 0);
    assert_eq!((view.loads.load(0), view.pick(at(0), 0)), (1, Pick::Busy));
    view.forget(DynoId(0));
    assert_eq!(view.pick(at(1), 0), Pick::Dyno(0));
}

#[test]
fn an_idle_dyno_that_was_not_taken_because_it_warms_is_idle_still() {
    let mesh = mesh("balancer = 'jiq'\nslow-start = { window = '100s' }");
    let mut view = View::new(&mesh, &app(3), 0, SEED);
    view.forgive(DynoId(2), at(0));
    view.idle(DynoId(2));
    // At a tenth of its weight it is declined time and again, until it is taken once.
    let picks = std::iter::repeat_with(|| view.pick(at(0), 0)).take(1_000);
    let mut taken = picks.map(|pick| pick == Pick::Dyno(2));
    let first = taken.position(|taken| taken).unwrap();
    assert!(first > 0, "it is declined at first");
    drop(taken);
    assert_eq!(view.known_idle(), 0, "its word was used once");
}

#[test]
fn a_router_uses_the_dynos_of_its_slice_and_those_that_are_new_to_it() {
    let mesh = mesh("routers = 3\naperture.deterministic = { least = 1 }\nbalancer = 'jiq'");
    let mut view = View::new(&mesh, &app(3), 1, SEED);
    assert_eq!([0, 1, 2, 3].map(|dyno| view.uses(DynoId(dyno))), [false, true, false, true]);
    view.quarantine(DynoId(1), at(0), at(9));
    assert!(view.loads.is_empty() && view.uses(DynoId(1)));
}

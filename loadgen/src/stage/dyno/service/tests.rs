//! The process models against times that can be worked out by hand.

use super::*;
use sim::platform::Sharing;
use sim::units::Limit;

fn at(millis: u64) -> SimTime {
    SimTime::ZERO + Span::from_millis(millis)
}

fn process(most: u32, backlog: u32, cpu: Sharing) -> Process {
    Process { most, backlog: Limit::At(backlog), cpu }
}

fn job(ticket: u64, millis: u64, cpu: f64) -> Job {
    Job { ticket, work: Span::from_millis(millis), cpu }
}

/// When each ticket ends, in milliseconds, if the dyno is asked only at each `ask`.
fn ends(service: &mut Service, arrivals: &[(u64, Job)], asks: &[u64]) -> Vec<(u64, u64)> {
    let mut lot = |_, work| (work, false);
    let mut found = Vec::new();
    let mut ended = Vec::new();
    for &(when, job) in arrivals {
        service.advance(at(when), &mut lot, &mut ended);
        service.arrive(at(when), job, &mut lot).unwrap();
    }
    for &ask in asks {
        service.advance(at(ask), &mut lot, &mut ended);
        found.extend(ended.drain(..).map(|ended| (ended.ticket, ask)));
    }
    found
}

#[test]
fn a_late_question_does_not_delay_the_next_worker() {
    let mut service = Service::new(process(1, 10, Sharing::Own));
    let arrivals = [(0, job(1, 10, 1.0)), (0, job(2, 10, 1.0)), (0, job(3, 10, 1.0))];
    // Asked first at 19: the second has begun at 10 all the same, and the third ends at 30.
    assert_eq!(ends(&mut service, &arrivals, &[19, 20, 29, 30]), [(1, 19), (2, 20), (3, 30)]);
    assert_eq!((service.begun(), service.held()), (3, 0));
}

#[test]
fn beyond_the_backlog_is_refused() {
    let mut service = Service::new(process(2, 1, Sharing::Own));
    let mut lot = |_, work| (work, false);
    for ticket in 0..3 {
        assert_eq!(service.arrive(at(0), job(ticket, 10, 1.0), &mut lot), Ok(()));
    }
    assert_eq!(service.arrive(at(0), job(3, 10, 1.0), &mut lot), Err(Full::Refused));
    service.freeze(at(0));
    assert_eq!(service.arrive(at(0), job(4, 10, 1.0), &mut lot), Err(Full::Frozen));
    assert_eq!(service.held(), 3);
}

#[test]
fn shared_cores_slow_each_other_and_waits_are_free() {
    let mut service = Service::new(process(9, 9, Sharing::Cores(1)));
    let arrivals = [(0, job(1, 10, 1.0)), (0, job(2, 10, 1.0))];
    assert_eq!(ends(&mut service, &arrivals, &[19, 20]), [(1, 20), (2, 20)]);
    let mut service = Service::new(process(9, 9, Sharing::Cores(1)));
    let arrivals = [(0, job(1, 10, 0.0)), (0, job(2, 10, 0.0))];
    assert_eq!(ends(&mut service, &arrivals, &[9, 10]), [(1, 10), (2, 10)]);
}

#[test]
fn a_loop_runs_bursts_in_turn_and_the_last_after_the_wait() {
    let mut service = Service::new(process(9, 9, Sharing::Turns));
    // The first: 5 ms of CPU, 10 of waiting, 5 of CPU. The second takes the loop from 5 to 25.
    let arrivals = [(0, job(1, 20, 0.5)), (0, job(2, 20, 1.0))];
    assert_eq!(ends(&mut service, &arrivals, &[24, 25, 29, 30]), [(2, 25), (1, 30)]);
}

#[test]
fn a_freeze_moves_all_ends() {
    for sharing in [Sharing::Own, Sharing::Cores(1), Sharing::Turns] {
        let mut service = Service::new(process(1, 5, sharing));
        let mut lot = |_, work| (work, false);
        let mut ended = Vec::new();
        service.arrive(at(0), job(1, 10, 1.0), &mut lot).unwrap();
        service.advance(at(4), &mut lot, &mut ended);
        service.freeze(at(4));
        assert_eq!(service.next(), None);
        service.arrive(at(50), job(2, 10, 1.0), &mut lot).unwrap();
        service.advance(at(104), &mut lot, &mut ended);
        assert!(ended.is_empty());
        service.thaw(at(104), &mut lot);
        assert_eq!(service.next(), Some(at(110)), "{sharing:?}");
        service.advance(at(120), &mut lot, &mut ended);
        let tickets: Vec<u64> = ended.iter().map(|ended| ended.ticket).collect();
        assert_eq!(tickets, [1, 2], "{sharing:?}");
    }
}

#[test]
fn failures_take_their_time_and_no_cpu() {
    let mut service = Service::new(process(9, 9, Sharing::Turns));
    let mut lot = |_, _| (Span::from_millis(1), true);
    let mut ended = Vec::new();
    for ticket in 0..5 {
        service.arrive(at(0), job(ticket, 10, 1.0), &mut lot).unwrap();
    }
    service.advance(at(1), &mut lot, &mut ended);
    assert_eq!(ended.len(), 5);
    assert!(ended.iter().all(|ended| !ended.good));
}

#[test]
fn a_crash_loses_all_and_leaves_a_dyno_as_new() {
    let mut service = Service::new(process(1, 5, Sharing::Cores(1)));
    let mut lot = |_, work| (work, false);
    service.arrive(at(0), job(1, 10, 1.0), &mut lot).unwrap();
    service.arrive(at(0), job(2, 10, 1.0), &mut lot).unwrap();
    service.clear();
    assert_eq!((service.held(), service.next(), service.begun()), (0, None, 1));
    service.arrive(at(20), job(3, 10, 1.0), &mut lot).unwrap();
    assert_eq!(service.next(), Some(at(30)));
}

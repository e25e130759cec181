//! The CPU against a naive fluid simulation, in which every burst is advanced at every step.

use super::*;
use crate::rng::{Seed, Stream};

/// A burst of the naive simulation: its seat and what it still needs, in nanoseconds.
type Burst = (u32, f64);

/// Each end before a burst's own may delay it by up to a nanosecond: how far it may be off.
const NEAR: f64 = 100.0;

/// Lets `nanos` pass for bursts, in the order in which they came; gives the seats that ended, each
/// with its instant.
fn pass(bursts: &mut Vec<Burst>, sharing: Sharing, from: f64, nanos: f64) -> Vec<(f64, u32)> {
    let (mut at, end, mut ended) = (from, from + nanos, Vec::new());
    while !bursts.is_empty() {
        let (running, rate) = match sharing {
            Sharing::Cores(cores) => {
                (bursts.len(), (f64::from(cores) / bursts.len() as f64).min(1.0))
            }
            _ => (1, 1.0),
        };
        let least = bursts[..running].iter().map(|burst| burst.1).fold(f64::INFINITY, f64::min);
        let step = (least.max(0.0) / rate).min(end - at);
        at += step;
        for burst in &mut bursts[..running] {
            burst.1 -= step * rate;
        }
        if at >= end && bursts[..running].iter().all(|burst| burst.1 > 1e-3) {
            break;
        }
        let done = bursts[..running].iter().position(|burst| burst.1 <= 1e-3);
        ended.extend(done.map(|done| (at, bursts.remove(done).0)));
    }
    ended
}

/// Lets time pass for the CPU; gives the seats whose bursts ended, each with its instant.
fn run(cpu: &mut Cpu, until: SimTime) -> Vec<(f64, u32)> {
    let mut ended = Vec::new();
    while let Some(at) = cpu.next_end().filter(|&at| at <= until) {
        let seat = cpu.ended(at).expect("the first in line has ended at its instant");
        cpu.leave(at, seat);
        ended.push((at.nanos() as f64, seat));
    }
    ended
}

#[test]
fn agrees_with_a_naive_simulation_whoever_comes_and_goes() {
    let kinds = [Sharing::Cores(1), Sharing::Cores(3), Sharing::Cores(8), Sharing::Turns];
    for scenario in 0..60 {
        let sharing = kinds[scenario as usize % 4];
        let mut rng = Stream::named(Seed { scenario, replication: 0 }, "cpu", 0);
        let mut cpu = Cpu::new(sharing).unwrap();
        let (mut bursts, mut now): (Vec<Burst>, u64) = (Vec::new(), 0);
        let mut stopped = false;
        for _ in 0..600 {
            let gap = 1 + rng.below(2_000_000) as u64;
            let mut naive = Vec::new();
            if !stopped {
                naive = pass(&mut bursts, sharing, now as f64, gap as f64);
            }
            now += gap;
            let mut found = run(&mut cpu, SimTime::from_nanos(now));
            // A burst that ends about this instant may fall to either side of it.
            let at_end = |(at, _): &&(f64, u32)| (now as f64 - at).abs() < NEAR;
            if naive.len() != found.len() {
                let late: Vec<u32> = naive.iter().filter(at_end).map(|end| end.1).collect();
                assert!(naive.len() - found.len() <= late.len(), "{naive:?} {found:?}");
                for seat in late {
                    if !found.iter().any(|end| end.1 == seat) {
                        cpu.leave(SimTime::from_nanos(now), seat);
                        found.push((now as f64, seat));
                    }
                }
            }
            for (one, other) in naive.iter().zip(&found) {
                assert_eq!(one.1, other.1, "{naive:?} {found:?}");
                // Later only by rounding.
                assert!((one.0 - other.0).abs() < NEAR, "{one:?} {other:?}");
            }
            let seat = rng.below(30) as u32;
            match bursts.iter().position(|burst| burst.0 == seat) {
                Some(at) if rng.below(3) == 0 => {
                    bursts.remove(at);
                    cpu.leave(SimTime::from_nanos(now), seat);
                }
                None => {
                    let burst = 1_000 + rng.below(8_000_000) as u64;
                    bursts.push((seat, burst as f64));
                    cpu.join(SimTime::from_nanos(now), seat, Span::from_nanos(burst));
                }
                _ => {}
            }
            if rng.below(20) == 0 {
                stopped = !stopped;
                let at = SimTime::from_nanos(now);
                if stopped { cpu.stop(at) } else { cpu.go(at) }
            }
            assert_eq!(cpu.len(), bursts.len());
        }
    }
}

fn at(millis: u64) -> SimTime {
    SimTime::ZERO + Span::from_millis(millis)
}

#[test]
fn two_that_share_a_core_take_twice_as_long() {
    let mut cpu = Cpu::new(Sharing::Cores(1)).unwrap();
    assert!(cpu.join(at(0), 0, Span::from_millis(100)));
    assert!(!cpu.join(at(50), 1, Span::from_millis(100)));
    assert_eq!(cpu.next_end(), Some(at(150)));
    assert_eq!((cpu.ended(at(149)), cpu.ended(at(150))), (None, Some(0)));
    assert!(!cpu.leave(at(150), 0));
    // The other one had half of 100 ms and now has the core to itself.
    assert_eq!(cpu.next_end(), Some(at(200)));
    assert!(cpu.leave(at(200), 1));
    assert_eq!(cpu.next_end(), None);
}

#[test]
fn bursts_in_turn_run_to_their_ends() {
    let mut cpu = Cpu::new(Sharing::Turns).unwrap();
    assert!(cpu.join(at(0), 7, Span::from_millis(100)));
    assert!(!cpu.join(at(10), 3, Span::from_millis(5)));
    assert!(!cpu.join(at(10), 4, Span::from_millis(5)));
    assert_eq!(cpu.next_end(), Some(at(100)));
    // One that waits for its turn may go; the order of the others is what it was.
    cpu.leave(at(20), 3);
    assert_eq!(cpu.ended(at(100)), Some(7));
    cpu.leave(at(100), 7);
    assert_eq!((cpu.next_end(), cpu.busy()), (Some(at(105)), 1));
}

#[test]
fn what_stands_still_goes_on_where_it_stopped() {
    for sharing in [Sharing::Cores(1), Sharing::Turns] {
        let mut cpu = Cpu::new(sharing).unwrap();
        cpu.join(at(0), 0, Span::from_millis(100));
        cpu.stop(at(40));
        assert_eq!(cpu.next_end(), None);
        cpu.go(at(1040));
        assert_eq!(cpu.next_end(), Some(at(1100)));
    }
}

#[test]
fn an_endless_burst_never_ends() {
    let mut cpu = Cpu::new(Sharing::Cores(1)).unwrap();
    for seat in 0..1000 {
        cpu.join(at(1), seat, Span::MAX);
    }
    assert_eq!(cpu.next_end(), Some(SimTime::NEVER));
    assert_eq!(cpu.ended(at(1 << 40)), None);
}

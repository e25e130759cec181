//! The view against a slow recomputation, whatever happens; and a few histories by hand.

use super::*;
use crate::balance::around::aperture::{Aperture, Deterministic};
use crate::balance::around::subset::Subset;
use crate::balance::{Outcome, Strategy};
use crate::config::testing::read_table;
use crate::rng::{Stream, Streams};
use crate::time::Span;
use std::collections::VecDeque;

const SEED: Seed = Seed { scenario: 5, replication: 0 };

/// A mesh with these settings.
pub(in crate::platform::router) fn mesh(text: &str) -> Mesh {
    let open = |_: &str| Err("there are no files".to_string());
    let (mesh, problems, _) = read_table(text, &open, Mesh::read);
    assert_eq!(problems, [], "{text}");
    mesh
}

/// An app with so many dynos.
pub(in crate::platform::router) fn app(dynos: u32) -> App {
    let open = |_: &str| Err("there are no files".to_string());
    let text = format!("dynos = {dynos}\nendpoint.home.work.constant = '1s'");
    read_table(&text, &open, |fields| App::read("shop", fields)).0
}

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(seconds)
}

/// A router's members with their view, and what happened to the dynos, kept in the plainest way.
struct Lab {
    mesh: Mesh,
    row: u32,
    loads: Loads,
    members: Members,
    routed: Vec<bool>,
    until: Vec<Option<SimTime>>,
    /// Quarantines in the order in which they end.
    ends: VecDeque<(SimTime, u32)>,
    now: SimTime,
}

impl Lab {
    fn new(text: &str, dynos: u32, row: u32) -> Lab {
        let mesh = mesh(text);
        let mut loads = Loads::new(50);
        let members = Members::new(&mesh, &app(dynos), row, SEED, &mut loads);
        let routed = vec![true; dynos as usize];
        let until = vec![None; dynos as usize];
        let (ends, now) = (VecDeque::new(), SimTime::ZERO);
        Lab { mesh, row, loads, members, routed, until, ends, now }
    }

    fn up(&mut self, dyno: u32) {
        if self.routed.len() <= dyno as usize {
            self.routed.resize(dyno as usize + 1, false);
            self.until.resize(dyno as usize + 1, None);
        }
        self.routed[dyno as usize] = true;
        self.until[dyno as usize] = None;
        self.members.up(&mut self.loads, DynoId(dyno), self.now);
    }

    fn down(&mut self, dyno: u32) -> bool {
        self.routed[dyno as usize] = false;
        self.members.down(&mut self.loads, DynoId(dyno), self.now)
    }

    fn quarantine(&mut self, dyno: u32) {
        let until = self.now + Span::from_secs(5);
        let fresh = self.members.quarantine(&mut self.loads, DynoId(dyno), self.now, until);
        assert_eq!(fresh, self.until[dyno as usize].is_none_or(|until| until <= self.now));
        if fresh {
            self.until[dyno as usize] = Some(until);
            self.ends.push_back((until, dyno));
        }
    }

    /// A second passes; quarantines end.
    fn pass(&mut self) {
        self.now += Span::from_secs(1);
        while self.ends.front().is_some_and(|(until, _)| *until <= self.now) {
            let (_, dyno) = self.ends.pop_front().unwrap();
            self.members.release(&mut self.loads, DynoId(dyno), self.now);
        }
    }

    fn end(&mut self, dyno: u32, outcome: Outcome, times: u32) {
        for _ in 0..times {
            let end = End { outcome, latency: Span::ZERO, now: self.now };
            self.members.ended(&mut self.loads, DynoId(dyno), &end);
        }
    }

    fn members(&self) -> Vec<u32> {
        let mut members = self.loads.members().to_vec();
        members.sort_unstable();
        members
    }

    /// The members by the definition, each with its weight from the choice.
    fn expected(&self) -> Vec<(u32, f64)> {
        let routed: Vec<u32> =
            (0..self.routed.len() as u32).filter(|&dyno| self.routed[dyno as usize]).collect();
        let around = &self.mesh.around;
        let chosen: Vec<(u32, f64)> = match (around.aperture, around.subset) {
            (Some(Aperture::Deterministic(Deterministic { least })), _) => {
                let slice = Deterministic { least };
                let slice = slice.slice(self.row, self.mesh.routers, routed.len());
                slice.into_iter().map(|(place, weight)| (routed[place], weight)).collect()
            }
            (_, Some(Subset { size })) => {
                let shuffles = Streams::named(SEED, "subset.shop");
                let places = Subset { size }.of(self.row, routed.len(), shuffles);
                places.into_iter().map(|place| (routed[place], 1.0)).collect()
            }
            _ => routed.iter().map(|&dyno| (dyno, 1.0)).collect(),
        };
        let ejected = |dyno: u32| {
            let around = self.members.around.as_ref();
            around.is_some_and(|a| a.watch.as_ref().is_some_and(|watch| watch.is_ejected(dyno)))
        };
        let healthy = |dyno: u32| {
            self.until[dyno as usize].is_none_or(|until| until <= self.now) && !ejected(dyno)
        };
        let count = chosen.iter().filter(|(dyno, _)| healthy(*dyno)).count();
        let panicking = around.panic.is_some_and(|panic| panic.is_on(count, chosen.len()));
        let mut members: Vec<(u32, f64)> =
            chosen.into_iter().filter(|(dyno, _)| panicking || healthy(*dyno)).collect();
        if let Some(Aperture::Load(_)) = around.aperture {
            let tokens = Streams::named(SEED, &format!("aperture.{}.shop", self.row));
            members.sort_by_key(|(dyno, _)| tokens.stream(u64::from(*dyno)).bits());
            let Choice::First { width, .. } = &self.members.around.as_ref().unwrap().choice else {
                panic!("the aperture has an order");
            };
            members.truncate(width.of(routed.len()));
        }
        members.sort_by_key(|(dyno, _)| *dyno);
        members
    }

    fn check(&self) {
        let expected = self.expected();
        assert_eq!(self.members(), expected.iter().map(|(dyno, _)| *dyno).collect::<Vec<_>>());
        for (dyno, weight) in expected {
            let found = self.members.weight(dyno, self.now);
            assert!(found == weight || self.mesh.around.slow_start.is_some(), "{found} {weight}");
        }
    }
}

/// What can stand around a balancer, in all mixtures that differ here.
fn mixtures() -> Vec<String> {
    let choices = [
        "",
        "aperture.deterministic = { least = 2 }\n",
        "subset = { size = 2 }\n",
        "aperture = 'load'\n",
    ];
    let rests = [
        "",
        "panic = 0.5\n",
        "outlier-ejection = { consecutive = 2, most = 0.5, base = '2s', interval = '2s' }\n",
        "panic = 0.5\nslow-start = { window = '5s' }\n\
         outlier-ejection = { consecutive = 2, most = 1, base = '3s', interval = '2s' }\n",
    ];
    let mix = |choice: &str| rests.map(|rest| format!("routers = 3\n{choice}{rest}"));
    choices.iter().flat_map(|choice| mix(choice)).collect()
}

#[test]
fn the_view_is_what_the_definition_says_whatever_happens() {
    for (number, text) in mixtures().iter().enumerate() {
        for row in 0..3 {
            let seed = Seed { scenario: number as u64, replication: row };
            let mut rng = Stream::named(seed, "members", 0);
            let mut lab = Lab::new(text, 6, row);
            lab.check();
            for _ in 0..600 {
                let dyno = rng.below(lab.routed.len()) as u32;
                match rng.below(9) {
                    0 => lab.up(dyno),
                    1 if lab.routed.len() < 9 => lab.up(lab.routed.len() as u32),
                    1 | 2 => {
                        lab.down(dyno);
                    }
                    3 | 4 => lab.quarantine(dyno),
                    5 => lab.end(dyno, Outcome::Failure, 1),
                    6 => lab.end(dyno, Outcome::Success, 1),
                    7 => {
                        let attempts = rng.below(12) as u32;
                        lab.members.offered(&mut lab.loads, lab.now, attempts);
                    }
                    _ => {
                        lab.pass();
                        lab.members.weigh(&mut lab.loads, lab.now);
                        if rng.below(2) == 0 {
                            lab.members.sweep(&mut lab.loads, lab.now);
                        }
                    }
                }
                lab.check();
            }
        }
    }
}

#[test]
fn when_fewer_than_half_are_healthy_all_are_used() {
    let mut lab = Lab::new("panic = '50%'", 4, 0);
    lab.quarantine(0);
    lab.quarantine(1);
    assert_eq!(lab.members(), [2, 3]);
    lab.quarantine(2);
    assert_eq!(lab.members(), [0, 1, 2, 3]);
    (0..5).for_each(|_| lab.pass());
    assert_eq!(lab.members(), [0, 1, 2, 3]);
    lab.quarantine(3);
    assert_eq!(lab.members(), [0, 1, 2]);
}

#[test]
fn an_ejected_dyno_returns_at_a_sweep_or_when_it_comes_up_anew() {
    let mut lab = Lab::new("outlier-ejection = {}", 10, 0);
    lab.end(4, Outcome::Failure, 5);
    lab.end(5, Outcome::Failure, 5);
    assert_eq!(lab.members(), [0, 1, 2, 3, 5, 6, 7, 8, 9], "no more than a tenth");
    lab.now = at(30);
    assert_eq!(lab.members().len(), 9);
    lab.members.sweep(&mut lab.loads, lab.now);
    assert_eq!(lab.members().len(), 10);
    lab.end(4, Outcome::Failure, 5);
    lab.down(4);
    assert_eq!(lab.members().len(), 9);
    lab.up(4);
    assert_eq!(lab.members().len(), 10);
}

#[test]
fn three_hundred_routers_with_subsets_of_twenty_use_each_dyno_as_often() {
    let (mesh, app) = (mesh("routers = 300\nsubset = { size = 20 }"), app(300));
    let mut routers_of = vec![0; 300];
    for row in 0..300 {
        let mut loads = Loads::new(50);
        Members::new(&mesh, &app, row, SEED, &mut loads);
        assert_eq!(loads.len(), 20);
        loads.members().iter().for_each(|&dyno| routers_of[dyno as usize] += 1);
    }
    assert!(routers_of.iter().all(|&routers| routers == 20), "{routers_of:?}");
}

#[test]
fn others_take_the_place_of_a_dyno_that_has_gone() {
    let mut lab = Lab::new("routers = 2\nsubset = { size = 2 }", 4, 0);
    let gone = lab.members()[0];
    assert!(lab.down(gone));
    assert_eq!(lab.members().len(), 2);
    assert!(!lab.members().contains(&gone));
}

#[test]
fn a_narrow_aperture_passes_over_a_dyno_in_quarantine() {
    let mut lab = Lab::new("aperture = 'load'", 8, 0);
    let [first] = lab.members()[..] else { panic!("it begins with one") };
    lab.quarantine(first);
    assert_eq!(lab.members().len(), 1);
    assert_ne!(lab.members(), [first]);
    assert!(lab.members.offered(&mut lab.loads, lab.now, 5));
    assert_eq!(lab.members().len(), 2);
    (0..5).for_each(|_| lab.pass());
    assert!(lab.members().contains(&first), "it stands first in the order");
}

#[test]
fn a_strategy_that_looks_at_weights_is_told_them() {
    let mut mesh = mesh("routers = 4\naperture.deterministic = { least = 2 }\nslow-start = {}");
    mesh.balancer = Strategy::bare("least-loaded-weighted").unwrap();
    let mut loads = Loads::new(50);
    let mut members = Members::new(&mesh, &app(6), 1, SEED, &mut loads);
    assert_eq!([1, 2, 3, 4].map(|dyno| loads.weight(dyno)), [0.5, 1.0, 1.0, 0.5]);
    members.up(&mut loads, DynoId(2), at(100));
    assert!(!members.weigh(&mut loads, at(100)), "nobody else needs to look at weights");
    for (seconds, weight) in [(100, 0.1), (106, 0.2), (115, 0.5), (129, 29.0 / 30.0), (130, 1.0)] {
        members.weigh(&mut loads, at(seconds));
        assert!((loads.weight(2) - weight).abs() < 1e-12, "at {seconds}: {}", loads.weight(2));
    }
}

//! One app as one router sees it.

use super::line::Line;
use crate::balance::{Ask, Balancer, End, Loads, Need, Pick, Report};
use crate::platform::ids::DynoId;
use crate::platform::mesh::Mesh;
use crate::platform::slab::Ref;
use crate::rng::Stream;
use crate::time::SimTime;
use std::collections::VecDeque;

/// The dynos of an app that a router may choose from, and what waits for them.
pub(super) struct Pool {
    /// What the router knows of the dynos' load.
    pub loads: Loads,
    balancer: Box<dyn Balancer>,
    rng: Stream,
    /// Whether a dyno that was chosen for one attempt may be another one's.
    pub any_attempt: bool,
    /// Attempts for which no dyno was free.
    pub queue: Line,
    /// How many attempts wait here at all: queued, parked, or held while dynos are quarantined.
    pub waiting: u32,
    /// Attempts that wait for the app to boot; some may be gone.
    pub parked: VecDeque<Ref>,
    /// Until when each dyno is left alone.
    quarantined: Vec<SimTime>,
}

impl Pool {
    pub fn new(dynos: u32, limit: u32, mesh: &Mesh, rng: Stream) -> Pool {
        let mut loads = Loads::new(limit);
        for dyno in 0..dynos {
            loads.insert(dyno);
        }
        Pool {
            loads,
            balancer: mesh.balancer.build(),
            rng,
            any_attempt: !mesh.balancer.needs(Need::Key),
            queue: Line::new(mesh.protection.queue.build()),
            waiting: 0,
            parked: VecDeque::new(),
            quarantined: Vec::new(),
        }
    }

    /// Lets the balancer choose.
    pub fn pick(&mut self, now: SimTime, key: u64) -> Pick {
        self.balancer.pick(&Ask { loads: &self.loads, now, key }, &mut self.rng)
    }

    /// Counts a dispatch to a dyno.
    pub fn started(&mut self, dyno: DynoId) {
        self.loads.started(dyno.0);
        self.balancer.counted(dyno.0, &self.loads);
    }

    /// Counts the end of a dispatch to a dyno.
    pub fn ended(&mut self, dyno: DynoId, end: &End) {
        self.loads.finished(dyno.0);
        self.balancer.counted(dyno.0, &self.loads);
        self.balancer.ended(dyno.0, end);
    }

    /// Puts whom to probe for an attempt into `to`.
    pub fn probes(&mut self, now: SimTime, key: u64, to: &mut Vec<u32>) {
        self.balancer.probes(&Ask { loads: &self.loads, now, key }, &mut self.rng, to);
    }

    /// Hears a dyno's answer to a probe.
    pub fn probed(&mut self, dyno: DynoId, report: &Report) {
        self.balancer.probed(dyno.0, report);
    }

    /// Hears that a dyno is idle.
    pub fn idle(&mut self, dyno: DynoId) {
        self.balancer.idle(dyno.0);
    }

    /// How many dynos are believed to be idle because they said so.
    pub fn known_idle(&self) -> u32 {
        self.balancer.known_idle() as u32
    }

    /// Leaves a dyno alone until then; false when it is left alone already.
    pub fn quarantine(&mut self, dyno: DynoId, now: SimTime, until: SimTime) -> bool {
        if self.quarantined.len() <= dyno.index() {
            self.quarantined.resize(dyno.index() + 1, SimTime::ZERO);
        }
        if self.quarantined[dyno.index()] > now {
            return false;
        }
        self.quarantined[dyno.index()] = until;
        self.loads.remove(dyno.0);
        true
    }

    /// Whether a dyno is no longer left alone.
    pub fn is_released(&self, dyno: DynoId, now: SimTime) -> bool {
        self.quarantined.get(dyno.index()).is_none_or(|&until| until <= now)
    }

    /// A dyno has just come up: whatever it did before is forgiven.
    pub fn forgive(&mut self, dyno: DynoId) {
        if let Some(until) = self.quarantined.get_mut(dyno.index()) {
            *until = SimTime::ZERO;
        }
        self.loads.insert(dyno.0);
    }
}

//! One app's dynos as one router sees them: whom it may choose, how loaded it believes them to be, and
//! the balancer that chooses, with all that stands around it.
//!
//! It knows no attempts and no messages: it is told what happens and when. So routers in simulated and
//! in real time choose by the same code.

use super::members::Members;
use crate::balance::{Ask, Balancer, End, Loads, Pick, Report};
use crate::platform::app::App;
use crate::platform::ids::DynoId;
use crate::platform::mesh::Mesh;
use crate::rng::{Seed, Stream};
use crate::time::SimTime;

/// How often a balancer that draws anew is asked for one attempt, before what it names is taken out
/// of its view: enough for the law of the weights, and a bound where all weights are tiny.
const MOST_DRAWS: u32 = 100;

/// The dynos of an app that a router may choose from.
pub struct View {
    /// What the router knows of the dynos' load.
    pub loads: Loads,
    /// Which of them are in that view.
    members: Members,
    balancer: Box<dyn Balancer>,
    rng: Stream,
    /// Decides whether a dyno is accepted that is to have less than others.
    accept: Stream,
    /// How many of this router's attempts are at dynos.
    dispatched: u32,
    /// Dynos that were not accepted for one attempt; kept to reuse its memory.
    declined: Vec<u32>,
}

impl View {
    /// The view of router number `row` for an app whose dynos are all up.
    pub fn new(mesh: &Mesh, app: &App, row: u32, seed: Seed) -> View {
        let stream = |name: String| Stream::named(seed, &name, u64::from(row));
        let mut loads = Loads::new(mesh.limit.count());
        let members = Members::new(mesh, app, row, seed, &mut loads);
        View {
            loads,
            members,
            balancer: mesh.balancer.build(),
            rng: stream(format!("router.{}", app.name)),
            accept: stream(format!("accept.{}", app.name)),
            dispatched: 0,
            declined: Vec::new(),
        }
    }

    /// Lets the balancer choose.
    #[inline]
    pub fn pick(&mut self, now: SimTime, key: u64) -> Pick {
        if self.members.is_plain() || !self.members.weigh(&mut self.loads, now) {
            return self.ask(now, key);
        }
        let pick = self.pick_by_weight(now, key);
        for dyno in self.declined.drain(..) {
            self.loads.insert(dyno);
        }
        pick
    }

    /// Lets the balancer choose among all but these.
    pub(super) fn pick_but(&mut self, now: SimTime, key: u64, but: &[DynoId]) -> Pick {
        let out: Vec<u32> = but.iter().map(|dyno| dyno.0).collect();
        let out: Vec<u32> = out.into_iter().filter(|&dyno| self.loads.contains(dyno)).collect();
        out.iter().for_each(|&dyno| self.loads.remove(dyno));
        let pick = if self.loads.is_empty() { Pick::Busy } else { self.pick(now, key) };
        out.iter().for_each(|&dyno| self.loads.insert(dyno));
        pick
    }

    fn ask(&mut self, now: SimTime, key: u64) -> Pick {
        self.balancer.pick(&Ask { loads: &self.loads, now, key }, &mut self.rng)
    }

    /// Accepts the dyno that the balancer names with its weight as probability; else asks again. A
    /// balancer that draws anew is just asked again, so what it draws evenly comes out by the weights.
    /// For others the dyno is taken out of the view for this attempt. When no other may take it, it
    /// goes to the dyno that was named first.
    fn pick_by_weight(&mut self, now: SimTime, key: u64) -> Pick {
        let mut first = None;
        let mut draws = if self.balancer.draws_anew() { MOST_DRAWS } else { 0 };
        while !self.loads.is_empty() {
            let Pick::Dyno(dyno) = self.ask(now, key) else { break };
            let weight = self.members.weight(dyno, now);
            if weight >= 1.0 || self.accept.unit() < weight {
                return Pick::Dyno(dyno);
            }
            first.get_or_insert(dyno);
            if draws > 0 {
                draws -= 1;
            } else {
                self.loads.remove(dyno);
                self.declined.push(dyno);
                self.balancer.declined(dyno);
            }
        }
        first.map_or(Pick::Busy, Pick::Dyno)
    }

    /// Counts a dispatch to a dyno, while `queued` attempts wait for one.
    #[inline]
    pub fn started(&mut self, dyno: DynoId, now: SimTime, queued: u32) {
        self.loads.started(dyno.0);
        self.balancer.counted(dyno.0, &self.loads);
        if !self.members.is_plain() {
            self.dispatched += 1;
            self.offered(now, queued);
        }
    }

    /// Counts the end of a dispatch to a dyno, while `queued` attempts wait for one. When it
    /// `counts_on`, the dyno's load stays what it is until [`View::forget`].
    #[inline]
    pub fn ended(&mut self, dyno: DynoId, end: &End, counts_on: bool, queued: u32) {
        if !counts_on {
            self.forget(dyno);
        }
        self.balancer.ended(dyno.0, end);
        if !self.members.is_plain() {
            self.members.ended(&mut self.loads, dyno, end);
            self.dispatched -= 1;
            self.offered(end.now, queued);
        }
    }

    /// How many of this router's attempts are at dynos, where that is counted.
    pub(super) fn dispatched(&self) -> Option<u32> {
        (!self.members.is_plain()).then_some(self.dispatched)
    }

    /// Counts one attempt less at a dyno.
    #[inline]
    pub fn forget(&mut self, dyno: DynoId) {
        self.loads.finished(dyno.0);
        self.balancer.counted(dyno.0, &self.loads);
    }

    /// The number of attempts here has changed, of which `queued` wait for a dyno. True when that gives
    /// the router more dynos to use.
    pub fn offered(&mut self, now: SimTime, queued: u32) -> bool {
        let attempts = self.dispatched + queued;
        self.members.offered(&mut self.loads, now, attempts)
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

    /// Whether a dyno is one that this router may choose, now or when it is well again.
    pub fn uses(&self, dyno: DynoId) -> bool {
        self.members.uses(&self.loads, dyno)
    }

    /// How many dynos are believed to be idle because they said so.
    pub fn known_idle(&self) -> u32 {
        self.balancer.known_idle() as u32
    }

    /// Leaves a dyno alone until then; false when it is left alone already.
    pub fn quarantine(&mut self, dyno: DynoId, now: SimTime, until: SimTime) -> bool {
        self.members.quarantine(&mut self.loads, dyno, now, until)
    }

    /// A quarantine ends; false when the dyno has gone, or has been quarantined anew since.
    pub fn release(&mut self, dyno: DynoId, now: SimTime) -> bool {
        self.members.release(&mut self.loads, dyno, now)
    }

    /// A quarantine ends before its time.
    pub fn end_quarantine(&mut self, dyno: DynoId) {
        self.members.end_quarantine(&mut self.loads, dyno);
    }

    /// Looks for dynos to eject or to let back.
    pub fn sweep(&mut self, now: SimTime) {
        self.members.sweep(&mut self.loads, now);
    }

    /// A dyno has just come up: whatever it did before is forgiven.
    pub fn forgive(&mut self, dyno: DynoId, now: SimTime) {
        self.members.up(&mut self.loads, dyno, now);
    }

    /// What a dyno is worth beside others, by its class and its host.
    pub fn set_worth(&mut self, dyno: DynoId, weight: f64, now: SimTime) {
        self.members.set_worth(&mut self.loads, dyno.0, weight, now);
    }

    /// A dyno is no longer routed to. True when others may be chosen in its place.
    pub fn lose(&mut self, dyno: DynoId, now: SimTime) -> bool {
        self.members.down(&mut self.loads, dyno, now)
    }
}

#[cfg(test)]
mod tests;

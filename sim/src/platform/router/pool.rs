//! One app as one router sees it.

use super::kinds::Router;
use super::kinds::haproxy::Servers;
use super::kinds::nginx::Peers;
use super::line::Line;
use super::members::Members;
use crate::balance::{Ask, Balancer, End, Loads, Need, Pick, Report};
use crate::platform::app::App;
use crate::platform::ids::DynoId;
use crate::platform::mesh::Mesh;
use crate::platform::slab::Ref;
use crate::rng::{Seed, Stream};
use crate::time::SimTime;
use std::collections::VecDeque;

/// How often a balancer that draws anew is asked for one attempt, before what it names is taken out
/// of its view: enough for the law of the weights, and a bound where all weights are tiny.
const MOST_DRAWS: u32 = 100;

/// The dynos of an app that a router may choose from, and what waits for them.
pub(super) struct Pool {
    /// What the router knows of the dynos' load.
    pub loads: Loads,
    /// Which of them are in that view.
    members: Members,
    balancer: Box<dyn Balancer>,
    rng: Stream,
    /// Whether a dyno that was chosen for one attempt may be another one's.
    pub any_attempt: bool,
    /// Decides whether a dyno is accepted that is to have less than others.
    accept: Stream,
    /// Attempts for which no dyno was free.
    pub queue: Line,
    /// How many attempts wait here at all: queued, parked, or held while dynos are quarantined.
    pub waiting: u32,
    /// Attempts that wait for the app to boot; some may be gone.
    pub parked: VecDeque<Ref>,
    /// How many of this router's attempts are at dynos.
    dispatched: u32,
    /// Dynos that were not accepted for one attempt; kept to reuse its memory.
    declined: Vec<u32>,
    manner: Manner,
}

/// What a real router keeps beside all that.
enum Manner {
    Heroku,
    Haproxy(Box<Servers>),
    Nginx(Box<Peers>),
}

impl Pool {
    /// The pool of router number `row` for an app whose dynos are all up.
    pub fn new(mesh: &Mesh, app: &App, row: u32, seed: Seed) -> Pool {
        let stream = |name: String| Stream::named(seed, &name, u64::from(row));
        let mut loads = Loads::new(mesh.limit.count());
        let members = Members::new(mesh, app, row, seed, &mut loads);
        Pool {
            loads,
            members,
            balancer: mesh.balancer.build(),
            rng: stream(format!("router.{}", app.name)),
            any_attempt: !mesh.balancer.needs(Need::Key),
            accept: stream(format!("accept.{}", app.name)),
            queue: Line::new(mesh.protection.queue.build()),
            waiting: 0,
            parked: VecDeque::new(),
            dispatched: 0,
            declined: Vec::new(),
            manner: match mesh.router {
                Router::Heroku => Manner::Heroku,
                Router::Haproxy => Manner::Haproxy(Box::new(Servers::new(mesh))),
                Router::Nginx => Manner::Nginx(Box::default()),
            },
        }
    }

    /// What HAProxy keeps.
    pub fn servers(&mut self) -> &mut Servers {
        match &mut self.manner {
            Manner::Haproxy(servers) => servers,
            _ => unreachable!("only HAProxy's rules ask for its servers"),
        }
    }

    /// What nginx keeps.
    pub fn peers(&mut self) -> &mut Peers {
        match &mut self.manner {
            Manner::Nginx(peers) => peers,
            _ => unreachable!("only nginx's rules ask for its peers"),
        }
    }

    /// How many attempts wait for one dyno alone.
    pub fn bound(&self, dyno: usize) -> u32 {
        match &self.manner {
            Manner::Haproxy(servers) => servers.bound(dyno),
            _ => 0,
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
    pub fn pick_but(&mut self, now: SimTime, key: u64, but: &[DynoId]) -> Pick {
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

    /// Counts a dispatch to a dyno.
    #[inline]
    pub fn started(&mut self, dyno: DynoId, now: SimTime) {
        self.loads.started(dyno.0);
        self.balancer.counted(dyno.0, &self.loads);
        if !self.members.is_plain() {
            self.dispatched += 1;
            self.offered(now);
        }
    }

    /// Counts the end of a dispatch to a dyno. When it `counts_on`, the dyno's load stays what it is
    /// until [`Pool::forget`].
    #[inline]
    pub fn ended(&mut self, dyno: DynoId, end: &End, counts_on: bool) {
        if !counts_on {
            self.forget(dyno);
        }
        self.balancer.ended(dyno.0, end);
        if !self.members.is_plain() {
            self.members.ended(&mut self.loads, dyno, end);
            self.dispatched -= 1;
            self.offered(end.now);
        }
    }

    /// How many of this router's attempts are at dynos, where that is counted.
    pub fn dispatched(&self) -> Option<u32> {
        (!self.members.is_plain()).then_some(self.dispatched)
    }

    /// Counts one attempt less at a dyno.
    #[inline]
    pub fn forget(&mut self, dyno: DynoId) {
        self.loads.finished(dyno.0);
        self.balancer.counted(dyno.0, &self.loads);
    }

    /// The number of attempts here has changed. True when that gives the router more dynos to use.
    pub fn offered(&mut self, now: SimTime) -> bool {
        let attempts = self.dispatched + self.queue.waiting;
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

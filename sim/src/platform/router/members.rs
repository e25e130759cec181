//! Which dynos of an app a router may choose from: the members of its view.
//!
//! A dyno is a member when it is routed to, and chosen for this router (by an aperture or a subset,
//! when one is set), and healthy, that is neither in quarantine nor ejected; while there is panic it
//! need not be healthy. Everything that happens to a dyno comes through here, so that the view always
//! agrees with that. Where nothing stands around the balancer, a change costs a few steps; else those
//! that move the choice or the panic go over all dynos of the app.

mod uses;
mod weights;

use super::choice::Choice;
use super::warming::Warming;
use crate::balance::around::outlier_ejection::Watch;
use crate::balance::around::panic::Panic;
use crate::balance::{End, Loads, Need};
use crate::platform::app::App;
use crate::platform::ids::DynoId;
use crate::platform::mesh::Mesh;
use crate::rng::Seed;
use crate::time::SimTime;

/// The members of one app's view in one router.
pub(super) struct Members {
    /// Whether each dyno is routed to.
    routed: Vec<bool>,
    /// The quarantine of each dyno, up to the highest that ever was in one.
    quarantines: Vec<Quarantine>,
    around: Option<Box<Around>>,
}

/// Whether a dyno is in quarantine, and until when it is or was last.
#[derive(Clone, Copy, Debug, Default)]
struct Quarantine {
    on: bool,
    until: SimTime,
}

/// What stands around the balancer.
struct Around {
    choice: Choice,
    /// For each dyno its weight from the choice; 0 for those not chosen and those not routed to.
    shares: Vec<f64>,
    /// For each dyno its own weight, as far as told; 1 for the others.
    worths: Vec<f64>,
    /// How many are chosen.
    chosen: usize,
    /// How many of the chosen are healthy.
    healthy: usize,
    /// Whether a member weighs less than others because of the choice.
    uneven: bool,
    panic: Option<Panic>,
    panicking: bool,
    watch: Option<Watch>,
    warming: Option<Warming>,
    /// Whether the strategy looks at weights itself.
    weighs: bool,
}

impl Members {
    /// All dynos of an app, up and warm, as router number `row` sees them; puts its members into the
    /// view.
    pub fn new(mesh: &Mesh, app: &App, row: u32, seed: Seed, loads: &mut Loads) -> Members {
        let around = (!mesh.around.leaves_the_dynos()).then(|| {
            Box::new(Around {
                choice: Choice::new(mesh, app, row, seed),
                shares: Vec::new(),
                worths: Vec::new(),
                chosen: 0,
                healthy: 0,
                uneven: false,
                panic: mesh.around.panic,
                panicking: false,
                watch: mesh.around.outlier_ejection.map(Watch::new),
                warming: mesh.around.slow_start.map(Warming::new),
                weighs: mesh.balancer.needs(Need::Weights),
            })
        });
        let routed = vec![true; app.dynos as usize];
        let mut members = Members { routed, quarantines: Vec::new(), around };
        match &mut members.around {
            None => (0..app.dynos).for_each(|dyno| loads.insert(dyno)),
            Some(_) => {
                members.choose(loads, SimTime::ZERO);
            }
        }
        members
    }

    /// Whether nothing stands around the balancer: then it alone decides.
    #[inline]
    pub fn is_plain(&self) -> bool {
        self.around.is_none()
    }

    /// A dyno may be routed to: whatever it did before is forgiven.
    pub fn up(&mut self, loads: &mut Loads, dyno: DynoId, now: SimTime) {
        if self.routed.len() <= dyno.index() {
            self.routed.resize(dyno.index() + 1, false);
        }
        self.routed[dyno.index()] = true;
        if let Some(quarantine) = self.quarantines.get_mut(dyno.index()) {
            *quarantine = Quarantine::default();
        }
        match &mut self.around {
            None => loads.insert(dyno.0),
            Some(around) => {
                around.forget(dyno);
                if let Some(warming) = &mut around.warming {
                    warming.begin(dyno.0, now);
                }
                self.choose(loads, now);
            }
        }
    }

    /// A dyno may no longer be routed to. True when others may be chosen in its place.
    pub fn down(&mut self, loads: &mut Loads, dyno: DynoId, now: SimTime) -> bool {
        if let Some(routed) = self.routed.get_mut(dyno.index()) {
            *routed = false;
        }
        loads.remove(dyno.0);
        let Some(around) = &mut self.around else { return false };
        around.forget(dyno);
        self.choose(loads, now)
    }

    /// Leaves a dyno alone until then; false when it is left alone already.
    pub fn quarantine(
        &mut self,
        loads: &mut Loads,
        dyno: DynoId,
        now: SimTime,
        until: SimTime,
    ) -> bool {
        if self.quarantines.len() <= dyno.index() {
            self.quarantines.resize(dyno.index() + 1, Quarantine::default());
        }
        if self.quarantines[dyno.index()].until > now {
            return false;
        }
        let was = self.is_healthy(dyno.0);
        self.quarantines[dyno.index()] = Quarantine { on: true, until };
        self.health(loads, dyno.0, was);
        true
    }

    /// The end of a quarantine. False when the dyno has gone, or has been quarantined anew since.
    pub fn release(&mut self, loads: &mut Loads, dyno: DynoId, now: SimTime) -> bool {
        if !self.routed[dyno.index()] || self.quarantines[dyno.index()].until > now {
            return false;
        }
        let was = self.is_healthy(dyno.0);
        self.quarantines[dyno.index()].on = false;
        self.health(loads, dyno.0, was);
        true
    }

    /// A dispatch to a dyno ended: it may be ejected for it.
    pub fn ended(&mut self, loads: &mut Loads, dyno: DynoId, end: &End) {
        let was = self.is_healthy(dyno.0);
        let Some(around) = &mut self.around else { return };
        let chosen = around.shares.get(dyno.index()).is_some_and(|&share| share > 0.0);
        let Some(watch) = around.watch.as_mut().filter(|_| chosen) else { return };
        if watch.ended(dyno.0, end.outcome, end.now, around.chosen) {
            self.health(loads, dyno.0, was);
        }
    }

    /// Looks for dynos to eject or to let back.
    pub fn sweep(&mut self, loads: &mut Loads, now: SimTime) {
        let Some(around) = &mut self.around else { return };
        let Some(watch) = &mut around.watch else { return };
        let watched = (0..around.shares.len()).filter(|&dyno| around.shares[dyno] > 0.0);
        let watched: Vec<u32> = watched.map(|dyno| dyno as u32).collect();
        let mut changed = Vec::new();
        watch.sweep(now, &watched, &mut changed);
        if !changed.is_empty() {
            self.recount(loads);
        }
    }

    /// The router now has so many attempts, under way and queued. True when it may use more dynos.
    pub fn offered(&mut self, loads: &mut Loads, now: SimTime, attempts: u32) -> bool {
        let Some(around) = &mut self.around else { return false };
        let dynos = around.chosen;
        around.choice.offered(now, attempts, dynos) && self.show(loads)
    }

    fn is_healthy(&self, dyno: u32) -> bool {
        let ejected = |around: &Around| around.watch.as_ref().is_some_and(|w| w.is_ejected(dyno));
        let quarantined = self.quarantines.get(dyno as usize).is_some_and(|known| known.on);
        !quarantined && !self.around.as_deref().is_some_and(ejected)
    }

    /// A dyno's health may have changed from what it was.
    fn health(&mut self, loads: &mut Loads, dyno: u32, was: bool) {
        let is = self.is_healthy(dyno);
        let routed = self.routed[dyno as usize];
        match &mut self.around {
            None if is && routed => loads.insert(dyno),
            None => loads.remove(dyno),
            Some(around) if is != was && around.shares[dyno as usize] > 0.0 => {
                let healthy = if is { around.healthy + 1 } else { around.healthy - 1 };
                self.count(loads, healthy, Some(dyno));
            }
            Some(_) => {}
        }
    }

    /// The dynos that are routed to have changed: the choice among them is made anew. True when a dyno
    /// may be chosen that could not before.
    fn choose(&mut self, loads: &mut Loads, now: SimTime) -> bool {
        let Some(around) = &mut self.around else { return false };
        let routed = (0..self.routed.len()).filter(|&dyno| self.routed[dyno]);
        let routed: Vec<u32> = routed.map(|dyno| dyno as u32).collect();
        let mut shares = vec![0.0; self.routed.len()];
        around.choice.make(&routed, &mut shares);
        for (dyno, _) in shares.iter().enumerate().filter(|(_, share)| **share == 0.0) {
            if let Some(watch) = &mut around.watch {
                watch.forget(dyno as u32);
            }
        }
        around.chosen = shares.iter().filter(|share| **share > 0.0).count();
        around.uneven = shares.iter().any(|&share| share > 0.0 && share < 1.0);
        around.shares = shares;
        around.write_weights(0..around.shares.len() as u32, loads, now);
        self.recount(loads)
    }

    /// Counts the healthy dynos anew and shows the members.
    fn recount(&mut self, loads: &mut Loads) -> bool {
        let Some(around) = &self.around else { return false };
        let chosen = (0..around.shares.len()).filter(|&dyno| around.shares[dyno] > 0.0);
        let healthy = chosen.filter(|&dyno| self.is_healthy(dyno as u32)).count();
        self.count(loads, healthy, None)
    }

    /// So many of the chosen dynos are healthy now; where only this dyno has changed, and that does
    /// not concern others, only it is moved. True when a dyno may be chosen that could not before.
    fn count(&mut self, loads: &mut Loads, healthy: usize, only: Option<u32>) -> bool {
        let Some(around) = &mut self.around else { return false };
        around.healthy = healthy;
        let panicking = around.panic.is_some_and(|panic| panic.is_on(healthy, around.chosen));
        let was = std::mem::replace(&mut around.panicking, panicking);
        match only {
            Some(dyno) if was == panicking && !around.choice.has_order() => {
                let may = panicking || self.is_healthy(dyno);
                if may {
                    loads.insert(dyno);
                } else {
                    loads.remove(dyno);
                }
                may
            }
            _ => self.show(loads),
        }
    }

    /// Puts exactly the members into the view. True when one was not there before.
    fn show(&mut self, loads: &mut Loads) -> bool {
        let Some(around) = &self.around else { return false };
        let may = |dyno: u32| {
            around.shares[dyno as usize] > 0.0 && (around.panicking || self.is_healthy(dyno))
        };
        let mut members = vec![false; around.shares.len()];
        around.choice.open(&may, &mut members);
        let mut more = false;
        for (dyno, &inside) in members.iter().enumerate() {
            let dyno = dyno as u32;
            match (inside, loads.contains(dyno)) {
                (true, false) => {
                    loads.insert(dyno);
                    more = true;
                }
                (false, true) => loads.remove(dyno),
                _ => {}
            }
        }
        more
    }
}

impl Around {
    /// Nothing that is known of a dyno's life so far counts any more.
    fn forget(&mut self, dyno: DynoId) {
        if let Some(watch) = &mut self.watch {
            watch.forget(dyno.0);
        }
        if let Some(warming) = &mut self.warming {
            warming.end(dyno.0);
        }
    }
}

#[cfg(test)]
pub(super) mod tests;

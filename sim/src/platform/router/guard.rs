//! What stands before the router's own rules: who is admitted, in this order.
//!
//! ```text
//! the app's token bucket empty           -> errors_rate_limited
//! turned away by `mesh.shedding`         -> errors_shed
//! the app's adaptive limit reached       -> errors_concurrency
//! the router full (`mesh.capacity`)      -> H22, for it or for who gives way
//! ```
//!
//! What is turned away comes back at once. What is admitted is held, wherever it is (queued, parked,
//! held, dispatched), until it is answered or taken back. A mesh that sets none of this has no guards.

use super::{Routers, Settings};
use crate::metrics::Cause;
use crate::platform::attempt::{Admitted, Attempt};
use crate::platform::config::Platform;
use crate::platform::cx::Cx;
use crate::platform::ids::AppId;
use crate::platform::protection::Admission;
use crate::platform::slab::Ref;
use crate::protect::Bucket;
use crate::protect::concurrency::{Limiter, Outcome};
use crate::protect::fairness::{Fairness, Full, Holding};
use crate::protect::shedding::{Newcomer, Shedder, Shedding};
use crate::rng::{Seed, Streams};
use crate::time::{SimTime, Span};
use crate::units::Limit;

/// The guards of every router.
pub(super) struct Guards {
    /// One for each row of pools.
    rows: Vec<Row>,
    /// Most attempts of all apps that a row holds.
    places: u64,
    fairness: Fairness,
}

/// What stands before one router.
struct Row {
    /// Attempts of all apps.
    held: u64,
    apps: Vec<Guard>,
}

/// What stands before one router for one app.
struct Guard {
    held: u32,
    bucket: Option<Bucket>,
    shedder: Option<Box<dyn Shedder>>,
    limiter: Option<Limiter>,
}

impl Guards {
    /// The guards of a mesh; nothing where it sets none.
    pub fn new(platform: &Platform, seed: Seed) -> Option<Guards> {
        let (mesh, protection) = (&platform.mesh, &platform.mesh.protection);
        let admission = platform.apps.iter().any(|app| app.admission.is_some());
        let bounded = protection.capacity != Limit::Unlimited;
        let adapts = protection.concurrency.is_some() || protection.shedding.is_some();
        if !(admission || bounded || adapts) {
            return None;
        }
        let rows = mesh.rows();
        let part = 1.0 / f64::from(rows);
        let guard = |row: u32, index: usize| {
            let app = &platform.apps[index];
            let streams = Streams::named(seed, &format!("router.{}.concurrency", app.name));
            let rng = streams.stream(u64::from(row));
            let bucket = |Admission { rate, burst }| {
                Bucket::new(Admission::rate(rate) * part, f64::from(burst) * part)
            };
            Guard {
                held: 0,
                bucket: app.admission.map(bucket),
                shedder: protection.shedding.as_ref().map(Shedding::build),
                limiter: protection.concurrency.as_ref().map(|kind| kind.build(rng)),
            }
        };
        let apps = |row| (0..platform.apps.len()).map(|app| guard(row, app)).collect();
        let places = match protection.capacity {
            Limit::At(attempts) => u64::from(attempts) * u64::from(mesh.routers / rows),
            Limit::Unlimited => u64::MAX,
        };
        let rows = (0..rows).map(|row| Row { held: 0, apps: apps(row) });
        Some(Guards { rows: rows.collect(), places, fairness: protection.fairness })
    }

    /// Turns the rate at which an app's attempts are admitted, all routers together.
    pub fn set_rate(&mut self, app: AppId, rate: f64, now: SimTime) {
        let part = 1.0 / self.rows.len() as f64;
        for row in &mut self.rows {
            let bucket = row.apps[app.index()].bucket.as_mut();
            bucket.expect("the check knows that the app has a rate").set_rate(rate * part, now);
        }
    }

    /// An attempt has left a router's queue, or never was in it.
    pub fn waited(&mut self, row: usize, app: AppId, wait: Span) {
        if let Some(shedder) = &mut self.rows[row].apps[app.index()].shedder {
            shedder.waited(wait);
        }
    }

    /// An attempt that was admitted has come to its end.
    fn release(&mut self, now: SimTime, row: usize, app: AppId, on: Admitted, outcome: Outcome) {
        let row = &mut self.rows[row];
        row.held = row.held.checked_sub(1).expect("an attempt is released once");
        let guard = &mut row.apps[app.index()];
        guard.held -= 1;
        if let Some(limiter) = &mut guard.limiter {
            limiter.ended(now, now.since(on.at), on.in_flight, outcome);
        }
    }
}

impl Guard {
    /// Why this router does not admit an attempt of the app, if it does not.
    fn refusal(&mut self, attempt: &Attempt, now: SimTime, places: u64) -> Option<Cause> {
        if self.bucket.as_mut().is_some_and(|bucket| !bucket.take(now)) {
            return Some(Cause::RateLimited);
        }
        if let Some(shedder) = &mut self.shedder {
            let places = self.limiter.as_ref().map_or(places, |limiter| limiter.limit().into());
            let Attempt { criticality, key, .. } = *attempt;
            if shedder.sheds(&Newcomer { criticality, key, now, held: self.held, places }) {
                return Some(Cause::Shed);
            }
        }
        let full = self.limiter.as_ref().is_some_and(|limiter| !limiter.has_room());
        full.then_some(Cause::Concurrency)
    }
}

impl Routers {
    /// Admits an attempt that has just come; when it is turned away it is answered, and this is false.
    pub(super) fn admit(&mut self, cx: &mut Cx<'_>, name: Ref) -> bool {
        let attempt = *cx.attempts.get(name).expect("the path holds its attempt");
        let (now, app) = (cx.now(), attempt.app);
        let row = self.row(attempt.router);
        let places = places(&self.settings, self.routes[app.index()].dynos_known());
        let Some(guards) = &mut self.guards else { return true };
        if let Some(cause) = guards.rows[row].apps[app.index()].refusal(&attempt, now, places) {
            self.answer(cx, name, Err(cause));
            return false;
        }
        if guards.rows[row].held >= guards.places && !self.makes_room(cx, row, app) {
            self.answer(cx, name, Err(Cause::H22));
            return false;
        }
        let guards = self.guards.as_mut().expect("there are guards");
        let held = &mut guards.rows[row];
        held.held += 1;
        let guard = &mut held.apps[app.index()];
        guard.held += 1;
        let in_flight = guard.limiter.as_mut().map_or(0, Limiter::admit);
        let attempt = cx.attempts.get_mut(name).expect("the path holds its attempt");
        attempt.admitted = Some(Admitted { at: now, in_flight });
        true
    }

    /// Takes a place in a full router for a newcomer of an app, if fairness gives it one.
    fn makes_room(&mut self, cx: &mut Cx<'_>, row: usize, newcomer: AppId) -> bool {
        let guards = self.guards.as_ref().expect("there are guards");
        let (held, pools) = (&guards.rows[row].apps, &self.pools[row]);
        let full = Full {
            places: guards.places,
            newcomer: newcomer.index(),
            apps: held.len(),
            holding: &|app| Holding { held: held[app].held, queued: pools[app].queue.waiting },
        };
        let Some(app) = (guards.fairness.gives_way)(&full) else { return false };
        let newest = self.pools[row][app].queue.newest(cx.attempts);
        self.answer(cx, newest, Err(Cause::H22));
        true
    }

    /// An attempt is about to be answered, or taken back, for which there is no outcome.
    pub(super) fn release(
        &mut self,
        cx: &mut Cx<'_>,
        name: Ref,
        outcome: Option<Result<(), Cause>>,
    ) {
        let attempt = cx.attempts.get_mut(name).expect("the path holds its attempt");
        let Some(admitted) = attempt.admitted.take() else { return };
        let (router, app) = (attempt.router, attempt.app);
        let (now, row) = (cx.now(), self.row(router));
        let guards = self.guards.as_mut().expect("only guards admit");
        guards.release(now, row, app, admitted, learned(outcome));
    }

    /// Whether nobody waits any more for an attempt, or too short to be worth it.
    pub(super) fn is_stale(&self, cx: &Cx<'_>, name: Ref) -> bool {
        self.settings.drop_stale && {
            let attempt = cx.attempts.get(name).expect("the path holds its attempt");
            attempt.patience <= cx.now() + self.settings.stale_margin
        }
    }

    /// Drops a queued attempt instead of handing it to a dyno.
    pub(super) fn drop_queued(&mut self, cx: &mut Cx<'_>, name: Ref, cause: Cause) {
        let attempt = *cx.attempts.get(name).expect("the path holds its attempt");
        let row = self.row(attempt.router);
        if let Some(guards) = &mut self.guards {
            let wait = attempt.waited + cx.now().since(attempt.since);
            guards.waited(row, attempt.app, wait);
        }
        self.answer(cx, name, Err(cause));
    }
}

/// How many attempts of an app with so many dynos a row of routers has places for, dispatched and
/// waiting together.
fn places(settings: &Settings, dynos: u32) -> u64 {
    let backlog = u64::from(settings.backlog) * u64::from(settings.routers_a_row);
    (u64::from(settings.limit) + backlog) * u64::from(dynos)
}

/// What an adaptive limit learns from an end: drops are refusals further on and clocks that ran out;
/// what the app's state or a dyno's death decided says nothing of the load.
fn learned(outcome: Option<Result<(), Cause>>) -> Outcome {
    match outcome {
        Some(Ok(())) => Outcome::Success,
        Some(Err(
            Cause::H11
            | Cause::H12
            | Cause::H19
            | Cause::H20
            | Cause::H21
            | Cause::H22
            | Cause::H99
            | Cause::Codel
            | Cause::Stale,
        )) => Outcome::Dropped,
        Some(Err(_)) | None => Outcome::Ignored,
    }
}

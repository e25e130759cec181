//! What stands before a router's own rules: who is admitted, in this order.
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
//!
//! They know no messages: they are told what happens and when. So routers in simulated and in real time
//! have the same.

use crate::metrics::Cause;
use crate::platform::attempt::Admitted;
use crate::platform::config::Platform;
use crate::platform::ids::AppId;
use crate::platform::protection::Admission;
use crate::protect::concurrency::{Limiter, Outcome};
use crate::protect::fairness::{Fairness, Full, Holding};
use crate::protect::shedding::{Newcomer, Shedder, Shedding};
use crate::protect::{Bucket, Criticality};
use crate::rng::{Seed, Streams};
use crate::time::{SimTime, Span};
use crate::units::Limit;

/// The guards of every router.
pub struct RouterGuards {
    /// One for each row of pools.
    rows: Vec<Row>,
    /// Most attempts of all apps that a row holds.
    places: u64,
    fairness: Fairness,
}

/// Whether a router has room for one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// It has.
    Free,
    /// When the newest queued attempt of this app is given up.
    Of(AppId),
    /// It has none.
    None,
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

impl RouterGuards {
    /// The guards of a mesh; nothing where it sets none.
    pub fn new(platform: &Platform, seed: Seed) -> Option<RouterGuards> {
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
        Some(RouterGuards { rows: rows.collect(), places, fairness: protection.fairness })
    }

    /// How many attempts of an app with so many dynos a row of routers has places for, dispatched and
    /// waiting together; it stands for so many routers.
    pub fn places(limit: u32, backlog: u32, routers: u32, dynos: u32) -> u64 {
        (u64::from(limit) + u64::from(backlog) * u64::from(routers)) * u64::from(dynos)
    }

    /// Why a router does not admit an attempt of an app, if its rules for that app do not. The app has
    /// `places` in it, see [`RouterGuards::places`].
    pub fn refusal(
        &mut self,
        row: usize,
        app: AppId,
        (criticality, key): (Criticality, u64),
        now: SimTime,
        places: u64,
    ) -> Option<Cause> {
        self.rows[row].apps[app.index()].refusal(criticality, key, now, places)
    }

    /// Whether a router has room for one more attempt of an app; `queued` tells of each app how many
    /// of its attempts are queued there.
    pub fn room(&self, row: usize, newcomer: AppId, queued: &dyn Fn(usize) -> u32) -> Room {
        let held = &self.rows[row].apps;
        if self.rows[row].held < self.places {
            return Room::Free;
        }
        let full = Full {
            places: self.places,
            newcomer: newcomer.index(),
            apps: held.len(),
            holding: &|app| Holding { held: held[app].held, queued: queued(app) },
        };
        (self.fairness.gives_way)(&full).map_or(Room::None, |app| Room::Of(AppId(app as u32)))
    }

    /// A router admits an attempt of an app, for which there is room.
    pub fn enter(&mut self, row: usize, app: AppId, now: SimTime) -> Admitted {
        let row = &mut self.rows[row];
        row.held += 1;
        let guard = &mut row.apps[app.index()];
        guard.held += 1;
        let in_flight = guard.limiter.as_mut().map_or(0, Limiter::admit);
        Admitted { at: now, in_flight }
    }

    /// Turns the rate at which an app's attempts are admitted, all routers together.
    pub(super) fn set_rate(&mut self, app: AppId, rate: f64, now: SimTime) {
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

    /// An attempt that was admitted has come to its end; without an outcome it was taken back.
    pub fn release(
        &mut self,
        row: usize,
        app: AppId,
        on: Admitted,
        now: SimTime,
        outcome: Option<Result<(), Cause>>,
    ) {
        let row = &mut self.rows[row];
        row.held = row.held.checked_sub(1).expect("an attempt is released once");
        let guard = &mut row.apps[app.index()];
        guard.held -= 1;
        if let Some(limiter) = &mut guard.limiter {
            limiter.ended(now, now.since(on.at), on.in_flight, learned(outcome));
        }
    }
}

impl Guard {
    /// Why this router does not admit an attempt of the app, if it does not.
    fn refusal(
        &mut self,
        criticality: Criticality,
        key: u64,
        now: SimTime,
        places: u64,
    ) -> Option<Cause> {
        if self.bucket.as_mut().is_some_and(|bucket| !bucket.take(now)) {
            return Some(Cause::RateLimited);
        }
        if let Some(shedder) = &mut self.shedder {
            let places = self.limiter.as_ref().map_or(places, |limiter| limiter.limit().into());
            if shedder.sheds(&Newcomer { criticality, key, now, held: self.held, places }) {
                return Some(Cause::Shed);
            }
        }
        let full = self.limiter.as_ref().is_some_and(|limiter| !limiter.has_room());
        full.then_some(Cause::Concurrency)
    }
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

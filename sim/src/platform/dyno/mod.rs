//! Dynos: running copies of apps, each with workers and a listen backlog.
//!
//! ```text
//! off --boot--> starting --booted--> up --stop--> draining --done or killed--> off
//!                   \--too slow (R10)  \--killed, out of memory (R15)
//!                    `-----------------> crashed
//! ```
//!
//! A dyno works on what it has begun, whether or not anyone still waits for it: only a cancel or a
//! crash ends work early. A dyno that is up takes a connection into its backlog, or refuses it when
//! the backlog is full; a frozen one whose backlog is full does not answer at all, as a kernel drops
//! what a stopped process never accepts.

mod config;
mod faults;
mod life;
mod reports;
mod work;

pub use config::{PROCESSES, Process};

use self::reports::Reporter;
use super::app::App;
use super::config::Platform;
use super::cx::Cx;
use super::ids::{AppId, DynoId};
use super::message::DynoEvent;
use super::slab::Ref;
use crate::rng::{Seed, Streams};
use crate::time::{SimTime, Span};
use std::collections::VecDeque;

/// Owns every dyno.
pub struct Dynos {
    apps: Vec<AppDynos>,
    dynos: Vec<Dyno>,
    workers: Vec<Worker>,
    hop: Span,
    connect: Span,
    /// Speaks to routers where a balancer listens.
    reporter: Option<Box<Reporter>>,
}

/// The dynos of one app and what they have in common.
struct AppDynos {
    config: App,
    /// The dyno in each slot.
    slots: Vec<u32>,
    boots: Streams,
    /// The slowdowns that last.
    slow: Vec<Slowdown>,
}

/// Work that takes longer.
struct Slowdown {
    /// The event that brought it.
    event: u32,
    factor: f64,
    /// It hits the slots below this one.
    dynos: u32,
}

/// One dyno.
struct Dyno {
    app: AppId,
    slot: DynoId,
    state: State,
    frozen: bool,
    /// Counts lives, so that timers of an earlier one do nothing.
    life: u32,
    /// Its workers are these in the list of all.
    first_worker: u32,
    free: Vec<u32>,
    /// Connections that wait for a worker, the oldest first; some may be gone.
    backlog: VecDeque<Ref>,
    /// How many in `backlog` still wait.
    waiting: u32,
    /// Bytes that requests left behind.
    leaked: u64,
}

/// Where a dyno is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Off,
    Starting,
    Up,
    Draining,
    Crashed,
}

/// One worker of a dyno.
struct Worker {
    dyno: u32,
    job: Option<Ref>,
    /// Counts jobs, so that the timer of an earlier one does nothing.
    turn: u32,
    ends: SimTime,
    /// What is left to do, while frozen.
    left: Span,
}

impl Dynos {
    /// The dynos of a platform, all of them up.
    pub fn new(platform: &Platform, seed: Seed) -> Dynos {
        let mut dynos = Dynos {
            apps: Vec::new(),
            dynos: Vec::new(),
            workers: Vec::new(),
            hop: platform.mesh.hop,
            connect: platform.mesh.connect.span(),
            reporter: Reporter::new(platform, seed),
        };
        for (index, app) in platform.apps.iter().enumerate() {
            dynos.apps.push(AppDynos {
                config: app.clone(),
                slots: Vec::new(),
                boots: Streams::named(seed, &format!("app.{}.boots", app.name)),
                slow: Vec::new(),
            });
            for slot in 0..app.dynos {
                dynos.ensure(AppId(index as u32), DynoId(slot));
            }
        }
        dynos
    }

    /// Brings the first dynos up.
    pub fn start(&mut self, cx: &mut Cx<'_>) {
        for dyno in 0..self.dynos.len() as u32 {
            self.come_up(cx, dyno);
        }
    }

    /// Handles what dynos hear.
    pub fn handle(&mut self, cx: &mut Cx<'_>, event: DynoEvent) {
        match event {
            DynoEvent::Connect(attempt) => self.connect(cx, attempt),
            DynoEvent::Finish(worker, turn) => self.finish(cx, worker, turn),
            DynoEvent::Cancel(attempt) => self.cancel(cx, attempt),
            DynoEvent::Boot(app, slot) => self.boot(cx, app, slot),
            DynoEvent::Booted(dyno, life) => self.booted(cx, dyno, life),
            DynoEvent::Stop(app, slot) => self.stop(cx, app, slot),
            DynoEvent::Kill(app, slot) => {
                let dyno = self.ensure(app, slot);
                self.crash(cx, dyno);
            }
            DynoEvent::Shutdown(dyno, life) => self.shutdown_over(cx, dyno, life),
            DynoEvent::Note(note) => self.note(cx, note),
        }
    }

    /// The dyno in a slot; a new one, off, where there was none.
    fn ensure(&mut self, app: AppId, slot: DynoId) -> u32 {
        while self.apps[app.index()].slots.len() <= slot.index() {
            let dyno = self.dynos.len() as u32;
            let first_worker = self.workers.len() as u32;
            let slot = DynoId(self.apps[app.index()].slots.len() as u32);
            let count = self.apps[app.index()].config.process.workers;
            let worker =
                || Worker { dyno, job: None, turn: 0, ends: SimTime::ZERO, left: Span::ZERO };
            self.workers.extend((0..count).map(|_| worker()));
            self.dynos.push(Dyno {
                app,
                slot,
                state: State::Off,
                frozen: false,
                life: 0,
                first_worker,
                free: Vec::new(),
                backlog: VecDeque::new(),
                waiting: 0,
                leaked: 0,
            });
            self.apps[app.index()].slots.push(dyno);
        }
        self.apps[app.index()].slots[slot.index()]
    }

    /// The workers of a dyno.
    fn workers_of(&self, dyno: u32) -> std::ops::Range<u32> {
        let found = &self.dynos[dyno as usize];
        let count = self.apps[found.app.index()].config.process.workers;
        found.first_worker..found.first_worker + count
    }
}

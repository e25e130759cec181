//! All dynos of a stage: who is up, who boots, and what the router hears of it.
//!
//! The rules are the simulator's: a crashed dyno follows its app's `restart`, a new one boots first,
//! one that goes finishes what it has within `shutdown`, and the router hears of it all `bus.delay`
//! later. Must be used within the stage's runtime.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use sim::platform::{App, AppId, Placement, Platform};
use sim::rng::{Seed, Streams};
use sim::time::{SimTime, Span};

use super::counts::DynoCounts;
use super::dyno::Dyno;
use super::router::Router;
use super::time::Time;

/// What a router hears of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct News {
    /// The app, by its place in the platform.
    pub app: usize,
    /// The dyno that is concerned, by its number.
    pub dyno: u32,
    /// Whether it is up.
    pub up: bool,
    /// How the app is as a whole.
    pub state: AppState,
}

/// How an app is as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AppState {
    /// It has dynos that are up.
    Up,
    /// None is up, and some boot.
    Starting,
    /// None is up or boots, and some are to come back.
    Crashed,
    /// It is to have none.
    Empty,
}

/// The dynos of all apps.
#[derive(Debug)]
pub(super) struct Fleet {
    pub apps: Vec<AppFleet>,
    pub time: Time,
    bus: Span,
    router: OnceLock<Arc<dyn Router>>,
}

/// The dynos of one app.
#[derive(Debug)]
pub(super) struct AppFleet {
    pub config: App,
    /// As many as it ever has.
    pub dynos: Vec<Arc<Dyno>>,
    boots: Streams,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// How many dynos it is to have.
    wanted: u32,
    slots: Vec<Slot>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    life: Life,
    crashes: u32,
    boots: u32,
    /// Changes with whatever happens to it, so that earlier plans come to nothing.
    turn: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    #[default]
    Off,
    Booting,
    Up,
}

impl Fleet {
    /// Dynos with ports, all of them off; `most` gives how many an app ever has.
    ///
    /// # Errors
    ///
    /// When there are no ports.
    pub fn new(
        platform: &Platform,
        seed: Seed,
        time: Time,
        most: impl Fn(usize) -> u32,
    ) -> io::Result<Fleet> {
        let mut placement = Placement::new(&platform.apps, &platform.hosts);
        let mut apps = Vec::new();
        for (index, config) in platform.apps.iter().enumerate() {
            let mut dynos = Vec::new();
            for slot in 0..most(index) {
                let slowness = placement.spot(AppId(index as u32), slot).slowness;
                dynos.push(Dyno::new(config, slot, slowness, seed, time.clone())?);
            }
            let slots = vec![Slot::default(); dynos.len()];
            apps.push(AppFleet {
                config: config.clone(),
                dynos,
                boots: Streams::named(seed, &format!("app.{}.boots", config.name)),
                state: Mutex::new(State { wanted: config.dynos, slots }),
            });
        }
        Ok(Fleet { apps, time, bus: platform.bus.delay, router: OnceLock::new() })
    }

    /// Tells the router from now on. Must be called once.
    pub fn tell(&self, router: Arc<dyn Router>) {
        assert!(self.router.set(router).is_ok(), "a fleet has one router");
    }

    /// Brings every app to what it has at the start, at once: a measured time begins at `at`.
    ///
    /// # Errors
    ///
    /// When a dyno cannot listen.
    pub fn begin(&self, at: SimTime) -> io::Result<()> {
        for (index, app) in self.apps.iter().enumerate() {
            let mut told = Vec::new();
            let mut state = app.lock();
            state.wanted = app.config.dynos;
            for (number, slot) in state.slots.iter_mut().enumerate() {
                let dyno = &app.dynos[number];
                *slot = Slot { turn: slot.turn + 1, life: slot.life, ..Slot::default() };
                dyno.begin(at);
                let wanted = number < app.config.dynos as usize;
                if wanted && !dyno.is_up() {
                    dyno.crash();
                    dyno.come_up()?;
                } else if !wanted {
                    dyno.crash();
                }
                slot.life = if wanted { Life::Up } else { Life::Off };
                told.push((number as u32, wanted));
            }
            drop(state);
            if let Some(router) = self.router.get() {
                for (dyno, up) in told {
                    router.hear(News { app: index, dyno, up, state: AppState::Up });
                }
            }
        }
        Ok(())
    }

    /// Dies at once. It follows the app's `restart` where nobody else boots it.
    pub fn crash(self: &Arc<Fleet>, app: usize, dyno: u32, restarts: bool) {
        let mut state = self.apps[app].lock();
        let slot = &mut state.slots[dyno as usize];
        slot.turn += 1;
        slot.life = Life::Off;
        slot.crashes += 1;
        let (turn, wait) = (slot.turn, self.apps[app].config.restart.wait(slot.crashes));
        drop(state);
        self.apps[app].dynos[dyno as usize].crash();
        self.news(app, dyno, false);
        if restarts {
            let fleet = Arc::clone(self);
            tokio::spawn(async move {
                fleet.time.sleep(wait).await;
                if fleet.apps[app].lock().slots[dyno as usize].turn == turn {
                    fleet.boot(app, dyno);
                }
            });
        }
    }

    /// Boots a dyno that is off, if the app is to have it.
    pub fn boot(self: &Arc<Fleet>, app: usize, dyno: u32) {
        let found = &self.apps[app];
        let mut state = found.lock();
        let wanted = state.wanted;
        let slot = &mut state.slots[dyno as usize];
        if dyno >= wanted || slot.life != Life::Off {
            return;
        }
        slot.turn += 1;
        slot.boots += 1;
        slot.life = Life::Booting;
        // The first life is never booted, so this is the boot that the simulator draws.
        let mut rng = found.boots.stream(u64::from(dyno) << 32 | u64::from(slot.boots));
        let boot = found.config.boot.sample(&mut rng);
        let (turn, limit) = (slot.turn, found.config.boot_timeout.span());
        drop(state);
        let fleet = Arc::clone(self);
        tokio::spawn(async move {
            fleet.time.sleep(boot.min(limit)).await;
            if boot > limit {
                if fleet.apps[app].lock().slots[dyno as usize].turn == turn {
                    fleet.crash(app, dyno, true);
                }
            } else {
                fleet.booted(app, dyno, turn);
            }
        });
    }

    fn booted(self: &Arc<Fleet>, app: usize, dyno: u32, turn: u64) {
        let found = &self.apps[app];
        let mut state = found.lock();
        let slot = &mut state.slots[dyno as usize];
        if slot.turn != turn {
            return;
        }
        // What drains for an earlier order gives way.
        found.dynos[dyno as usize].crash();
        if found.dynos[dyno as usize].come_up().is_ok() {
            slot.life = Life::Up;
            drop(state);
            self.news(app, dyno, true);
        } else {
            drop(state);
            self.crash(app, dyno, true);
        }
    }

    /// The app is to have so many dynos: new ones boot, those that go finish what they have.
    pub fn scale(self: &Arc<Fleet>, app: usize, wanted: u32) {
        let found = &self.apps[app];
        let mut gone = Vec::new();
        let mut state = found.lock();
        state.wanted = wanted;
        for (number, slot) in state.slots.iter_mut().enumerate().skip(wanted as usize) {
            slot.turn += 1;
            if slot.life == Life::Up {
                gone.push(number as u32);
            }
            slot.life = Life::Off;
        }
        drop(state);
        for dyno in gone {
            self.news(app, dyno, false);
            let (dyno, shutdown) = (Arc::clone(&found.dynos[dyno as usize]), found.config.shutdown);
            tokio::spawn(async move { dyno.stop(shutdown.span()).await });
        }
        for dyno in 0..wanted.min(found.dynos.len() as u32) {
            self.boot(app, dyno);
        }
    }

    /// The router hears of a dyno, when the bus has brought it the news.
    fn news(self: &Arc<Fleet>, app: usize, dyno: u32, up: bool) {
        let state = self.apps[app].app_state();
        let fleet = Arc::clone(self);
        tokio::spawn(async move {
            fleet.time.sleep(fleet.bus).await;
            if let Some(router) = fleet.router.get() {
                router.hear(News { app, dyno, up, state });
            }
        });
    }

    /// What every dyno has counted.
    pub fn counts(&self) -> Vec<DynoCounts> {
        self.apps.iter().flat_map(|app| app.dynos.iter().map(|dyno| dyno.counts())).collect()
    }
}

impl AppFleet {
    /// The numbers of the dynos that are up.
    pub fn up(&self) -> Vec<u32> {
        self.dynos.iter().filter(|dyno| dyno.is_up()).map(|dyno| dyno.slot).collect()
    }

    /// How many dynos it is to have.
    pub fn wanted(&self) -> u32 {
        self.lock().wanted
    }

    fn app_state(&self) -> AppState {
        let state = self.lock();
        let has = |life: Life| state.slots.iter().any(|slot| slot.life == life);
        if has(Life::Up) {
            AppState::Up
        } else if has(Life::Booting) {
            AppState::Starting
        } else if state.wanted == 0 {
            AppState::Empty
        } else {
            AppState::Crashed
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

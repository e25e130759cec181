//! Dynos: running copies of apps, each with a process model and a listen backlog.
//!
//! ```text
//! off --boot--> starting --booted--> up --stop--> draining --done or killed--> off
//!                   \--too slow (R10)  \--killed, out of memory (R15)
//!                    `-----------------> crashed
//! ```
//!
//! What is being served has a *seat*; the process model says how many there are and who gets the CPU.
//! A dyno works on what it has begun, whether or not anyone still waits for it: only a cancel or a
//! crash ends work early. A dyno that is up takes a connection into its backlog, or refuses it when
//! the backlog is full; a frozen one whose backlog is full does not answer at all, as a kernel drops
//! what a stopped process never accepts.

mod alternation;
mod books;
mod bursts;
mod cpu;
mod faults;
mod life;
mod line;
mod mind;
mod pace;
mod process;
mod reports;
mod work;

pub use alternation::Alternation;
pub use cpu::Cpu;
pub use mind::Mind;
pub use process::{PROCESSES, Process, Sharing};

use self::faults::Trouble;
use self::reports::Reporter;
use super::app::App;
use super::config::Platform;
use super::cx::Cx;
use super::hardware::Placement;
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
    seats: Vec<Seat>,
    placement: Placement,
    /// Who disturbs each host, and by which factor.
    hosts: Vec<Option<(Alternation, f64)>>,
    seed: Seed,
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
    antagonists: Streams,
    /// What is wrong with some of them at present.
    troubles: Vec<Trouble>,
}

/// One dyno.
struct Dyno {
    app: AppId,
    slot: DynoId,
    state: State,
    frozen: bool,
    /// Counts lives, so that timers of an earlier one do nothing.
    life: u32,
    /// Its seats, made when they are first needed, by their numbers in the list of all.
    seats: Vec<u32>,
    /// Those of them that are free.
    free: Vec<u32>,
    /// Connections that wait for a seat, the oldest first; some may be gone.
    backlog: VecDeque<Ref>,
    /// How many in `backlog` still wait.
    waiting: u32,
    /// Bytes that requests left behind.
    leaked: u64,
    /// Its cores, where they are shared.
    cpu: Option<Box<Cpu>>,
    /// What work is multiplied by for the hardware that the dyno runs on.
    slowness: f64,
    host: Option<u32>,
    /// Who disturbs it alone, and by which factor.
    antagonist: Option<Box<(Alternation, f64)>>,
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

impl State {
    /// Whether a dyno may have attempts.
    fn serves(self) -> bool {
        matches!(self, State::Up | State::Draining)
    }
}

/// A place in which a dyno serves an attempt: a worker, a thread or a connection.
struct Seat {
    dyno: u32,
    /// Its number among the seats of the dyno.
    number: u32,
    job: Option<Ref>,
    /// Counts what it did by the clock, so that the timer of something earlier does nothing.
    turn: u32,
    doing: Doing,
    /// When what it does by the clock ends.
    ends: SimTime,
    /// What is left of that, while frozen.
    left: Span,
    /// What comes after the first burst of CPU: a wait, and another burst.
    wait: Span,
    last: Span,
}

/// What a seat does with its attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    /// By the clock: all the work, with a worker of its own.
    Work,
    /// The burst of CPU before a wait.
    First,
    /// By the clock: waits for others.
    Wait,
    /// The last burst of CPU.
    Last,
    /// By the clock: what it takes to fail.
    Fail,
}

impl Doing {
    /// Whether a timer ends it.
    fn by_clock(self) -> bool {
        matches!(self, Doing::Work | Doing::Wait | Doing::Fail)
    }
}

impl Dynos {
    /// The dynos of a platform, all of them up.
    pub fn new(platform: &Platform, seed: Seed) -> Dynos {
        let placement = Placement::new(&platform.apps, &platform.hosts);
        let hosts = placement.disturbed().into_iter().map(|disturbed| {
            let (name, number, antagonist) = disturbed?;
            let streams = Streams::named(seed, &format!("host.{name}.antagonists"));
            Some(pace::disturbed(antagonist, streams, number))
        });
        let mut dynos = Dynos {
            apps: Vec::new(),
            dynos: Vec::new(),
            seats: Vec::new(),
            hosts: hosts.collect(),
            placement,
            seed,
            hop: platform.mesh.hop,
            connect: platform.mesh.connect.span(),
            reporter: Reporter::new(platform, seed),
        };
        for (index, app) in platform.apps.iter().enumerate() {
            dynos.apps.push(AppDynos {
                config: app.clone(),
                slots: Vec::new(),
                boots: Streams::named(seed, &format!("app.{}.boots", app.name)),
                antagonists: Streams::named(seed, &format!("app.{}.antagonists", app.name)),
                troubles: Vec::new(),
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
            DynoEvent::Finish(seat, turn) => self.finish(cx, seat, turn),
            DynoEvent::Burst(dyno, turn) => self.burst(cx, dyno, turn),
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
        if let Some(&dyno) = self.apps[app.index()].slots.get(slot.index()) {
            return dyno;
        }
        while self.apps[app.index()].slots.len() <= slot.index() {
            let slot = DynoId(self.apps[app.index()].slots.len() as u32);
            let dyno = self.create(app, slot);
            self.apps[app.index()].slots.push(self.dynos.len() as u32);
            self.dynos.push(dyno);
        }
        self.apps[app.index()].slots[slot.index()]
    }

    /// A dyno for a slot, off.
    #[cold]
    fn create(&mut self, app: AppId, slot: DynoId) -> Dyno {
        let spot = self.placement.spot(app, slot.0);
        let antagonist = spot.class.and_then(|class| self.placement.of_class(app, class));
        let AppDynos { config, antagonists, .. } = &self.apps[app.index()];
        let disturbed = |antagonist| pace::disturbed(antagonist, *antagonists, u64::from(slot.0));
        Dyno {
            app,
            slot,
            state: State::Off,
            frozen: false,
            life: 0,
            seats: Vec::new(),
            free: Vec::new(),
            backlog: VecDeque::new(),
            waiting: 0,
            leaked: 0,
            cpu: Cpu::new(config.process.cpu).map(Box::new),
            slowness: spot.slowness,
            host: spot.host,
            antagonist: antagonist.map(disturbed).map(Box::new),
        }
    }

    /// A free seat of a dyno, which is free no more; none when all it may have are taken.
    fn take_seat(&mut self, dyno: u32) -> Option<u32> {
        let found = &mut self.dynos[dyno as usize];
        if let Some(seat) = found.free.pop() {
            return Some(seat);
        }
        let number = found.seats.len() as u32;
        if number == self.apps[found.app.index()].config.process.most {
            return None;
        }
        let seat = self.seats.len() as u32;
        found.seats.push(seat);
        self.seats.push(Seat {
            dyno,
            number,
            job: None,
            turn: 0,
            doing: Doing::Work,
            ends: SimTime::ZERO,
            left: Span::ZERO,
            wait: Span::ZERO,
            last: Span::ZERO,
        });
        Some(seat)
    }

    /// Workers of a dyno that can be busy at once, or cores.
    fn width(&self, dyno: u32) -> u32 {
        self.apps[self.dynos[dyno as usize].app.index()].config.process.width()
    }
}

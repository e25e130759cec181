//! The manager: decides which dynos run. It boots, restarts, stops, puts to sleep and wakes them,
//! and publishes what it knows on the bus; routers hear of it after the bus's delay.
//!
//! Restart rule: Heroku devcenter, "dyno crash restart policy". Launches go through one queue that a
//! launch limit can slow down or stop, as operators did at Heroku (talk "High availability at
//! Heroku", 2012: rate control by a file).

mod slot;

use self::slot::{Slot, State};
use super::app::{App, Restart};
use super::config::Platform;
use super::cx::Cx;
use super::ids::{AppId, DynoId};
use super::knob::Knob;
use super::message::{AppState, DynoEvent, Event, ManagerEvent, RouterEvent};
use crate::config::Fields;
use crate::fault::Which;
use crate::time::{SimTime, Span};
use crate::units::{Limit, Rate};
use std::collections::VecDeque;

/// The settings of the manager.
#[derive(Clone, Copy, Debug)]
pub struct ManagerSettings {
    /// Most dynos that are started a second, on the whole platform.
    pub launch_limit: Limit<Rate>,
}

impl ManagerSettings {
    /// Reads `[manager]`.
    pub fn read(fields: &mut Fields<'_>) -> ManagerSettings {
        ManagerSettings { launch_limit: fields.or("launch-limit", Limit::Unlimited) }
    }
}

/// A limit as launches a second.
pub fn rate(limit: Limit<Rate>) -> f64 {
    match limit {
        Limit::At(rate) => rate.0,
        Limit::Unlimited => f64::INFINITY,
    }
}

/// Decides which dynos run.
pub struct Manager {
    apps: Vec<Managed>,
    launches: VecDeque<(AppId, DynoId)>,
    launch_rate: f64,
    /// No launch before this instant.
    next_launch: SimTime,
    /// The instant for which the last timer for a launch was set.
    launch_timer: SimTime,
    bus: Span,
}

/// An app as the manager sees it.
struct Managed {
    restart: Restart,
    /// How many dynos it is to have.
    wanted: u32,
    asleep: bool,
    slots: Vec<Slot>,
    published: AppState,
}

impl Manager {
    /// The manager of a platform whose dynos are all up.
    pub fn new(platform: &Platform) -> Manager {
        let managed = |app: &App| Managed {
            restart: app.restart,
            wanted: app.dynos,
            asleep: false,
            slots: vec![Slot::new(State::Up); app.dynos as usize],
            published: AppState::Up,
        };
        Manager {
            apps: platform.apps.iter().map(managed).collect(),
            launches: VecDeque::new(),
            launch_rate: rate(platform.manager.launch_limit),
            next_launch: SimTime::ZERO,
            launch_timer: SimTime::ZERO,
            bus: platform.bus.delay,
        }
    }

    /// Handles what the manager hears.
    pub fn handle(&mut self, cx: &mut Cx<'_>, event: ManagerEvent) {
        match event {
            // One that was to go in the instant in which it came up is being killed.
            ManagerEvent::Up(app, dyno) if self.slot(app, dyno).state == State::Stopping => {}
            ManagerEvent::Up(app, dyno) => self.up(cx, app, dyno),
            ManagerEvent::Crashed(app, dyno) => self.crashed(cx, app, dyno),
            ManagerEvent::Off(app, dyno) => self.slot(app, dyno).state = State::Off,
            ManagerEvent::Wake(app) => self.wake(cx, app),
            ManagerEvent::Sleep(app) => self.sleep(cx, app),
            ManagerEvent::Restart(app, dyno) => self.restart(cx, app, dyno),
            ManagerEvent::Launch => self.pump(cx),
        }
    }

    /// Turns a knob that belongs to the manager.
    pub fn turn(&mut self, cx: &mut Cx<'_>, knob: Knob) {
        if let Knob::LaunchLimit(rate) = knob {
            self.launch_rate = rate;
            self.next_launch = self.next_launch.min(cx.now() + gap(rate));
            self.pump(cx);
        }
    }

    /// Gives an app another number of dynos; gives the number that it was to have before.
    pub fn scale(&mut self, cx: &mut Cx<'_>, app: AppId, dynos: u32) -> u32 {
        let managed = &mut self.apps[app.index()];
        let before = std::mem::replace(&mut managed.wanted, dynos);
        if !managed.asleep {
            self.fit(cx, app, dynos);
            self.publish(cx, app);
        }
        before
    }

    /// Some dynos of an app die; they stay down until `held`.
    pub fn kill(&mut self, cx: &mut Cx<'_>, app: AppId, which: Which, held: SimTime) {
        let slots = &mut self.apps[app.index()].slots;
        let running = |slot: &Slot| matches!(slot.state, State::Up | State::Starting);
        let count = which.of(slots.iter().filter(|slot| running(slot)).count() as u32);
        let chosen = slots.iter_mut().enumerate().filter(|(_, slot)| running(slot));
        for (index, slot) in chosen.take(count as usize) {
            slot.held = held;
            cx.send(Span::ZERO, Event::Dyno(DynoEvent::Kill(app, DynoId(index as u32))));
        }
    }

    fn slot(&mut self, app: AppId, dyno: DynoId) -> &mut Slot {
        &mut self.apps[app.index()].slots[dyno.index()]
    }

    fn up(&mut self, cx: &mut Cx<'_>, app: AppId, dyno: DynoId) {
        self.slot(app, dyno).state = State::Up;
        cx.send(self.bus, Event::Router(RouterEvent::DynoUp(app, dyno)));
        self.publish(cx, app);
    }

    fn crashed(&mut self, cx: &mut Cx<'_>, app: AppId, dyno: DynoId) {
        cx.send(self.bus, Event::Router(RouterEvent::DynoDown(app, dyno)));
        let rule = self.apps[app.index()].restart;
        let slot = self.slot(app, dyno);
        if slot.state == State::Stopping {
            // The stop under way will find it dead. Until then it must not begin a next life.
            return;
        }
        slot.crashes += 1;
        slot.state = State::CoolOff;
        slot.restart = (cx.now() + rule.wait(slot.crashes)).max(slot.held);
        let wait = slot.restart.since(cx.now());
        if wait.is_zero() {
            self.launch(cx, app, dyno);
        } else {
            cx.send(wait, Event::Manager(ManagerEvent::Restart(app, dyno)));
        }
        self.publish(cx, app);
    }

    fn restart(&mut self, cx: &mut Cx<'_>, app: AppId, dyno: DynoId) {
        let now = cx.now();
        let slot = self.slot(app, dyno);
        // A dyno that was stopped or crashed again since has another time, or none.
        if slot.state == State::CoolOff && slot.restart == now {
            self.launch(cx, app, dyno);
            self.publish(cx, app);
        }
    }

    fn sleep(&mut self, cx: &mut Cx<'_>, app: AppId) {
        let managed = &mut self.apps[app.index()];
        if !managed.asleep && managed.published == AppState::Up {
            managed.asleep = true;
            self.fit(cx, app, 0);
            self.publish(cx, app);
        }
    }

    fn wake(&mut self, cx: &mut Cx<'_>, app: AppId) {
        let managed = &mut self.apps[app.index()];
        if managed.asleep {
            managed.asleep = false;
            let wanted = managed.wanted;
            self.fit(cx, app, wanted);
            self.publish(cx, app);
        }
    }

    /// Starts or stops dynos until an app has as many as it is to have.
    fn fit(&mut self, cx: &mut Cx<'_>, app: AppId, wanted: u32) {
        let slots = &self.apps[app.index()].slots;
        let mut running = slots.iter().filter(|slot| slot.is_wanted()).count() as u32;
        let mut next = 0;
        while running < wanted {
            // The first slot that is off, or a new one.
            let slots = &mut self.apps[app.index()].slots;
            while slots.get(next).is_some_and(|slot| slot.state != State::Off) {
                next += 1;
            }
            if next == slots.len() {
                slots.push(Slot::new(State::Off));
            }
            slots[next] = Slot::new(State::Off);
            self.launch(cx, app, DynoId(next as u32));
            running += 1;
        }
        let mut last = self.apps[app.index()].slots.len();
        while running > wanted {
            last -= 1;
            if self.apps[app.index()].slots[last].is_wanted() {
                self.retire(cx, app, DynoId(last as u32));
                running -= 1;
            }
        }
    }

    /// Takes a dyno away: routers hear first, then it stops.
    fn retire(&mut self, cx: &mut Cx<'_>, app: AppId, dyno: DynoId) {
        let bus = self.bus;
        let slot = self.slot(app, dyno);
        let was = slot.state;
        slot.state = State::Stopping;
        match was {
            State::Up => {
                cx.send(bus, Event::Router(RouterEvent::DynoDown(app, dyno)));
                cx.send(bus, Event::Dyno(DynoEvent::Stop(app, dyno)));
            }
            State::Starting => {
                cx.send(Span::ZERO, Event::Dyno(DynoEvent::Kill(app, dyno)));
                cx.send(Span::ZERO, Event::Dyno(DynoEvent::Stop(app, dyno)));
            }
            _ => slot.state = State::Off,
        }
    }

    /// Puts a dyno into the queue of launches.
    fn launch(&mut self, cx: &mut Cx<'_>, app: AppId, dyno: DynoId) {
        self.slot(app, dyno).state = State::Queued;
        self.launches.push_back((app, dyno));
        self.pump(cx);
    }

    /// Launches as many as the limit lets.
    fn pump(&mut self, cx: &mut Cx<'_>) {
        while let Some(&(app, dyno)) = self.launches.front() {
            if self.slot(app, dyno).state != State::Queued {
                self.launches.pop_front();
                continue;
            }
            if cx.now() < self.next_launch || self.launch_rate == 0.0 {
                break;
            }
            self.launches.pop_front();
            self.next_launch = cx.now() + gap(self.launch_rate);
            self.slot(app, dyno).state = State::Starting;
            cx.send(Span::ZERO, Event::Dyno(DynoEvent::Boot(app, dyno)));
        }
        // A timer for a later instant does no harm: when it fires, nothing or the next one is due.
        let waits = !self.launches.is_empty() && self.launch_rate > 0.0;
        if waits && self.launch_timer != self.next_launch {
            self.launch_timer = self.next_launch;
            let wait = self.next_launch.since(cx.now());
            cx.send(wait, Event::Manager(ManagerEvent::Launch));
        }
    }

    /// Tells the routers the state of an app, if it has changed.
    fn publish(&mut self, cx: &mut Cx<'_>, app: AppId) {
        let managed = &mut self.apps[app.index()];
        let any = |states: &[State]| managed.slots.iter().any(|slot| states.contains(&slot.state));
        let state = if managed.asleep {
            AppState::Idle
        } else if managed.wanted == 0 {
            AppState::Empty
        } else if any(&[State::Up]) {
            AppState::Up
        } else if any(&[State::Queued, State::Starting]) {
            AppState::Starting
        } else {
            AppState::Crashed
        };
        if managed.published != state {
            managed.published = state;
            cx.send(self.bus, Event::Router(RouterEvent::App(app, state)));
        }
    }
}

/// The time between two launches.
fn gap(rate: f64) -> Span {
    if rate > 0.0 { Span::from_seconds(1.0 / rate) } else { Span::MAX }
}

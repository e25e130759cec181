//! How dynos come and go.

use super::{Dynos, State};
use crate::platform::attempt::Place;
use crate::platform::cx::Cx;
use crate::platform::ids::{AppId, DynoId};
use crate::platform::message::{DynoEvent, Event, ManagerEvent, RouterEvent};
use crate::platform::slab::Ref;
use crate::time::Span;

impl Dynos {
    /// The manager starts a dyno.
    pub(super) fn boot(&mut self, cx: &mut Cx<'_>, app: AppId, slot: DynoId) {
        let index = self.ensure(app, slot);
        let dyno = &mut self.dynos[index as usize];
        assert!(
            matches!(dyno.state, State::Off | State::Crashed),
            "only a dyno that does not run is started"
        );
        dyno.state = State::Starting;
        dyno.life = dyno.life.wrapping_add(1);
        let life = dyno.life;
        let boot = self.boot_time(index).min(self.apps[app.index()].config.boot_timeout.span());
        cx.send(boot, Event::Dyno(DynoEvent::Booted(index, life)));
    }

    /// How long a dyno takes to boot in its present life: the same whenever it is asked.
    fn boot_time(&self, index: u32) -> Span {
        let dyno = &self.dynos[index as usize];
        let app = &self.apps[dyno.app.index()];
        let mut rng = app.boots.stream(u64::from(dyno.slot.0) << 32 | u64::from(dyno.life));
        app.config.boot.sample(&mut rng)
    }

    /// A boot is over: the dyno is up, or it took too long (R10) and is killed.
    pub(super) fn booted(&mut self, cx: &mut Cx<'_>, index: u32, life: u32) {
        let dyno = &self.dynos[index as usize];
        if dyno.life != life || dyno.state != State::Starting {
            return;
        }
        let (app, slot) = (dyno.app, dyno.slot);
        if self.boot_time(index) > self.apps[app.index()].config.boot_timeout.span() {
            self.crash(cx, index);
            return;
        }
        self.come_up(cx, index);
        cx.send(Span::ZERO, Event::Manager(ManagerEvent::Up(app, slot)));
    }

    /// A dyno is up, with all its seats free.
    pub(super) fn come_up(&mut self, cx: &mut Cx<'_>, index: u32) {
        let width = self.width(index);
        let dyno = &mut self.dynos[index as usize];
        dyno.state = State::Up;
        dyno.leaked = 0;
        let app = dyno.app.index();
        cx.record.workers_up(cx.scheduler.now(), app, width);
        dyno.free.clear();
        dyno.free.extend(dyno.seats.iter().rev());
        self.is_idle(cx, index);
    }

    /// The manager stops a dyno: it takes nothing new and finishes what it has. One that has died on
    /// its own is off.
    pub(super) fn stop(&mut self, cx: &mut Cx<'_>, app: AppId, slot: DynoId) {
        let index = self.ensure(app, slot);
        let dyno = &mut self.dynos[index as usize];
        if dyno.state == State::Up {
            dyno.state = State::Draining;
            let shutdown = self.apps[app.index()].config.shutdown.span();
            cx.send(shutdown, Event::Dyno(DynoEvent::Shutdown(index, dyno.life)));
            self.off_when_drained(cx, index);
        } else if dyno.state == State::Crashed {
            dyno.state = State::Off;
            cx.send(Span::ZERO, Event::Manager(ManagerEvent::Off(app, slot)));
        }
    }

    /// A dyno that drains and has nothing left is off.
    pub(super) fn off_when_drained(&mut self, cx: &mut Cx<'_>, index: u32) {
        let dyno = &self.dynos[index as usize];
        let is_empty = dyno.waiting == 0 && dyno.free.len() == dyno.seats.len();
        if dyno.state == State::Draining && is_empty {
            self.end(cx, index, State::Off);
        }
    }

    /// A dyno had long enough to shut down (R12).
    pub(super) fn shutdown_over(&mut self, cx: &mut Cx<'_>, index: u32, life: u32) {
        let dyno = &self.dynos[index as usize];
        if dyno.life == life && dyno.state == State::Draining {
            self.end(cx, index, State::Off);
        }
    }

    /// A dyno dies at once.
    pub(super) fn crash(&mut self, cx: &mut Cx<'_>, index: u32) {
        if !matches!(self.dynos[index as usize].state, State::Off | State::Crashed) {
            self.end(cx, index, State::Crashed);
        }
    }

    /// Ends a dyno's life: whoever is still connected hears that the connection is gone.
    fn end(&mut self, cx: &mut Cx<'_>, index: u32, state: State) {
        let now = cx.now();
        let width = self.width(index);
        let (app, slot, was) = {
            let dyno = &self.dynos[index as usize];
            (dyno.app, dyno.slot, dyno.state)
        };
        let mut busy = 0;
        for at in 0..self.dynos[index as usize].seats.len() {
            let seat = &mut self.seats[self.dynos[index as usize].seats[at] as usize];
            seat.turn = seat.turn.wrapping_add(1);
            if let Some(name) = seat.job.take() {
                busy += 1;
                self.lose(cx, name);
            }
        }
        if let Some(cpu) = &mut self.dynos[index as usize].cpu {
            busy = cpu.busy();
            cpu.clear();
        }
        for _ in 0..busy {
            cx.record.unbusy(now, app.index());
        }
        let backlog: Vec<Ref> = self.dynos[index as usize].backlog.drain(..).collect();
        for name in backlog {
            if cx.attempts.get(name).is_some_and(|attempt| attempt.place == Place::Backlog) {
                self.leave_backlog(cx, name);
                self.lose(cx, name);
            }
        }
        if was != State::Starting {
            cx.record.workers_down(now, app.index(), width);
        }
        let dyno = &mut self.dynos[index as usize];
        dyno.state = state;
        dyno.frozen = false;
        self.forgot(index);
        // What was under way has just been told, so a draining dyno tells its end once.
        let event = match (was, state) {
            (State::Draining, _) | (_, State::Off) => ManagerEvent::Off(app, slot),
            _ => ManagerEvent::Crashed(app, slot),
        };
        cx.send(Span::ZERO, Event::Manager(event));
    }

    fn lose(&self, cx: &mut Cx<'_>, name: Ref) {
        cx.attempts.get_mut(name).expect("the dyno holds its attempt").place = Place::Left;
        cx.send(self.hop, Event::Router(RouterEvent::Lost(name)));
    }
}

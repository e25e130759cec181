//! How a dyno takes attempts in, begins them, ends them and lets go of them.

use super::{Doing, Dynos, State};
use crate::platform::attempt::{Place, leave_dyno};
use crate::platform::cx::Cx;
use crate::platform::message::{DynoEvent, Event, RouterEvent};
use crate::platform::slab::Ref;
use crate::time::Span;

impl Dynos {
    /// A router opens a connection.
    pub(super) fn connect(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let attempt = *cx.attempts.get(name).expect("the dyno holds its attempt");
        let index = self.ensure(attempt.app, attempt.dyno);
        let bound = self.apps[attempt.app.index()].config.process.backlog.count();
        let dyno = &self.dynos[index as usize];
        if dyno.state != State::Up {
            cx.send(self.hop, Event::Router(RouterEvent::Refused(name)));
        } else if !dyno.frozen
            && let Some(seat) = self.take_seat(index)
        {
            self.took(cx, index, name);
            self.begin(cx, seat, name);
            self.set_timer(cx, index);
        } else if self.dynos[index as usize].waiting < bound {
            let dyno = &mut self.dynos[index as usize];
            dyno.waiting += 1;
            dyno.backlog.push_back(name);
            let now = cx.now();
            let attempt = cx.attempts.get_mut(name).expect("the dyno holds its attempt");
            attempt.place = Place::Backlog;
            attempt.since = now;
            cx.record.queued(now, attempt.app.index());
            self.took(cx, index, name);
        } else if self.dynos[index as usize].frozen {
            // The router's clock has run since it sent this; the timer is set only where it fires.
            let wait = self.connect.saturating_sub(self.hop);
            cx.send(wait, Event::Router(RouterEvent::NoConnection(name)));
        } else {
            cx.send(self.hop, Event::Router(RouterEvent::Refused(name)));
        }
    }

    /// An attempt begins in a seat.
    fn begin(&mut self, cx: &mut Cx<'_>, seat: u32, name: Ref) {
        let now = cx.now();
        let attempt = cx.attempts.get_mut(name).expect("the dyno holds its attempt");
        attempt.place = Place::Seat(seat);
        let (client, app) = (attempt.client.index(), attempt.app.index());
        let (waited, work) = (attempt.waited, attempt.work);
        cx.record.wait(client, waited);
        let dyno = self.seats[seat as usize].dyno;
        let (time, fails) = self.lot(now, dyno, work.time);
        self.seats[seat as usize].job = Some(name);
        if self.dynos[dyno as usize].cpu.is_none() {
            cx.record.busy(now, app);
            let doing = if fails { Doing::Fail } else { Doing::Work };
            self.by_clock(cx, seat, doing, time);
        } else if fails {
            self.by_clock(cx, seat, Doing::Fail, time);
        } else {
            self.begin_bursts(cx, seat, time, work.cpu);
        }
        if self.is_out_of_memory(dyno) {
            self.crash(cx, dyno);
        }
    }

    /// A seat's time by the clock is over.
    pub(super) fn finish(&mut self, cx: &mut Cx<'_>, seat: u32, turn: u32) {
        let state = &mut self.seats[seat as usize];
        if state.turn != turn {
            return;
        }
        let dyno = state.dyno;
        match state.doing {
            Doing::Work => {
                let app = self.dynos[dyno as usize].app.index();
                cx.record.unbusy(cx.scheduler.now(), app);
                self.done(cx, seat);
            }
            Doing::Fail => {
                if self.dynos[dyno as usize].cpu.is_none() {
                    let app = self.dynos[dyno as usize].app.index();
                    cx.record.unbusy(cx.scheduler.now(), app);
                }
                self.failed(cx, seat);
            }
            Doing::Wait => self.waited(cx, seat),
            Doing::First | Doing::Last => unreachable!("a burst has no timer of its own"),
        }
        self.set_timer(cx, dyno);
    }

    /// A seat has done all the work of its attempt.
    pub(super) fn done(&mut self, cx: &mut Cx<'_>, seat: u32) {
        let name = self.seats[seat as usize].job.take().expect("a seat at work has a job");
        let dyno = &mut self.dynos[self.seats[seat as usize].dyno as usize];
        let app = dyno.app.index();
        if let Some(memory) = self.apps[app].config.memory {
            dyno.leaked += memory.leak.0;
        }
        cx.attempts.get_mut(name).expect("the dyno holds its attempt").place = Place::Left;
        cx.record.done(app);
        cx.send(self.hop, Event::Router(RouterEvent::Done(name)));
        let index = self.seats[seat as usize].dyno;
        self.gave(cx, index, name, true);
        self.free(cx, seat);
    }

    /// A seat's attempt comes to a bad end.
    fn failed(&mut self, cx: &mut Cx<'_>, seat: u32) {
        let name = self.seats[seat as usize].job.take().expect("a seat at work has a job");
        cx.attempts.get_mut(name).expect("the dyno holds its attempt").place = Place::Left;
        cx.send(self.hop, Event::Router(RouterEvent::Failed(name)));
        // What a dyno tells of its latency is that of its answers, good or bad.
        let index = self.seats[seat as usize].dyno;
        self.gave(cx, index, name, true);
        self.free(cx, seat);
    }

    /// A seat takes the next connection off the backlog, or is free.
    fn free(&mut self, cx: &mut Cx<'_>, seat: u32) {
        let index = self.seats[seat as usize].dyno;
        let dyno = &mut self.dynos[index as usize];
        if dyno.waiting == 0 || dyno.frozen {
            dyno.free.push(seat);
            self.off_when_drained(cx, index);
            return;
        }
        let name = loop {
            let name = dyno.backlog.pop_front().expect("the count says that one waits");
            // Those that were cancelled are gone.
            if cx.attempts.get(name).is_some_and(|attempt| attempt.place == Place::Backlog) {
                break name;
            }
        };
        self.leave_backlog(cx, name);
        self.begin(cx, seat, name);
    }

    /// Ends an attempt's waiting in a listen backlog.
    pub(super) fn leave_backlog(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let now = cx.now();
        let attempt = cx.attempts.get_mut(name).expect("the dyno holds its attempt");
        attempt.waited += now.since(attempt.since);
        attempt.place = Place::Left;
        let (app, slot) = (attempt.app, attempt.dyno);
        cx.record.unqueued(now, app.index());
        let dyno = self.ensure(app, slot);
        self.dynos[dyno as usize].waiting -= 1;
    }

    /// Gives free seats what waits, after a thaw.
    pub(super) fn resume(&mut self, cx: &mut Cx<'_>, dyno: u32) {
        while self.dynos[dyno as usize].waiting > 0
            && !self.dynos[dyno as usize].frozen
            && let Some(seat) = self.take_seat(dyno)
        {
            self.free(cx, seat);
        }
    }

    /// The router takes an attempt back.
    pub(super) fn cancel(&mut self, cx: &mut Cx<'_>, name: Ref) {
        // The dyno may have answered while the cancel was on its way.
        let Some(attempt) = cx.attempts.get(name).copied() else { return };
        let dyno = self.ensure(attempt.app, attempt.dyno);
        if attempt.place != Place::Left {
            self.gave(cx, dyno, name, false);
        }
        match attempt.place {
            Place::Left => return,
            Place::Backlog => self.leave_backlog(cx, name),
            Place::Seat(seat) => {
                self.drop_work(cx, seat);
                self.free(cx, seat);
            }
        }
        leave_dyno(cx.attempts, name);
        self.off_when_drained(cx, dyno);
        self.set_timer(cx, dyno);
    }

    /// A seat drops what it does.
    fn drop_work(&mut self, cx: &mut Cx<'_>, seat: u32) {
        let now = cx.now();
        let state = &mut self.seats[seat as usize];
        state.job = None;
        state.turn = state.turn.wrapping_add(1);
        let dyno = &mut self.dynos[state.dyno as usize];
        let idles = match &mut dyno.cpu {
            None => true,
            Some(cpu) => !state.doing.by_clock() && cpu.leave(now, state.number),
        };
        if idles {
            cx.record.unbusy(now, dyno.app.index());
        }
    }

    /// A seat does something by the clock.
    pub(super) fn by_clock(&mut self, cx: &mut Cx<'_>, seat: u32, doing: Doing, time: Span) {
        let now = cx.now();
        let state = &mut self.seats[seat as usize];
        state.doing = doing;
        state.turn = state.turn.wrapping_add(1);
        state.ends = now + time;
        cx.send(time, Event::Dyno(DynoEvent::Finish(seat, state.turn)));
    }
}

//! How a dyno serves requests with pre-forked workers.

use super::{Dynos, State};
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
        let dyno = &mut self.dynos[index as usize];
        if dyno.state != State::Up {
            cx.send(self.hop, Event::Router(RouterEvent::Refused(name)));
        } else if !dyno.frozen
            && let Some(worker) = dyno.free.pop()
        {
            self.took(cx, index, name);
            self.begin(cx, worker, name);
        } else if dyno.waiting < bound {
            dyno.waiting += 1;
            dyno.backlog.push_back(name);
            let now = cx.now();
            let attempt = cx.attempts.get_mut(name).expect("the dyno holds its attempt");
            attempt.place = Place::Backlog;
            attempt.since = now;
            cx.record.queued(now, attempt.app.index());
            self.took(cx, index, name);
        } else if dyno.frozen {
            // The router's clock has run since it sent this; the timer is set only where it fires.
            let wait = self.connect.saturating_sub(self.hop);
            cx.send(wait, Event::Router(RouterEvent::NoConnection(name)));
        } else {
            cx.send(self.hop, Event::Router(RouterEvent::Refused(name)));
        }
    }

    /// A worker begins with an attempt.
    fn begin(&mut self, cx: &mut Cx<'_>, worker: u32, name: Ref) {
        let now = cx.now();
        let attempt = cx.attempts.get_mut(name).expect("the dyno holds its attempt");
        attempt.place = Place::Worker(worker);
        let (client, app) = (attempt.client.index(), attempt.app.index());
        let (waited, work) = (attempt.waited, attempt.work);
        cx.record.wait(client, waited);
        cx.record.busy(now, app);
        let dyno = self.workers[worker as usize].dyno;
        let work = self.slowed(dyno, work);
        let worker_state = &mut self.workers[worker as usize];
        worker_state.job = Some(name);
        worker_state.turn = worker_state.turn.wrapping_add(1);
        worker_state.ends = now + work;
        cx.send(work, Event::Dyno(DynoEvent::Finish(worker, worker_state.turn)));
        if self.is_out_of_memory(dyno) {
            self.crash(cx, dyno);
        }
    }

    /// The service time of work that begins now: slowdowns that last, and swapping.
    fn slowed(&self, dyno: u32, work: Span) -> Span {
        let app = &self.apps[self.dynos[dyno as usize].app.index()];
        let slot = self.dynos[dyno as usize].slot.0;
        let slow = app.slow.iter().filter(|slow| slot < slow.dynos).map(|slow| slow.factor);
        let swap = app.config.memory.filter(|memory| self.memory(dyno) > memory.quota.0);
        let factor: f64 = slow.product::<f64>() * swap.map_or(1.0, |memory| memory.swap);
        if factor == 1.0 { work } else { work.scaled(factor) }
    }

    /// What a dyno needs of memory, the attempt that is about to begin included.
    fn memory(&self, dyno: u32) -> u64 {
        let found = &self.dynos[dyno as usize];
        let Some(memory) = self.apps[found.app.index()].config.memory else { return 0 };
        let busy = self.workers_of(dyno).len() - found.free.len();
        memory.base.0 + memory.request.0 * busy as u64 + found.leaked
    }

    /// R15: more than three times the quota.
    fn is_out_of_memory(&self, dyno: u32) -> bool {
        let memory = self.apps[self.dynos[dyno as usize].app.index()].config.memory;
        memory.is_some_and(|memory| self.memory(dyno) > memory.quota.0 * 3)
    }

    /// A worker's time is over.
    pub(super) fn finish(&mut self, cx: &mut Cx<'_>, worker: u32, turn: u32) {
        let state = &mut self.workers[worker as usize];
        if state.turn != turn {
            return;
        }
        let name = state.job.take().expect("a worker whose turn it is has a job");
        let index = state.dyno;
        let dyno = &mut self.dynos[index as usize];
        let app = dyno.app.index();
        if let Some(memory) = self.apps[app].config.memory {
            dyno.leaked += memory.leak.0;
        }
        cx.attempts.get_mut(name).expect("the dyno holds its attempt").place = Place::Left;
        cx.record.done(app);
        cx.record.unbusy(cx.scheduler.now(), app);
        cx.send(self.hop, Event::Router(RouterEvent::Done(name)));
        self.gave(cx, index, name, true);
        self.free(cx, worker);
    }

    /// A worker takes the next connection off the backlog, or is free.
    fn free(&mut self, cx: &mut Cx<'_>, worker: u32) {
        let index = self.workers[worker as usize].dyno;
        let dyno = &mut self.dynos[index as usize];
        if dyno.waiting == 0 || dyno.frozen {
            dyno.free.push(worker);
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
        self.begin(cx, worker, name);
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

    /// Gives free workers what waits, after a thaw.
    pub(super) fn resume(&mut self, cx: &mut Cx<'_>, dyno: u32) {
        while self.dynos[dyno as usize].waiting > 0
            && !self.dynos[dyno as usize].frozen
            && let Some(worker) = self.dynos[dyno as usize].free.pop()
        {
            self.free(cx, worker);
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
            Place::Worker(worker) => {
                let state = &mut self.workers[worker as usize];
                state.job = None;
                state.turn = state.turn.wrapping_add(1);
                cx.record.unbusy(cx.scheduler.now(), attempt.app.index());
                self.free(cx, worker);
            }
        }
        leave_dyno(cx.attempts, name);
        self.off_when_drained(cx, dyno);
    }
}

//! What a router keeps: attempts for which no dyno is free, whose app boots, or whose dynos are all in
//! quarantine. All of it is bounded by the backlog.

use super::Routers;
use super::pool::Pool;
use crate::balance::Pick;
use crate::metrics::Cause;
use crate::platform::attempt::Stage;
use crate::platform::cx::Cx;
use crate::platform::ids::{AppId, DynoId, RouterId};
use crate::platform::message::{Event, RouterEvent};
use crate::platform::slab::Ref;
use crate::time::Span;

impl Routers {
    /// Whether the router keeps another attempt of an app, wherever it is to wait.
    pub(super) fn has_room(&self, router: RouterId, app: AppId) -> bool {
        let dynos = self.routes[app.index()].dynos_known();
        let bound = self.settings.backlog.saturating_mul(dynos);
        let bound = bound.saturating_mul(self.settings.routers_a_row);
        self.pools[self.row(router)][app.index()].waiting < bound
    }

    /// Queues an attempt, unless the backlog is full.
    pub(super) fn queue(&mut self, cx: &mut Cx<'_>, name: Ref) {
        if self.enter_wait(cx, name, Stage::Queued) {
            let attempt = cx.attempts.get(name).expect("the path holds its attempt");
            let row = self.row(attempt.router);
            let pool = &mut self.pools[row][attempt.app.index()];
            pool.queued += 1;
            pool.queue.push_back(name);
            let app = attempt.app;
            if pool.offered(cx.now()) {
                self.drain(cx, row, app);
            }
        }
    }

    /// Keeps an attempt until its app has booted.
    pub(super) fn park(&mut self, cx: &mut Cx<'_>, name: Ref) {
        if self.enter_wait(cx, name, Stage::Parked) {
            // The clock of H20 does not begin anew when the app's state changes.
            let waited = cx.attempts.get(name).expect("the path holds its attempt").waited;
            let wait = match self.settings.boot_wait {
                Span::MAX => Span::MAX,
                bound => bound.saturating_sub(waited),
            };
            let timer = cx.timer(wait, Event::Router(RouterEvent::BootWait(name)));
            let attempt = cx.attempts.get_mut(name).expect("the path holds its attempt");
            attempt.timer = timer;
            let (router, app) = (attempt.router, attempt.app);
            let row = self.row(router);
            self.pools[row][app.index()].parked.push_back(name);
        }
    }

    /// Keeps an attempt while all dynos of its app are in quarantine.
    pub(super) fn hold(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let attempt = cx.attempts.get_mut(name).expect("the path holds its attempt");
        attempt.holds += 1;
        let wait = self.settings.look_after(attempt.holds);
        attempt.held += wait;
        if attempt.held > self.settings.quarantine_wait {
            self.answer(cx, name, Err(Cause::H99));
        } else if self.enter_wait(cx, name, Stage::Held) {
            cx.send(wait, Event::Router(RouterEvent::Look(name)));
        }
    }

    /// An attempt that found all dynos in quarantine looks again, unless it has been answered or
    /// taken back since: then it is gone, or not where it was.
    pub(super) fn look_again(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let Some(attempt) = cx.attempts.get(name) else { return };
        let due = attempt.since + self.settings.look_after(attempt.holds);
        if attempt.stage == Stage::Held && due == cx.scheduler.now() {
            self.leave_wait(cx, name);
            self.offer(cx, name);
        }
    }

    /// Lets an attempt wait; when the backlog is full it is answered instead, and this is false.
    pub(super) fn enter_wait(&mut self, cx: &mut Cx<'_>, name: Ref, stage: Stage) -> bool {
        let now = cx.now();
        let attempt = cx.attempts.get_mut(name).expect("the path holds its attempt");
        let (router, app) = (attempt.router, attempt.app);
        if !self.has_room(router, app) {
            self.answer(cx, name, Err(Cause::H11));
            return false;
        }
        attempt.stage = stage;
        attempt.since = now;
        let row = self.row(router);
        self.pools[row][app.index()].waiting += 1;
        cx.record.queued(now, app.index());
        true
    }

    /// Ends an attempt's waiting in the router, wherever it waited.
    pub(super) fn leave_wait(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let now = cx.now();
        let attempt = cx.attempts.get_mut(name).expect("the path holds its attempt");
        attempt.waited += now.since(attempt.since);
        let was = std::mem::replace(&mut attempt.stage, Stage::Sent);
        let attempt = *attempt;
        cx.cancel(attempt.timer);
        cx.record.unqueued(now, attempt.app.index());
        let row = self.row(attempt.router);
        let pool = &mut self.pools[row][attempt.app.index()];
        pool.waiting -= 1;
        if was == Stage::Queued {
            pool.queued -= 1;
        }
    }

    /// Hands out what is queued, as far as the balancer lets it.
    pub(super) fn drain(&mut self, cx: &mut Cx<'_>, row: usize, app: AppId) {
        while self.pools[row][app.index()].queued > 0 {
            let pool = &mut self.pools[row][app.index()];
            if pool.loads.is_empty() {
                return;
            }
            let name = Self::head(pool, cx);
            let key = cx.attempts.get(name).expect("a queued attempt is there").key;
            let Pick::Dyno(dyno) = pool.pick(cx.now(), key) else { return };
            pool.queue.pop_front();
            self.leave_wait(cx, name);
            self.dispatch(cx, name, DynoId(dyno));
        }
    }

    pub(super) fn drain_all(&mut self, cx: &mut Cx<'_>) {
        for row in 0..self.pools.len() {
            for app in 0..self.routes.len() {
                self.drain(cx, row, AppId(app as u32));
            }
        }
    }

    /// The first attempt that still waits in a queue that has one; those before it are dropped.
    fn head(pool: &mut Pool, cx: &Cx<'_>) -> Ref {
        loop {
            let name = *pool.queue.front().expect("the count says that one is queued");
            // Those that were cancelled are gone, or past waiting.
            let attempt = cx.attempts.get(name);
            if attempt.is_some_and(|attempt| attempt.stage == Stage::Queued) {
                return name;
            }
            pool.queue.pop_front();
        }
    }
}

//! What a router keeps: attempts for which no dyno is free, whose app boots, or whose dynos are all in
//! quarantine. All of it is bounded by the backlog.

use super::Routers;
use super::kinds::Router;
use super::line::forget;
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
            let app = attempt.app;
            let pool = &mut self.pools[row][app.index()];
            pool.queue.push(name, cx.scheduler.now(), cx.attempts);
            self.watch_queue(cx, name);
            let pool = &mut self.pools[row][app.index()];
            if pool.offered(cx.now()) {
                self.drain(cx, row, app);
            }
        }
    }

    /// Bounds how long an attempt is queued.
    pub(super) fn watch_queue(&mut self, cx: &mut Cx<'_>, name: Ref) {
        if self.settings.queue_wait < Span::MAX {
            let event = Event::Router(RouterEvent::QueueWait(name));
            let timer = cx.timer(self.settings.queue_wait, event);
            cx.attempts.get_mut(name).expect("the path holds its attempt").timer = timer;
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
            let pool = &mut self.pools[row][app.index()];
            // All that waits at most: parked ones among them.
            forget(&mut pool.parked, pool.waiting, Stage::Parked, cx.attempts);
            pool.parked.push_back(name);
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
        match was {
            Stage::Queued => pool.queue.waiting -= 1,
            Stage::Bound => pool.servers().own(attempt.dyno).waiting -= 1,
            _ => {}
        }
    }

    /// Hands out what is queued, as far as the balancer lets it. With a real router that is no way out
    /// of a queue: see its kind.
    pub(super) fn drain(&mut self, cx: &mut Cx<'_>, row: usize, app: AppId) {
        if self.settings.router != Router::Heroku {
            return;
        }
        // A dyno that was chosen for an attempt which was then dropped.
        let mut spare = None;
        while self.pools[row][app.index()].queue.waiting > 0 {
            let now = cx.now();
            let pool = &mut self.pools[row][app.index()];
            if pool.view.loads.is_empty() {
                return;
            }
            let name = pool.queue.next(now, cx.attempts);
            if self.settings.drop_stale && self.drop_stale(cx, row, app, name) {
                continue;
            }
            let pool = &mut self.pools[row][app.index()];
            let dyno = match spare.take() {
                Some(dyno) => dyno,
                None => {
                    let key = cx.attempts.get(name).expect("a queued attempt is there").key;
                    let Pick::Dyno(dyno) = pool.view.pick(now, key) else { return };
                    dyno
                }
            };
            if let Some(dropped) = pool.queue.dropped(now, cx.attempts) {
                spare = pool.any_attempt.then_some(dyno);
                self.drop_queued(cx, dropped, Cause::Codel);
                continue;
            }
            pool.queue.take(name);
            self.leave_wait(cx, name);
            self.dispatch(cx, name, DynoId(dyno));
        }
    }

    /// Drops the next of a queue, or the oldest, where nobody waits for it any more; false where
    /// somebody waits for both.
    fn drop_stale(&mut self, cx: &mut Cx<'_>, row: usize, app: AppId, next: Ref) -> bool {
        let oldest = self.pools[row][app.index()].queue.oldest(cx.attempts);
        let stale = [oldest, next].into_iter().find(|name| self.is_stale(cx, *name));
        if let Some(name) = stale {
            self.drop_queued(cx, name, Cause::Stale);
        }
        stale.is_some()
    }

    pub(super) fn drain_all(&mut self, cx: &mut Cx<'_>) {
        if self.settings.router == Router::Haproxy {
            return self.take_all(cx);
        }
        for row in 0..self.pools.len() {
            for app in 0..self.routes.len() {
                self.drain(cx, row, AppId(app as u32));
            }
        }
    }
}

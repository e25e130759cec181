//! What comes of an attempt that was handed to a dyno, and the answer to the client.

use super::Routers;
use super::kinds::Router;
use crate::balance::{End, Outcome};
use crate::metrics::Cause;
use crate::platform::attempt::{Attempt, Stage, leave_dyno, leave_path};
use crate::platform::cx::Cx;
use crate::platform::ids::{AppId, DynoId, RouterId};
use crate::platform::message::{AppState, ClientEvent, DynoEvent, Event, Grudge, RouterEvent};
use crate::platform::slab::Ref;

impl Routers {
    /// Answers a client; the attempt's path in the router ends here.
    pub(super) fn answer(&mut self, cx: &mut Cx<'_>, name: Ref, outcome: Result<(), Cause>) {
        let stage = cx.attempts.get(name).expect("the path holds its attempt").stage;
        if matches!(stage, Stage::Queued | Stage::Bound | Stage::Parked | Stage::Held) {
            self.leave_wait(cx, name);
        }
        if self.guards.is_some() {
            self.release(cx, name, Some(outcome));
        }
        let attempt = cx.attempts.get_mut(name).expect("the path holds its attempt");
        attempt.stage = Stage::Answered;
        attempt.outcome = outcome;
        let (router, app) = (attempt.router, attempt.app);
        self.routes[app.index()].left(cx.now());
        self.forget_failures(name, router, app);
        cx.send(self.settings.hop, Event::Client(ClientEvent::Answer(name)));
    }

    /// nginx no longer needs to know where an attempt failed.
    fn forget_failures(&mut self, name: Ref, router: RouterId, app: AppId) {
        if self.settings.router == Router::Nginx {
            let row = self.row(router);
            self.pools[row][app.index()].peers().forget(name);
        }
    }

    /// Answers an attempt to an app that has no dyno, as a router does that knows nothing of apps.
    pub(super) fn answer_none_up(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let app = cx.attempts.get(name).expect("the path holds its attempt").app;
        let crashed = self.routes[app.index()].state == AppState::Crashed;
        self.answer(cx, name, Err(if crashed { Cause::H10 } else { Cause::H14 }));
    }

    /// A dyno has finished an attempt.
    pub(super) fn done(&mut self, cx: &mut Cx<'_>, name: Ref) {
        if self.heard_from_dyno(cx, name, Outcome::Success) {
            if self.settings.router == Router::Nginx {
                let attempt = cx.attempts.get(name).expect("the path holds its attempt");
                let (row, app, dyno) = (self.row(attempt.router), attempt.app, attempt.dyno);
                self.acquit(row, app, dyno);
            }
            self.answer(cx, name, Ok(()));
            self.drain_after(cx, name);
        }
    }

    /// A dyno answered with an error, or died with an attempt in its hands. What a dyno has begun
    /// is not sent to another one.
    pub(super) fn no_answer(&mut self, cx: &mut Cx<'_>, name: Ref, cause: Cause) {
        if self.settings.router == Router::Nginx && cause == Cause::H13 {
            return self.peer_failed(cx, name, cause);
        }
        if self.heard_from_dyno(cx, name, Outcome::Failure) {
            self.answer(cx, name, Err(cause));
            self.drain_after(cx, name);
        }
    }

    /// No connection to the dyno: leave it alone for a while and try another one.
    pub(super) fn no_dyno(&mut self, cx: &mut Cx<'_>, name: Ref, cause: Cause) {
        match self.settings.router {
            Router::Heroku => {}
            Router::Haproxy => return self.retry(cx, name, cause),
            Router::Nginx => return self.peer_failed(cx, name, cause),
        }
        if !self.heard_from_dyno(cx, name, Outcome::Failure) {
            return;
        }
        let attempt = *cx.attempts.get(name).expect("the path holds its attempt");
        let row = self.row(attempt.router);
        self.quarantine(cx, row, attempt.app, attempt.dyno);
        let route = &self.routes[attempt.app.index()];
        let most = self.settings.dispatches.min(route.dynos_up().max(1));
        // An app that has gone to sleep or lost its dynos has another answer.
        if route.state == AppState::Up && u32::from(attempt.dispatches) >= most {
            self.answer(cx, name, Err(cause));
        } else {
            self.offer(cx, name);
        }
        self.drain(cx, row, attempt.app);
    }

    /// The dyno took too long. The router gives up; the dyno works on.
    pub(super) fn no_first_byte(&mut self, cx: &mut Cx<'_>, name: Ref) {
        self.count_end(cx, name, Outcome::Failure);
        if self.settings.router == Router::Nginx {
            let attempt = cx.attempts.get(name).expect("the path holds its attempt");
            let (row, app, dyno) = (self.row(attempt.router), attempt.app, attempt.dyno);
            self.blame(cx, row, app, dyno);
        }
        self.answer(cx, name, Err(Cause::H12));
        self.drain_after(cx, name);
    }

    /// The client takes an attempt back.
    pub(super) fn cancelled(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let Some(attempt) = cx.attempts.get(name).copied() else { return };
        match attempt.stage {
            // The answer is on its way; the client will let go of it.
            Stage::Answered => return,
            Stage::Sent => unreachable!("an attempt arrives before it is taken back"),
            Stage::Queued | Stage::Bound | Stage::Parked | Stage::Held => self.leave_wait(cx, name),
            Stage::Paused => {
                cx.cancel(attempt.timer);
                self.count_end(cx, name, Outcome::TakenBack);
            }
            Stage::Dispatched => {
                cx.cancel(attempt.timer);
                self.count_end(cx, name, Outcome::TakenBack);
                cx.send(self.settings.hop, Event::Dyno(DynoEvent::Cancel(name)));
            }
        }
        if self.guards.is_some() {
            self.release(cx, name, None);
        }
        let held = cx.attempts.get_mut(name).expect("the path holds its attempt");
        held.stage = Stage::Answered;
        self.routes[attempt.app.index()].left(cx.now());
        self.forget_failures(name, attempt.router, attempt.app);
        leave_path(cx.attempts, name);
        let row = self.row(attempt.router);
        let frees = matches!(attempt.stage, Stage::Dispatched | Stage::Paused);
        if frees && self.settings.router == Router::Haproxy {
            self.take_next(cx, row, attempt.app, attempt.dyno);
        }
        self.drain(cx, row, attempt.app);
    }

    /// Takes the dyno's word on an attempt. False when the router has already given up on it.
    pub(super) fn heard_from_dyno(&mut self, cx: &mut Cx<'_>, name: Ref, outcome: Outcome) -> bool {
        let attempt = *cx.attempts.get(name).expect("the dyno holds its attempt");
        leave_dyno(cx.attempts, name);
        if attempt.stage != Stage::Dispatched {
            return false;
        }
        cx.cancel(attempt.timer);
        self.count_end(cx, name, outcome);
        true
    }

    /// Counts one attempt less at the dyno, at once or, after a failure, when `errors-as-load` says
    /// so; and tells the balancer how it came out.
    pub(super) fn count_end(&mut self, cx: &mut Cx<'_>, name: Ref, outcome: Outcome) {
        let attempt = *cx.attempts.get(name).expect("the path holds its attempt");
        let row = self.row(attempt.router);
        let now = cx.now();
        let end = End { outcome, latency: now.since(attempt.handed), now };
        let hold = self.settings.error_hold.filter(|_| outcome == Outcome::Failure);
        let Attempt { app, dyno, .. } = attempt;
        self.pools[row][app.index()].ended(dyno, &end, hold.is_some());
        if let Some(hold) = hold {
            self.errors.push_back(Grudge { router: RouterId(row as u32), app, dyno });
            cx.send(hold, Event::Router(RouterEvent::Forget));
        } else if let Some(gossip) = &mut self.gossip {
            gossip.finished(row, app, dyno);
        }
    }

    /// The oldest failure has counted as an attempt for long enough.
    pub(super) fn forget_error(&mut self, cx: &mut Cx<'_>) {
        let Grudge { router, app, dyno } =
            self.errors.pop_front().expect("each failure is forgotten once");
        self.pools[router.index()][app.index()].view.forget(dyno);
        if let Some(gossip) = &mut self.gossip {
            gossip.finished(router.index(), app, dyno);
        }
        self.drain(cx, router.index(), app);
    }

    /// Every router looks for dynos to eject or to let back.
    pub(super) fn sweep(&mut self, cx: &mut Cx<'_>) {
        let interval = self.settings.sweep.expect("only routers that eject dynos sweep");
        for pool in self.pools.iter_mut().flatten() {
            pool.view.sweep(cx.now());
        }
        self.drain_all(cx);
        cx.send(interval, Event::Router(RouterEvent::Sweep));
    }

    fn drain_after(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let attempt = cx.attempts.get(name).expect("the path holds its attempt");
        let (row, app, dyno) = (self.row(attempt.router), attempt.app, attempt.dyno);
        if self.settings.router == Router::Haproxy {
            self.take_next(cx, row, app, dyno);
        }
        self.drain(cx, row, app);
    }

    /// Leaves a dyno alone for a while, on this router only.
    pub(super) fn quarantine(&mut self, cx: &mut Cx<'_>, row: usize, app: AppId, dyno: DynoId) {
        let until = cx.now() + self.settings.quarantine;
        if self.pools[row][app.index()].view.quarantine(dyno, cx.now(), until) {
            self.quarantines.push_back(Grudge { router: RouterId(row as u32), app, dyno });
            cx.send(self.settings.quarantine, Event::Router(RouterEvent::Release));
        }
    }

    /// The oldest quarantine ends.
    pub(super) fn release_quarantine(&mut self, cx: &mut Cx<'_>) {
        let Grudge { router, app, dyno } =
            self.quarantines.pop_front().expect("each quarantine ends once");
        if self.pools[router.index()][app.index()].view.release(dyno, cx.now()) {
            if self.settings.router == Router::Nginx {
                self.pools[router.index()][app.index()].peers().suspect(dyno);
            }
            self.drain(cx, router.index(), app);
        }
    }
}

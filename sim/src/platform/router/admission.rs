//! What guards say of an attempt, and what comes of it: whom a router admits, and what it drops.

use super::Routers;
use super::guard::{Room, RouterGuards};
use crate::metrics::Cause;
use crate::platform::cx::Cx;
use crate::platform::ids::AppId;
use crate::platform::slab::Ref;

impl Routers {
    /// Admits an attempt that has just come; when it is turned away it is answered, and this is false.
    pub(super) fn admit(&mut self, cx: &mut Cx<'_>, name: Ref) -> bool {
        let attempt = *cx.attempts.get(name).expect("the path holds its attempt");
        let (now, app) = (cx.now(), attempt.app);
        let row = self.row(attempt.router);
        let dynos = self.routes[app.index()].dynos_known();
        let (limit, backlog) = (self.settings.limit, self.settings.backlog);
        let places = RouterGuards::places(limit, backlog, self.settings.routers_a_row, dynos);
        let Some(guards) = &mut self.guards else { return true };
        let who = (attempt.criticality, attempt.key);
        if let Some(cause) = guards.refusal(row, app, who, now, places) {
            self.answer(cx, name, Err(cause));
            return false;
        }
        let pools = &self.pools[row];
        match guards.room(row, app, &|app| pools[app].queue.waiting) {
            Room::Free => {}
            Room::Of(app) => self.give_way(cx, row, app),
            Room::None => {
                self.answer(cx, name, Err(Cause::H22));
                return false;
            }
        }
        let guards = self.guards.as_mut().expect("there are guards");
        let admitted = guards.enter(row, app, now);
        let attempt = cx.attempts.get_mut(name).expect("the path holds its attempt");
        attempt.admitted = Some(admitted);
        true
    }

    /// A full router gives up the newest queued attempt of an app.
    fn give_way(&mut self, cx: &mut Cx<'_>, row: usize, app: AppId) {
        let newest = self.pools[row][app.index()].queue.newest(cx.attempts);
        self.answer(cx, newest, Err(Cause::H22));
    }

    /// An attempt is about to be answered, or taken back, for which there is no outcome.
    pub(super) fn release(
        &mut self,
        cx: &mut Cx<'_>,
        name: Ref,
        outcome: Option<Result<(), Cause>>,
    ) {
        let attempt = cx.attempts.get_mut(name).expect("the path holds its attempt");
        let Some(admitted) = attempt.admitted.take() else { return };
        let (router, app) = (attempt.router, attempt.app);
        let (now, row) = (cx.now(), self.row(router));
        let guards = self.guards.as_mut().expect("only guards admit");
        guards.release(row, app, admitted, now, outcome);
    }

    /// Whether nobody waits any more for an attempt, or too short to be worth it.
    pub(super) fn is_stale(&self, cx: &Cx<'_>, name: Ref) -> bool {
        self.settings.drop_stale && {
            let attempt = cx.attempts.get(name).expect("the path holds its attempt");
            attempt.patience <= cx.now() + self.settings.stale_margin
        }
    }

    /// Drops a queued attempt instead of handing it to a dyno.
    pub(super) fn drop_queued(&mut self, cx: &mut Cx<'_>, name: Ref, cause: Cause) {
        let attempt = *cx.attempts.get(name).expect("the path holds its attempt");
        let row = self.row(attempt.router);
        if let Some(guards) = &mut self.guards {
            let wait = attempt.waited + cx.now().since(attempt.since);
            guards.waited(row, attempt.app, wait);
        }
        self.answer(cx, name, Err(cause));
    }
}

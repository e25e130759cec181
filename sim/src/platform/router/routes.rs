//! The routes: what the bus has told the routers of each app, and when an app was last asked for.

use super::kinds::Router;
use super::{Routers, Settings};
use crate::platform::app::App;
use crate::platform::attempt::Stage;
use crate::platform::cx::Cx;
use crate::platform::ids::{AppId, DynoId};
use crate::platform::message::{AppState, Event, ManagerEvent, RouterEvent};
use crate::platform::slab::Ref;
use crate::time::{SimTime, Span};
use std::ops::Range;

/// What the routers know of one app.
pub(super) struct Route {
    pub state: AppState,
    up: Vec<bool>,
    count: u32,
    /// Whether the manager has been asked to wake the app.
    waking: bool,
    /// Attempts in the routers or at dynos that routers wait for.
    present: u64,
    last_seen: SimTime,
    idle_after: Span,
    /// Whether a timer to look for idleness is set.
    watched: bool,
}

impl Route {
    pub fn new(app: &App) -> Route {
        Route {
            state: AppState::Up,
            up: vec![true; app.dynos as usize],
            count: app.dynos,
            waking: false,
            present: 0,
            last_seen: SimTime::ZERO,
            idle_after: app.idle_after.span(),
            watched: false,
        }
    }

    /// How many dynos are routed to.
    pub fn dynos_up(&self) -> u32 {
        self.count
    }

    /// How many dynos are routed to; while there is none, how many ever were.
    pub fn dynos_known(&self) -> u32 {
        if self.count > 0 { self.count } else { self.up.len() as u32 }
    }

    /// Lets a dyno be routed to, or no longer. Gives the slots that were not known before.
    fn set_up(&mut self, dyno: DynoId, up: bool) -> Range<u32> {
        let known = self.up.len() as u32;
        if self.up.len() <= dyno.index() {
            self.up.resize(dyno.index() + 1, false);
        }
        match (self.up[dyno.index()], up) {
            (false, true) => self.count += 1,
            (true, false) => self.count -= 1,
            _ => {}
        }
        self.up[dyno.index()] = up;
        known..self.up.len() as u32
    }

    /// Attempts in the routers or at dynos that routers wait for.
    pub fn present(&self) -> u64 {
        self.present
    }

    /// An attempt enters the routers.
    pub fn seen(&mut self, now: SimTime, attempts: u64) {
        self.present += attempts;
        self.last_seen = now;
    }

    /// An attempt leaves the routers.
    pub fn left(&mut self, now: SimTime) {
        self.present = self.present.checked_sub(1).expect("an attempt leaves once");
        self.last_seen = now;
    }

    /// Asks the manager to wake the app, once.
    pub fn wake(&mut self, cx: &mut Cx<'_>, app: AppId, bus: Span) {
        if !self.waking {
            self.waking = true;
            cx.send(bus, Event::Manager(ManagerEvent::Wake(app)));
        }
    }

    /// Looks again when the app may have been idle for long enough. One timer an app, not one a
    /// request.
    pub fn watch(&mut self, cx: &mut Cx<'_>, app: AppId) {
        if self.idle_after < Span::MAX && !self.watched {
            self.watched = true;
            let since = if self.present > 0 { cx.now() } else { self.last_seen };
            let wait = (since + self.idle_after).since(cx.now());
            cx.send(wait, Event::Router(RouterEvent::Idle(app)));
        }
    }

    pub fn check_idle(&mut self, cx: &mut Cx<'_>, app: AppId, settings: &Settings) {
        self.watched = false;
        if self.state != AppState::Up {
            // Watching begins again when the app is up.
            return;
        }
        if self.present == 0 && cx.now().since(self.last_seen) >= self.idle_after {
            cx.send(settings.bus, Event::Manager(ManagerEvent::Sleep(app)));
        } else {
            self.watch(cx, app);
        }
    }
}

impl Routers {
    /// A dyno may be routed to. What a slot is worth never changes, so a pool is told once.
    pub(super) fn dyno_up(&mut self, cx: &mut Cx<'_>, app: AppId, dyno: DynoId) {
        let new = self.routes[app.index()].set_up(dyno, true);
        for row in 0..self.pools.len() {
            let pool = &mut self.pools[row][app.index()];
            pool.view.forgive(dyno, cx.now());
            for slot in new.clone() {
                let weight = self.placement.spot(app, slot).weight;
                pool.view.set_worth(DynoId(slot), weight, cx.now());
            }
            match self.settings.router {
                Router::Heroku if self.routes[app.index()].state == AppState::Up => {
                    self.drain(cx, row, app);
                }
                Router::Heroku => {}
                Router::Haproxy => self.take_next(cx, row, app, dyno),
                Router::Nginx => self.pools[row][app.index()].peers().clear(dyno),
            }
        }
    }

    /// A dyno may no longer be routed to.
    pub(super) fn dyno_down(&mut self, cx: &mut Cx<'_>, app: AppId, dyno: DynoId) {
        self.routes[app.index()].set_up(dyno, false);
        for row in 0..self.pools.len() {
            // A router that uses some of the dynos only may now use others.
            if self.pools[row][app.index()].view.lose(dyno, cx.now()) {
                self.drain(cx, row, app);
            }
            if self.settings.router == Router::Haproxy {
                self.spread(cx, row, app, dyno);
            }
        }
    }

    /// The state of an app has changed: what waited for the old one is offered anew.
    pub(super) fn app_is(&mut self, cx: &mut Cx<'_>, app: AppId, state: AppState) {
        let route = &mut self.routes[app.index()];
        let was = std::mem::replace(&mut route.state, state);
        if was == state {
            return;
        }
        route.waking = false;
        if state == AppState::Up {
            route.last_seen = cx.now();
            route.watch(cx, app);
        }
        for row in 0..self.pools.len() {
            let pool = &mut self.pools[row][app.index()];
            let mut waiting: Vec<(Ref, Stage)> =
                pool.parked.drain(..).map(|name| (name, Stage::Parked)).collect();
            // What HAProxy has queued waits for a server, whatever becomes of the app.
            if state != AppState::Up && self.settings.router == Router::Heroku {
                waiting.extend(pool.queue.drain().map(|name| (name, Stage::Queued)));
            }
            for (name, stage) in waiting {
                // Those that gave up in the meantime are gone, or past waiting.
                if cx.attempts.get(name).is_some_and(|attempt| attempt.stage == stage) {
                    self.leave_wait(cx, name);
                    self.offer(cx, name);
                }
            }
            if state == AppState::Up {
                self.drain(cx, row, app);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::read_table;
    use crate::engine::Scheduler;
    use crate::metrics::Recorder;
    use crate::platform::config::{Platform, Timing};
    use crate::platform::slab::Slab;
    use crate::rng::Seed;

    #[test]
    fn every_router_knows_what_a_dyno_is_worth_when_it_may_choose_it() {
        let text = "mesh.routers = 2\nhost.big = { count = 2, weight = 3 }\nclient.users.users = 1\n\
                    [app.shop]\ndynos = 2\nclass.new.weight = 2\nclass.old = {}\n\
                    endpoint.home.work.constant = \"1ms\"";
        let second = Span::from_secs(1);
        let timing = Timing { duration: second, warmup: second, interval: second };
        let (platform, problems, _) =
            read_table(text, &|_| unreachable!("no file"), |fields| Platform::read(fields, timing));
        assert!(problems.is_empty(), "{problems:?}");
        let mut routers = Routers::new(&platform, Seed { scenario: 1, replication: 0 });
        let mut record = Recorder::new(platform.plan(&[]));
        let (mut scheduler, mut attempts) = (Scheduler::new(), Slab::new());
        let mut cx = Cx {
            scheduler: &mut scheduler,
            attempts: &mut attempts,
            notes: &mut Slab::new(),
            record: &mut record,
        };
        let mut check = |slot: u32, expected: &[f64]| {
            routers.dyno_down(&mut cx, AppId(0), DynoId(0));
            for dyno in [DynoId(slot), DynoId(0)] {
                routers.dyno_up(&mut cx, AppId(0), dyno);
            }
            for pools in &routers.pools {
                let weight = |slot| pools[0].view.loads.weight(slot as u32);
                assert_eq!((0..expected.len()).map(weight).collect::<Vec<_>>(), expected);
            }
        };
        check(1, &[6.0, 3.0]);
        // The fifth slot has a dyno before the fourth has.
        check(4, &[6.0, 3.0, 6.0, 3.0, 6.0]);
        check(3, &[6.0, 3.0, 6.0, 3.0, 6.0]);
    }
}

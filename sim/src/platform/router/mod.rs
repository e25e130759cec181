//! Routers: each hands attempts to dynos, queues what no dyno may take, and gives up in time.
//!
//! ```text
//! Sent -> (app's state) -> Parked, while the app boots          -> H20
//!             |        \-> H10 crashed, H14 no dynos
//!             v
//!          (balancer) -> Queued, while all dynos are full       -> H11 when the backlog is full
//!             |      \-> Held, while all dynos are quarantined  -> H99
//!             v
//!         Dispatched -> Answered                                -> H12, H13, H19, H21
//!             \-> refused or no connection: quarantine the dyno, dispatch again
//! ```
//!
//! Rules and defaults: Heroku devcenter, "HTTP routing", "error codes", "request timeout". A router
//! knows of the dynos' load only what `mesh.knowledge` says; with `shared`, the routers are one. What
//! routers of other makes do in place of this stands in `kinds`.

mod admission;
mod answers;
mod books;
mod choice;
mod gossip;
mod guard;
mod kinds;
mod line;
mod members;
mod pool;
mod reports;
mod routes;
mod settings;
mod view;
mod waiting;
mod warming;

pub use self::guard::{Room, RouterGuards};
pub use self::kinds::{ROUTERS, Router};
pub use self::view::View;

use self::gossip::Gossip;
use self::pool::Pool;
use self::reports::Prober;
use self::routes::Route;
use self::settings::Settings;
use super::attempt::Stage;
use super::config::Platform;
use super::cx::Cx;
use super::hardware::Placement;
use super::ids::{AppId, DynoId, RouterId};
use super::knob::Knob;
use super::message::{AppState, DynoEvent, Event, Grudge, RouterEvent};
use super::slab::Ref;
use crate::balance::Pick;
use crate::metrics::Cause;
use crate::rng::Seed;
use crate::time::SimTime;
use std::collections::VecDeque;

/// Owns every router of the mesh.
pub struct Routers {
    settings: Settings,
    /// What each router knows of each app; one row in all when knowledge is shared.
    pools: Vec<Vec<Pool>>,
    /// The routes, kept by the bus; every router has the same.
    routes: Vec<Route>,
    /// The quarantines in the order in which they end: all last equally long.
    quarantines: VecDeque<Grudge>,
    /// The failures that count as attempts under way, in the order in which that ends.
    errors: VecDeque<Grudge>,
    gossip: Option<Gossip>,
    /// Speaks to dynos where the balancer listens to them.
    prober: Option<Prober>,
    /// What turns attempts away before all else, if anything does.
    guards: Option<RouterGuards>,
    /// What each slot's dyno is worth.
    placement: Placement,
}

impl Routers {
    /// The routers of a platform, with every dyno routed.
    pub fn new(platform: &Platform, seed: Seed) -> Routers {
        let mesh = &platform.mesh;
        let rows = mesh.rows();
        let settings = Settings::new(platform);
        let pools = (0..rows)
            .map(|row| platform.apps.iter().map(|app| Pool::new(mesh, app, row, seed)).collect());
        let mut routers = Routers {
            pools: pools.collect(),
            routes: platform.apps.iter().map(Route::new).collect(),
            quarantines: VecDeque::new(),
            errors: VecDeque::new(),
            gossip: Gossip::new(platform),
            prober: Prober::new(platform, rows, seed),
            guards: RouterGuards::new(platform, seed),
            placement: Placement::new(&platform.apps, &platform.hosts),
            settings,
        };
        for (app, config) in platform.apps.iter().enumerate() {
            for slot in 0..config.dynos {
                let (app, dyno) = (AppId(app as u32), DynoId(slot));
                let weight = routers.placement.spot(app, slot).weight;
                for pools in &mut routers.pools {
                    pools[app.index()].view.set_worth(dyno, weight, SimTime::ZERO);
                }
            }
        }
        routers
    }

    /// Sets the timers that run from the start.
    pub fn start(&mut self, cx: &mut Cx<'_>) {
        for (index, route) in self.routes.iter_mut().enumerate() {
            route.watch(cx, AppId(index as u32));
        }
        if let Some(gossip) = &self.gossip {
            cx.send(gossip.period, Event::Router(RouterEvent::Tell));
        }
        if let Some(interval) = self.settings.sweep {
            cx.send(interval, Event::Router(RouterEvent::Sweep));
        }
    }

    /// Handles what routers hear.
    pub fn handle(&mut self, cx: &mut Cx<'_>, event: RouterEvent) {
        match event {
            RouterEvent::Attempt(attempt) => self.arrived(cx, attempt),
            RouterEvent::Done(attempt) => self.done(cx, attempt),
            RouterEvent::Cancel(attempt) => self.cancelled(cx, attempt),
            RouterEvent::Refused(attempt) => self.no_dyno(cx, attempt, Cause::H21),
            RouterEvent::NoConnection(attempt) => self.no_dyno(cx, attempt, Cause::H19),
            RouterEvent::Failed(attempt) => self.no_answer(cx, attempt, Cause::Failed),
            RouterEvent::Lost(attempt) => self.no_answer(cx, attempt, Cause::H13),
            RouterEvent::FirstByte(attempt) => self.no_first_byte(cx, attempt),
            RouterEvent::BootWait(attempt) => self.answer(cx, attempt, Err(Cause::H20)),
            RouterEvent::Look(attempt) => self.look_again(cx, attempt),
            RouterEvent::Release => self.release_quarantine(cx),
            RouterEvent::DynoUp(app, dyno) => self.dyno_up(cx, app, dyno),
            RouterEvent::DynoDown(app, dyno) => self.dyno_down(cx, app, dyno),
            RouterEvent::App(app, state) => self.app_is(cx, app, state),
            RouterEvent::Idle(app) => self.routes[app.index()].check_idle(cx, app, &self.settings),
            RouterEvent::Sweep => self.sweep(cx),
            RouterEvent::Forget => self.forget_error(cx),
            RouterEvent::Tell => self.tell(cx),
            RouterEvent::Heard => self.heard(cx),
            RouterEvent::Note(note) => self.note(cx, note),
            RouterEvent::QueueWait(attempt) => self.answer(cx, attempt, Err(Cause::H11)),
            RouterEvent::Again(attempt) => self.again(cx, attempt),
        }
    }

    /// Turns a knob that belongs to the mesh.
    pub fn turn(&mut self, cx: &mut Cx<'_>, knob: Knob) {
        match knob {
            Knob::Limit(limit) => {
                self.settings.limit = limit;
                for pool in self.pools.iter_mut().flatten() {
                    pool.view.loads.set_limit(limit);
                }
                self.drain_all(cx);
            }
            Knob::Backlog(backlog) => self.settings.backlog = backlog,
            Knob::FirstByte(span) => self.settings.first_byte = span,
            Knob::Admission(app, rate) => {
                let guards = self.guards.as_mut().expect("an app with a rate has guards");
                guards.set_rate(app, rate, cx.now());
            }
            _ => {}
        }
    }

    /// The row of pools that a router reads.
    fn row(&self, router: RouterId) -> usize {
        if self.pools.len() == 1 { 0 } else { router.index() }
    }

    fn arrived(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let attempt = cx.attempts.get(name).expect("the path holds its attempt");
        let now = cx.scheduler.now();
        self.routes[attempt.app.index()].seen(now, 1);
        if self.guards.is_some() && !self.admit(cx, name) {
            return;
        }
        if self.prober.as_ref().is_some_and(|prober| prober.probes) {
            self.probe(cx, name);
        }
        self.offer(cx, name);
    }

    /// Finds an attempt its next place: the app's state decides first.
    fn offer(&mut self, cx: &mut Cx<'_>, name: Ref) {
        if self.is_stale(cx, name) {
            return self.answer(cx, name, Err(Cause::Stale));
        }
        match self.settings.router {
            Router::Heroku => {}
            Router::Haproxy => return self.assign(cx, name, None),
            Router::Nginx => return self.next_peer(cx, name),
        }
        let attempt = *cx.attempts.get(name).expect("the path holds its attempt");
        match self.routes[attempt.app.index()].state {
            AppState::Empty => self.answer(cx, name, Err(Cause::H14)),
            AppState::Crashed => self.answer(cx, name, Err(Cause::H10)),
            AppState::Starting => self.park(cx, name),
            AppState::Idle => {
                self.routes[attempt.app.index()].wake(cx, attempt.app, self.settings.bus);
                self.park(cx, name);
            }
            AppState::Up => {
                let row = self.row(attempt.router);
                let pool = &mut self.pools[row][attempt.app.index()];
                if pool.view.loads.is_empty() {
                    self.hold(cx, name);
                } else if pool.queue.waiting > 0 {
                    self.queue(cx, name);
                } else {
                    match pool.view.pick(cx.now(), attempt.key) {
                        Pick::Dyno(dyno) => self.dispatch(cx, name, DynoId(dyno)),
                        Pick::Busy => self.queue(cx, name),
                    }
                }
            }
        }
    }

    /// Counts an attempt at a dyno and hands it over.
    fn dispatch(&mut self, cx: &mut Cx<'_>, name: Ref, dyno: DynoId) {
        let attempt = cx.attempts.get(name).expect("the path holds its attempt");
        let (row, app) = (self.row(attempt.router), attempt.app);
        self.pools[row][app.index()].started(dyno, cx.now());
        if let Some(gossip) = &mut self.gossip {
            gossip.started(row, app, dyno);
        }
        self.hand(cx, name, dyno);
    }

    /// Hands an attempt to a dyno, at which it is counted.
    fn hand(&mut self, cx: &mut Cx<'_>, name: Ref, dyno: DynoId) {
        let now = cx.now();
        let first_byte = self.settings.first_byte;
        let timer = cx.timer(first_byte, Event::Router(RouterEvent::FirstByte(name)));
        let attempt = cx.attempts.get_mut(name).expect("the path holds its attempt");
        attempt.stage = Stage::Dispatched;
        attempt.handed = now;
        attempt.dyno = dyno;
        attempt.dispatches = attempt.dispatches.saturating_add(1);
        attempt.at_dyno = true;
        attempt.timer = timer;
        let (router, app) = (attempt.router, attempt.app);
        let (first, waited) = (attempt.dispatches == 1, attempt.waited);
        let row = self.row(router);
        if first && let Some(guards) = &mut self.guards {
            guards.waited(row, app, waited);
        }
        cx.send(self.settings.hop, Event::Dyno(DynoEvent::Connect(name)));
    }
}

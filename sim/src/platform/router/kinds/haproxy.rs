//! `haproxy`: a backend of HAProxy 2.6.
//!
//! ```text
//! Sent -> (balancer) -> Dispatched, when the server has room   -> H12, H13
//!            |  \-> Bound, behind a hash: the server's own queue -> H11, full or for too long
//!            \-> Queued, in the queue of the backend             -> H11
//! Dispatched -> refused: Paused, then the same server again      -> H19, H21
//! ```
//!
//! Who ends an attempt takes the next: from its own queue or the backend's, whichever is older. No
//! other server looks at the queue then, be it idle. HAProxy 2.6, `src/backend.c`: `assign_server`,
//! `assign_server_and_queue`, `get_server_rnd`, `back_handle_st_cer`; `src/queue.c`:
//! `process_srv_queue`, `pendconn_process_next_strm`.

use super::{Defaults, Manners, Router};
use crate::balance::{Maker, Need, Outcome, Pick};
use crate::config::{Kind, Page};
use crate::metrics::Cause;
use crate::platform::attempt::{Attempt, Attempts, Stage, leave_dyno};
use crate::platform::cx::Cx;
use crate::platform::ids::{AppId, DynoId};
use crate::platform::mesh::Mesh;
use crate::platform::message::{Event, RouterEvent};
use crate::platform::router::Routers;
use crate::platform::router::line::Line;
use crate::platform::slab::Ref;
use crate::time::Span;
use crate::units::Limit;

/// The registry's row.
pub const KIND: Kind<Router> = Kind {
    name: "haproxy",
    summary: "one queue for the backend, whose next goes to the server that is done (HAProxy)",
    page: Page {
        settings: &[],
        sections: &[
            (
                "Rule",
                "`limit` is `maxconn` of each server and unlimited by default. `random` is its `random(1)`, `p2c` its `random(choices)`: a server is drawn, full ones too, and if the drawn one is full the attempt waits in the queue of the backend even while others are free. `round-robin`, `least-loaded` and `first-free` are `roundrobin`, `leastconn` and `first`: they pass over full servers, and an attempt waits when all are full. A server that ends an attempt takes the oldest of the queue, whoever was drawn; a newcomer who draws a free server overtakes the queue, but not under `roundrobin` and `first`. Behind `consistent-hash` an attempt waits for its one server. `backlog` bounds that queue (`maxqueue`), or the backend's for each server (`http-request deny if { avg_queue ... }`); it is unlimited by default. `queue-wait` is `timeout queue`, by default what `connect` says; H11 then, as for a full queue. `first-byte` is `timeout server`: H12. Refused, it tries again, `dispatches` times in all (4, for `retries 3`), as with `option redispatch`: at once at another server, but behind a hash, or where there is no other, at the same one after 1 s and only the last time at another. A connection that timed out is not waited after. There is no quarantine: the real one has health checks for that, and here the bus tells of dynos that come and go. It knows of no app's state: without a server the answer is H14, or H10 when all have crashed.",
            ),
            ("Knows", "Its own counts and queues, and from the bus which dynos are up."),
            (
                "Wins",
                "With a `limit` of what a dyno serves at once: nearly one queue for all, whatever the balancer, and a slow dyno holds up nobody but those that it has. Without one it queues in the dynos. The points of its ring make `random` uneven: of four servers one gets 29 % of the traffic. Its draws are the same whenever it starts, so they are the same in every replication.",
            ),
            (
                "Source",
                "HAProxy 2.6.0, `src/backend.c`, `src/queue.c`, `src/lb_fwlc.c`, `src/lb_chash.c`, `doc/configuration.txt`; run beside 2.6.12, see docs/MODEL.md.",
            ),
            ("Example", "[mesh]\nrouter = \"haproxy\"\nbalancer = \"least-loaded\"\nlimit = 1"),
        ],
    },
    read: |body| {
        body.fields(|_| ());
        Router::Haproxy
    },
};

/// What it says of itself. HAProxy has no default for its time-outs; these are the mesh's.
pub(super) const MANNERS: Manners = Manners {
    name: "haproxy",
    maker: Some(Maker::Haproxy),
    defaults: Defaults {
        limit: Limit::Unlimited,
        backlog: Limit::Unlimited,
        first_byte: Limit::At(Span::from_secs(30)),
        connect: Limit::At(Span::from_secs(5)),
        quarantine: Span::from_secs(5),
        dispatches: 4,
    },
    unused: &[
        ("quarantine", "without health checks it never leaves a server alone"),
        ("quarantine-wait", "without health checks it never leaves a server alone"),
        ("boot-wait", "it knows nothing of apps that boot"),
    ],
};

/// The pause before a server is tried again that refused; shorter where `connect` is.
const PAUSE: Span = Span::from_secs(1);

/// What HAProxy's router keeps for one app beside the queue of the backend.
pub(in crate::platform::router) struct Servers {
    /// Whether who comes while others wait goes behind them without a look at the servers.
    in_line: bool,
    /// Whether an attempt that failed to connect goes to another server at once.
    moves_on: bool,
    /// By slot: attempts that wait for this server alone.
    own: Vec<Line>,
}

impl Servers {
    /// What the balancer of a mesh asks for.
    pub fn new(mesh: &Mesh) -> Servers {
        let name = mesh.balancer.name();
        let turns = matches!(name, "round-robin" | "weighted-round-robin");
        Servers {
            in_line: turns || name == "first-free",
            moves_on: !mesh.balancer.needs(Need::Key),
            own: Vec::new(),
        }
    }

    /// The queue of a server.
    pub fn own(&mut self, dyno: DynoId) -> &mut Line {
        while self.own.len() <= dyno.index() {
            self.own.push(Line::of(DynoId(self.own.len() as u32)));
        }
        &mut self.own[dyno.index()]
    }

    /// How many wait for a server alone.
    pub fn bound(&self, dyno: usize) -> u32 {
        self.own.get(dyno).map_or(0, |line| line.waiting)
    }
}

/// The older of two that wait; the server's own where both came at once.
fn older(own: Option<Ref>, any: Option<Ref>, attempts: &Attempts) -> Option<Ref> {
    let since = |name: Ref| attempts.get(name).expect("a queued attempt is there").since;
    match (own, any) {
        (Some(own), Some(any)) => Some(if since(own) <= since(any) { own } else { any }),
        (own, any) => own.or(any),
    }
}

impl Routers {
    /// Finds an attempt a server, other than the one to avoid unless it is the only one, or a place in
    /// a queue.
    pub(in crate::platform::router) fn assign(
        &mut self,
        cx: &mut Cx<'_>,
        name: Ref,
        avoid: Option<DynoId>,
    ) {
        let attempt = *cx.attempts.get(name).expect("the path holds its attempt");
        let row = self.row(attempt.router);
        let pool = &mut self.pools[row][attempt.app.index()];
        if pool.view.loads.is_empty() {
            return self.answer_none_up(cx, name);
        }
        if pool.servers().in_line && pool.queue.waiting > 0 {
            return self.queue(cx, name);
        }
        let avoid = avoid.filter(|_| pool.view.loads.len() > 1);
        let mut pick = pool.view.pick_but(cx.now(), attempt.key, avoid.as_slice());
        if avoid.is_some() && pick == Pick::Busy {
            pick = pool.view.pick(cx.now(), attempt.key);
        }
        match pick {
            Pick::Dyno(dyno)
                if pool.view.loads.is_free(dyno) && pool.servers().bound(dyno as usize) == 0 =>
            {
                self.dispatch(cx, name, DynoId(dyno));
            }
            Pick::Dyno(dyno) => self.bind(cx, name, DynoId(dyno)),
            Pick::Busy => self.queue(cx, name),
        }
    }

    /// Lets an attempt wait for one server.
    fn bind(&mut self, cx: &mut Cx<'_>, name: Ref, dyno: DynoId) {
        let attempt = cx.attempts.get_mut(name).expect("the path holds its attempt");
        attempt.dyno = dyno;
        let (row, app) = (attempt.router, attempt.app.index());
        let row = self.row(row);
        if self.pools[row][app].servers().bound(dyno.index()) >= self.settings.backlog {
            return self.answer(cx, name, Err(Cause::H11));
        }
        if self.enter_wait(cx, name, Stage::Bound) {
            let line = self.pools[row][app].servers().own(dyno);
            line.push(name, cx.scheduler.now(), cx.attempts);
            self.watch_queue(cx, name);
        }
    }

    /// A server may have room: it takes what has waited longest, for it or for any.
    pub(in crate::platform::router) fn take_next(
        &mut self,
        cx: &mut Cx<'_>,
        row: usize,
        app: AppId,
        dyno: DynoId,
    ) {
        loop {
            let pool = &mut self.pools[row][app.index()];
            if !pool.view.loads.is_free(dyno.0) {
                return;
            }
            let any = (pool.queue.waiting > 0).then(|| pool.queue.oldest(cx.attempts));
            let own = pool.servers().own(dyno);
            let own = (own.waiting > 0).then(|| own.oldest(cx.attempts));
            let Some(next) = older(own, any, cx.attempts) else { return };
            if own == Some(next) {
                pool.servers().own(dyno).take(next);
            } else {
                pool.queue.take(next);
            }
            self.leave_wait(cx, next);
            self.dispatch(cx, next, dyno);
        }
    }

    /// All servers may have room, in the order of their slots.
    pub(in crate::platform::router) fn take_all(&mut self, cx: &mut Cx<'_>) {
        for row in 0..self.pools.len() {
            for app in 0..self.routes.len() {
                for dyno in 0..self.pools[row][app].view.loads.slots() as u32 {
                    self.take_next(cx, row, AppId(app as u32), DynoId(dyno));
                }
            }
        }
    }

    /// A server is gone: who waited for it alone finds another.
    pub(in crate::platform::router) fn spread(
        &mut self,
        cx: &mut Cx<'_>,
        row: usize,
        app: AppId,
        dyno: DynoId,
    ) {
        let names: Vec<Ref> = self.pools[row][app.index()].servers().own(dyno).drain().collect();
        for name in names {
            let waits = |attempt: &Attempt| attempt.stage == Stage::Bound && attempt.dyno == dyno;
            if cx.attempts.get(name).is_some_and(waits) {
                self.leave_wait(cx, name);
                self.offer(cx, name);
            }
        }
    }

    /// No connection to a server: pause, and try it again, or another one. While it pauses an attempt
    /// keeps its place at the server.
    pub(in crate::platform::router) fn retry(&mut self, cx: &mut Cx<'_>, name: Ref, cause: Cause) {
        let attempt = *cx.attempts.get(name).expect("the dyno holds its attempt");
        leave_dyno(cx.attempts, name);
        if attempt.stage != Stage::Dispatched {
            return;
        }
        cx.cancel(attempt.timer);
        let row = self.row(attempt.router);
        if u32::from(attempt.dispatches) >= self.settings.dispatches {
            self.count_end(cx, name, Outcome::Failure);
            self.answer(cx, name, Err(cause));
            return self.take_next(cx, row, attempt.app, attempt.dyno);
        }
        let is_last = u32::from(attempt.dispatches) + 1 >= self.settings.dispatches;
        let pool = &mut self.pools[row][attempt.app.index()];
        if pool.view.loads.len() > 1 && (is_last || pool.servers().moves_on) {
            return self.move_on(cx, name);
        }
        let pause = if cause == Cause::H21 { PAUSE.min(self.settings.connect) } else { Span::ZERO };
        let timer = cx.timer(pause, Event::Router(RouterEvent::Again(name)));
        let attempt = cx.attempts.get_mut(name).expect("the path holds its attempt");
        attempt.stage = Stage::Paused;
        attempt.timer = timer;
    }

    /// A pause is over.
    pub(in crate::platform::router) fn again(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let attempt = *cx.attempts.get(name).expect("a pause ends with its attempt");
        let row = self.row(attempt.router);
        if self.pools[row][attempt.app.index()].view.loads.contains(attempt.dyno.0) {
            self.hand(cx, name, attempt.dyno);
        } else {
            self.move_on(cx, name);
        }
    }

    /// Gives up on a server and tries another.
    fn move_on(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let attempt = *cx.attempts.get(name).expect("the path holds its attempt");
        self.count_end(cx, name, Outcome::Failure);
        self.assign(cx, name, Some(attempt.dyno));
        let row = self.row(attempt.router);
        self.take_next(cx, row, attempt.app, attempt.dyno);
    }
}

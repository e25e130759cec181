//! `nginx`: an upstream of open-source nginx 1.22.
//!
//! ```text
//! Sent -> (balancer) -> Dispatched to a peer with room  -> H12
//!            \-> all peers full or left alone: refused at once, H11 or H99
//! Dispatched -> refused, no connection, lost: the peer is left alone, another one not yet tried
//!            \-> none left                              -> H13, H19, H21
//! ```
//!
//! A peer that failed is left alone for `quarantine`; then one attempt tries it, and the others only
//! when that one has come back well. nginx 1.22.1, `ngx_http_upstream_round_robin.c`:
//! `ngx_http_upstream_get_peer`, `ngx_http_upstream_free_round_robin_peer`; `ngx_http_upstream.c`:
//! `ngx_http_upstream_next`.

use super::{Defaults, Manners, Router};
use crate::balance::{Maker, Outcome, Pick};
use crate::config::{Kind, Page};
use crate::metrics::Cause;
use crate::platform::cx::Cx;
use crate::platform::ids::{AppId, DynoId};
use crate::platform::router::Routers;
use crate::platform::slab::Ref;
use crate::time::Span;
use crate::units::Limit;
use std::collections::{BTreeMap, BTreeSet};

/// The registry's row.
pub const KIND: Kind<Router> = Kind {
    name: "nginx",
    summary: "no queue: refuses at once when all are full; leaves who failed alone (nginx)",
    page: Page {
        settings: &[],
        sections: &[
            (
                "Rule",
                "`limit` is `max_conns` of each peer and unlimited by default; full peers are passed over, and when all are full the answer is a 502 at once: H11, for a queue of no length. `random` is its `random`, `p2c` its `random two least_conn`, `least-loaded` its `least_conn`, `round-robin` its smooth weighted one, `consistent-hash` its `hash ... consistent`. A peer that refuses, does not answer a connection within `connect`, closes without an answer or has no first byte within `first-byte` (60 s each) is left alone for `quarantine` (`max_fails=1 fail_timeout=10s`). After that one attempt tries it, and until that comes back well nobody else does for as long again. What could not be delivered or was lost goes on to a peer that it has not tried, at most `dispatches` and at most all of them (`proxy_next_upstream error`); the cause is that of its last try. No first byte is H12 and is not tried again, as with `proxy_next_upstream_timeout` no longer than `proxy_read_timeout`. When all peers are left alone the answer is a 502 at once: H99. An upstream of one peer never leaves it alone and never tries again. It knows of no app's state: without a dyno the answer is H14, or H10 when all have crashed.",
            ),
            (
                "Knows",
                "Its own counts and failures, those of all its workers (`zone`), and from the bus which dynos are up.",
            ),
            (
                "Wins",
                "Where it is better to fail at once than to wait, and a client tries again elsewhere. A `limit` of what a dyno serves at once turns every burst into errors, so it is best left out or set well above. One refused connection in 10 s takes a dyno out: when all dynos are short of room at once, the first failures take away the last room there was.",
            ),
            (
                "Source",
                "nginx 1.22.1, `src/http/ngx_http_upstream_round_robin.c`, `src/http/ngx_http_upstream.c`, `src/http/modules/ngx_http_upstream_{least_conn,random,hash}_module.c`; run beside it, see docs/MODEL.md. nginx counts whole seconds, so its 10 s are 10 to 11; `queue` is in NGINX Plus alone.",
            ),
            ("Example", "[mesh]\nrouter = \"nginx\"\nbalancer = \"p2c\""),
        ],
    },
    read: |body| {
        body.fields(|_| ());
        Router::Nginx
    },
};

/// What it says of itself.
pub(super) const MANNERS: Manners = Manners {
    name: "nginx",
    maker: Some(Maker::Nginx),
    defaults: Defaults {
        limit: Limit::Unlimited,
        backlog: Limit::At(0),
        first_byte: Limit::At(Span::from_secs(60)),
        connect: Limit::At(Span::from_secs(60)),
        quarantine: Span::from_secs(10),
        dispatches: 100,
    },
    unused: &[
        ("backlog", "it has no queue"),
        ("queue-wait", "it has no queue"),
        ("quarantine-wait", "it does not wait while all peers are left alone"),
        ("boot-wait", "it knows nothing of apps that boot"),
    ],
};

/// What nginx's router remembers of the peers of one app.
#[derive(Default)]
pub(in crate::platform::router) struct Peers {
    /// Those left alone for long enough: one attempt may try each.
    suspects: BTreeSet<DynoId>,
    /// Those that an attempt tries now, alone.
    on_trial: BTreeSet<DynoId>,
    /// The attempts that have failed so far, by their places: where, and how at last.
    failed: BTreeMap<usize, Failed>,
}

struct Failed {
    at: Vec<DynoId>,
    cause: Cause,
}

impl Peers {
    /// A peer is in order, or another one has come in its place.
    pub fn clear(&mut self, dyno: DynoId) {
        self.suspects.remove(&dyno);
        self.on_trial.remove(&dyno);
    }

    /// A peer has been left alone for long enough.
    pub fn suspect(&mut self, dyno: DynoId) {
        self.on_trial.remove(&dyno);
        self.suspects.insert(dyno);
    }

    /// An attempt has come to its end.
    pub fn forget(&mut self, name: Ref) {
        self.failed.remove(&name.place());
    }
}

impl Routers {
    /// Sends an attempt to a peer that it has not tried, or refuses it.
    pub(in crate::platform::router) fn next_peer(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let attempt = *cx.attempts.get(name).expect("the path holds its attempt");
        let (row, app) = (self.row(attempt.router), attempt.app);
        if self.routes[app.index()].dynos_up() == 0 {
            return self.answer_none_up(cx, name);
        }
        let pool = &mut self.pools[row][app.index()];
        let failed = pool.peers().failed.get(&name.place());
        let (tried, cause) =
            failed.map_or((Vec::new(), None), |failed| (failed.at.clone(), Some(failed.cause)));
        match pool.view.pick_but(cx.now(), attempt.key, &tried) {
            Pick::Dyno(dyno) => {
                let dyno = DynoId(dyno);
                self.dispatch(cx, name, dyno);
                let peers = self.pools[row][app.index()].peers();
                if peers.suspects.remove(&dyno) {
                    peers.on_trial.insert(dyno);
                    self.quarantine(cx, row, app, dyno);
                }
            }
            Pick::Busy => {
                let none = if pool.view.loads.is_empty() { Cause::H99 } else { Cause::H11 };
                self.answer(cx, name, Err(cause.unwrap_or(none)));
            }
        }
    }

    /// A peer did not take an attempt, or lost it: leave the peer alone, and try the next.
    pub(in crate::platform::router) fn peer_failed(
        &mut self,
        cx: &mut Cx<'_>,
        name: Ref,
        cause: Cause,
    ) {
        if !self.heard_from_dyno(cx, name, Outcome::Failure) {
            return;
        }
        let attempt = *cx.attempts.get(name).expect("the path holds its attempt");
        let (row, app, dyno) = (self.row(attempt.router), attempt.app, attempt.dyno);
        self.blame(cx, row, app, dyno);
        let peers = self.routes[app.index()].dynos_up().max(1);
        if u32::from(attempt.dispatches) >= self.settings.dispatches.min(peers) {
            return self.answer(cx, name, Err(cause));
        }
        let failed = &mut self.pools[row][app.index()].peers().failed;
        let entry = failed.entry(name.place()).or_insert(Failed { at: Vec::new(), cause });
        entry.at.push(dyno);
        entry.cause = cause;
        self.next_peer(cx, name);
    }

    /// Leaves a peer alone from now on, unless it is the only one.
    pub(in crate::platform::router) fn blame(
        &mut self,
        cx: &mut Cx<'_>,
        row: usize,
        app: AppId,
        dyno: DynoId,
    ) {
        if self.routes[app.index()].dynos_up() > 1 {
            let pool = &mut self.pools[row][app.index()];
            pool.peers().clear(dyno);
            pool.view.end_quarantine(dyno);
            self.quarantine(cx, row, app, dyno);
        }
    }

    /// A peer has answered: if it was on trial it is in order again.
    pub(in crate::platform::router) fn acquit(&mut self, row: usize, app: AppId, dyno: DynoId) {
        let pool = &mut self.pools[row][app.index()];
        if pool.peers().on_trial.contains(&dyno) {
            pool.peers().clear(dyno);
            pool.view.end_quarantine(dyno);
        }
    }
}

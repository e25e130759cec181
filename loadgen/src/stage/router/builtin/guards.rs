//! What turns requests away before a router's own rules: the simulator's guards, in real time.
//!
//! How much a request matters is what the scenario says of its client, whose name the request tells.

use std::collections::BTreeMap;

use bytes::Bytes;
use hyper::{HeaderMap, Response};
use sim::metrics::Cause;
use sim::platform::{Admitted, AppId, Platform, Room, RouterGuards};
use sim::protect::Criticality;

use super::super::super::tell;
use super::mesh::{Mesh, Way, lock};
use super::queue::Wish;

/// How much the requests of each client matter, by its name.
pub(super) struct Callers(BTreeMap<String, Criticality>);

impl Callers {
    /// The clients of a platform.
    pub fn new(platform: &Platform) -> Callers {
        let of = |client: &sim::platform::Client| (client.name.clone(), client.criticality);
        Callers(platform.clients.iter().map(of).collect())
    }

    fn criticality(&self, headers: &HeaderMap) -> Criticality {
        let client = tell::client(headers).and_then(|client| self.0.get(client));
        client.copied().unwrap_or_default()
    }
}

impl Mesh {
    /// Admits a request that has just come; nothing is written on it where nothing guards the routers.
    pub(super) fn admit(
        &self,
        row: usize,
        app: usize,
        wish: Wish,
        headers: &HeaderMap,
    ) -> Result<Option<Admitted>, Cause> {
        let Some(guards) = &self.guards else { return Ok(None) };
        let (mesh, id) = (&self.settings.mesh, AppId(app as u32));
        let dynos = lock(&self.pools[row][app]).dynos_known();
        let (limit, backlog) = (mesh.limit.count(), mesh.backlog.count());
        let places = RouterGuards::places(limit, backlog, mesh.routers / mesh.rows(), dynos);
        let who = (self.callers.criticality(headers), wish.key);
        let mut guards = lock(guards);
        let now = self.time.now();
        if let Some(cause) = guards.refusal(row, id, who, now, places) {
            return Err(cause);
        }
        let pools = &self.pools[row];
        let has_room = match guards.room(row, id, &|app| lock(&pools[app]).queued()) {
            Room::Free => true,
            // Its queue may have emptied meanwhile.
            Room::Of(app) => lock(&pools[app.index()]).give_up_newest(Cause::H22),
            Room::None => false,
        };
        if has_room { Ok(Some(guards.enter(row, id, now))) } else { Err(Cause::H22) }
    }

    /// A request that was admitted has come to its end.
    pub(super) fn leave(
        &self,
        row: usize,
        app: usize,
        admitted: Option<Admitted>,
        answer: &Result<Response<Bytes>, Cause>,
    ) {
        let (Some(guards), Some(admitted)) = (&self.guards, admitted) else { return };
        let outcome = match answer {
            Ok(answer) if answer.status().is_server_error() => Err(Cause::Failed),
            Ok(_) => Ok(()),
            Err(cause) => Err(*cause),
        };
        let now = self.time.now();
        lock(guards).release(row, AppId(app as u32), admitted, now, Some(outcome));
    }

    /// A request leaves the router for the first time, after all its waiting.
    pub(super) fn dispatched(&self, way: &Way) {
        if let Some(guards) = &self.guards {
            lock(guards).waited(way.row, AppId(way.app as u32), way.waited);
        }
    }

    /// A request was taken out of the queue for this cause instead of being handed to a dyno.
    pub(super) fn dropped(&self, way: &Way, cause: Cause) {
        if matches!(cause, Cause::Codel | Cause::Stale) {
            self.dispatched(way);
        }
    }
}

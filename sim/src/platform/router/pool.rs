//! One app as one router sees it.

use super::kinds::Router;
use super::kinds::haproxy::Servers;
use super::kinds::nginx::Peers;
use super::line::Line;
use super::view::View;
use crate::balance::{End, Need};
use crate::platform::app::App;
use crate::platform::ids::DynoId;
use crate::platform::mesh::Mesh;
use crate::platform::slab::Ref;
use crate::rng::Seed;
use crate::time::SimTime;
use std::collections::VecDeque;

/// The dynos of an app that a router may choose from, and what waits for them.
pub(super) struct Pool {
    /// Whom it may choose, and how.
    pub view: View,
    /// Whether a dyno that was chosen for one attempt may be another one's.
    pub any_attempt: bool,
    /// Attempts for which no dyno was free.
    pub queue: Line,
    /// How many attempts wait here at all: queued, parked, or held while dynos are quarantined.
    pub waiting: u32,
    /// Attempts that wait for the app to boot; some may be gone.
    pub parked: VecDeque<Ref>,
    manner: Manner,
}

/// What a real router keeps beside all that.
enum Manner {
    Heroku,
    Haproxy(Box<Servers>),
    Nginx(Box<Peers>),
}

impl Pool {
    /// The pool of router number `row` for an app whose dynos are all up.
    pub fn new(mesh: &Mesh, app: &App, row: u32, seed: Seed) -> Pool {
        Pool {
            view: View::new(mesh, app, row, seed),
            any_attempt: !mesh.balancer.needs(Need::Key),
            queue: Line::new(mesh.protection.queue.build()),
            waiting: 0,
            parked: VecDeque::new(),
            manner: match mesh.router {
                Router::Heroku => Manner::Heroku,
                Router::Haproxy => Manner::Haproxy(Box::new(Servers::new(mesh))),
                Router::Nginx => Manner::Nginx(Box::default()),
            },
        }
    }

    /// What HAProxy keeps.
    pub fn servers(&mut self) -> &mut Servers {
        match &mut self.manner {
            Manner::Haproxy(servers) => servers,
            _ => unreachable!("only HAProxy's rules ask for its servers"),
        }
    }

    /// What nginx keeps.
    pub fn peers(&mut self) -> &mut Peers {
        match &mut self.manner {
            Manner::Nginx(peers) => peers,
            _ => unreachable!("only nginx's rules ask for its peers"),
        }
    }

    /// How many attempts wait for one dyno alone.
    pub fn bound(&self, dyno: usize) -> u32 {
        match &self.manner {
            Manner::Haproxy(servers) => servers.bound(dyno),
            _ => 0,
        }
    }

    /// Counts a dispatch to a dyno.
    #[inline]
    pub fn started(&mut self, dyno: DynoId, now: SimTime) {
        self.view.started(dyno, now, self.queue.waiting);
    }

    /// Counts the end of a dispatch to a dyno. When it `counts_on`, the dyno's load stays what it is
    /// until [`View::forget`].
    #[inline]
    pub fn ended(&mut self, dyno: DynoId, end: &End, counts_on: bool) {
        self.view.ended(dyno, end, counts_on, self.queue.waiting);
    }

    /// The number of attempts here has changed. True when that gives the router more dynos to use.
    pub fn offered(&mut self, now: SimTime) -> bool {
        self.view.offered(now, self.queue.waiting)
    }
}

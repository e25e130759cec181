//! Gossip: every period each router tells the others how many attempts it has at each dyno, and
//! until the next news they count that on top of their own.

use super::Routers;
use crate::platform::config::Platform;
use crate::platform::cx::Cx;
use crate::platform::ids::{AppId, DynoId};
use crate::platform::mesh::Knowledge;
use crate::platform::message::{Event, RouterEvent};
use crate::time::Span;
use std::collections::VecDeque;

/// What the routers tell each other.
pub(super) struct Gossip {
    pub period: Span,
    delay: Span,
    /// By router, app and dyno: the attempts that the router has there.
    own: Counts,
    /// News under way, the oldest first.
    told: VecDeque<Counts>,
}

type Counts = Vec<Vec<Vec<u32>>>;

impl Gossip {
    pub fn new(platform: &Platform) -> Option<Gossip> {
        let Knowledge::Gossip { period, delay } = platform.mesh.knowledge else { return None };
        let own = vec![vec![Vec::new(); platform.apps.len()]; platform.mesh.routers as usize];
        Some(Gossip { period, delay, own, told: VecDeque::new() })
    }

    pub fn started(&mut self, row: usize, app: AppId, dyno: DynoId) {
        let counts = &mut self.own[row][app.index()];
        if counts.len() <= dyno.index() {
            counts.resize(dyno.index() + 1, 0);
        }
        counts[dyno.index()] += 1;
    }

    /// How many attempts a router has at a dyno.
    pub fn own(&self, row: usize, app: AppId, dyno: DynoId) -> u32 {
        self.own[row][app.index()].get(dyno.index()).copied().unwrap_or(0)
    }

    pub fn finished(&mut self, row: usize, app: AppId, dyno: DynoId) {
        self.own[row][app.index()][dyno.index()] -= 1;
    }
}

impl Routers {
    /// Every router tells the others its counts.
    pub(super) fn tell(&mut self, cx: &mut Cx<'_>) {
        let gossip = self.gossip.as_mut().expect("only gossiping routers tell");
        gossip.told.push_back(gossip.own.clone());
        cx.send(gossip.delay, Event::Router(RouterEvent::Heard));
        cx.send(gossip.period, Event::Router(RouterEvent::Tell));
    }

    /// The news arrives: each router counts its own attempts and what the others told.
    pub(super) fn heard(&mut self, cx: &mut Cx<'_>) {
        let gossip = self.gossip.as_mut().expect("only gossiping routers hear");
        let told = gossip.told.pop_front().expect("news arrives after it was told");
        let at = |counts: &[u32], dyno: u32| counts.get(dyno as usize).copied().unwrap_or(0);
        for app in 0..self.routes.len() {
            let slots = told.iter().map(|router| router[app].len()).max().unwrap_or(0);
            let sums: Vec<u32> = (0..slots as u32)
                .map(|dyno| told.iter().map(|router| at(&router[app], dyno)).sum())
                .collect();
            for (row, pools) in self.pools.iter_mut().enumerate() {
                let (own, mine) = (&gossip.own[row][app], &told[row][app]);
                pools[app]
                    .view
                    .loads
                    .reload(|dyno| at(own, dyno) + at(&sums, dyno) - at(mine, dyno));
            }
        }
        self.drain_all(cx);
    }
}

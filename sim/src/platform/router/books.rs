//! What the routers count, compared with the attempts that there are.

use super::Routers;
use crate::platform::attempt::{Attempts, Stage};
use crate::platform::ids::{AppId, DynoId};

/// What one router should count of one app.
#[derive(Clone, Default)]
struct Count {
    queued: u32,
    /// Queued, parked or held.
    waiting: u32,
    dispatched: u32,
    /// By dyno: queued for it alone.
    bound: Vec<u32>,
    /// By dyno: attempts there, and failures that still count as such.
    loads: Vec<u32>,
}

impl Count {
    fn at(&mut self, dyno: DynoId) {
        add(&mut self.loads, dyno);
    }
}

/// Counts one more at a dyno.
fn add(counts: &mut Vec<u32>, dyno: DynoId) {
    if counts.len() <= dyno.index() {
        counts.resize(dyno.index() + 1, 0);
    }
    counts[dyno.index()] += 1;
}

impl Routers {
    /// Every count of every router is what the attempts under way say. Looked at once, at the end of a
    /// run: a count that was not given back would stay.
    pub fn assert_counts(&self, attempts: &Attempts) {
        let mut counts = vec![vec![Count::default(); self.routes.len()]; self.pools.len()];
        for attempt in attempts.iter().filter(|attempt| attempt.on_path) {
            let count = &mut counts[self.row(attempt.router)][attempt.app.index()];
            match attempt.stage {
                Stage::Sent | Stage::Answered => {}
                Stage::Queued => {
                    count.queued += 1;
                    count.waiting += 1;
                }
                Stage::Parked | Stage::Held => count.waiting += 1,
                Stage::Bound => {
                    count.waiting += 1;
                    add(&mut count.bound, attempt.dyno);
                }
                Stage::Dispatched | Stage::Paused => {
                    count.dispatched += 1;
                    count.at(attempt.dyno);
                }
            }
        }
        for error in &self.errors {
            counts[error.router.index()][error.app.index()].at(error.dyno);
        }
        for (app, route) in self.routes.iter().enumerate() {
            let of_row = |row: &Vec<Count>| u64::from(row[app].waiting + row[app].dispatched);
            let inside: u64 = counts.iter().map(of_row).sum();
            assert_eq!(route.present(), inside, "who came and left was counted once");
        }
        for (row, counts) in counts.iter().enumerate() {
            for (app, count) in counts.iter().enumerate() {
                self.assert_count(row, AppId(app as u32), count);
            }
        }
    }

    fn assert_count(&self, row: usize, app: AppId, count: &Count) {
        let pool = &self.pools[row][app.index()];
        assert_eq!(pool.queue.waiting, count.queued, "what is queued was counted once");
        assert_eq!(pool.waiting, count.waiting, "what waits was counted once");
        if let Some(dispatched) = pool.view.dispatched() {
            assert_eq!(dispatched, count.dispatched, "a dispatch was counted once");
        }
        for dyno in 0..pool.view.loads.slots().max(count.bound.len()) {
            let right = count.bound.get(dyno).copied().unwrap_or(0);
            assert_eq!(pool.bound(dyno), right, "who waits for dyno {dyno} was counted once");
        }
        for dyno in 0..pool.view.loads.slots().max(count.loads.len()) {
            let found = match &self.gossip {
                Some(gossip) => gossip.own(row, app, DynoId(dyno as u32)),
                None => pool.view.loads.load(dyno as u32),
            };
            let right = count.loads.get(dyno).copied().unwrap_or(0);
            assert_eq!(found, right, "an attempt at dyno {dyno} was counted once");
        }
    }
}

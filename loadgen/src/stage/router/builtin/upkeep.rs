//! What routers do of their own accord: they tell each other their counts, and look for dynos to eject.
//!
//! Routers in a box are one process. What they tell each other is written down every `period` and read
//! `delay` later, by the clock: the news is as old as the scenario says.

use std::sync::Arc;

use sim::platform::Knowledge;
use sim::time::Span;

use super::mesh::{Mesh, lock};

/// What each router told of one app: its own requests at each dyno.
type Told = Vec<Vec<u32>>;

impl Mesh {
    /// Begins with it; it ends with the runtime. Must be called once, within it.
    pub(super) fn keep_up(self: &Arc<Mesh>) {
        if let Knowledge::Gossip { period, delay } = self.settings.mesh.knowledge {
            tokio::spawn(Arc::clone(self).gossip(period, delay));
        }
        if let Some(ejection) = self.settings.mesh.around.outlier_ejection {
            tokio::spawn(Arc::clone(self).sweep(ejection.interval));
        }
    }

    /// Every period, all routers tell the others.
    async fn gossip(self: Arc<Mesh>, period: Span, delay: Span) {
        let mut at = self.time.now();
        loop {
            // Periods do not add up what the clock was late.
            at = (at + period).max(self.time.now());
            self.time.until(at).await;
            let apps = 0..self.pools[0].len();
            let own = |app: usize| -> Told {
                self.pools.iter().map(|row| lock(&row[app]).own().to_vec()).collect()
            };
            let told: Vec<Told> = apps.map(own).collect();
            let mesh = Arc::clone(&self);
            tokio::spawn(async move {
                mesh.time.sleep(delay).await;
                mesh.heard(&told);
            });
        }
    }

    /// The news arrives: each router counts its own requests and what the others told.
    fn heard(&self, told: &[Told]) {
        let now = self.time.now();
        for (app, told) in told.iter().enumerate() {
            let sums = sums(told);
            for (row, mine) in self.pools.iter().zip(told) {
                let of_others: Vec<u32> =
                    sums.iter().zip(mine).map(|(sum, mine)| sum - mine).collect();
                lock(&row[app]).hear_counts(&of_others, now);
            }
        }
    }

    /// Every interval, all routers look for dynos to eject or to let back.
    async fn sweep(self: Arc<Mesh>, interval: Span) {
        loop {
            self.time.sleep(interval).await;
            for pool in self.pools.iter().flatten() {
                lock(pool).sweep(self.time.now());
            }
        }
    }
}

/// What all routers have at each dyno.
fn sums(told: &[Vec<u32>]) -> Vec<u32> {
    let dynos = told.first().map_or(0, Vec::len);
    (0..dynos).map(|dyno| told.iter().map(|of_one| of_one[dyno]).sum()).collect()
}

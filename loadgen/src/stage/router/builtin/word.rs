//! What routers and dynos tell each other beside the requests: probes and their answers, and word from
//! dynos that are idle.
//!
//! Messages take `mesh.reports.hop` by the clock, each way, and are lost as often as the scenario says;
//! then whoever is told reads it in memory: in a box, routers and dynos are one process, and a socket
//! for each message would cost the machine more than the thing that is measured. What a dyno knows at
//! that instant is what it says, as in the simulator, and one that is off or stands still says nothing.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use sim::balance::{Join, Need, Report};
use sim::platform::{DynoId, Platform};
use sim::rng::{Seed, Stream};
use sim::time::Span;

use super::super::super::dyno::Idle;
use super::mesh::{Mesh, lock};

/// Most probes of one router and one app that are under way at once; more are not sent.
const MOST_UNDER_WAY: usize = 1024;

/// How routers and dynos speak.
pub(super) struct Channel {
    hop: Span,
    /// How likely a message is lost.
    loss: f64,
    losses: Mutex<Stream>,
    /// Whether requests bring probes.
    probes: bool,
    /// Whose idle queue a dyno joins; nothing where nobody wants to know.
    join: Option<Join>,
    joins: Mutex<Stream>,
    /// Probes under way, by router and app.
    under_way: Vec<Vec<AtomicUsize>>,
}

impl Channel {
    /// The channel of a platform; nothing where the balancer does not listen.
    pub fn new(platform: &Platform, seed: Seed) -> Option<Channel> {
        let mesh = &platform.mesh;
        let probes = mesh.balancer.needs(Need::Probes);
        let pushes = mesh.balancer.needs(Need::Pushes);
        let reports = mesh.reports.filter(|_| probes || pushes)?;
        let row = || platform.apps.iter().map(|_| AtomicUsize::new(0)).collect();
        Some(Channel {
            hop: reports.hop,
            loss: reports.loss,
            losses: Mutex::new(Stream::named(seed, "stage.reports.loss", 0)),
            probes,
            join: pushes.then(|| mesh.balancer.join()),
            joins: Mutex::new(Stream::named(seed, "stage.joins", 0)),
            under_way: (0..mesh.rows()).map(|_| row()).collect(),
        })
    }

    /// Whether anybody wants to know which dynos are idle.
    pub fn hears_idle(&self) -> bool {
        self.join.is_some()
    }

    fn gets_through(&self) -> bool {
        self.loss == 0.0 || lock(&self.losses).unit() >= self.loss
    }

    /// Which of so many, each as likely.
    fn draw(&self, of: usize) -> usize {
        lock(&self.joins).below(of)
    }
}

impl Mesh {
    /// Sends the probes that a request brings.
    pub(super) fn probe(self: &Arc<Mesh>, row: usize, app: usize, key: u64) {
        let Some(channel) = self.channel.as_ref().filter(|channel| channel.probes) else { return };
        let mut to = Vec::new();
        lock(&self.pools[row][app]).view.probes(self.time.now(), key, &mut to);
        for dyno in to {
            let under_way = &channel.under_way[row][app];
            if under_way.fetch_add(1, Ordering::Relaxed) >= MOST_UNDER_WAY {
                under_way.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
            let mesh = Arc::clone(self);
            tokio::spawn(async move {
                mesh.ask(row, app, dyno).await;
                if let Some(channel) = &mesh.channel {
                    channel.under_way[row][app].fetch_sub(1, Ordering::Relaxed);
                }
            });
        }
    }

    /// A router asks a dyno how it is, and hears it.
    async fn ask(&self, row: usize, app: usize, dyno: u32) {
        let Some(channel) = self.channel.as_ref().filter(|channel| channel.gets_through()) else {
            return;
        };
        self.time.sleep(channel.hop).await;
        let Some((in_flight, latency)) = self.dynos[app][dyno as usize].report() else { return };
        if channel.gets_through() {
            self.time.sleep(channel.hop).await;
            let report = Report { in_flight, latency, now: self.time.now() };
            lock(&self.pools[row][app]).view.probed(DynoId(dyno), &report);
        }
    }

    /// A dyno that has become idle joins an idle queue.
    pub(super) async fn join(&self, idle: Idle) {
        let Idle { app, dyno, turn } = idle;
        let Some(channel) = &self.channel else { return };
        let rows = self.pools.len();
        let mut row = channel.draw(rows);
        if channel.join == Some(Join::Shorter) && rows > 1 {
            let other = (row + 1 + channel.draw(rows - 1)) % rows;
            let asked = [row, other].map(|row| channel.gets_through().then_some(row));
            self.time.sleep(channel.hop).await;
            let known = asked.map(|row| {
                let pool = lock(&self.pools[row?][app]);
                let uses = channel.gets_through() && pool.view.uses(DynoId(dyno));
                uses.then(|| pool.view.known_idle())
            });
            self.time.sleep(channel.hop).await;
            // It may have become busy while it asked.
            if !self.dynos[app][dyno as usize].is_idle_since(turn) {
                return;
            }
            row = [row, other][Join::shorter(known)];
        }
        if channel.gets_through() {
            self.time.sleep(channel.hop).await;
            if let Some(row) = self.joined(channel, row, app, dyno) {
                lock(&self.pools[row][app]).view.idle(DynoId(dyno));
            }
        }
    }

    /// Whose idle queue a dyno joins that came to this router's: that one or, where the router does not
    /// use the dyno, any of those that do, each as likely. None where no router uses it.
    fn joined(&self, channel: &Channel, row: usize, app: usize, dyno: u32) -> Option<usize> {
        let uses = |row: usize| lock(&self.pools[row][app]).view.uses(DynoId(dyno));
        if uses(row) {
            return Some(row);
        }
        let users: Vec<usize> = (0..self.pools.len()).filter(|&row| uses(row)).collect();
        (!users.is_empty()).then(|| users[channel.draw(users.len())])
    }
}

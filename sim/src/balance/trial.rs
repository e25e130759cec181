//! A balancer under test: its loads, its stream of chance, and what a router does with both.

use super::{Ask, Balancer, End, Loads, Outcome, Pick};
use crate::rng::{Seed, Stream};
use crate::time::{SimTime, Span};

/// Loads with these attempts at dynos 0, 1 and so on.
pub fn view(loads: &[u32], limit: u32) -> Loads {
    let mut view = Loads::new(limit);
    for (dyno, &load) in loads.iter().enumerate() {
        view.insert(dyno as u32);
        for _ in 0..load {
            view.started(dyno as u32);
        }
    }
    view
}

/// A balancer and all that it sees.
pub struct Trial<B> {
    pub balancer: B,
    pub loads: Loads,
    pub now: SimTime,
    pub rng: Stream,
}

impl<B: Balancer> Trial<B> {
    pub fn new(balancer: B, loads: Loads) -> Trial<B> {
        let rng = Stream::named(Seed { scenario: 7, replication: 0 }, "trial", 0);
        Trial { balancer, loads, now: SimTime::ZERO, rng }
    }

    /// What the balancer says of an attempt.
    pub fn pick(&mut self, key: u64) -> Pick {
        let ask = Ask { loads: &self.loads, now: self.now, key };
        self.balancer.pick(&ask, &mut self.rng)
    }

    /// Sends an attempt; all must not be busy.
    pub fn dispatch_key(&mut self, key: u64) -> u32 {
        let Pick::Dyno(dyno) = self.pick(key) else { panic!("all are busy") };
        self.start(dyno);
        dyno
    }

    /// Sends so many attempts about nothing.
    pub fn dispatch(&mut self, attempts: usize) -> Vec<u32> {
        (0..attempts).map(|_| self.dispatch_key(0)).collect()
    }

    /// Counts an attempt at a dyno.
    pub fn start(&mut self, dyno: u32) {
        self.loads.started(dyno);
        self.balancer.counted(dyno, &self.loads);
    }

    /// Ends an attempt at a dyno well.
    pub fn end(&mut self, dyno: u32) {
        self.end_as(dyno, Outcome::Success);
    }

    /// Ends an attempt at a dyno.
    pub fn end_as(&mut self, dyno: u32, outcome: Outcome) {
        self.loads.finished(dyno);
        self.balancer.counted(dyno, &self.loads);
        let end = End { outcome, latency: Span::from_millis(1), now: self.now };
        self.balancer.ended(dyno, &end);
    }
}

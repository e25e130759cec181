//! One app as one router sees it: whom it may choose, what waits, who is in quarantine.
//!
//! The rules are those of the simulator's routers, and so are the balancer and its view of the loads.

use std::collections::VecDeque;

use sim::balance::{Ask, Balancer, End, Loads, Outcome, Pick};
use sim::metrics::Cause;
use sim::platform::Mesh;
use sim::rng::{Seed, Stream};
use sim::time::{SimTime, Span};
use tokio::sync::oneshot;

use super::super::super::fleet::{AppState, News};

/// Where a request is to go.
#[derive(Debug)]
pub(super) enum Place {
    /// To this dyno, where it is counted already.
    Dyno(u32),
    /// Into the queue, which names its dyno.
    Queue(oneshot::Receiver<u32>),
    /// Nowhere yet: look again later.
    Wait(Wait),
    /// Nowhere: this is the answer.
    Answer(Cause),
}

/// What a request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// A dyno that boots.
    Boot,
    /// The end of a quarantine.
    Quarantine,
}

/// One app as one router sees it.
pub(super) struct Pool {
    loads: Loads,
    balancer: Box<dyn Balancer>,
    rng: Stream,
    /// Requests for which no dyno was free, the oldest first, each with its key.
    queue: VecDeque<(u64, oneshot::Sender<u32>)>,
    /// Requests that wait here at all; at most `backlog` for each dyno.
    waiting: u32,
    backlog: u32,
    /// Whether each dyno is routed to, by the news.
    routed: Vec<bool>,
    /// Until when each dyno is left alone.
    quarantined: Vec<SimTime>,
    state: AppState,
}

impl Pool {
    /// The pool of router number `row` for an app, before any news.
    pub fn new(mesh: &Mesh, app: &str, weights: &[f64], row: u32, seed: Seed) -> Pool {
        let rows = mesh.rows();
        let mut loads = Loads::new(mesh.limit.count());
        for (dyno, &weight) in weights.iter().enumerate() {
            loads.set_weight(dyno as u32, weight);
        }
        Pool {
            loads,
            balancer: mesh.balancer.build(),
            rng: Stream::named(seed, &format!("router.{app}"), u64::from(row)),
            queue: VecDeque::new(),
            waiting: 0,
            backlog: mesh.backlog.count().saturating_mul(mesh.routers / rows),
            routed: vec![false; weights.len()],
            quarantined: vec![SimTime::ZERO; weights.len()],
            state: AppState::Empty,
        }
    }

    /// Finds a request a place.
    pub fn offer(&mut self, now: SimTime, key: u64) -> Place {
        match self.state {
            AppState::Empty => return Place::Answer(Cause::H14),
            AppState::Crashed => return Place::Answer(Cause::H10),
            AppState::Starting => return self.wait(Wait::Boot),
            AppState::Up if self.loads.is_empty() => return self.wait(Wait::Quarantine),
            AppState::Up => {}
        }
        if self.queue.is_empty()
            && let Pick::Dyno(dyno) = self.pick(now, key)
        {
            self.started(dyno);
            return Place::Dyno(dyno);
        }
        if !self.has_room() {
            return Place::Answer(Cause::H11);
        }
        self.waiting += 1;
        let (sender, receiver) = oneshot::channel();
        self.queue.push_back((key, sender));
        Place::Queue(receiver)
    }

    fn wait(&mut self, what: Wait) -> Place {
        if !self.has_room() {
            return Place::Answer(Cause::H11);
        }
        self.waiting += 1;
        Place::Wait(what)
    }

    /// A request that was told to wait looks again, or gives up.
    pub fn waited(&mut self) {
        self.waiting -= 1;
    }

    fn has_room(&self) -> bool {
        let dynos = self.routed.iter().filter(|routed| **routed).count().max(1) as u32;
        self.waiting < self.backlog.saturating_mul(dynos)
    }

    /// How many dynos are routed to.
    pub fn dynos(&self) -> u32 {
        self.routed.iter().filter(|routed| **routed).count() as u32
    }

    /// A request has left a dyno: hands out what is queued.
    pub fn ended(&mut self, dyno: u32, outcome: Outcome, latency: Span, now: SimTime) {
        self.loads.finished(dyno);
        self.balancer.counted(dyno, &self.loads);
        self.balancer.ended(dyno, &End { outcome, latency, now });
        self.drain(now);
    }

    /// Leaves a dyno alone until then.
    pub fn quarantine(&mut self, dyno: u32, until: SimTime) {
        self.quarantined[dyno as usize] = until;
        self.loads.remove(dyno);
    }

    /// Quarantines may have ended.
    pub fn release(&mut self, now: SimTime) {
        for dyno in 0..self.routed.len() {
            if self.routed[dyno] && self.quarantined[dyno] <= now {
                self.loads.insert(dyno as u32);
            }
        }
        self.drain(now);
    }

    /// Hears of a dyno. One that has just come up is forgiven.
    pub fn hear(&mut self, news: News, now: SimTime) {
        self.state = news.state;
        self.routed[news.dyno as usize] = news.up;
        if news.up {
            self.quarantined[news.dyno as usize] = SimTime::ZERO;
            self.loads.insert(news.dyno);
        } else {
            self.loads.remove(news.dyno);
        }
        if self.state != AppState::Up {
            // Whoever waits in vain offers itself again and hears why.
            self.waiting -= self.queue.len() as u32;
            self.queue.clear();
        }
        self.drain(now);
    }

    fn pick(&mut self, now: SimTime, key: u64) -> Pick {
        self.balancer.pick(&Ask { loads: &self.loads, now, key }, &mut self.rng)
    }

    fn started(&mut self, dyno: u32) {
        self.loads.started(dyno);
        self.balancer.counted(dyno, &self.loads);
    }

    fn drain(&mut self, now: SimTime) {
        while !self.loads.is_empty()
            && let Some(&(key, _)) = self.queue.front()
            && let Pick::Dyno(dyno) = self.pick(now, key)
        {
            let (_, sender) = self.queue.pop_front().expect("the queue has a front");
            self.waiting -= 1;
            self.started(dyno);
            if sender.send(dyno).is_err() {
                // Nobody waits any more: the dyno is as free as before.
                self.loads.finished(dyno);
                self.balancer.counted(dyno, &self.loads);
            }
        }
    }
}

//! What waits in a router for a dyno of one app, in which order, and what is dropped.
//!
//! The order is the simulator's own, `mesh.queue`; what is done with its word is what the simulator's
//! routers do.

use std::collections::VecDeque;

use sim::metrics::Cause;
use sim::platform::Mesh;
use sim::protect::queue::Order;
use sim::time::{SimTime, Span};
use tokio::sync::oneshot;

/// What a router knows of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// What it is about.
    pub key: u64,
    /// Until when its client waits.
    pub patience: SimTime,
}

/// A place in the queue.
#[derive(Debug)]
pub(super) struct Waiting {
    /// Names it, for [`Queue::abandon`].
    pub ticket: u64,
    /// Brings the dyno, or why there will be none. It is closed when the app goes down meanwhile.
    pub word: oneshot::Receiver<Result<u32, Cause>>,
}

/// A request for which no dyno was free.
struct Queued {
    ticket: u64,
    wish: Wish,
    since: SimTime,
    word: oneshot::Sender<Result<u32, Cause>>,
}

/// The queue of one router for one app. Its bound is the pool's.
pub(super) struct Queue {
    /// The oldest first.
    queued: VecDeque<Queued>,
    tickets: u64,
    /// Which of them is next; nothing for the oldest.
    order: Option<Box<dyn Order>>,
    /// A request with no more time than this left is not handed out, where that is asked for.
    stale_margin: Option<Span>,
}

impl Queue {
    /// An empty queue, as a mesh wants it.
    pub fn new(mesh: &Mesh) -> Queue {
        let protection = &mesh.protection;
        Queue {
            queued: VecDeque::new(),
            tickets: 0,
            order: protection.queue.build(),
            stale_margin: protection.drop_stale.then_some(protection.stale_margin),
        }
    }

    /// Whether nobody waits any more for a request, or too short to be worth it.
    pub fn is_stale(&self, wish: Wish, now: SimTime) -> bool {
        self.stale_margin.is_some_and(|margin| wish.patience <= now + margin)
    }

    /// How many wait.
    pub fn len(&self) -> u32 {
        self.queued.len() as u32
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.queued.is_empty()
    }

    /// A request begins to wait.
    pub fn push(&mut self, now: SimTime, wish: Wish) -> Waiting {
        if self.queued.is_empty()
            && let Some(order) = &mut self.order
        {
            order.stands(now);
        }
        self.tickets += 1;
        let (word, receiver) = oneshot::channel();
        let ticket = self.tickets;
        self.queued.push_back(Queued { ticket, wish, since: now, word });
        Waiting { ticket, word: receiver }
    }

    /// All go, without a word.
    pub fn clear(&mut self) {
        self.queued.clear();
    }

    /// A request goes of its own accord; false when it waits no more.
    pub fn abandon(&mut self, ticket: u64) -> bool {
        let at = self.queued.iter().position(|queued| queued.ticket == ticket);
        at.and_then(|at| self.queued.remove(at)).is_some()
    }

    /// Gives up the newest; false when nobody waits.
    pub fn give_up_newest(&mut self, cause: Cause) -> bool {
        let newest = self.queued.pop_back();
        newest.map(|queued| queued.give_up(cause)).is_some()
    }

    /// The place of the next, and what it is about. There must be one.
    pub fn next(&self, now: SimTime) -> (usize, u64) {
        let newest = self.order.as_ref().is_some_and(|order| order.newest_first(now));
        let at = if newest { self.queued.len() - 1 } else { 0 };
        (at, self.queued[at].wish.key)
    }

    /// Drops the oldest, or the one in this place, where it is stale; false when neither is.
    pub fn drop_stale(&mut self, at: usize, now: SimTime) -> bool {
        let stale = [0, at].into_iter().find(|&at| self.is_stale(self.queued[at].wish, now));
        let stale = stale.and_then(|at| self.queued.remove(at));
        stale.map(|queued| queued.give_up(Cause::Stale)).is_some()
    }

    /// Drops the oldest, where the order says so now that a dyno is free; false where it does not.
    pub fn drop_oldest(&mut self, now: SimTime) -> bool {
        let waited = now.since(self.queued[0].since);
        let drops = self.order.as_mut().is_some_and(|order| order.drops(now, waited));
        let oldest = drops.then(|| self.queued.pop_front()).flatten();
        oldest.map(|queued| queued.give_up(Cause::Codel)).is_some()
    }

    /// The request in this place gets a dyno. False when nobody is there to take the word: the stage
    /// is taken down.
    pub fn hand(&mut self, at: usize, dyno: u32) -> bool {
        let queued = self.queued.remove(at).expect("it stands in the queue");
        queued.word.send(Ok(dyno)).is_ok()
    }
}

impl Queued {
    fn give_up(self, cause: Cause) {
        // Whoever waits takes its word, unless the stage is taken down.
        let _ = self.word.send(Err(cause));
    }
}

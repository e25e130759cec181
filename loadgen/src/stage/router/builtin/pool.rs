//! One app as one router sees it: whom it may choose, and what waits.
//!
//! The rules are those of the simulator's routers. Whom it may choose, and how, is their code: the view.

use sim::balance::{End, Need, Pick};
use sim::metrics::Cause;
use sim::platform::{App, DynoId, Mesh, View};
use sim::rng::Seed;
use sim::time::SimTime;

use super::super::super::fleet::{AppState, News};
use super::queue::{Queue, Waiting, Wish};

/// Where a request is to go.
#[derive(Debug)]
pub(super) enum Place {
    /// To this dyno, where it is counted already.
    Dyno(u32),
    /// Into the queue.
    Queue(Waiting),
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
    /// Whom it may choose, and how.
    pub view: View,
    /// Requests that this router itself has at each dyno.
    own: Vec<u32>,
    /// Requests for which no dyno was free.
    queue: Queue,
    /// Whether a dyno that was chosen for one request may be another one's.
    any_request: bool,
    /// Requests that wait here at all; at most `backlog` for each dyno.
    waiting: u32,
    backlog: u32,
    /// Whether each dyno is routed to, by the news.
    routed: Vec<bool>,
    /// What each dyno is worth beside others.
    worths: Vec<f64>,
    state: AppState,
}

impl Pool {
    /// The pool of router number `row` for an app, before any news. There are `worths` for all dynos
    /// that it ever has.
    pub fn new(mesh: &Mesh, app: &App, worths: &[f64], row: u32, seed: Seed) -> Pool {
        let mut view = View::new(mesh, app, row, seed);
        for dyno in 0..app.dynos {
            view.set_worth(DynoId(dyno), worths[dyno as usize], SimTime::ZERO);
        }
        Pool {
            view,
            own: vec![0; worths.len()],
            queue: Queue::new(mesh),
            any_request: !mesh.balancer.needs(Need::Key),
            waiting: 0,
            backlog: mesh.backlog.count().saturating_mul(mesh.routers / mesh.rows()),
            routed: (0..worths.len()).map(|dyno| dyno < app.dynos as usize).collect(),
            worths: worths.to_vec(),
            state: AppState::Empty,
        }
    }

    /// Finds a request a place.
    pub fn offer(&mut self, now: SimTime, wish: Wish) -> Place {
        if self.queue.is_stale(wish, now) {
            return Place::Answer(Cause::Stale);
        }
        match self.state {
            AppState::Empty => return Place::Answer(Cause::H14),
            AppState::Crashed => return Place::Answer(Cause::H10),
            AppState::Starting => return self.wait(Wait::Boot),
            AppState::Up if self.view.loads.is_empty() => return self.wait(Wait::Quarantine),
            AppState::Up => {}
        }
        if self.queue.is_empty()
            && let Pick::Dyno(dyno) = self.view.pick(now, wish.key)
        {
            self.started(dyno, now);
            return Place::Dyno(dyno);
        }
        if !self.has_room() {
            return Place::Answer(Cause::H11);
        }
        self.waiting += 1;
        let waiting = self.queue.push(now, wish);
        if self.view.offered(now, self.queued()) {
            self.drain(now);
        }
        Place::Queue(waiting)
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

    /// A request has queued for too long; false when it has had its word already.
    pub fn abandon(&mut self, ticket: u64, now: SimTime) -> bool {
        let gone = self.queue.abandon(ticket);
        if gone {
            self.waiting -= 1;
            self.drain(now);
        }
        gone
    }

    fn has_room(&self) -> bool {
        self.waiting < self.backlog.saturating_mul(self.dynos_known())
    }

    /// How many dynos are routed to.
    pub fn dynos(&self) -> u32 {
        self.routed.iter().filter(|routed| **routed).count() as u32
    }

    /// The same; while there is none, how many there may be.
    pub fn dynos_known(&self) -> u32 {
        let dynos = self.dynos();
        if dynos > 0 { dynos } else { self.routed.len() as u32 }
    }

    /// How many requests are queued.
    pub fn queued(&self) -> u32 {
        self.queue.len()
    }

    /// Requests that this router itself has at each dyno.
    pub fn own(&self) -> &[u32] {
        &self.own
    }

    /// A request has left a dyno: hands out what is queued. When it `counts_on`, it counts as one
    /// under way until [`Pool::forget`].
    pub fn ended(&mut self, dyno: u32, end: &End, counts_on: bool) {
        let queued = self.queued();
        self.view.ended(DynoId(dyno), end, counts_on, queued);
        if !counts_on {
            self.own[dyno as usize] -= 1;
        }
        self.drain(end.now);
    }

    /// A failure has counted as a request under way for long enough.
    pub fn forget(&mut self, dyno: u32, now: SimTime) {
        self.view.forget(DynoId(dyno));
        self.own[dyno as usize] -= 1;
        self.drain(now);
    }

    /// Others have told how many requests they have at each dyno, all together.
    pub fn hear_counts(&mut self, of_others: &[u32], now: SimTime) {
        let own = &self.own;
        let of = |counts: &[u32], dyno: u32| counts.get(dyno as usize).copied().unwrap_or(0);
        self.view.loads.reload(|dyno| of(own, dyno) + of(of_others, dyno));
        self.drain(now);
    }

    /// Leaves a dyno alone until then; false when it is left alone already.
    pub fn quarantine(&mut self, dyno: u32, now: SimTime, until: SimTime) -> bool {
        self.view.quarantine(DynoId(dyno), now, until)
    }

    /// A quarantine has ended.
    pub fn release(&mut self, dyno: u32, now: SimTime) {
        if self.view.release(DynoId(dyno), now) {
            self.drain(now);
        }
    }

    /// Looks for dynos to eject or to let back.
    pub fn sweep(&mut self, now: SimTime) {
        self.view.sweep(now);
        self.drain(now);
    }

    /// Hears of a dyno. One that has just come up is forgiven.
    pub fn hear(&mut self, news: News, now: SimTime) {
        let dyno = DynoId(news.dyno);
        self.state = news.state;
        let was = std::mem::replace(&mut self.routed[dyno.index()], news.up);
        match (was, news.up) {
            (true, true) => self.view.end_quarantine(dyno),
            (false, true) => {
                self.view.forgive(dyno, now);
                self.view.set_worth(dyno, self.worths[dyno.index()], now);
            }
            (_, false) => {
                self.view.lose(dyno, now);
            }
        }
        if self.state != AppState::Up {
            // Whoever waits in vain offers itself again and hears why.
            self.waiting -= self.queued();
            self.queue.clear();
        }
        self.drain(now);
    }

    /// Gives up the newest request that is queued; false when none is.
    pub fn give_up_newest(&mut self, cause: Cause) -> bool {
        let gone = self.queue.give_up_newest(cause);
        self.waiting -= u32::from(gone);
        gone
    }

    fn started(&mut self, dyno: u32, now: SimTime) {
        self.own[dyno as usize] += 1;
        let queued = self.queued();
        self.view.started(DynoId(dyno), now, queued);
    }

    /// Hands out what is queued, as far as the balancer lets it.
    fn drain(&mut self, now: SimTime) {
        // A dyno that was chosen for a request which was then dropped.
        let mut spare = None;
        while !self.queue.is_empty() && !self.view.loads.is_empty() {
            let (next, key) = self.queue.next(now);
            if self.queue.drop_stale(next, now) {
                self.waiting -= 1;
                continue;
            }
            let dyno = match spare.take() {
                Some(dyno) => dyno,
                None => match self.view.pick(now, key) {
                    Pick::Dyno(dyno) => dyno,
                    Pick::Busy => return,
                },
            };
            self.waiting -= 1;
            if self.queue.drop_oldest(now) {
                spare = self.any_request.then_some(dyno);
                continue;
            }
            // Nobody is there to take the word when the stage is taken down: the dyno is then as free.
            if self.queue.hand(next, dyno) {
                self.started(dyno, now);
            }
        }
    }
}

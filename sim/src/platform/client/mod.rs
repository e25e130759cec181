//! Clients: populations that send requests, wait, give up and try again.
//!
//! ```text
//! due --send--> waiting --answer--> success
//!                  |  \--time-out or failure--> back-off --send--> waiting
//!                  \--deadline, no try left, no budget--> failure
//! ```
//!
//! A request ends exactly once. Attempts that the client no longer wants go on through the platform:
//! giving up stops no work unless the client `cancels`.

mod backoff;
mod budget;
mod config;
mod population;

pub use budget::{BUDGETS, Budget};
pub use config::{Client, MOST_ATTEMPTS, Source};

use self::population::{Draw, Population};
use super::attempt::{Attempt, leave_path};
use super::config::Platform;
use super::cx::Cx;
use super::ids::{ClientId, RouterId};
use super::knob::Knob;
use super::message::{ClientEvent, Event, RouterEvent};
use super::slab::{Ref, Slab};
use crate::engine::TimerId;
use crate::metrics::Cause;
use crate::rng::Seed;
use crate::time::{SimTime, Span};

/// Owns every client population and every request under way.
pub struct Clients {
    populations: Vec<Population>,
    requests: Slab<Request>,
    routers: usize,
    hop: Span,
}

/// A request under way.
#[derive(Clone, Copy, Debug)]
struct Request {
    client: ClientId,
    draw: Draw,
    arrived: SimTime,
    /// Tries so far, hedges not included.
    tries: u32,
    /// Attempts sent so far, hedges included.
    sent: u32,
    /// The attempts that may still bring success.
    live: [Option<Ref>; 2],
    /// The wait before the last retry.
    waited: Span,
    deadline: TimerId,
    /// When that clock runs out.
    until: SimTime,
    hedge: TimerId,
}

impl Clients {
    /// The clients of a platform before anything has happened.
    pub fn new(platform: &Platform, seed: Seed) -> Clients {
        let populations =
            (0..platform.clients.len()).map(|index| Population::new(platform, index, seed));
        Clients {
            populations: populations.collect(),
            requests: Slab::new(),
            routers: platform.mesh.routers as usize,
            hop: platform.mesh.hop,
        }
    }

    /// Makes the first requests due.
    pub fn start(&mut self, cx: &mut Cx<'_>) {
        for index in 0..self.populations.len() {
            let client = ClientId(index as u32);
            self.next_arrival(cx, client);
            for user in 0..self.populations[index].users() {
                self.think(cx, client, user);
            }
        }
    }

    /// How many requests are under way.
    pub fn in_flight(&self) -> usize {
        self.requests.len()
    }

    /// Handles what clients hear.
    pub fn handle(&mut self, cx: &mut Cx<'_>, event: ClientEvent) {
        match event {
            ClientEvent::Arrive(client) => self.arrive(cx, client),
            ClientEvent::Answer(attempt) => self.answered(cx, attempt),
            ClientEvent::Timeout(attempt) => self.timed_out(cx, attempt),
            ClientEvent::Think(client, user) => {
                let draw = self.populations[client.index()].next_of_user(user);
                self.begin(cx, client, draw);
            }
            ClientEvent::Retry(request) => {
                if let Some(found) = self.requests.get_mut(request) {
                    found.tries += 1;
                    self.send(cx, request);
                }
            }
            ClientEvent::Hedge(request) => self.send(cx, request),
            ClientEvent::Deadline(request) => self.end(cx, request, Err(Cause::Deadline)),
        }
    }

    /// Turns a knob that belongs to a client.
    pub fn turn(&mut self, knob: Knob) {
        match knob {
            Knob::Timeout(client, span) => self.populations[client.index()].timeout = span,
            Knob::Deadline(client, span) => self.populations[client.index()].deadline = span,
            Knob::Attempts(client, tries) => {
                self.populations[client.index()].retry.attempts = tries;
            }
            Knob::Budget(client, share) => {
                if let Some(purse) = &mut self.populations[client.index()].purse {
                    purse.set_share(share);
                }
            }
            _ => {}
        }
    }

    fn next_arrival(&mut self, cx: &mut Cx<'_>, client: ClientId) {
        if let Some(at) = self.populations[client.index()].next_arrival() {
            cx.send_at(at, Event::Client(ClientEvent::Arrive(client)));
        }
    }

    fn think(&mut self, cx: &mut Cx<'_>, client: ClientId, user: u32) {
        let think = self.populations[client.index()].think_of_user(user);
        cx.send(think, Event::Client(ClientEvent::Think(client, user)));
    }

    fn arrive(&mut self, cx: &mut Cx<'_>, client: ClientId) {
        let draw = self.populations[client.index()].due();
        self.next_arrival(cx, client);
        self.begin(cx, client, draw);
    }

    #[inline]
    fn begin(&mut self, cx: &mut Cx<'_>, client: ClientId, draw: Draw) {
        let now = cx.now();
        cx.record.arrival(now, client.index());
        let population = &mut self.populations[client.index()];
        if let Some(purse) = &mut population.purse {
            purse.request(now);
        }
        let (deadline, hedge) = (population.deadline, population.hedge);
        let request = self.requests.insert(Request {
            client,
            draw,
            arrived: now,
            tries: 1,
            sent: 0,
            live: [None; 2],
            waited: Span::ZERO,
            deadline: TimerId::NONE,
            until: now + deadline,
            hedge: TimerId::NONE,
        });
        let found = self.requests.get_mut(request).expect("it was just inserted");
        if deadline < Span::MAX {
            let event = Event::Client(ClientEvent::Deadline(request));
            found.deadline = cx.timer(deadline, event);
        }
        if let Some(after) = hedge {
            found.hedge = cx.timer(after, Event::Client(ClientEvent::Hedge(request)));
        }
        self.send(cx, request);
    }

    /// Sends an attempt of a request.
    fn send(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let Some(request) = self.requests.get_mut(name) else { return };
        let population = &self.populations[request.client.index()];
        let router = population.router_of(&request.draw, request.sent, self.routers);
        request.sent += 1;
        cx.record.attempt(request.client.index());
        let now = cx.now();
        let attempt = cx.attempts.insert(Attempt {
            key: request.draw.key,
            criticality: population.criticality,
            patience: request.until.min(now + population.timeout),
            work: request.draw.work,
            router: RouterId(router),
            ..Attempt::sent(name, request.client, population.app, now)
        });
        if population.timeout < Span::MAX {
            let event = Event::Client(ClientEvent::Timeout(attempt));
            let timer = cx.timer(population.timeout, event);
            cx.attempts.get_mut(attempt).expect("it was just inserted").timeout = timer;
        }
        let place = request.live.iter_mut().find(|place| place.is_none());
        *place.expect("a request has at most a try and a hedge under way") = Some(attempt);
        cx.send(self.hop, Event::Router(RouterEvent::Attempt(attempt)));
    }

    fn answered(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let attempt = *cx.attempts.get(name).expect("an answer brings its attempt");
        leave_path(cx.attempts, name);
        if !attempt.wanted {
            return;
        }
        cx.cancel(attempt.timeout);
        match attempt.outcome {
            Ok(()) => {
                self.drop_live(attempt.request, name);
                self.end(cx, attempt.request, Ok(()));
            }
            Err(cause) => self.failed(cx, attempt.request, name, cause),
        }
    }

    fn timed_out(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let request = cx.attempts.get(name).expect("a time-out is cancelled in time").request;
        self.abandon(cx, name);
        self.failed(cx, request, name, Cause::Timeout);
    }

    /// Takes an attempt off the list of those that may still bring success.
    fn drop_live(&mut self, request: Ref, attempt: Ref) {
        let request = self.requests.get_mut(request).expect("a wanted attempt has its request");
        for place in request.live.iter_mut().filter(|place| **place == Some(attempt)) {
            *place = None;
        }
    }

    /// No longer wants an attempt.
    fn abandon(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let attempt = cx.attempts.get_mut(name).expect("a live attempt is there");
        attempt.wanted = false;
        let (timeout, client) = (attempt.timeout, attempt.client);
        cx.cancel(timeout);
        if self.populations[client.index()].cancels {
            cx.send(self.hop, Event::Router(RouterEvent::Cancel(name)));
        }
    }

    /// An attempt failed: wait for the other one, try again, or give up.
    fn failed(&mut self, cx: &mut Cx<'_>, name: Ref, attempt: Ref, cause: Cause) {
        self.drop_live(name, attempt);
        let request = self.requests.get_mut(name).expect("a wanted attempt has its request");
        if request.live.iter().any(Option::is_some) {
            return;
        }
        cx.cancel(request.hedge);
        let population = &mut self.populations[request.client.index()];
        if request.tries < population.retry.attempts {
            let wait = population.backoff(&request.draw, request.tries, request.waited);
            let in_time = cx.now() + wait < request.arrived + population.deadline;
            let paid = in_time && population.purse.as_mut().is_none_or(|p| p.retry(cx.now()));
            if paid {
                request.waited = wait;
                cx.send(wait, Event::Client(ClientEvent::Retry(name)));
                return;
            }
        }
        self.end(cx, name, Err(cause));
    }

    /// Ends a request, once and for all.
    fn end(&mut self, cx: &mut Cx<'_>, name: Ref, outcome: Result<(), Cause>) {
        let request = self.requests.remove(name).expect("a request ends once");
        cx.cancel(request.deadline);
        cx.cancel(request.hedge);
        for attempt in request.live.into_iter().flatten() {
            self.abandon(cx, attempt);
        }
        let now = cx.now();
        match outcome {
            Ok(()) => {
                let latency = now.since(request.arrived);
                cx.record.success(now, request.client.index(), latency);
                if let Some(purse) = &mut self.populations[request.client.index()].purse {
                    purse.success();
                }
            }
            Err(cause) => cx.record.failure(now, request.client.index(), cause),
        }
        if let Some(user) = request.draw.user {
            self.think(cx, request.client, user);
        }
    }
}

//! Clients: populations that send requests, wait, give up and try again.
//!
//! ```text
//! due --send--> waiting --answer--> success
//!   |              |  \--time-out or failure--> back-off --send--> waiting
//!   |              |                                \--held back--> failure
//!   \--held back   \--deadline, no try left, no budget--> failure
//!          by throttle or breaker--> failure
//! ```
//!
//! A request ends exactly once. Attempts that the client no longer wants go on through the platform:
//! giving up stops no work unless the client `cancels`.

mod attempts;
mod backoff;
mod breaker;
mod budget;
mod config;
mod guards;
mod journey;
mod keys;
mod population;
mod portion;
mod throttle;
pub mod traffic;
mod window;

pub use backoff::{Backoff, Jitter};
pub use breaker::{BREAKERS, Breaker};
pub use budget::{BUDGETS, Budget};
pub use config::{Client, MOST_ATTEMPTS, Retry, Source};
pub use guards::{Ended, Guards};
pub use journey::Journey;
pub use keys::{KEYS, Keys};
pub use portion::Portion;
pub use throttle::Throttle;

use self::population::{Draw, Population};
use super::config::Platform;
use super::cx::Cx;
use super::ids::ClientId;
use super::knob::Knob;
use super::message::{ClientEvent, Event};
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
    /// Whether it waits for a retry or is in one.
    retrying: bool,
    /// What its last retry was paid with; 0 before the first.
    paid: f64,
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
                    self.try_or_end(cx, request);
                }
            }
            ClientEvent::Hedge(request) => self.hedge(cx, request),
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
                self.populations[client.index()].guards.set_share(share);
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
        population.guards.begun(now);
        let (deadline, hedge) = (population.deadline, population.hedge);
        let request = self.requests.insert(Request {
            client,
            draw,
            arrived: now,
            tries: 1,
            sent: 0,
            live: [None; 2],
            waited: Span::ZERO,
            retrying: false,
            paid: 0.0,
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
        self.try_or_end(cx, request);
    }
}

//! The traffic of a client population: when requests come, what they ask, how long a retry waits.
//!
//! Simulated and real runs draw from here alone, so that request k of a scenario has the same arrival,
//! endpoint, work and key in both. All that belongs to a request is drawn from a stream of the
//! request's number, so that every variant of a scenario sees the same requests. Nothing here sends
//! anything or knows what becomes of a request.

use super::backoff::Backoff;
use super::config::Source;
use super::journey::Journeys;
use super::keys::Keys;
use crate::dist::Distribution;
use crate::fault::Name;
use crate::platform::config::Platform;
use crate::platform::ids::{AppId, EndpointId};
use crate::rng::{Seed, Stream, Streams, mix};
use crate::time::{SimTime, Span};
use crate::workload::{Arrival, ArrivalClock};

/// What chance decided for a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order {
    /// The request's number, unique in its population: for an open one counted from 0; for a closed
    /// one the user's number times 2^32 plus how many requests the user has begun before.
    pub number: u64,
    /// When it arrives, from the start of simulated time; always zero for a closed user's, who sends
    /// when the think time is over.
    pub at: SimTime,
    /// The endpoint that it asks, by its place in the app.
    pub endpoint: usize,
    /// The service time, on a dyno that has nothing else to do.
    pub work: Span,
    /// The share of it that is CPU, from 0 to 1; the rest is waiting for others.
    pub cpu: f64,
    /// What the request is about: where the population has no `keys`, something of its own, or for a
    /// closed population its user.
    pub key: u64,
}

/// The requests of one client population, one after the other, the same in every run of one seed.
pub struct Traffic {
    source: Running,
    endpoints: Endpoints,
    keys: Option<Keys>,
    /// Makes the keys of requests and users that have none drawn others in every replication.
    own_keys: u64,
    backoff: Backoff,
    requests: Streams,
    attempts: Streams,
}

/// How requests come about, at work.
enum Running {
    Open {
        clock: Box<ArrivalClock>,
        number: u64,
        /// For each endpoint that a trace names, the app's.
        names: Vec<EndpointId>,
    },
    Closed {
        think: Distribution,
        /// For each user how many requests it has begun.
        begun: Vec<u32>,
        journeys: Option<Journeys>,
    },
}

/// The endpoints of the app that is asked.
struct Endpoints {
    /// Running sums of the shares.
    shares: Vec<f64>,
    works: Vec<Distribution>,
    /// For each the share of its work that is CPU.
    cpus: Vec<f64>,
}

impl Traffic {
    /// The traffic of client number `client` of a platform, before its first request. Panics when the
    /// platform has no such client.
    pub fn new(platform: &Platform, client: usize, seed: Seed) -> Traffic {
        let (index, client) = (client, &platform.clients[client]);
        let app = platform.app_of_client[index];
        let streams = |what: &str| Streams::named(seed, &format!("client.{}.{what}", client.name));
        let source = match &client.source {
            Source::Open(arrivals) => {
                let begin = SimTime::ZERO + platform.timing.warmup;
                let app = &platform.apps[app.index()];
                let id = |name: &String| {
                    let at = app.endpoints.iter().position(|endpoint| endpoint.name == *name);
                    EndpointId(at.expect("the check knows all endpoints of a trace") as u32)
                };
                Running::Open {
                    clock: Box::new(arrivals.start(begin, &platform.surges(index))),
                    number: 0,
                    names: arrivals.trace_endpoints().iter().map(id).collect(),
                }
            }
            Source::Closed { users, think, journeys } => Running::Closed {
                think: think.clone(),
                begun: vec![0; *users as usize],
                journeys: Journeys::of(journeys, *users, streams("journeys")),
            },
        };
        Traffic {
            source,
            endpoints: Endpoints::of(platform, app, client.endpoint.as_ref()),
            keys: client.keys.clone(),
            own_keys: streams("keys").stream(0).bits(),
            backoff: client.retry.backoff,
            requests: streams("requests"),
            attempts: streams("attempts"),
        }
    }

    /// Whether requests arrive whatever becomes of those before them.
    pub fn is_open(&self) -> bool {
        matches!(self.source, Running::Open { .. })
    }

    /// How many closed users there are; 0 for an open population.
    pub fn users(&self) -> u32 {
        match &self.source {
            Running::Open { .. } => 0,
            Running::Closed { begun, .. } => begun.len() as u32,
        }
    }

    /// The next request of an open population; nothing when no more will come, and for a closed one.
    #[expect(clippy::should_implement_trait, reason = "closed users make it no iterator")]
    #[inline]
    pub fn next(&mut self) -> Option<Order> {
        let Running::Open { clock, number, names } = &mut self.source else { return None };
        let mut rng = self.requests.stream(*number);
        let Arrival { at, endpoint, work } = clock.next(&mut rng)?;
        let given = endpoint.map(|name| names[name as usize]);
        let order = Order { number: *number, at, ..self.endpoints.draw(&mut rng, given) };
        let own = || mix(order.number ^ self.own_keys);
        let key = self.keys.as_ref().map_or_else(own, |keys| keys.draw(&mut rng));
        *number += 1;
        Some(Order { key, work: work.unwrap_or(order.work), ..order })
    }

    /// How long a closed user thinks before its next request, and that request. Panics when there is
    /// no such user.
    #[inline]
    pub fn of_user(&mut self, user: u32) -> (Span, Order) {
        let Running::Closed { think, begun, journeys } = &mut self.source else {
            unreachable!("only closed users think")
        };
        let begun = &mut begun[user as usize];
        let number = u64::from(user) << 32 | u64::from(*begun);
        *begun += 1;
        let mut rng = self.requests.stream(number);
        let span = think.sample(&mut rng);
        let given = journeys.as_mut().map(|journeys| journeys.next(user));
        let order = Order { number, ..self.endpoints.draw(&mut rng, given) };
        let own = || mix(u64::from(user) ^ self.own_keys);
        let key = self.keys.as_ref().map_or_else(own, |keys| keys.draw(&mut rng));
        (span, Order { key, ..order })
    }

    /// How long to wait before the retry of request `number` that follows try number `tries`, counted
    /// from 1, when the wait before that try was `previous`.
    pub fn wait_before_retry(&self, number: u64, tries: u32, previous: Span) -> Span {
        // The upper half of the attempts' numbers is for waits.
        self.backoff.wait(tries, previous, &mut self.attempt_stream(number, tries + 128))
    }

    /// The stream of one attempt of a request: 256 for each request, half of them for waits.
    pub(super) fn attempt_stream(&self, number: u64, attempt: u32) -> Stream {
        self.attempts.stream(number.wrapping_mul(256).wrapping_add(u64::from(attempt)))
    }
}

impl Endpoints {
    /// Those of an app; `only` leaves a share to none but the endpoint of that name.
    fn of(platform: &Platform, app: AppId, only: Option<&Name>) -> Endpoints {
        let endpoints = &platform.apps[app.index()].endpoints;
        let mut sum = 0.0;
        let shares = endpoints.iter().map(|endpoint| {
            sum += match only {
                None => endpoint.share,
                Some(name) => f64::from(u8::from(name.text == endpoint.name)),
            };
            sum
        });
        Endpoints {
            shares: shares.collect(),
            works: endpoints.iter().map(|endpoint| endpoint.work.clone()).collect(),
            cpus: endpoints.iter().map(|endpoint| endpoint.cpu).collect(),
        }
    }

    /// Draws an endpoint by share, unless it is given; gives the work there, in an order
    /// without number, time and key.
    #[inline]
    fn draw(&self, rng: &mut Stream, given: Option<EndpointId>) -> Order {
        let endpoint = match (given, self.shares.as_slice()) {
            (Some(endpoint), _) => endpoint.index(),
            (None, [_]) => 0,
            (None, shares) => {
                let sum = shares.last().expect("an app has an endpoint");
                let point = rng.unit() * sum;
                shares.partition_point(|&share| share <= point).min(shares.len() - 1)
            }
        };
        let (work, cpu) = (self.works[endpoint].sample(rng), self.cpus[endpoint]);
        Order { number: 0, at: SimTime::ZERO, endpoint, work, cpu, key: 0 }
    }
}

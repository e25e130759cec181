//! What chance decides for a client population: when requests come, what they ask, which router they
//! meet, how long a retry waits.
//!
//! All that belongs to a request is drawn from a stream of the request's number, so that every
//! variant of a scenario sees the same requests.

use super::config::{Retry, Source};
use super::guards::Guards;
use super::keys::Keys;
use crate::dist::Distribution;
use crate::fault::Name;
use crate::metrics::Cause;
use crate::platform::attempt::Work;
use crate::platform::config::Platform;
use crate::platform::ids::{AppId, EndpointId};
use crate::protect::Criticality;
use crate::rng::{Seed, Stream, Streams, mix};
use crate::time::{SimTime, Span};
use crate::units::Limit;
use crate::workload::{Arrival, ArrivalClock};

/// A client population at work.
pub(super) struct Population {
    pub app: AppId,
    pub timeout: Span,
    pub deadline: Span,
    pub retry: Retry,
    pub guards: Guards,
    pub hedge: Option<Span>,
    pub cancels: bool,
    pub criticality: Criticality,
    endpoints: Endpoints,
    keys: Option<Keys>,
    source: Running,
    /// Makes the keys of requests and users that have none drawn others in every replication.
    own_keys: u64,
    requests: Streams,
    attempts: Streams,
    throttle: Streams,
}

/// How requests come about, at work.
enum Running {
    Open {
        clock: Box<ArrivalClock>,
        /// The request that is due next, and its number.
        due: Option<Draw>,
        number: u64,
        /// For each endpoint that a trace names, the app's.
        names: Vec<EndpointId>,
    },
    Closed {
        think: Distribution,
        /// For each user how many requests it has begun, and what the next one is.
        users: Vec<(u32, Option<Draw>)>,
    },
}

/// What chance decided for a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw {
    /// The request's number, unique in its population.
    pub number: u64,
    /// What the request is about: where the population has no `keys`, its user's number, or for an
    /// open population its own.
    pub key: u64,
    pub work: Work,
    /// The closed user whose request it is.
    pub user: Option<u32>,
}

/// The endpoints of the app that is asked.
struct Endpoints {
    /// Running sums of the shares.
    shares: Vec<f64>,
    works: Vec<Distribution>,
    /// For each the share of its work that is CPU.
    cpus: Vec<f64>,
}

impl Population {
    pub fn new(platform: &Platform, index: usize, seed: Seed) -> Population {
        let client = &platform.clients[index];
        let app = platform.app_of_client[index];
        let endpoints = Endpoints::of(platform, app, client.endpoint.as_ref());
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
                    due: None,
                    number: 0,
                    names: arrivals.trace_endpoints().iter().map(id).collect(),
                }
            }
            Source::Closed { users, think } => {
                Running::Closed { think: think.clone(), users: vec![(0, None); *users as usize] }
            }
        };
        let span = |limit: Limit<Span>| limit.span();
        Population {
            app,
            timeout: span(client.timeout),
            deadline: span(client.deadline),
            retry: client.retry.clone(),
            guards: Guards::new(client),
            hedge: client.hedge,
            cancels: client.cancels,
            criticality: client.criticality,
            endpoints,
            keys: client.keys.clone(),
            source,
            own_keys: Stream::named(seed, &format!("client.{}.keys", client.name), 0).bits(),
            requests: Streams::named(seed, &format!("client.{}.requests", client.name)),
            attempts: Streams::named(seed, &format!("client.{}.attempts", client.name)),
            throttle: Streams::named(seed, &format!("client.{}.throttle", client.name)),
        }
    }

    /// How many closed users there are.
    pub fn users(&self) -> u32 {
        match &self.source {
            Running::Open { .. } => 0,
            Running::Closed { users, .. } => users.len() as u32,
        }
    }

    /// Draws the next request of an open population; gives when it is due.
    pub fn next_arrival(&mut self) -> Option<SimTime> {
        let Running::Open { clock, due, number, names } = &mut self.source else { return None };
        let mut rng = self.requests.stream(*number);
        let Arrival { at, endpoint, work } = clock.next(&mut rng)?;
        let drawn = self.endpoints.draw(&mut rng, endpoint.map(|name| names[name as usize]));
        let work = Work { time: work.unwrap_or(drawn.time), ..drawn };
        let key = self
            .keys
            .as_ref()
            .map_or_else(|| mix(*number ^ self.own_keys), |keys| keys.draw(&mut rng));
        *due = Some(Draw { number: *number, key, work, user: None });
        *number += 1;
        Some(at)
    }

    /// The request that is due now.
    pub fn due(&mut self) -> Draw {
        match &mut self.source {
            Running::Open { due, .. } => due.take().expect("an arrival was drawn before it is due"),
            Running::Closed { .. } => unreachable!("closed users do not arrive"),
        }
    }

    /// Draws a user's next request; gives how long the user thinks before it.
    pub fn think_of_user(&mut self, user: u32) -> Span {
        let Running::Closed { think, users } = &mut self.source else {
            unreachable!("only closed users think")
        };
        let (begun, next) = &mut users[user as usize];
        let number = u64::from(user) << 32 | u64::from(*begun);
        let mut rng = self.requests.stream(number);
        let span = think.sample(&mut rng);
        let work = self.endpoints.draw(&mut rng, None);
        *begun += 1;
        let own = || mix(u64::from(user) ^ self.own_keys);
        let key = self.keys.as_ref().map_or_else(own, |keys| keys.draw(&mut rng));
        *next = Some(Draw { number, key, work, user: Some(user) });
        span
    }

    /// The request that a user has thought of.
    pub fn next_of_user(&mut self, user: u32) -> Draw {
        let Running::Closed { users, .. } = &mut self.source else {
            unreachable!("only closed users think")
        };
        users[user as usize].1.take().expect("a user thinks before sending")
    }

    /// Why an attempt may not be sent now; nothing when it may, and is. It is try number `tries` of its
    /// request, or the hedge beside it.
    pub fn holds_back(
        &mut self,
        now: SimTime,
        draw: &Draw,
        tries: u32,
        hedge: bool,
    ) -> Option<Cause> {
        let (streams, number) = (self.throttle, draw.number);
        self.guards.holds_back(now, || {
            // As for attempts: 256 numbers for each request, half of them for hedges.
            let within = u64::from(tries) + 128 * u64::from(hedge);
            streams.stream(number.wrapping_mul(256).wrapping_add(within))
        })
    }

    /// The router that attempt number `sent` of a request meets.
    pub fn router_of(&self, draw: &Draw, sent: u32, routers: usize) -> u32 {
        if routers == 1 { 0 } else { self.attempt_stream(draw, sent).below(routers) as u32 }
    }

    /// How long to wait before the retry that follows try number `tries`.
    pub fn backoff(&self, draw: &Draw, tries: u32, previous: Span) -> Span {
        // The upper half of the attempts' numbers is for waits.
        let mut rng = self.attempt_stream(draw, tries + 128);
        self.retry.backoff.wait(tries, previous, &mut rng)
    }

    /// The stream of one attempt of a request: 256 for each request, half of them for waits.
    fn attempt_stream(&self, draw: &Draw, attempt: u32) -> Stream {
        self.attempts.stream(draw.number.wrapping_mul(256).wrapping_add(u64::from(attempt)))
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

    /// Draws an endpoint by share, unless it is given; gives the work there.
    fn draw(&self, rng: &mut Stream, given: Option<EndpointId>) -> Work {
        let endpoint = match (given, self.shares.as_slice()) {
            (Some(endpoint), _) => endpoint.index(),
            (None, [_]) => 0,
            (None, shares) => {
                let sum = shares.last().expect("an app has an endpoint");
                let point = rng.unit() * sum;
                shares.partition_point(|&share| share <= point).min(shares.len() - 1)
            }
        };
        Work { time: self.works[endpoint].sample(rng), cpu: self.cpus[endpoint] }
    }
}

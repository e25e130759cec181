//! A client population at work: its traffic, its clocks and its guards.

use super::config::Retry;
use super::guards::Guards;
use super::portion::Portion;
use super::traffic::{Order, Traffic};
use crate::metrics::Cause;
use crate::platform::attempt::Work;
use crate::platform::config::Platform;
use crate::platform::ids::AppId;
use crate::protect::Criticality;
use crate::rng::{Seed, Streams};
use crate::time::{SimTime, Span};
use crate::units::Limit;

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
    traffic: Traffic,
    /// The request that is due next, of an open population.
    due: Option<Draw>,
    /// What each closed user's next request is.
    next: Vec<Option<Draw>>,
    throttle: Streams,
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

impl Draw {
    fn of(order: &Order, user: Option<u32>) -> Draw {
        let work = Work { time: order.work, cpu: order.cpu };
        Draw { number: order.number, key: order.key, work, user }
    }
}

impl Population {
    pub fn new(platform: &Platform, index: usize, seed: Seed) -> Population {
        let client = &platform.clients[index];
        let traffic = Traffic::new(platform, index, seed);
        let span = |limit: Limit<Span>| limit.span();
        Population {
            app: platform.app_of_client[index],
            timeout: span(client.timeout),
            deadline: span(client.deadline),
            retry: client.retry.clone(),
            guards: Guards::new(client, Portion::WHOLE),
            hedge: client.hedge,
            cancels: client.cancels,
            criticality: client.criticality,
            due: None,
            next: vec![None; traffic.users() as usize],
            traffic,
            throttle: Streams::named(seed, &format!("client.{}.throttle", client.name)),
        }
    }

    /// How many closed users there are.
    pub fn users(&self) -> u32 {
        self.traffic.users()
    }

    /// Draws the next request of an open population; gives when it is due.
    pub fn next_arrival(&mut self) -> Option<SimTime> {
        let order = self.traffic.next()?;
        self.due = Some(Draw::of(&order, None));
        Some(order.at)
    }

    /// The request that is due now.
    pub fn due(&mut self) -> Draw {
        self.due.take().expect("an arrival was drawn before it is due")
    }

    /// Draws a user's next request; gives how long the user thinks before it.
    pub fn think_of_user(&mut self, user: u32) -> Span {
        let (think, order) = self.traffic.of_user(user);
        self.next[user as usize] = Some(Draw::of(&order, Some(user)));
        think
    }

    /// The request that a user has thought of.
    pub fn next_of_user(&mut self, user: u32) -> Draw {
        self.next[user as usize].take().expect("a user thinks before sending")
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
        if routers == 1 {
            return 0;
        }
        self.traffic.attempt_stream(draw.number, sent).below(routers) as u32
    }

    /// How long to wait before the retry that follows try number `tries`.
    pub fn backoff(&self, draw: &Draw, tries: u32, previous: Span) -> Span {
        self.traffic.wait_before_retry(draw.number, tries, previous)
    }
}

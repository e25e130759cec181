//! One step at work in one process.

use super::brake::Brake;
use super::sheet::Sheet;
use super::terms::{Terms, Turning};
use crate::clock::{Clock, span};
use crate::plan::Step;
use sim::load::Load;
use sim::metrics::Cause;
use sim::platform::traffic::Traffic;
use sim::platform::{Guards, Platform, Portion};
use sim::rng::{Seed, Streams};
use sim::time::{SimTime, Span};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Requests that are under way when a step ends get this long to end.
pub const GRACE: Duration = Duration::from_secs(5);

/// A step at work: its traffic, its clock and its books.
pub struct Round {
    /// The number of the step.
    pub number: u32,
    /// The time since its start.
    pub clock: Clock,
    /// What is measured.
    pub sheet: Sheet,
    /// How long it takes, in nanoseconds: less than planned where it is ended early.
    length: AtomicU64,
    pub(super) platform: Platform,
    pub(super) seed: Seed,
    pub(super) parts: Vec<Part>,
    pub(super) brake: Option<Brake>,
    /// Whether arrivals may still come.
    arriving: AtomicBool,
    /// Requests that were given up without an end.
    left: AtomicU64,
    /// Connections that stay after their requests have succeeded.
    staying: AtomicU64,
}

/// A client population in a step.
pub(super) struct Part {
    pub app: usize,
    /// How many closed users it has in all processes together; none of an open one.
    pub users: u32,
    /// When the hedge of a request follows its begin, where there is one.
    pub hedge: Option<Duration>,
    /// Whether an attempt that nobody waits for is closed.
    pub cancels: bool,
    traffic: Mutex<Traffic>,
    guards: Mutex<Guards>,
    turning: Mutex<Turning>,
    throttle: Streams,
    /// Users of the step before, who begin at once; those beyond them begin one after the other.
    pub known: u32,
    /// How many users of other clients begin before the first new one of this.
    pub beginners_before: u32,
}

/// What a process is among those that share a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which it is, from 0.
    pub index: u32,
    /// How many there are.
    pub of: u32,
}

impl Round {
    /// A step of a scenario that starts by this clock, in one of the processes that share it. Clients
    /// had so many `known` users in the step before.
    pub fn new(
        scenario: &Platform,
        load: &Load,
        step: &Step,
        seed: u64,
        clock: Clock,
        share: Share,
        known: &[u32],
    ) -> Round {
        let platform = step.platform(scenario);
        let seed = step.seed(seed);
        let portion = Portion { index: share.index, of: share.of };
        let mut beginners = 0;
        let part = |(index, known): (usize, &u32)| {
            let place = (index, portion);
            let part = Part::new(&platform, load, place, seed, *known, beginners);
            beginners += part.users.saturating_sub(*known);
            part
        };
        let parts = known.iter().enumerate().map(part).collect();
        let rate = load.rate_max.map(|rate| rate.0 / f64::from(share.of));
        Round {
            number: step.number,
            clock,
            sheet: Sheet::new(&platform.plan(&step.windows)),
            length: AtomicU64::new(step.whole().nanos()),
            seed,
            parts,
            brake: rate.map(Brake::new),
            arriving: AtomicBool::new(false),
            left: AtomicU64::new(0),
            staying: AtomicU64::new(0),
            platform,
        }
    }

    /// Ends it so long after its start, where that is earlier than planned, as if it had been planned so.
    pub fn end_at(&self, at: Span) {
        if at.nanos() < self.length.fetch_min(at.nanos(), Ordering::SeqCst) {
            self.sheet.end_at(at);
        }
    }

    /// When users begin no more requests.
    pub(super) fn end(&self) -> Instant {
        self.clock.instant(self.length())
    }

    /// When requests that are still under way are given up.
    pub(super) fn cut(&self) -> Instant {
        self.end() + GRACE
    }

    /// Whether users begin no more requests at `now`.
    pub fn is_over(&self, now: Instant) -> bool {
        now >= self.end()
    }

    /// Says whether arrivals may still come.
    pub(super) fn arrives(&self, arriving: bool) {
        self.arriving.store(arriving, Ordering::SeqCst);
    }

    /// Whether requests may still come, or are under way. A thread that was kept from its core still
    /// has arrivals to send when the time is over: they are late, and they are sent.
    pub fn is_busy(&self) -> bool {
        let left = self.left.load(Ordering::SeqCst);
        self.arriving.load(Ordering::SeqCst)
            || self.staying.load(Ordering::SeqCst) > 0
            || self.sheet.in_flight() > left
    }

    /// A connection stays after its request has succeeded: from before it is written down.
    pub(super) fn stays(&self) {
        self.staying.fetch_add(1, Ordering::SeqCst);
    }

    /// A connection that stayed has ended, and what came of it is written down.
    pub(super) fn stays_no_more(&self) {
        self.staying.fetch_sub(1, Ordering::SeqCst);
    }

    /// A request is given up without an end, because the step has one.
    pub(super) fn leave(&self) -> Instant {
        self.left.fetch_add(1, Ordering::SeqCst);
        Instant::now()
    }

    /// The length of the step.
    pub fn length(&self) -> Span {
        Span::from_nanos(self.length.load(Ordering::SeqCst))
    }

    /// How many closed users each client has in all processes together.
    pub fn users(&self) -> Vec<u32> {
        self.parts.iter().map(|part| part.users).collect()
    }
}

impl Part {
    fn new(
        platform: &Platform,
        load: &Load,
        (index, portion): (usize, Portion),
        seed: Seed,
        known: u32,
        beginners_before: u32,
    ) -> Part {
        let client = &platform.clients[index];
        let app = platform.app_of_client[index].index();
        Part {
            app,
            users: client.users(),
            hedge: client.hedge.map(duration),
            cancels: client.cancels,
            traffic: Mutex::new(Traffic::new(platform, index, seed)),
            guards: Mutex::new(Guards::new(client, portion)),
            turning: Mutex::new(Turning::new(client, load, platform.turns(index))),
            throttle: Streams::named(seed, &format!("client.{}.throttle", client.name)),
            known,
            beginners_before,
        }
    }

    /// The requests of its closed users, and the waits before retries.
    pub fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What protects it; each process has a portion of its own.
    pub fn guards(&self) -> MutexGuard<'_, Guards> {
        self.guards.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What its requests are held to now.
    pub fn terms(&self, now: SimTime) -> Terms {
        let mut turning = self.turning.lock().unwrap_or_else(PoisonError::into_inner);
        let (terms, share) = turning.at(now);
        if let Some(share) = share {
            self.guards().set_share(share);
        }
        terms
    }

    /// Why try number `tries` of a request, or the hedge beside it, may not be sent now; nothing when it
    /// may, and is.
    pub fn holds_back(&self, now: SimTime, number: u64, tries: u32, hedge: bool) -> Option<Cause> {
        // The numbers are those of simulated clients: 256 for each request, half of them for hedges.
        let within = u64::from(tries) + 128 * u64::from(hedge);
        let stream = || self.throttle.stream(number.wrapping_mul(256).wrapping_add(within));
        self.guards().holds_back(now, stream)
    }

    /// How long after the start a user begins that is new in the step; nothing for one who is not.
    pub fn begins_after(&self, user: u32, beginners_a_second: u32) -> Duration {
        let Some(rank) = user.checked_sub(self.known) else { return Duration::ZERO };
        let before = f64::from(rank) + f64::from(self.beginners_before);
        Duration::from_secs_f64(before / f64::from(beginners_a_second))
    }
}

/// A span as a duration of the standard library.
pub(super) fn duration(of: Span) -> Duration {
    Duration::from_nanos(of.nanos())
}

/// The span from one instant to a later one; zero when it is none.
pub(super) fn between(from: Instant, to: Instant) -> Span {
    span(to.saturating_duration_since(from))
}

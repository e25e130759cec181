//! What changes in a dyno, behind its lock: its requests, its counts, its life.

use std::collections::HashMap;

use sim::platform::{App, Mind};
use sim::rng::Seed;
use sim::time::{SimTime, Span};
use tokio::sync::{oneshot, watch};

use super::super::counts::DynoCounts;
use super::pace::Pace;
use super::service::{Ended, Full, Job, Service};

/// Longest row of seconds that is kept: a day.
const MOST_SECONDS: usize = 86_400;

/// What changes in a dyno.
#[derive(Debug)]
pub(super) struct State {
    pub service: Service,
    pub pace: Pace,
    /// Who waits for each ticket.
    pub waiters: HashMap<u64, Waiter>,
    /// Requests that a frozen dyno says nothing to; bounded by the connections.
    pub unheard: Vec<oneshot::Sender<Fate>>,
    tickets: u64,
    /// What it tells routers of itself.
    pub mind: Mind,
    /// It has become idle, and nobody has been told: the number of that time.
    pub idle: Option<u32>,
    pub counts: DynoCounts,
    /// When the measured time began.
    pub begin: SimTime,
    /// Counts lives.
    pub lives: u64,
    /// Tells the connections of this life how it goes on; nothing when the dyno is off.
    pub life: Option<watch::Sender<Phase>>,
}

/// Who waits for a request, and what is remembered of its coming.
#[derive(Debug)]
pub(super) struct Waiter {
    word: oneshot::Sender<Fate>,
    came: SimTime,
    /// How many others the dyno had then.
    before: u32,
}

/// How a life goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Up,
    /// Stands still: as many more connections get in as the backlog has room for.
    Frozen {
        /// So many.
        room: u32,
    },
    /// Takes nothing new.
    Draining,
    /// All connections are reset.
    Crashed,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Done,
    Failed,
    Refused,
    Lost,
}

impl State {
    /// A dyno that is off.
    pub fn new(app: &App, slot: u32, slowness: f64, seed: Seed) -> State {
        State {
            service: Service::new(app.process),
            pace: Pace::new(seed, slot, slowness),
            waiters: HashMap::new(),
            unheard: Vec::new(),
            tickets: 0,
            mind: Mind::default(),
            idle: None,
            counts: DynoCounts::of(&app.name, slot),
            begin: SimTime::ZERO,
            lives: 0,
            life: None,
        }
    }

    /// Whether it is up, be it that it stands still.
    pub fn is_up(&self) -> bool {
        let takes = |phase: &Phase| matches!(phase, Phase::Up | Phase::Frozen { .. });
        self.life.as_ref().is_some_and(|life| takes(&life.borrow()))
    }

    /// Goes on in another way, where it is up.
    pub fn turn(&self, phase: Phase) {
        if self.is_up()
            && let Some(life) = &self.life
        {
            life.send_replace(phase);
        }
    }

    /// It has nothing to do: routers that listen are to be told.
    pub fn is_idle(&mut self) {
        self.idle = Some(self.mind.idle());
    }

    /// A request arrives; `waiter` hears what becomes of it.
    pub fn arrive(
        &mut self,
        now: SimTime,
        (work, cpu): (Span, f64),
        waiter: oneshot::Sender<Fate>,
    ) {
        self.counts.arrived += 1;
        if !self.is_up() {
            return self.refuse(waiter);
        }
        self.tickets += 1;
        let job = Job { ticket: self.tickets, work, cpu };
        let State { service, pace, .. } = self;
        match service.arrive(now, job, &mut |at, work| pace.lot(at, work)) {
            Ok(()) => {
                let before = self.mind.came();
                self.waiters.insert(job.ticket, Waiter { word: waiter, came: now, before });
            }
            Err(Full::Frozen) => self.unheard.push(waiter),
            Err(Full::Refused) => self.refuse(waiter),
        }
    }

    /// A request is not taken.
    pub fn refuse(&mut self, waiter: oneshot::Sender<Fate>) {
        self.counts.refused += 1;
        // Whoever has gone away needs no word.
        let _ = waiter.send(Fate::Refused);
    }

    /// Dies with all that it has; nothing when it is off.
    pub fn crash(&mut self) {
        let Some(life) = self.life.take() else { return };
        life.send_replace(Phase::Crashed);
        self.service.clear();
        self.mind.forget();
        self.idle = None;
        let unheard = std::mem::take(&mut self.unheard);
        let waiters = std::mem::take(&mut self.waiters).into_values().map(|waiter| waiter.word);
        let waiters = waiters.chain(unheard);
        for waiter in waiters {
            self.counts.lost += 1;
            let _ = waiter.send(Fate::Lost);
        }
    }

    /// Lets everything happen that happens until now, and tells who waits for it.
    pub fn advance(&mut self, now: SimTime) {
        let mut ended = Vec::new();
        let State { service, pace, .. } = self;
        service.advance(now, &mut |at, work| pace.lot(at, work), &mut ended);
        for Ended { ticket, good } in ended {
            let waiter = self.waiters.remove(&ticket).expect("each ticket has one who waits");
            let took = now.since(waiter.came);
            if self.mind.went(waiter.before, Some(took)) && self.is_up() {
                self.is_idle();
            }
            let second = now.nanos().saturating_sub(self.begin.nanos()) / 1_000_000_000;
            let fate = if good {
                self.counts.finish(second as usize, MOST_SECONDS);
                Fate::Done
            } else {
                self.counts.failed += 1;
                Fate::Failed
            };
            let _ = waiter.word.send(fate);
        }
    }
}

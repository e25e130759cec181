//! All users of a process, the gate before which they wait, and what they share.

use super::flight::Behind;
use super::open::{self, Pool};
use super::round::Round;
use super::round::duration;
use super::script::Script;
use super::{closed, round};
use crate::clock::{Clock, Sleeper};
use crate::machine::Limits;
use crate::plan::Step;
use crate::wire::{Missing, Net, Secrets};
use sim::load::Load;
use sim::platform::{Platform, Source};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use tokio::sync::watch;

pub use round::Share;

/// Attempts that nobody waits for may be so many in a process of few users.
const LEAST_BEHIND: usize = 256;

/// What a user does from its start to its end.
pub type Life = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What users see when they look at the gate.
pub(super) enum Gate {
    /// No step runs.
    Shut,
    /// A step runs.
    Open(Arc<Round>),
    /// There will be no more steps.
    Gone,
}

/// All users of a process and what they share.
pub struct Field {
    platform: Platform,
    load: Load,
    seed: u64,
    share: Share,
    net: Arc<Net>,
    secrets: Arc<Secrets>,
    sleeper: Sleeper,
    behind: Behind,
    gate: watch::Sender<Gate>,
    /// For each app the requests of its endpoints.
    scripts: Vec<Vec<Arc<Script>>>,
    /// For each client its users in this process, if it is open.
    pools: Vec<Pool>,
    /// For each client how many users it has in this process.
    users: Vec<usize>,
    born: AtomicUsize,
    beginners_a_second: AtomicU32,
    /// For each client its closed users in the last step, in all processes.
    known: Mutex<Vec<u32>>,
}

/// Why there can be no users.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A request cannot be prepared.
    #[error("the request of the endpoint `{endpoint}` cannot be made: {missing}")]
    Request {
        /// The endpoint's name.
        endpoint: String,
        /// What is missing.
        missing: Missing,
    },
    /// The system gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] io::Error),
}

impl Field {
    /// The users of one process: for each client as many as its share of `users`, which all processes
    /// have together.
    pub fn new(
        platform: &Platform,
        load: &Load,
        seed: u64,
        net: Arc<Net>,
        secrets: Arc<Secrets>,
        share: Share,
        users: &[u32],
    ) -> Result<Field, Error> {
        let script = |endpoint: &sim::platform::Endpoint| {
            Script::new(load, &endpoint.name, &secrets)
                .map(Arc::new)
                .map_err(|missing| Error::Request { endpoint: endpoint.name.clone(), missing })
        };
        let scripts = platform.apps.iter().map(|app| app.endpoints.iter().map(script).collect());
        let scripts = scripts.collect::<Result<_, _>>()?;
        let here = |all: &u32| (all.saturating_sub(share.index)).div_ceil(share.of) as usize;
        let users: Vec<usize> = users.iter().map(here).collect();
        let pool = |(client, users): (&sim::platform::Client, &usize)| {
            let open = matches!(client.source, Source::Open(_));
            Pool::new(if open { *users } else { 0 })
        };
        Ok(Field {
            platform: platform.clone(),
            load: load.clone(),
            seed,
            share,
            net,
            secrets,
            sleeper: Sleeper::start()?,
            behind: Behind::new(room_behind(users.iter().sum())),
            gate: watch::Sender::new(Gate::Shut),
            scripts,
            pools: platform.clients.iter().zip(&users).map(pool).collect(),
            users,
            born: AtomicUsize::new(0),
            beginners_a_second: AtomicU32::new(1),
            known: Mutex::new(vec![0; platform.clients.len()]),
        })
    }

    /// How many users each client has in this process.
    pub fn users(&self) -> &[usize] {
        &self.users
    }

    /// How many users have been born.
    pub fn born(&self) -> usize {
        self.born.load(Ordering::Relaxed)
    }

    /// The life of a user of a client: number `slot` of it in this process.
    pub fn life(self: &Arc<Field>, client: usize, slot: usize) -> Life {
        self.born.fetch_add(1, Ordering::Relaxed);
        let (field, slot) = (self.clone(), slot as u32);
        match self.platform.clients[client].source {
            Source::Open(_) => Box::pin(open::live(field, client, slot)),
            Source::Closed { .. } => {
                let user = slot * self.share.of + self.share.index;
                Box::pin(closed::live(field, client, user))
            }
        }
    }

    /// Begins a step that starts by this clock: opens the gate, and sends arrivals from a thread of
    /// their own until it is over.
    pub fn begin(self: &Arc<Field>, step: &Step, clock: Clock) -> Result<Arc<Round>, Error> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let round =
            Round::new(&self.platform, &self.load, step, self.seed, clock, self.share, &known);
        let round = Arc::new(round);
        *known = round.users();
        let here =
            |all: u32| u64::from(all.saturating_sub(self.share.index).div_ceil(self.share.of));
        for (client, all) in known.iter().enumerate() {
            round.sheet.users(sim::time::Span::ZERO, client, here(*all));
        }
        self.beginners_a_second.store(step.beginners_a_second.max(1), Ordering::Relaxed);
        if self.pools.iter().any(Pool::is_there) {
            round.arrives(true);
            let (field, round) = (self.clone(), round.clone());
            let thread = thread::Builder::new().name("arrivals".into());
            thread.spawn(move || open::dispatch(&field, &round))?;
        }
        self.gate.send_replace(Gate::Open(round.clone()));
        Ok(round)
    }

    /// Shuts the gate after a step: who still thinks of it thinks no more.
    pub fn shut(&self) {
        self.gate.send_replace(Gate::Shut);
    }

    /// Ends the lives of all users, as soon as their requests have ended.
    pub fn end(&self) {
        self.gate.send_replace(Gate::Gone);
        self.pools.iter().for_each(Pool::wake);
    }

    /// How many users are at work in this process: the closed ones of a step, and the open ones that
    /// have a request.
    pub fn at_work(&self, round: &Round) -> u64 {
        let here =
            |all: u32| u64::from(all.saturating_sub(self.share.index).div_ceil(self.share.of));
        let closed: u64 = round.users().into_iter().map(here).sum();
        closed + self.pools.iter().map(Pool::busy).sum::<u64>()
    }

    pub(super) fn gate(&self) -> watch::Receiver<Gate> {
        self.gate.subscribe()
    }

    /// Whether all lives are to end.
    pub(super) fn is_gone(&self) -> bool {
        matches!(*self.gate.borrow(), Gate::Gone)
    }

    pub(super) fn pool(&self, client: usize) -> &Pool {
        &self.pools[client]
    }

    pub(super) fn share(&self) -> Share {
        self.share
    }

    pub(super) fn sleeper(&self) -> &Sleeper {
        &self.sleeper
    }

    pub(super) fn behind(&self) -> &Behind {
        &self.behind
    }

    /// The longest wait for an attempt.
    pub(super) fn patience(&self) -> Duration {
        duration(self.load.bounds.patience)
    }

    pub(super) fn net(&self) -> Arc<Net> {
        self.net.clone()
    }

    pub(super) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    pub(super) fn script(&self, app: usize, endpoint: usize) -> &Arc<Script> {
        &self.scripts[app][endpoint]
    }

    /// The name of a client.
    pub(super) fn client(&self, client: usize) -> &str {
        &self.platform.clients[client].name
    }

    pub(super) fn tells_work(&self) -> bool {
        self.load.tell_work
    }

    pub(super) fn beginners_a_second(&self) -> u32 {
        self.beginners_a_second.load(Ordering::Relaxed)
    }
}

/// How many attempts may go on in a process that nobody waits for: some for each user, as far as its
/// open files allow.
fn room_behind(users: usize) -> usize {
    let files = Limits::read().open_files.map_or(usize::MAX, |files| files as usize);
    (LEAST_BEHIND + users / 8).min(files.saturating_sub(users) / 2)
}

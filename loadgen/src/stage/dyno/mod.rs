//! Dynos as real HTTP/1.1 servers on loopback, a listener each.
//!
//! ```text
//! off --boot--> up --stop--> draining --done or killed--> off
//!                \--crash--> off
//! ```
//!
//! **Work sleeps.** A request says how much work it is (`dynomesh-work`, in nanoseconds, and
//! `dynomesh-cpu`, its share of CPU), or it is drawn from the endpoint that its path names. No
//! processor is burnt for it: `service` computes when it ends, and one task a dyno wakes then.
//!
//! **The backlog.** Routers keep connections, so a request that no worker may take waits after its
//! connection was accepted, and not in the kernel's queue. A queue of the process model's `backlog`
//! stands for that queue. Beyond it a connection is closed without a word, which a router takes for a
//! refusal. A frozen dyno whose backlog is full says nothing at all until it thaws.
//!
//! **What goes on.** A dyno works on what it has taken, whether or not anyone still waits for it. A
//! crash resets all connections, so that a router can tell what was lost from what was refused. While
//! a dyno is off its port stays bound and refuses connections: nobody else gets it meanwhile.

mod pace;
mod serve;
mod service;

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sim::fault::{Fail, Flaky};
use sim::platform::{App, Endpoint};
use sim::rng::{Seed, Streams};
use sim::time::{SimTime, Span};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::{Notify, oneshot, watch};

use self::pace::Pace;
use self::service::{Ended, Full, Job, Service};
use super::counts::DynoCounts;
use crate::clock::{Clock, Sleeper};

/// Longest row of seconds that is kept: a day.
const MOST_SECONDS: usize = 86_400;
/// Connections that wait for the accepting task; the kernel cuts it to its own bound.
const LISTEN: i32 = 4096;

/// What all dynos of a stage share.
#[derive(Clone, Debug)]
pub(super) struct Time {
    /// Counts from the start of the stage.
    pub clock: Clock,
    /// Wakes what sleeps.
    pub sleeper: Sleeper,
}

impl Time {
    /// The present instant, from the start of the stage.
    pub fn now(&self) -> SimTime {
        SimTime::from_nanos(self.clock.now().nanos())
    }

    /// Waits.
    pub async fn sleep(&self, span: Span) {
        self.until(self.now() + span).await;
    }

    /// Waits for an instant.
    pub async fn until(&self, at: SimTime) {
        let at = self.clock.instant(Span::from_nanos(at.nanos()));
        self.sleeper.until(at).await;
    }
}

/// One dyno.
#[derive(Debug)]
pub(super) struct Dyno {
    /// Its app's name.
    pub app: String,
    /// Its number in the app, from 0.
    pub slot: u32,
    /// Where it listens when it is up.
    pub address: SocketAddr,
    /// Keeps the port while nobody listens there.
    _port: Socket,
    endpoints: Vec<Endpoint>,
    works: Streams,
    /// Requests that drew their work here.
    drawn: AtomicU64,
    time: Time,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    service: Service,
    pace: Pace,
    /// Who waits for each ticket.
    waiters: HashMap<u64, oneshot::Sender<Fate>>,
    /// Requests that a frozen dyno says nothing to; bounded by the connections.
    unheard: Vec<oneshot::Sender<Fate>>,
    tickets: u64,
    counts: DynoCounts,
    /// When the measured time began.
    begin: SimTime,
    /// Counts lives.
    lives: u64,
    /// Tells the connections of this life how it goes on; nothing when the dyno is off.
    life: Option<watch::Sender<Phase>>,
}

/// How a life goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Up,
    /// Takes nothing new.
    Draining,
    /// All connections are reset.
    Crashed,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Done,
    Failed,
    Refused,
    Lost,
}

impl Dyno {
    /// A dyno that is off, with a port.
    ///
    /// # Errors
    ///
    /// When there is no port on loopback.
    pub fn new(
        app: &App,
        slot: u32,
        slowness: f64,
        seed: Seed,
        time: Time,
    ) -> io::Result<Arc<Dyno>> {
        let port = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = port.local_addr()?.as_socket().expect("a socket of IPv4 has its address");
        let state = State {
            service: Service::new(app.process),
            pace: Pace::new(seed, slot, slowness),
            waiters: HashMap::new(),
            unheard: Vec::new(),
            tickets: 0,
            counts: DynoCounts::of(&app.name, slot),
            begin: SimTime::ZERO,
            lives: 0,
            life: None,
        };
        Ok(Arc::new(Dyno {
            app: app.name.clone(),
            slot,
            address,
            _port: port,
            endpoints: app.endpoints.clone(),
            works: Streams::named(seed, &format!("stage.{}.{slot}.work", app.name)),
            drawn: AtomicU64::new(0),
            time,
            state: Mutex::new(state),
            changed: Notify::new(),
        }))
    }

    /// Listens from now on. Must be called within the stage's runtime.
    ///
    /// # Errors
    ///
    /// When the system gives no listener.
    pub fn come_up(self: &Arc<Dyno>) -> io::Result<()> {
        let socket = bound(self.address)?;
        socket.listen(LISTEN)?;
        let listener = tokio::net::TcpListener::from_std(TcpListener::from(socket))?;
        let (sender, receiver) = watch::channel(Phase::Up);
        let mut state = self.lock();
        assert!(state.life.is_none(), "only a dyno that is off comes up");
        state.life = Some(sender);
        state.lives += 1;
        drop(state);
        tokio::spawn(Arc::clone(self).accept(listener, receiver));
        Ok(())
    }

    /// Wakes when work ends, for as long as the runtime lives. Must be called once, within it.
    pub fn drive(self: &Arc<Dyno>) {
        let dyno = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                let next = dyno.with(|_, _| (), |state| state.service.next());
                match next {
                    None => dyno.changed.notified().await,
                    Some(at) => tokio::select! {
                        () = dyno.time.until(at) => {}
                        () = dyno.changed.notified() => {}
                    },
                }
            }
        });
    }

    /// Whether it is up.
    pub fn is_up(&self) -> bool {
        self.lock().life.as_ref().is_some_and(|life| *life.borrow() == Phase::Up)
    }

    /// Whether it stands still.
    pub fn is_frozen(&self) -> bool {
        self.lock().service.is_frozen()
    }

    /// Dies with all that it has; nothing when it is off.
    pub fn crash(&self) {
        self.with(
            |state, _| {
                let Some(life) = state.life.take() else { return };
                life.send_replace(Phase::Crashed);
                state.service.clear();
                state.counts.lost += state.waiters.len() as u64;
                for waiter in std::mem::take(&mut state.waiters).into_values() {
                    // Whoever has gone away needs no word.
                    let _ = waiter.send(Fate::Lost);
                }
                state.unheard.clear();
            },
            |_| (),
        );
    }

    /// Takes nothing new and finishes what it has, within the time; then it is off.
    pub async fn stop(&self, within: Span) {
        let until = self.time.now().nanos().saturating_add(within.nanos());
        let life = {
            let state = self.lock();
            let Some(life) = &state.life else { return };
            life.send_replace(Phase::Draining);
            state.lives
        };
        while self.with(|_, _| (), |state| state.lives == life && state.service.held() > 0)
            && self.time.now().nanos() < until
        {
            self.time.sleep(Span::from_millis(5)).await;
        }
        // Answers that are ready must still leave.
        self.time.sleep(Span::from_millis(20)).await;
        if self.lock().lives == life {
            self.crash();
        }
    }

    /// Stands still.
    pub fn freeze(&self) {
        self.with(|state, now| state.service.freeze(now), |_| ());
    }

    /// Goes on where it stood still.
    pub fn thaw(&self) {
        self.with(
            |state, now| {
                let State { service, pace, .. } = state;
                service.thaw(now, &mut |at, work| pace.lot(at, work));
                for waiter in state.unheard.drain(..) {
                    state.counts.refused += 1;
                    let _ = waiter.send(Fate::Refused);
                }
            },
            |_| (),
        );
    }

    /// Work takes `factor` times as long.
    pub fn slow(&self, event: usize, factor: f64) {
        self.with(|state, _| state.pace.slow(event, factor), |_| ());
    }

    /// Requests fail.
    pub fn fail(&self, event: usize, fail: &Fail) {
        self.with(|state, _| state.pace.fail(event, fail), |_| ());
    }

    /// Requests fail in turns.
    pub fn flake(&self, event: usize, flaky: &Flaky) {
        self.with(|state, now| state.pace.flake(now, event, flaky), |_| ());
    }

    /// What an event brought is over.
    pub fn mend(&self, event: usize) {
        self.with(|state, _| state.pace.mend(event), |_| ());
    }

    /// The measured time begins then; whatever was wrong is mended.
    pub fn begin(&self, at: SimTime) {
        self.thaw();
        let mut state = self.lock();
        state.pace.mend_all();
        state.begin = at;
        state.counts.seconds.clear();
    }

    /// What it has counted so far.
    pub fn counts(&self) -> DynoCounts {
        self.with(
            |_, _| (),
            |state| {
                let mut counts = state.counts.clone();
                counts.begun = state.service.begun();
                counts.held = (state.waiters.len() + state.unheard.len()) as u64;
                counts
            },
        )
    }

    /// A request arrives. Gives the word on what becomes of it.
    fn take(&self, work: Span, cpu: f64) -> oneshot::Receiver<Fate> {
        let (sender, receiver) = oneshot::channel();
        self.with(
            |state, now| {
                state.counts.arrived += 1;
                if state.life.as_ref().is_none_or(|life| *life.borrow() != Phase::Up) {
                    state.counts.refused += 1;
                    let _ = sender.send(Fate::Refused);
                    return;
                }
                state.tickets += 1;
                let job = Job { ticket: state.tickets, work, cpu };
                let State { service, pace, .. } = state;
                match service.arrive(now, job, &mut |at, work| pace.lot(at, work)) {
                    Ok(()) => {
                        state.waiters.insert(job.ticket, sender);
                    }
                    Err(Full::Frozen) => state.unheard.push(sender),
                    Err(Full::Refused) => {
                        state.counts.refused += 1;
                        let _ = sender.send(Fate::Refused);
                    }
                }
            },
            |_| (),
        );
        receiver
    }

    /// Brings the state to the present, changes it, and wakes the driving task if it must look anew.
    fn with<T>(
        &self,
        change: impl FnOnce(&mut State, SimTime),
        ask: impl FnOnce(&State) -> T,
    ) -> T {
        let mut state = self.lock();
        // Read with the lock held: what the service hears never goes back in time.
        let now = self.time.now();
        state.advance(now);
        let before = state.service.next();
        change(&mut state, now);
        let answer = ask(&state);
        let sooner = match (before, state.service.next()) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(before), Some(after)) => after < before,
        };
        drop(state);
        if sooner {
            self.changed.notify_one();
        }
        answer
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Lets everything happen that happens until now, and tells who waits for it.
    fn advance(&mut self, now: SimTime) {
        let mut ended = Vec::new();
        let State { service, pace, .. } = self;
        service.advance(now, &mut |at, work| pace.lot(at, work), &mut ended);
        for Ended { ticket, good } in ended {
            let waiter = self.waiters.remove(&ticket).expect("each ticket has one who waits");
            let second = now.nanos().saturating_sub(self.begin.nanos()) / 1_000_000_000;
            let fate = if good {
                self.counts.finish(second as usize, MOST_SECONDS);
                Fate::Done
            } else {
                self.counts.failed += 1;
                Fate::Failed
            };
            let _ = waiter.send(fate);
        }
    }
}

/// A socket bound to an address that others may be bound to as well, as long as none listens.
fn bound(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

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
//! refusal. A dyno that freezes lets go of the connections that are idle, since a kept one stands for a
//! new one, and accepts none: what its backlog has room for waits in the kernel's queue, which is cut
//! to that, and the kernel does not answer who comes after.
//!
//! **What it tells.** Where a balancer listens, its router asks a dyno how it is, or hears from it that
//! it is idle. What a dyno says of itself is the simulator's own, see `sim::platform::Mind`.
//!
//! **What goes on.** A dyno works on what it has taken, whether or not anyone still waits for it. A
//! crash resets all connections, so that a router can tell what was lost from what was refused. While
//! a dyno is off its port stays bound and refuses connections: nobody else gets it meanwhile.

mod faults;
mod pace;
mod serve;
mod service;
mod state;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use sim::platform::{App, Endpoint};
use sim::rng::{Seed, Streams};
use sim::time::{SimTime, Span};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use self::state::{Fate, Phase, State};
use super::counts::DynoCounts;
use super::time::Time;

/// Connections that wait for the accepting task; the kernel cuts it to its own bound.
const LISTEN: u32 = 4096;

/// Word from a dyno that it has nothing to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Idle {
    /// The app, by its place in the platform.
    pub app: usize,
    /// The dyno, by its number.
    pub dyno: u32,
    /// Names the time for which it is idle.
    pub turn: u32,
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
    /// Its app's place, and who listens when it is idle, if anyone does.
    listener: OnceLock<(usize, mpsc::Sender<Idle>)>,
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
        let state = State::new(app, slot, slowness, seed);
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
            listener: OnceLock::new(),
        }))
    }

    /// Listens from now on. Must be called within the stage's runtime.
    ///
    /// # Errors
    ///
    /// When the system gives no listener.
    pub fn come_up(self: &Arc<Dyno>) -> io::Result<()> {
        let socket = bound(self.address)?;
        socket.listen(LISTEN as i32)?;
        let listener = tokio::net::TcpListener::from_std(TcpListener::from(socket))?;
        let (sender, receiver) = watch::channel(Phase::Up);
        let mut state = self.lock();
        assert!(state.life.is_none(), "only a dyno that is off comes up");
        state.life = Some(sender);
        state.lives += 1;
        drop(state);
        tokio::spawn(Arc::clone(self).accept(listener, receiver));
        self.with(|state, _| state.is_idle(), |_| ());
        Ok(())
    }

    /// Tells whenever it is idle, from now on. What finds no room there is not told. Must be called
    /// once.
    pub fn tell(&self, app: usize, listener: mpsc::Sender<Idle>) {
        assert!(self.listener.set((app, listener)).is_ok(), "a dyno has one router");
    }

    /// How many requests it has, and how long it expects one to take that comes now; nothing when it is
    /// off or stands still.
    pub fn report(&self) -> Option<(u32, Span)> {
        let speaks = |state: &State| state.is_up() && !state.service.is_frozen();
        self.with(
            |_, _| (),
            |state| speaks(state).then(|| (state.mind.in_flight(), state.mind.latency())),
        )
    }

    /// Whether it has been idle since it said so, and can say so again.
    pub fn is_idle_since(&self, turn: u32) -> bool {
        self.with(
            |_, _| (),
            |state| state.is_up() && !state.service.is_frozen() && state.mind.is_idle_since(turn),
        )
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
        self.lock().is_up()
    }

    /// Whether it stands still.
    pub fn is_frozen(&self) -> bool {
        self.lock().service.is_frozen()
    }

    /// Dies with all that it has; nothing when it is off.
    pub fn crash(&self) {
        self.with(|state, _| state.crash(), |_| ());
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
        self.with(|state, now| state.arrive(now, (work, cpu), sender), |_| ());
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
        let idle = state.idle.take();
        drop(state);
        if let (Some(turn), Some((app, listener))) = (idle, self.listener.get()) {
            let _ = listener.try_send(Idle { app: *app, dyno: self.slot, turn });
        }
        if sooner {
            self.changed.notify_one();
        }
        answer
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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

//! The vocabulary of the platform: what components say to each other, and their private timers.

use super::ids::{AppId, ClientId, DynoId, RouterId};
use super::packed::vocabulary;
use super::slab::Ref;

/// All that can happen at an instant.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// For the clients.
    Client(ClientEvent),
    /// For the routers.
    Router(RouterEvent),
    /// For the dynos.
    Dyno(DynoEvent),
    /// For the manager.
    Manager(ManagerEvent),
    /// An event of the scenario begins.
    Begin(u32),
    /// An event of the scenario ends.
    End(u32),
}

vocabulary! {
    /// What clients hear.
    ClientEvent {
        /// The router answers an attempt.
        Answer(attempt: Ref),
        /// Timer: the next request of an open population is due.
        Arrive(client: ClientId),
        /// Timer: a closed user has thought enough.
        Think(client: ClientId, user: u32),
        /// Timer: an attempt has waited long enough.
        Timeout(attempt: Ref),
        /// Timer: a request has waited long enough.
        Deadline(request: Ref),
        /// Timer: the back-off before a retry is over.
        Retry(request: Ref),
        /// Timer: a request has no answer yet, so a second attempt goes out.
        Hedge(request: Ref),
    }
}

vocabulary! {
    /// What routers hear.
    RouterEvent {
        /// A client sends an attempt.
        Attempt(attempt: Ref),
        /// A client takes an attempt back.
        Cancel(attempt: Ref),
        /// A dyno has finished an attempt.
        Done(attempt: Ref),
        /// A dyno answers with an error of its own.
        Failed(attempt: Ref),
        /// A dyno refused the connection.
        Refused(attempt: Ref),
        /// A dyno did not answer the connection in time.
        NoConnection(attempt: Ref),
        /// A dyno closed the connection without an answer.
        Lost(attempt: Ref),
        /// The bus tells that a dyno may be routed to.
        DynoUp(app: AppId, dyno: DynoId),
        /// The bus tells that a dyno may no longer be routed to.
        DynoDown(app: AppId, dyno: DynoId),
        /// The bus tells the state of an app.
        App(app: AppId, state: AppState),
        /// Timer: no first byte came in time.
        FirstByte(attempt: Ref),
        /// Timer: an app did not boot in time.
        BootWait(attempt: Ref),
        /// Timer: an attempt that found all dynos in quarantine looks again.
        Look(attempt: Ref),
        /// Timer: the oldest quarantine ends.
        Release,
        /// Timer: every router looks for dynos to eject or to let back.
        Sweep,
        /// Timer: the oldest failure has counted as an attempt for long enough.
        Forget,
        /// Timer: a router tells the others its counts.
        Tell,
        /// Timer: what the routers told arrives.
        Heard,
        /// Timer: an app may have been idle for long enough.
        Idle(app: AppId),
        /// A dyno answers a probe, says that it is idle, or asks who else did.
        Note(note: Ref),
        /// Timer: an attempt was queued for as long as it may be.
        QueueWait(attempt: Ref),
        /// Timer: a dyno that refused an attempt may be tried again.
        Again(attempt: Ref),
    }
}

vocabulary! {
    /// What dynos hear.
    DynoEvent {
        /// A router hands an attempt over.
        Connect(attempt: Ref),
        /// A router takes an attempt back.
        Cancel(attempt: Ref),
        /// The manager starts a dyno.
        Boot(app: AppId, dyno: DynoId),
        /// The manager stops a dyno: it finishes what it has.
        Stop(app: AppId, dyno: DynoId),
        /// The manager, or an event, kills a dyno.
        Kill(app: AppId, dyno: DynoId),
        /// Timer: what a seat does by the clock is over: a worker's work, a wait. The second number
        /// tells an old timer from a new one.
        Finish(seat: u32, turn: u32),
        /// Timer: a burst of a dyno's CPU may have ended; the second number is the timer's.
        Burst(dyno: u32, turn: u32),
        /// Timer: a boot is over, one way or the other.
        Booted(dyno: u32, life: u32),
        /// Timer: a dyno had long enough to shut down.
        Shutdown(dyno: u32, life: u32),
        /// A router probes a dyno, or routers answer it.
        Note(note: Ref),
    }
}

vocabulary! {
    /// What the manager hears.
    ManagerEvent {
        /// A dyno is up.
        Up(app: AppId, dyno: DynoId),
        /// A dyno has crashed.
        Crashed(app: AppId, dyno: DynoId),
        /// A dyno that was stopped is off.
        Off(app: AppId, dyno: DynoId),
        /// A router saw a request for an idle app.
        Wake(app: AppId),
        /// The routers saw no request for long enough.
        Sleep(app: AppId),
        /// Timer: a dyno's cool-off is over; the second number is the dyno's.
        Restart(app: AppId, dyno: DynoId),
        /// Timer: the launch limit lets another dyno start.
        Launch,
    }
}

/// The state of an app as the manager publishes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppState {
    /// No dynos.
    Empty,
    /// Asleep.
    Idle,
    /// Dynos boot, none is up.
    Starting,
    /// At least one dyno is up.
    Up,
    /// Every dyno has crashed.
    Crashed,
}

impl AppState {
    /// All of them, in order.
    pub const ALL: [AppState; 5] =
        [AppState::Empty, AppState::Idle, AppState::Starting, AppState::Up, AppState::Crashed];
}

/// What a router holds against a dyno for a while: a quarantine, or a failure that counts as load.
#[derive(Clone, Copy, Debug)]
pub struct Grudge {
    /// Which router.
    pub router: RouterId,
    /// Of which app the dyno is.
    pub app: AppId,
    /// The dyno.
    pub dyno: DynoId,
}

//! The vocabulary of the platform: what components say to each other, and their private timers.

use super::ids::{AppId, ClientId, DynoId, RouterId};
use super::slab::Ref;

/// All that can happen at an instant. Sixteen bytes, so that an entry of the event queue has 32.
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

const _: () = assert!(size_of::<Event>() <= 16, "an entry of the event queue has 32 bytes");

/// What clients hear.
#[derive(Clone, Copy, Debug)]
pub enum ClientEvent {
    /// The router answers an attempt.
    Answer(Ref),
    /// Timer: the next request of an open population is due.
    Arrive(ClientId),
    /// Timer: a closed user has thought enough.
    Think(ClientId, u32),
    /// Timer: an attempt has waited long enough.
    Timeout(Ref),
    /// Timer: a request has waited long enough.
    Deadline(Ref),
    /// Timer: the back-off before a retry is over.
    Retry(Ref),
    /// Timer: a request has no answer yet, so a second attempt goes out.
    Hedge(Ref),
}

/// What routers hear.
#[derive(Clone, Copy, Debug)]
pub enum RouterEvent {
    /// A client sends an attempt.
    Attempt(Ref),
    /// A client takes an attempt back.
    Cancel(Ref),
    /// A dyno has finished an attempt.
    Done(Ref),
    /// A dyno refused the connection.
    Refused(Ref),
    /// A dyno did not answer the connection in time.
    NoConnection(Ref),
    /// A dyno closed the connection without an answer.
    Lost(Ref),
    /// The bus tells that a dyno may be routed to.
    DynoUp(AppId, DynoId),
    /// The bus tells that a dyno may no longer be routed to.
    DynoDown(AppId, DynoId),
    /// The bus tells the state of an app.
    App(AppId, AppState),
    /// Timer: no first byte came in time.
    FirstByte(Ref),
    /// Timer: an app did not boot in time.
    BootWait(Ref),
    /// Timer: an attempt that found all dynos in quarantine looks again.
    Look(Ref),
    /// Timer: the oldest quarantine ends.
    Release,
    /// Timer: a router tells the others its counts.
    Tell,
    /// Timer: what the routers told arrives.
    Heard,
    /// Timer: an app may have been idle for long enough.
    Idle(AppId),
}

/// What dynos hear.
#[derive(Clone, Copy, Debug)]
pub enum DynoEvent {
    /// A router hands an attempt over.
    Connect(Ref),
    /// A router takes an attempt back.
    Cancel(Ref),
    /// The manager starts a dyno.
    Boot(AppId, DynoId),
    /// The manager stops a dyno: it finishes what it has.
    Stop(AppId, DynoId),
    /// The manager, or an event, kills a dyno.
    Kill(AppId, DynoId),
    /// Timer: a worker has finished; the second number tells an old timer from a new one.
    Finish(u32, u32),
    /// Timer: a boot is over, one way or the other.
    Booted(u32, u32),
    /// Timer: a dyno had long enough to shut down.
    Shutdown(u32, u32),
}

/// What the manager hears.
#[derive(Clone, Copy, Debug)]
pub enum ManagerEvent {
    /// A dyno is up.
    Up(AppId, DynoId),
    /// A dyno has crashed.
    Crashed(AppId, DynoId),
    /// A dyno that was stopped is off.
    Off(AppId, DynoId),
    /// A router saw a request for an idle app.
    Wake(AppId),
    /// The routers saw no request for long enough.
    Sleep(AppId),
    /// Timer: a dyno's cool-off is over; the second number is the dyno's.
    Restart(AppId, DynoId),
    /// Timer: the launch limit lets another dyno start.
    Launch,
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

/// A quarantine that will end.
#[derive(Clone, Copy, Debug)]
pub struct Quarantine {
    /// Whose quarantine.
    pub router: RouterId,
    /// Of which app.
    pub app: AppId,
    /// The dyno that is left alone.
    pub dyno: DynoId,
}

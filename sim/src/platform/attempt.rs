//! One try of a request: the letter that client, router and dyno pass on.

use super::ids::{AppId, ClientId, DynoId, RouterId};
use super::slab::{Ref, Slab};
use crate::engine::TimerId;
use crate::metrics::Cause;
use crate::protect::Criticality;
use crate::time::{SimTime, Span};

/// The attempts under way, by name.
pub type Attempts = Slab<Attempt>;

/// An attempt and all that is written on it.
///
/// It is held on two sides: the *path* from the client over the router and back, and the *dyno*. A
/// router that gives up (H12) ends the path while the dyno works on, so the attempt goes when both
/// have let go.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// The request that this is a try of, in the client's book.
    pub request: Ref,
    /// Whose request.
    pub client: ClientId,
    /// The app that is asked.
    pub app: AppId,
    /// What the request is about, for balancers that care.
    pub key: u64,
    /// How much it matters, for routers that shed.
    pub criticality: Criticality,
    /// From then on its client no longer waits for it.
    pub patience: SimTime,
    /// When it was admitted, and which of those then under way it was, if its router counts that.
    pub admitted: Option<Admitted>,
    /// What it needs of a dyno.
    pub work: Work,
    /// The router that it goes through.
    pub router: RouterId,
    /// The dyno that it was last handed to.
    pub dyno: DynoId,
    /// Where it is on its path.
    pub stage: Stage,
    /// Where it is in its dyno.
    pub place: Place,
    /// When it began to wait where it is.
    pub since: SimTime,
    /// When it was last handed to a dyno.
    pub handed: SimTime,
    /// How long it has been queued so far.
    pub waited: Span,
    /// How often a router has tried to hand it to a dyno.
    pub dispatches: u8,
    /// How often it found all dynos in quarantine.
    pub holds: u32,
    /// How long it has waited for one to leave quarantine.
    pub held: Span,
    /// The router's time-out for where it is.
    pub timer: TimerId,
    /// The client's time-out.
    pub timeout: TimerId,
    /// What came of it, once the router answers.
    pub outcome: Result<(), Cause>,
    /// Whether the client still wants the answer.
    pub wanted: bool,
    /// Whether the path still holds it.
    pub on_path: bool,
    /// Whether a dyno holds it.
    pub at_dyno: bool,
}

impl Attempt {
    /// An attempt that a client sends now, of no key, work and patience yet and to the first router.
    pub fn sent(request: Ref, client: ClientId, app: AppId, now: SimTime) -> Attempt {
        Attempt {
            request,
            client,
            app,
            key: 0,
            criticality: Criticality::default(),
            patience: SimTime::NEVER,
            admitted: None,
            work: Work { time: Span::ZERO, cpu: 1.0 },
            router: RouterId(0),
            dyno: DynoId(0),
            stage: Stage::Sent,
            place: Place::Left,
            since: now,
            handed: now,
            waited: Span::ZERO,
            dispatches: 0,
            holds: 0,
            held: Span::ZERO,
            timer: TimerId::NONE,
            timeout: TimerId::NONE,
            outcome: Ok(()),
            wanted: true,
            on_path: true,
            at_dyno: false,
        }
    }
}

/// What a router that limits how many attempts are under way writes on those that it admits.
#[derive(Clone, Copy, Debug)]
pub struct Admitted {
    /// When that was.
    pub at: SimTime,
    /// How many of the app were then under way behind that router, this one included; 0 where there
    /// is no adaptive limit.
    pub in_flight: u32,
}

/// What serving an attempt takes.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// The service time, on a dyno that has nothing else to do.
    pub time: Span,
    /// The share of it that is CPU, from 0 to 1; the rest is waiting for others.
    pub cpu: f64,
}

/// Where an attempt is on its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Between client and router.
    Sent,
    /// In the router's queue: every dyno has as much as it may.
    Queued,
    /// In the router: the app boots.
    Parked,
    /// In the router: all dynos are in quarantine.
    Held,
    /// In the router's queue of one dyno, which is full.
    Bound,
    /// In the router, before it is handed to the same dyno again; it keeps its place there.
    Paused,
    /// Handed to a dyno.
    Dispatched,
    /// Answered by the router.
    Answered,
}

/// Where an attempt is in its dyno.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the listen backlog.
    Backlog,
    /// In the seat of this number: being served.
    Seat(u32),
    /// Not there yet, or not any more.
    Left,
}

/// Lets go of the path side.
pub fn leave_path(attempts: &mut Attempts, name: Ref) {
    let attempt = attempts.get_mut(name).expect("the path holds its attempt");
    attempt.on_path = false;
    if !attempt.at_dyno {
        attempts.remove(name);
    }
}

/// Lets go of the dyno side.
pub fn leave_dyno(attempts: &mut Attempts, name: Ref) {
    let attempt = attempts.get_mut(name).expect("the dyno holds its attempt");
    attempt.at_dyno = false;
    if !attempt.on_path {
        attempts.remove(name);
    }
}

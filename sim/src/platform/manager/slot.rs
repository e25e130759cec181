//! A dyno as the manager sees it.

use crate::time::SimTime;

/// A dyno as the manager sees it.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub state: State,
    pub crashes: u32,
    /// When it is restarted, while it cools off.
    pub restart: SimTime,
    /// It stays down until then, whatever the rules say.
    pub held: SimTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Off,
    /// In the queue of launches.
    Queued,
    Starting,
    Up,
    Stopping,
    /// Crashed, and waiting to be restarted.
    CoolOff,
}

impl Slot {
    pub const fn new(state: State) -> Slot {
        Slot { state, crashes: 0, restart: SimTime::ZERO, held: SimTime::ZERO }
    }

    /// Whether it counts towards the number that the app is to have.
    pub fn is_wanted(&self) -> bool {
        !matches!(self.state, State::Off | State::Stopping)
    }
}

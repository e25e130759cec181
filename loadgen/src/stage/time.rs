//! The stage's time, and waiting for it.

use sim::time::{SimTime, Span};

use crate::clock::{Clock, Sleeper};

/// The time of a stage; clones are of the same one.
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

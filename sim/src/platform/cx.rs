//! What a component may do: know the time, speak, set timers, write on attempts, record.

use super::attempt::Attempts;
use super::message::Event;
use crate::engine::{Scheduler, TimerId};
use crate::metrics::Recorder;
use crate::time::{SimTime, Span};

/// The world as a component sees it while it handles one event.
pub struct Cx<'w> {
    /// Time and what will happen.
    pub(super) scheduler: &'w mut Scheduler<Event>,
    /// The attempts under way.
    pub(super) attempts: &'w mut Attempts,
    /// What is measured.
    pub(super) record: &'w mut Recorder,
}

impl Cx<'_> {
    /// The current instant.
    pub fn now(&self) -> SimTime {
        self.scheduler.now()
    }

    /// Says something that arrives after `delay`.
    pub fn send(&mut self, delay: Span, event: Event) {
        self.scheduler.after(delay, event);
    }

    /// Sets a time-out that will probably be cancelled.
    pub fn timer(&mut self, span: Span, event: Event) -> TimerId {
        self.scheduler.timer(span, event)
    }

    /// Cancels a time-out.
    pub fn cancel(&mut self, timer: TimerId) {
        self.scheduler.cancel(timer);
    }
}

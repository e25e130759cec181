//! What a component may do: know the time, speak, set timers, write on attempts, record.

use super::attempt::Attempts;
use super::message::Event;
use super::packed::Packed;
use super::reports::Notes;
use crate::engine::{Scheduler, TimerId};
use crate::metrics::Recorder;
use crate::time::{SimTime, Span};

/// The world as a component sees it while it handles one event.
pub struct Cx<'w> {
    /// Time and what will happen.
    pub(super) scheduler: &'w mut Scheduler<Packed>,
    /// The attempts under way.
    pub(super) attempts: &'w mut Attempts,
    /// The probes, answers and pushes under way.
    pub(super) notes: &'w mut Notes,
    /// What is measured.
    pub(super) record: &'w mut Recorder,
}

impl Cx<'_> {
    /// The current instant.
    pub fn now(&self) -> SimTime {
        self.scheduler.now()
    }

    /// Says something that arrives after `delay`. Inlined, as the two below: the words of an event
    /// are known where it is named.
    #[inline(always)]
    pub fn send(&mut self, delay: Span, event: Event) {
        self.scheduler.after(delay, event.into());
    }

    /// Says something that arrives at an instant, which is not over.
    #[inline(always)]
    pub fn send_at(&mut self, at: SimTime, event: Event) {
        self.scheduler.at(at, event.into());
    }

    /// Sets a time-out that will probably be cancelled.
    #[inline(always)]
    pub fn timer(&mut self, span: Span, event: Event) -> TimerId {
        self.scheduler.timer(span, event.into())
    }

    /// Cancels a time-out.
    pub fn cancel(&mut self, timer: TimerId) {
        self.scheduler.cancel(timer);
    }
}

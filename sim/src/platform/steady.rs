//! Where a platform can come to a steady state: what its settings say of it, before any run.

use super::client::{Client, Source};
use super::config::Platform;
use crate::time::Span;

impl Platform {
    /// How much of the measured time passes before the first event, under traffic that does not
    /// change: none of it where a rate changes or a trace is replayed. Only in this stretch can a
    /// platform be in a steady state.
    pub fn undisturbed(&self) -> Span {
        let changes = |client: &Client| match &client.source {
            Source::Open(arrivals) => !arrivals.is_steady(),
            Source::Closed { .. } => false,
        };
        if self.clients.iter().any(changes) {
            return Span::ZERO;
        }
        let first = self.events.iter().map(|scheduled| scheduled.event.at).min();
        first.unwrap_or(self.timing.duration).min(self.timing.duration)
    }

    /// The name of the first client that replays a trace.
    pub fn trace(&self) -> Option<&str> {
        let replays = |client: &&Client| matches!(&client.source, Source::Open(arrivals) if arrivals.is_trace());
        self.clients.iter().find(replays).map(|client| client.name.as_str())
    }
}

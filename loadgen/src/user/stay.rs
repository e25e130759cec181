//! Requests that stay connected: Server-Sent Events and WebSockets.
//!
//! Such a request succeeds, and is written down, when its connection opens. Its user then stays as long
//! as the scenario says, but not beyond the step. What comes of the connection afterwards is counted by
//! itself: a request ends only once.

use super::request::{Person, Task};
use super::round::{Round, between};
use super::streams::Streams;
use crate::wire::{Message, Sent};
use sim::load::Stream;
use std::time::Instant;

/// Sends a request and stays connected. Where its connection did not open, gives what came instead.
pub(super) async fn stay(
    round: &Round,
    person: &mut Person,
    task: &Task,
    message: &Message<'_>,
    stream: &Stream,
    until: Instant,
) -> Option<Sent> {
    let stream = within(stream, round);
    let mut on_open = |first: &Sent| {
        let (sent, end) = (first.sent.into_std(), first.end.into_std());
        let (latency, service) = (between(task.intended, end), between(sent, end));
        round.stays();
        round.sheet.success(round.clock.at(end), task.client, latency, service);
    };
    let stayed = person.wire.stay(message, &stream, until.into(), &mut on_open).await;
    if !stayed.opened {
        return Some(stayed.first);
    }
    round.sheet.stream(&Streams {
        opened: 1,
        received: stayed.received,
        sent: stayed.sent,
        lost: u64::from(stayed.lost.is_some()),
    });
    round.stays_no_more();
    None
}

/// The stream, but no longer than the step.
fn within(stream: &Stream, round: &Round) -> Stream {
    let left = between(Instant::now(), round.end());
    let mut stream = stream.clone();
    match &mut stream {
        Stream::Sse { stay } | Stream::WebSocket { stay, .. } => *stay = (*stay).min(left),
    }
    stream
}

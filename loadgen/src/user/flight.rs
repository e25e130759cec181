//! Attempts under way: a try of a request, and the hedge beside it.
//!
//! An attempt owns all that it needs. So it can be left behind when nobody wants its answer any more:
//! it goes its way, as in the simulator, and its answer is read and dropped. So many go on at a time as
//! a process has room for; of those beyond them the connections are closed, and they are counted. The
//! attempts of a client that `cancels` are closed at once: that is how a target hears of it.
//!
//! Nothing here knows of retries, of budgets or of the books.

use super::script::Ready;
use crate::wire::{Sent, Wire};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

/// An attempt at work; it gives its wire back.
type Sending = Pin<Box<dyn Future<Output = (Wire, Sent)> + Send>>;

/// An attempt under way.
pub(super) struct Flight {
    sending: Sending,
    /// When its client waits for it no longer.
    until: Instant,
    /// When it ends at the latest, though nobody waits for it.
    end: Instant,
}

/// The attempts of a request that may still bring success.
#[derive(Default)]
pub(super) struct Race {
    flights: [Option<Flight>; 2],
}

/// Room for attempts that nobody waits for.
pub(super) struct Behind {
    room: Arc<Semaphore>,
}

/// What came before the end of an attempt.
pub(super) enum Sooner {
    /// It is time for the hedge.
    Hedge,
    /// The time that was waited for has come.
    Late,
}

impl Flight {
    /// Sends a request over a wire. It is waited for until `until`; left behind, it goes on to `end` at
    /// most.
    pub fn new(mut wire: Wire, ready: Ready, until: Instant, end: Instant) -> Flight {
        let sending = Box::pin(async move {
            let sent = wire.send_unbounded(&ready.message()).await;
            (wire, sent)
        });
        Flight { sending, until, end }
    }
}

impl Race {
    /// One more attempt is under way: at most two are.
    pub fn add(&mut self, flight: Flight) {
        let place = self.flights.iter_mut().find(|place| place.is_none());
        *place.expect("a request has at most a try and a hedge under way") = Some(flight);
    }

    /// Whether none is under way.
    pub fn is_empty(&self) -> bool {
        self.flights.iter().all(Option::is_none)
    }

    /// When the first of them is waited for no longer.
    pub fn until(&self) -> Option<Instant> {
        self.flights.iter().flatten().map(|flight| flight.until).min()
    }

    /// Takes one out that is waited for no longer at `now`, if there is one.
    pub fn late(&mut self, now: Instant) -> Option<Flight> {
        let is_late =
            |place: &&mut Option<Flight>| place.as_ref().is_some_and(|flight| flight.until <= now);
        self.flights.iter_mut().find(is_late)?.take()
    }

    /// Takes all out.
    pub fn rest(&mut self) -> impl Iterator<Item = Flight> {
        std::mem::take(&mut self.flights).into_iter().flatten()
    }

    /// Waits for the end of one, which is then taken out.
    pub async fn ended(&mut self) -> (Wire, Sent) {
        poll_fn(|cx| {
            for place in &mut self.flights {
                if let Some(flight) = place
                    && let Poll::Ready(ended) = flight.sending.as_mut().poll(cx)
                {
                    *place = None;
                    return Poll::Ready(ended);
                }
            }
            Poll::Pending
        })
        .await
    }
}

impl Behind {
    /// Room for so many.
    pub fn new(room: usize) -> Behind {
        Behind { room: Arc::new(Semaphore::new(room)) }
    }

    /// Lets an attempt go on by itself; false when there was no room and its connection was closed.
    pub fn leave(&self, flight: Flight) -> bool {
        let Ok(place) = self.room.clone().try_acquire_owned() else { return false };
        tokio::spawn(async move {
            let _ = timeout_at(flight.end.into(), flight.sending).await;
            drop(place);
        });
        true
    }
}

//! What clients do with the attempts of a request: send them, hear of them, try again, end.

use super::super::attempt::{Attempt, leave_path};
use super::super::cx::Cx;
use super::super::ids::RouterId;
use super::super::message::{ClientEvent, Event, RouterEvent};
use super::super::slab::Ref;
use super::Clients;
use super::guards::Ended;
use crate::metrics::Cause;
use crate::time::Span;

impl Clients {
    /// Sends a try of a request, or ends the request when the try is held back.
    pub(super) fn try_or_end(&mut self, cx: &mut Cx<'_>, name: Ref) {
        if let Some(cause) = self.holds_back(cx, name, false) {
            self.end(cx, name, Err(cause));
        } else {
            self.send(cx, name);
        }
    }

    /// Sends the second attempt beside the first, unless it is held back.
    pub(super) fn hedge(&mut self, cx: &mut Cx<'_>, name: Ref) {
        if self.holds_back(cx, name, true).is_none() {
            self.send(cx, name);
        }
    }

    fn holds_back(&mut self, cx: &Cx<'_>, name: Ref, hedge: bool) -> Option<Cause> {
        let request = self.requests.get(name).expect("a request has its clocks while it lives");
        let population = &mut self.populations[request.client.index()];
        population.holds_back(cx.now(), &request.draw, request.tries, hedge)
    }

    /// Sends an attempt of a request.
    fn send(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let request = self.requests.get_mut(name).expect("what is sent for lives");
        let population = &self.populations[request.client.index()];
        let router = population.router_of(&request.draw, request.sent, self.routers);
        request.sent += 1;
        cx.record.attempt(request.client.index());
        let now = cx.now();
        let attempt = cx.attempts.insert(Attempt {
            key: request.draw.key,
            criticality: population.criticality,
            patience: request.until.min(now + population.timeout),
            work: request.draw.work,
            router: RouterId(router),
            ..Attempt::sent(name, request.client, population.app, now)
        });
        if population.timeout < Span::MAX {
            let event = Event::Client(ClientEvent::Timeout(attempt));
            let timer = cx.timer(population.timeout, event);
            cx.attempts.get_mut(attempt).expect("it was just inserted").timeout = timer;
        }
        let place = request.live.iter_mut().find(|place| place.is_none());
        *place.expect("a request has at most a try and a hedge under way") = Some(attempt);
        cx.send(self.hop, Event::Router(RouterEvent::Attempt(attempt)));
    }

    pub(super) fn answered(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let attempt = *cx.attempts.get(name).expect("an answer brings its attempt");
        leave_path(cx.attempts, name);
        if !attempt.wanted {
            return;
        }
        cx.cancel(attempt.timeout);
        let ended = attempt.outcome.map_or_else(Ended::Failure, |()| Ended::Success);
        self.populations[attempt.client.index()].guards.ended(cx.now(), ended);
        match attempt.outcome {
            Ok(()) => {
                self.drop_live(attempt.request, name);
                self.end(cx, attempt.request, Ok(()));
            }
            Err(cause) => self.failed(cx, attempt.request, name, cause),
        }
    }

    pub(super) fn timed_out(&mut self, cx: &mut Cx<'_>, name: Ref) {
        let request = cx.attempts.get(name).expect("a time-out is cancelled in time").request;
        self.abandon(cx, name, Ended::Failure(Cause::Timeout));
        self.failed(cx, request, name, Cause::Timeout);
    }

    /// Takes an attempt off the list of those that may still bring success.
    fn drop_live(&mut self, request: Ref, attempt: Ref) {
        let request = self.requests.get_mut(request).expect("a wanted attempt has its request");
        for place in request.live.iter_mut().filter(|place| **place == Some(attempt)) {
            *place = None;
        }
    }

    /// No longer wants an attempt, which has `ended` for this client.
    fn abandon(&mut self, cx: &mut Cx<'_>, name: Ref, ended: Ended) {
        let attempt = cx.attempts.get_mut(name).expect("a live attempt is there");
        attempt.wanted = false;
        let (timeout, client) = (attempt.timeout, attempt.client);
        cx.cancel(timeout);
        let population = &mut self.populations[client.index()];
        population.guards.ended(cx.now(), ended);
        if population.cancels {
            cx.send(self.hop, Event::Router(RouterEvent::Cancel(name)));
        }
    }

    /// An attempt failed: wait for the other one, try again, or give up.
    fn failed(&mut self, cx: &mut Cx<'_>, name: Ref, attempt: Ref, cause: Cause) {
        self.drop_live(name, attempt);
        let request = self.requests.get_mut(name).expect("a wanted attempt has its request");
        if request.live.iter().any(Option::is_some) {
            return;
        }
        cx.cancel(request.hedge);
        let population = &mut self.populations[request.client.index()];
        if std::mem::take(&mut request.retrying) {
            population.guards.retried();
        }
        if request.tries < population.retry.attempts {
            let wait = population.backoff(&request.draw, request.tries, request.waited);
            let in_time = cx.now() + wait < request.arrived + population.deadline;
            if in_time && let Some(paid) = population.guards.pay(cx.now(), cause) {
                (request.waited, request.retrying, request.paid) = (wait, true, paid);
                cx.send(wait, Event::Client(ClientEvent::Retry(name)));
                return;
            }
        }
        self.end(cx, name, Err(cause));
    }

    /// Ends a request, once and for all.
    pub(super) fn end(&mut self, cx: &mut Cx<'_>, name: Ref, outcome: Result<(), Cause>) {
        let request = self.requests.remove(name).expect("a request ends once");
        cx.cancel(request.deadline);
        cx.cancel(request.hedge);
        // What is still under way is needless now, or too late.
        let ended = outcome.map_or_else(Ended::Failure, |()| Ended::TakenBack);
        for attempt in request.live.into_iter().flatten() {
            self.abandon(cx, attempt, ended);
        }
        let guards = &mut self.populations[request.client.index()].guards;
        if request.retrying {
            guards.retried();
        }
        let now = cx.now();
        match outcome {
            Ok(()) => {
                let latency = now.since(request.arrived);
                cx.record.success(now, request.client.index(), latency);
                cx.record.note(request.client.index(), request.draw.number, latency);
                guards.succeeded(request.paid);
            }
            Err(cause) => cx.record.failure(now, request.client.index(), cause),
        }
        if let Some(user) = request.draw.user {
            self.think(cx, request.client, user);
        }
    }
}

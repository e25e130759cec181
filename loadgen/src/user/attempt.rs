//! One try of a request: an attempt, and the hedge beside the first.
//!
//! The first good answer wins. One that fails while the other is under way is waited for no more, and
//! the other is; when both have failed the try has, by the cause of the last. What nobody waits for any
//! longer is left behind, or closed where the client `cancels`. It does not decide on another try.

use super::field::Field;
use super::flight::{Flight, Race, Sooner};
use super::request::{Person, Task};
use super::round::{Part, Round, between};
use super::script::{Ready, Script, Tell};
use super::stay::stay;
use crate::wire::{Sent, Wire};
use sim::load::Stream;
use sim::metrics::Cause;
use sim::platform::Ended;
use sim::time::{SimTime, Span};
use std::sync::Arc;
use std::time::Instant;

/// How a try went.
pub(super) enum Outcome {
    /// A good answer, and how long it took from the send.
    Good(Span),
    /// A failure.
    Bad(Cause),
    /// It succeeded when its connection opened, was written down then, and has stayed until now.
    Stayed,
    /// Nothing, when the step was cut.
    Cut,
}

/// A try at work.
struct Try<'a> {
    field: &'a Field,
    round: &'a Round,
    part: &'a Part,
    person: &'a mut Person,
    task: &'a Task,
    script: &'a Arc<Script>,
    /// Which try it is, from 1.
    number: u32,
    /// When its request or its step is over.
    limit: Instant,
    race: Race,
}

/// Sends try `number` of a request, which is not held back, and judges what comes back.
pub(super) async fn attempt(
    field: &Field,
    round: &Round,
    person: &mut Person,
    task: &Task,
    number: u32,
    deadline: Option<Instant>,
) -> Outcome {
    let part = &round.parts[task.client];
    let script = field.script(part.app, task.order.endpoint);
    if let Some(brake) = round.brake.as_ref().filter(|_| number > 1 || !task.braked) {
        field.sleeper().until(brake.reserve(Instant::now())).await;
    }
    let limit = deadline.map_or(round.cut(), |deadline| deadline.min(round.cut()));
    let race = Race::default();
    let mut it = Try { field, round, part, person, task, script, number, limit, race };
    let outcome = it.run().await;
    let ended = match outcome {
        Outcome::Good(_) | Outcome::Stayed => Ended::TakenBack,
        Outcome::Bad(cause) => Ended::Failure(cause),
        // The step is over, and its guards with it.
        Outcome::Cut => return outcome,
    };
    let rest: Vec<Flight> = it.race.rest().collect();
    for flight in rest {
        it.leave(flight, ended);
    }
    outcome
}

impl Try<'_> {
    async fn run(&mut self) -> Outcome {
        let begun = Instant::now();
        if begun >= self.limit {
            return self.over(true);
        }
        // A value that no answer gave: there is nothing that could be sent.
        let until = self.until(begun);
        let Some(ready) = self.ready(begun, until) else { return self.failed(Cause::Check) };
        let at = self.round.clock.at(begun);
        if self.number == 1 {
            self.round.sheet.late(at, self.task.client, between(self.task.intended, begun));
        }
        if let Some(stream) = &self.script.stream {
            return self.stay((begun, until), &ready, stream).await;
        }
        self.launch((begun, until), ready);
        let hedge = self.part.hedge.filter(|_| self.number == 1);
        let mut hedge = hedge.map(|after| self.task.intended + after);
        loop {
            match self.next(hedge).await {
                Ok((wire, sent)) => {
                    self.person.wire = wire;
                    let outcome = self.judge(sent);
                    if !matches!(outcome, Outcome::Bad(_)) || self.race.is_empty() {
                        return outcome;
                    }
                }
                Err(Sooner::Hedge) => {
                    hedge = None;
                    self.hedge();
                }
                Err(Sooner::Late) => {
                    let now = Instant::now();
                    // A step that is ended early is cut before its requests' time is up.
                    if now >= self.limit.min(self.round.cut()) {
                        return self.over(false);
                    }
                    while let Some(flight) = self.race.late(now) {
                        self.round.sheet.reason("no whole answer in time");
                        self.leave(flight, Ended::Failure(Cause::Timeout));
                    }
                    if self.race.is_empty() {
                        return Outcome::Bad(Cause::Timeout);
                    }
                }
            }
        }
    }

    /// Waits for what comes next. An answer that has come in time counts, however late it is looked at.
    async fn next(&mut self, hedge: Option<Instant>) -> Result<(Wire, Sent), Sooner> {
        let until = self.race.until().map_or(self.limit, |until| until.min(self.limit));
        let sleeper = self.field.sleeper();
        tokio::select! {
            biased;
            ended = self.race.ended() => Ok(ended),
            () = tokio::time::sleep_until(until.into()) => Err(Sooner::Late),
            () = sleeper.until(hedge.unwrap_or(until)), if hedge.is_some() => Err(Sooner::Hedge),
        }
    }

    /// Sends the hedge, unless it is held back: then it is left out.
    fn hedge(&mut self) {
        let now = Instant::now();
        if self.round.brake.as_ref().is_some_and(|brake| !brake.take(now)) {
            return;
        }
        let (at, number) = (self.now(), self.task.order.number);
        if self.part.holds_back(at, number, self.number, true).is_some() {
            return;
        }
        let until = self.until(now);
        match self.ready(now, until) {
            Some(ready) => self.launch((now, until), ready),
            // It was there for the first attempt, and what a user keeps is never forgotten.
            None => unreachable!("what could be sent once can be sent twice"),
        }
    }

    /// When its client stops waiting for an attempt that begins now.
    fn until(&self, begun: Instant) -> Instant {
        begun + self.part.terms(self.now()).timeout
    }

    fn ready(&self, begun: Instant, until: Instant) -> Option<Ready> {
        let Try { field, task, person, .. } = self;
        let patience = between(begun, until.min(self.limit));
        let tell = Tell { client: field.client(task.client), order: &task.order, patience };
        let tell = Some(tell).filter(|_| field.tells_work());
        self.script.ready(field.secrets(), &person.kept, tell).ok()
    }

    /// Sends an attempt over the user's connection; the user goes on with another one.
    fn launch(&mut self, (begun, until): (Instant, Instant), ready: Ready) {
        self.round.sheet.attempt(self.round.clock.at(begun), self.task.client);
        let fork = self.person.wire.fork();
        let wire = std::mem::replace(&mut self.person.wire, fork);
        let end = (begun + self.field.patience()).min(self.round.cut());
        self.race.add(Flight::new(wire, ready, until, end));
    }

    /// Sends a request that stays connected; it has no hedge.
    async fn stay(
        &mut self,
        (begun, until): (Instant, Instant),
        ready: &Ready,
        stream: &Stream,
    ) -> Outcome {
        self.round.sheet.attempt(self.round.clock.at(begun), self.task.client);
        let (until, message) = (until.min(self.limit), ready.message());
        match stay(self.round, self.person, self.task, &message, stream, until).await {
            Some(first) => self.judge(first),
            None => {
                self.tell(Ended::Success);
                Outcome::Stayed
            }
        }
    }

    /// What an answer, or the lack of one, comes to.
    fn judge(&mut self, sent: Sent) -> Outcome {
        let (begun, end) = (sent.sent.into_std(), sent.end.into_std());
        let cause = match sent.result {
            Ok(answer) => match self.script.judge(&answer, &mut self.person.kept) {
                Ok(()) => {
                    self.tell(Ended::Success);
                    return Outcome::Good(between(begun, end));
                }
                Err(cause) => {
                    if matches!(cause, Cause::Status | Cause::Failed | Cause::RateLimited) {
                        self.round.sheet.reason(&format!("status {}", answer.status.as_u16()));
                    }
                    cause
                }
            },
            Err(loss) => {
                if loss.ours {
                    self.round.sheet.ours();
                }
                if loss.cause == Cause::Timeout && end >= self.limit {
                    return self.over(true);
                }
                self.round.sheet.reason(&loss.detail);
                loss.cause
            }
        };
        self.failed(cause)
    }

    /// An attempt failed.
    fn failed(&self, cause: Cause) -> Outcome {
        self.tell(Ended::Failure(cause));
        Outcome::Bad(cause)
    }

    /// The request's time is up, or the step's; `told` when the guards must hear of an attempt that is
    /// no longer under way.
    fn over(&self, told: bool) -> Outcome {
        if self.limit >= self.round.cut() {
            return Outcome::Cut;
        }
        if told { self.failed(Cause::Deadline) } else { Outcome::Bad(Cause::Deadline) }
    }

    /// Nobody wants the answer of an attempt any more.
    fn leave(&self, flight: Flight, ended: Ended) {
        self.tell(ended);
        if !self.part.cancels && !self.field.behind().leave(flight) {
            self.round.sheet.cut_off();
        }
    }

    fn tell(&self, ended: Ended) {
        self.part.guards().ended(self.now(), ended);
    }

    fn now(&self) -> SimTime {
        SimTime::ZERO + self.round.clock.now()
    }
}

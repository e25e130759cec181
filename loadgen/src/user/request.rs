//! One request, from its intended start to its end: attempts, time-outs, retries.
//!
//! It does what a simulated client does, in the same order and with the same chance. A request that is
//! under way when its step is cut is not written down as ended: it stays in flight.

use super::field::Field;
use super::round::{Part, Round, between, duration};
use super::script::{Script, Tell};
use super::stay::stay;
use crate::wire::{Kept, Sent, Wire};
use sim::metrics::Cause;
use sim::platform::Ended;
use sim::platform::traffic::Order;
use sim::time::{SimTime, Span};
use std::time::Instant;

/// What a user has of its own: its way to the target, and what it kept from answers.
pub(super) struct Person {
    pub wire: Wire,
    pub kept: Kept,
}

/// A request that is to be made.
pub(super) struct Task {
    pub client: usize,
    pub order: Order,
    /// When it was meant to begin.
    pub intended: Instant,
    /// Whether its work may be told to the target.
    pub tells: bool,
    /// Whether the brake has let its first attempt through.
    pub braked: bool,
}

/// How an attempt went.
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

/// What a request has tried so far.
struct Tries {
    /// Tries so far, the one under way included.
    count: u32,
    /// The wait before the last one.
    waited: Span,
    /// Whether a retry that was paid for is not over yet.
    retrying: bool,
    /// What was paid for the last retry.
    paid: f64,
}

impl Person {
    /// A user of a client, who has sent nothing yet: number `slot` of it in this process. Users of one
    /// process come from its addresses in turn.
    pub fn new(field: &Field, client: usize, slot: u32) -> Person {
        let number = u64::from(slot) + client as u64;
        Person { wire: Wire::new(field.net(), number), kept: Kept::default() }
    }
}

/// Makes a request, whose arrival is in the books; gives when it ended.
pub(super) async fn request(
    field: &Field,
    round: &Round,
    person: &mut Person,
    task: Task,
) -> Instant {
    let (client, intended, clock) = (task.client, task.intended, round.clock);
    let part = &round.parts[client];
    let now = || SimTime::ZERO + clock.now();
    part.guards().begun(now());
    let deadline = part.deadline.map(|deadline| intended + deadline);
    let mut tries = Tries { count: 1, waited: Span::ZERO, retrying: false, paid: 0.0 };
    let ended = loop {
        if let Some(cause) = part.holds_back(now(), task.order.number, tries.count) {
            break Err(cause);
        }
        let cause = match attempt(field, round, person, &task, tries.count, deadline).await {
            Outcome::Good(service) => {
                part.guards().ended(now(), Ended::Success);
                break Ok(service);
            }
            Outcome::Stayed => {
                part.guards().ended(now(), Ended::Success);
                part.guards().succeeded(tries.paid);
                if tries.retrying {
                    part.guards().retried();
                }
                return Instant::now();
            }
            Outcome::Bad(cause) => cause,
            Outcome::Cut => return round.leave(),
        };
        part.guards().ended(now(), Ended::Failure(cause));
        if std::mem::take(&mut tries.retrying) {
            part.guards().retried();
        }
        let Some(wait) = retry(part, &task, &mut tries, now(), cause, deadline) else {
            break Err(cause);
        };
        let resume = Instant::now() + duration(wait);
        if resume >= round.cut || round.is_stopped() {
            return round.leave();
        }
        field.sleeper().until(resume).await;
    };
    if tries.retrying {
        part.guards().retried();
    }
    let end = Instant::now();
    let (at, lasted) = (clock.at(end), between(intended, end));
    match ended {
        Ok(service) => {
            round.sheet.success(at, client, lasted, service.min(lasted));
            if part.users == 0 {
                round.sheet.note(at, client, task.order.number, lasted);
            }
            part.guards().succeeded(tries.paid);
        }
        Err(cause) => round.sheet.failure(at, client, cause, lasted),
    }
    end
}

/// Pays for another try, where one is left and in time; gives the wait before it.
fn retry(
    part: &Part,
    task: &Task,
    tries: &mut Tries,
    now: SimTime,
    cause: Cause,
    deadline: Option<Instant>,
) -> Option<Span> {
    if tries.count >= part.attempts || cause == Cause::Deadline {
        return None;
    }
    let wait = part.traffic().wait_before_retry(task.order.number, tries.count, tries.waited);
    let in_time = deadline.is_none_or(|deadline| Instant::now() + duration(wait) < deadline);
    let paid = if in_time { part.guards().pay(now, cause)? } else { return None };
    *tries = Tries { count: tries.count + 1, waited: wait, retrying: true, paid };
    Some(wait)
}

/// Sends an attempt and judges what comes back.
async fn attempt(
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
    let begun = Instant::now();
    let limit = deadline.map_or(round.cut, |deadline| deadline.min(round.cut));
    let until = (begun + part.timeout).min(limit);
    if begun >= limit {
        return if begun >= round.cut { Outcome::Cut } else { Outcome::Bad(Cause::Deadline) };
    }
    let tell = Tell { client: field.client(task.client), order: &task.order };
    let tell = Some(tell).filter(|_| field.tells_work() && task.tells);
    // A value that no answer gave: there is nothing that could be sent.
    let Ok(ready) = script.ready(field.secrets(), &person.kept, tell) else {
        return Outcome::Bad(Cause::Check);
    };
    let at = round.clock.at(begun);
    if number == 1 {
        round.sheet.late(at, task.client, between(task.intended, begun));
    }
    round.sheet.attempt(at, task.client);
    if let Some(stream) = &script.stream {
        let stayed = stay(round, person, task, &ready.message(), stream, until).await;
        return stayed
            .map_or(Outcome::Stayed, |first| judge(round, person, script, first, until, deadline));
    }
    let sent = person.wire.send(&ready.message(), until.into()).await;
    judge(round, person, script, sent, until, deadline)
}

/// What an answer, or the lack of one, comes to.
fn judge(
    round: &Round,
    person: &mut Person,
    script: &Script,
    sent: Sent,
    until: Instant,
    deadline: Option<Instant>,
) -> Outcome {
    let service = between(sent.sent.into_std(), sent.end.into_std());
    match sent.result {
        Ok(answer) => match script.judge(&answer, &mut person.kept) {
            Ok(()) => Outcome::Good(service),
            Err(cause) => {
                if matches!(cause, Cause::Status | Cause::Failed | Cause::RateLimited) {
                    round.sheet.reason(&format!("status {}", answer.status.as_u16()));
                }
                Outcome::Bad(cause)
            }
        },
        Err(loss) => {
            if loss.ours {
                round.sheet.ours();
            }
            if loss.cause == Cause::Timeout && until == round.cut {
                return Outcome::Cut;
            }
            round.sheet.reason(&loss.detail);
            match loss.cause {
                Cause::Timeout if Some(until) == deadline => Outcome::Bad(Cause::Deadline),
                cause => Outcome::Bad(cause),
            }
        }
    }
}

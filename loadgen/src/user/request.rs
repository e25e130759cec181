//! One request, from its intended start to its end: its tries, and the waits between them.
//!
//! It does what a simulated client does, in the same order and with the same chance. A request that is
//! under way when its step is cut is not written down as ended: it stays in flight.

use super::attempt::{Outcome, attempt};
use super::field::Field;
use super::round::{Part, Round, between, duration};
use crate::wire::{Kept, Wire};
use sim::metrics::Cause;
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
    /// Whether the brake has let its first attempt through.
    pub braked: bool,
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
    let deadline = part.terms(now()).deadline.map(|deadline| intended + deadline);
    let mut tries = Tries { count: 1, waited: Span::ZERO, retrying: false, paid: 0.0 };
    let ended = loop {
        if let Some(cause) = part.holds_back(now(), task.order.number, tries.count, false) {
            break Err(cause);
        }
        let cause = match attempt(field, round, person, &task, tries.count, deadline).await {
            Outcome::Good(service) => break Ok(service),
            Outcome::Stayed => {
                part.guards().succeeded(tries.paid);
                if tries.retrying {
                    part.guards().retried();
                }
                return Instant::now();
            }
            Outcome::Bad(cause) => cause,
            Outcome::Cut => return round.leave(),
        };
        if std::mem::take(&mut tries.retrying) {
            part.guards().retried();
        }
        let Some(wait) = retry(part, &task, &mut tries, now(), cause) else {
            break Err(cause);
        };
        let resume = Instant::now() + duration(wait);
        if resume >= round.cut() {
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
fn retry(part: &Part, task: &Task, tries: &mut Tries, now: SimTime, cause: Cause) -> Option<Span> {
    let terms = part.terms(now);
    if tries.count >= terms.attempts || cause == Cause::Deadline {
        return None;
    }
    let wait = part.traffic().wait_before_retry(task.order.number, tries.count, tries.waited);
    let resume = Instant::now() + duration(wait);
    let in_time = terms.deadline.is_none_or(|deadline| resume < task.intended + deadline);
    let paid = if in_time { part.guards().pay(now, cause)? } else { return None };
    *tries = Tries { count: tries.count + 1, waited: wait, retrying: true, paid };
    Some(wait)
}

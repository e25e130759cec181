//! Closed users: each sends, waits for the end of the request, thinks, and sends again.

use super::field::{Field, Gate};
use super::request::{Person, Task, request};
use super::round::{Round, duration};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::watch;

/// The life of a closed user: number `user` among all of its client, in all processes.
pub(super) async fn live(field: Arc<Field>, client: usize, user: u32) {
    let mut gate = field.gate();
    let mut person = Person::new(&field, client, user / field.share().of);
    loop {
        let round = match &*gate.borrow_and_update() {
            Gate::Gone => return,
            Gate::Shut => None,
            Gate::Open(round) => Some(round.clone()),
        };
        if let Some(round) = round.filter(|round| user < round.parts[client].users) {
            take_part(&field, &round, client, user, &mut person, &mut gate).await;
        }
        if gate.changed().await.is_err() {
            return;
        }
    }
}

/// Takes part in a step until it is over, or another has begun.
async fn take_part(
    field: &Field,
    round: &Round,
    client: usize,
    user: u32,
    person: &mut Person,
    gate: &mut watch::Receiver<Gate>,
) {
    let part = &round.parts[client];
    let begins = round.clock.origin() + part.begins_after(user, field.beginners_a_second());
    let mut ended = begins;
    loop {
        let (think, order) = part.traffic().of_user(user);
        let mut intended = ended + duration(think);
        if let Some(brake) = &round.brake {
            // The brake is not the target's fault: the request is meant to begin when it may.
            intended = intended.max(brake.reserve(intended.max(Instant::now())));
        }
        if round.is_over(intended) {
            return;
        }
        if intended > Instant::now() {
            tokio::select! {
                biased;
                () = field.sleeper().until(intended) => {}
                // Another gate means that this round is over: what it measured was taken.
                _ = gate.changed() => return gate.mark_changed(),
            }
        }
        if round.is_over(Instant::now()) {
            return;
        }
        let task = Task { client, order, intended, braked: true };
        round.sheet.arrival(round.clock.at(intended), client);
        // On the heap while it lasts: a user that thinks is small.
        ended = Box::pin(request(field, round, person, task)).await;
    }
}

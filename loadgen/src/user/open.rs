//! Open clients: arrivals at their times, and the users that take them on.
//!
//! The arrivals of a step come from the traffic that the simulator has, too. One thread sleeps until
//! the intended start of each and rings for a user that is free. The user that was busy last is taken
//! first, so that no more connections are opened than there are requests at a time. Of several
//! processes each draws all arrivals and sends every so-manieth.

use super::field::Field;
use super::request::{Person, Task, request};
use super::round::{Round, Share, between};
use sim::metrics::Cause;
use sim::platform::traffic::{Order, Traffic};
use sim::time::SimTime;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// The longest sleep of the thread: so soon it hears that the step ends early.
const LONGEST_SLEEP: Duration = Duration::from_millis(20);

/// The users of an open client in this process.
#[derive(Default)]
pub(super) struct Pool {
    posts: Vec<Post>,
    free: Mutex<Vec<u32>>,
}

/// Where a user waits for its next request.
#[derive(Default)]
struct Post {
    bell: Notify,
    mail: Mutex<Option<(Arc<Round>, Order)>>,
}

impl Pool {
    /// A pool for so many users, who are free when they are born.
    pub fn new(users: usize) -> Pool {
        Pool { posts: (0..users).map(|_| Post::default()).collect(), free: Mutex::default() }
    }

    /// Whether its client is open: one of no users is none.
    pub fn is_there(&self) -> bool {
        !self.posts.is_empty()
    }

    /// How many users have a request.
    pub fn busy(&self) -> u64 {
        self.posts.len().saturating_sub(lock(&self.free).len()) as u64
    }

    /// Wakes all users, so that they see the gate.
    pub fn wake(&self) {
        self.posts.iter().for_each(|post| post.bell.notify_one());
    }

    /// Hands a request to a user that is free; false when there is none.
    fn hand(&self, round: &Arc<Round>, order: Order) -> bool {
        let Some(user) = lock(&self.free).pop() else { return false };
        let post = &self.posts[user as usize];
        *lock(&post.mail) = Some((round.clone(), order));
        post.bell.notify_one();
        true
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Both hold what is whole at every step: a thread that panicked elsewhere spoils neither.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The life of a user of an open client: number `slot` of it in this process.
pub(super) async fn live(field: Arc<Field>, client: usize, slot: u32) {
    let pool = field.pool(client);
    let post = &pool.posts[slot as usize];
    let mut person = Person::new(&field, client, slot);
    lock(&pool.free).push(slot);
    loop {
        post.bell.notified().await;
        let mail = lock(&post.mail).take();
        if let Some((round, order)) = mail {
            let since = Duration::from_nanos(order.at.nanos());
            let intended = round.clock.origin() + since;
            let task = Task { client, order, intended, braked: true };
            Box::pin(request(&field, &round, &mut person, task)).await;
            drop(round);
            lock(&pool.free).push(slot);
        }
        if field.is_gone() {
            return;
        }
    }
}

/// Sends the arrivals of a step, until it is over: what the thread does that does nothing else.
pub(super) fn dispatch(field: &Field, round: &Arc<Round>) {
    send_all(field, round);
    round.arrives(false);
}

fn send_all(field: &Field, round: &Arc<Round>) {
    let mut arrivals = Arrivals::of(round);
    let Share { index, of } = field.share();
    while let Some((client, order)) = arrivals.next() {
        let intended = round.clock.origin() + Duration::from_nanos(order.at.nanos());
        if round.is_over(intended) {
            return;
        }
        if order.number % u64::from(of) != u64::from(index) {
            continue;
        }
        if !sleep_until(round, intended) {
            return;
        }
        let (now, at) = (Instant::now(), order.at.since(SimTime::ZERO));
        // Written down before anybody hears of it: so it is in the books while it waits for its user.
        round.sheet.arrival(at, client);
        let cause = match &round.brake {
            Some(brake) if !brake.take(now) => Cause::Throttled,
            _ if field.pool(client).hand(round, order) => continue,
            _ => Cause::Dropped,
        };
        round.sheet.failure(round.clock.at(now), client, cause, between(intended, now));
    }
}

/// Sleeps until an instant; false when the step is over before.
fn sleep_until(round: &Round, at: Instant) -> bool {
    loop {
        if round.is_over(at) {
            return false;
        }
        let now = Instant::now();
        if now >= at {
            return true;
        }
        thread::sleep((at - now).min(LONGEST_SLEEP));
    }
}

/// The arrivals of all open clients in the order of their times; at one time in that of the clients.
struct Arrivals {
    traffic: Vec<Traffic>,
    next: BinaryHeap<Reverse<(SimTime, usize)>>,
    orders: Vec<Option<Order>>,
}

impl Arrivals {
    fn of(round: &Round) -> Arrivals {
        let clients = 0..round.platform.clients.len();
        let traffic = clients.map(|client| Traffic::new(&round.platform, client, round.seed));
        let traffic: Vec<Traffic> = traffic.collect();
        let orders = vec![None; traffic.len()];
        let mut arrivals = Arrivals { traffic, next: BinaryHeap::new(), orders };
        for client in 0..arrivals.traffic.len() {
            arrivals.draw(client);
        }
        arrivals
    }

    fn draw(&mut self, client: usize) {
        // A closed client's traffic has no arrivals.
        self.orders[client] = self.traffic[client].next();
        self.next.extend(self.orders[client].map(|order| Reverse((order.at, client))));
    }

    fn next(&mut self) -> Option<(usize, Order)> {
        let Reverse((_, client)) = self.next.pop()?;
        let order = self.orders[client].take()?;
        self.draw(client);
        Some((client, order))
    }
}

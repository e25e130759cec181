//! One user's way to the target.
//!
//! **A kept connection that the server closed while it was idle** is made anew, once, and nothing is
//! counted as failed. The rule: the connection had carried an answer before, and the closing was seen
//! before any byte of the request had been taken (by looking before sending, or because the first
//! write failed). A request of which anything was taken may have been worked on: it is never sent a
//! second time, whatever its method, and its loss is counted as `reset`.

use super::answer::{Answer, Message, Sent};
use super::connect;
use super::cookies::{self, Jar};
use super::exchange::{Marks, exchange};
use super::link::{Idle, Link};
use super::loss::Loss;
use super::net::Net;
use super::redirect::Way;
use super::request::Hop;
use hyper::HeaderMap;
use sim::metrics::Cause;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// A plain connection that has carried an answer this long ago is looked at before it is used again:
/// a shorter pause is no time to be idle in, and looking is a call of the system. Under TLS looking
/// costs none, and what stands unread there would be taken for the next answer.
const LOOK_AFTER: Duration = Duration::from_millis(1);

/// A connection takes no longer than this, however long its request may: the longest patience.
const LONGEST_CONNECT: Duration = Duration::from_secs(3600);

/// One user's way to the target: a connection, where one is kept, and the user's cookies. Without a
/// connection it costs four words.
pub struct Wire {
    pub(super) net: Arc<Net>,
    pub(super) user: u64,
    kept: Option<Box<Idling>>,
    /// Shared with wires that were left behind, and copied when one of them changes it.
    cookies: Option<Arc<Jar>>,
}

/// A kept connection, and when it was last used.
struct Idling {
    link: Link,
    since: Instant,
}

impl Wire {
    /// A way for the user of this number, which decides the address that it comes from.
    pub fn new(net: Arc<Net>, user: u64) -> Wire {
        Wire { net, user, kept: None, cookies: None }
    }

    /// Another way for the same user: with the same cookies, and no connection.
    pub fn fork(&self) -> Wire {
        Wire { net: self.net.clone(), user: self.user, kept: None, cookies: self.cookies.clone() }
    }

    /// Begins a new session: without the connection and the cookies of the last one.
    pub fn forget(&mut self) {
        (self.kept, self.cookies) = (None, None);
    }

    /// Whether a connection is open.
    pub fn is_connected(&self) -> bool {
        self.kept.is_some()
    }

    /// Sends a request and follows where its answers lead. It ends at `until` at the latest.
    pub async fn send(&mut self, message: &Message<'_>, until: Instant) -> Sent {
        self.send_within(message, Some(until)).await
    }

    /// The same without an end of its own, for whoever waits no longer than it may: a clock for each
    /// request is not free.
    pub async fn send_unbounded(&mut self, message: &Message<'_>) -> Sent {
        self.send_within(message, None).await
    }

    async fn send_within(&mut self, message: &Message<'_>, until: Option<Instant>) -> Sent {
        let sent = Instant::now();
        let mut marks = Marks::default();
        let result = self.follow(message, until, &mut marks).await;
        Sent { sent, first_byte: marks.first_byte, end: Instant::now(), result }
    }

    /// Follows redirects, as many as are allowed and only to where it is allowed.
    async fn follow(
        &mut self,
        message: &Message<'_>,
        until: Option<Instant>,
        marks: &mut Marks,
    ) -> Result<Answer, Loss> {
        let net = self.net.clone();
        let mut way = Way::new(&net, message);
        loop {
            *marks = Marks::default();
            let answer = self.step(&net, message, &way, until, marks).await;
            net.count.answer(marks.read, marks.body);
            let answer = answer?;
            if !way.is_abroad() {
                self.store_cookies(&way, &answer.headers);
            }
            let Some(next) = way.next(&answer)? else { return Ok(answer) };
            way = next;
        }
    }

    /// Sends one request and reads its answer, over the kept connection or a new one.
    async fn step(
        &mut self,
        net: &Net,
        message: &Message<'_>,
        way: &Way<'_>,
        until: Option<Instant>,
        marks: &mut Marks,
    ) -> Result<Answer, Loss> {
        let abroad = way.is_abroad();
        let hop = Hop {
            message,
            method: way.method(),
            authority: way.authority(),
            base: way.base(),
            path: way.path(),
            with_body: way.with_body(),
            abroad,
            close: !net.keeps || abroad,
            cookies: if abroad { None } else { self.cookie_header(way) },
            upgrade: None,
        };
        loop {
            let reused = if abroad { None } else { self.reuse() };
            let used_before = reused.is_some();
            let connected = || until.unwrap_or_else(|| Instant::now() + LONGEST_CONNECT);
            let mut link = match (reused, way.addresses()) {
                (Some(link), _) => link,
                (None, None) => connect::to_target(net, self.user, connected()).await?,
                (None, Some(to)) => {
                    connect::to_other(net, self.user, way.origin(), to, connected()).await?
                }
            };
            let exchange = exchange(&mut link, &hop, &net.bounds, marks);
            let done = match until {
                Some(until) => timeout_at(until, exchange).await,
                None => Ok(exchange.await),
            };
            match done {
                Ok(Ok((answer, keeps))) => {
                    self.put_back(link, keeps && !hop.close);
                    return Ok(answer);
                }
                Ok(Err(loss)) if used_before && is_idle_close(&loss, marks) => {
                    net.count.reopened.fetch_add(1, Ordering::Relaxed);
                }
                Ok(Err(loss)) => return Err(loss),
                Err(_) => return Err(Loss::of_time(marks.first_byte.is_some())),
            }
        }
    }

    /// The kept connection, if it is still good.
    pub(super) fn reuse(&mut self) -> Option<Link> {
        let Idling { mut link, since } = *self.kept.take()?;
        if matches!(link, Link::Plain(_)) && since.elapsed() < LOOK_AFTER {
            return Some(link);
        }
        let count = match link.look() {
            Idle::Silent => return Some(link),
            Idle::Closed => &self.net.count.reopened,
            Idle::Unasked => &self.net.count.unasked,
        };
        count.fetch_add(1, Ordering::Relaxed);
        None
    }

    /// Keeps a connection for the next request, or closes it.
    fn put_back(&mut self, link: Link, keeps: bool) {
        self.kept = keeps.then(|| Box::new(Idling { link, since: Instant::now() }));
    }

    /// The cookies that go along.
    pub(super) fn cookie_header(&self, way: &Way<'_>) -> Option<String> {
        let jar = self.cookies.as_ref()?;
        jar.header(&way.full_path(), way.origin().tls, cookies::now())
    }

    /// Stores the cookies that an answer of the target sets.
    pub(super) fn store_cookies(&mut self, way: &Way<'_>, headers: &HeaderMap) {
        for value in headers.get_all(hyper::header::SET_COOKIE) {
            let jar = Arc::make_mut(self.cookies.get_or_insert_default());
            let origin = way.origin();
            jar.store(value.as_bytes(), &origin.host, &way.full_path(), origin.tls, cookies::now());
        }
    }
}

/// Whether a loss means only that the server had closed an idle connection: nothing of the request
/// was taken.
fn is_idle_close(loss: &Loss, marks: &Marks) -> bool {
    loss.cause == Cause::Reset && marks.written == 0 && marks.first_byte.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Allowed, Secrets};
    use bytes::Bytes;
    use hyper::Method;
    use sim::load::{Load, Target};

    #[test]
    fn a_user_costs_little_memory() {
        // Connecting is no part of it: a future does nothing until it is asked.
        let target = Target { tls: false, host: "127.0.0.1".into(), port: 1, base: String::new() };
        let load = Load::default();
        let allowed = Allowed::new(&load, &[]);
        let net = Net::new(&load, &target, &allowed, Vec::new(), Arc::<Secrets>::default());
        let mut wire = Wire::new(Arc::new(net.unwrap()), 0);
        assert!(size_of_val(&wire) <= 4 * size_of::<usize>());
        let headers = HeaderMap::new();
        let (method, path, body) = (&Method::GET, "/", Bytes::new());
        let message = Message { method, path, headers: &headers, body, wants_body: false };
        let sending = wire.send(&message, Instant::now());
        assert!(size_of_val(&sending) < 4 << 10, "{}", size_of_val(&sending));
    }
}

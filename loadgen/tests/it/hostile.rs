//! Hostile servers, real ones on loopback: whatever they do, a request ends as its counted cause, in
//! its time and in bounded memory. Bytes are asserted, not the size of the process.

mod bodies;
mod connections;
mod heads;
mod redirects;
mod server;
mod streams;
mod tls;

use bytes::Bytes;
use hyper::{HeaderMap, Method};
use loadgen::wire::{Allowed, Loss, Message, Net, Secrets, Sent, Wire};
use server::Server;
use sim::load::{Load, Target};
use sim::metrics::Cause;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// The room that reads may take beyond a bound, in bytes: one of each kind.
const SLACK: u64 = 32 << 10;

/// Runs to its end, in a minute at most: a test that hangs fails.
fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let minute = Duration::from_secs(60);
    runtime.block_on(async { tokio::time::timeout(minute, future).await }).expect("it hangs")
}

fn target(server: &Server, tls: bool) -> Target {
    let port = server.address.port();
    Target { tls, host: "127.0.0.1".into(), port, base: String::new() }
}

fn net_to(target: &Target, load: &Load) -> Arc<Net> {
    let secrets = Arc::new(Secrets::default());
    Arc::new(Net::new(load, target, &Allowed::new(load, &[]), Vec::new(), secrets).unwrap())
}

fn net(server: &Server, load: &Load) -> Arc<Net> {
    net_to(&target(server, false), load)
}

/// Sends a request without a body, with so much time.
async fn send(wire: &mut Wire, method: &Method, path: &str, time: Duration) -> Sent {
    let headers = HeaderMap::new();
    let message = Message { method, path, headers: &headers, body: Bytes::new(), wants_body: true };
    wire.send(&message, Instant::now() + time).await
}

/// Sends a `GET /` with all the time that it needs.
async fn get(wire: &mut Wire) -> Sent {
    send(wire, &Method::GET, "/", Duration::from_secs(30)).await
}

/// The loss that one request over a new connection ends as.
fn loss(net: &Arc<Net>) -> Loss {
    let mut wire = Wire::new(net.clone(), 0);
    let sent = run(get(&mut wire));
    assert!(!wire.is_connected(), "a connection that broke the rules was kept");
    sent.result.expect_err("it got an answer")
}

/// One request to a server that answers with these bytes and closes: what it ends as.
fn cause_of(answer: Vec<u8>) -> Cause {
    let server = Server::answering(move |_| answer.clone());
    loss(&net(&server, &Load::default())).cause
}

fn read_max(net: &Net) -> u64 {
    net.count().read_max.load(Ordering::Relaxed)
}

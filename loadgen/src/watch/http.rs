//! Asks a source of measures, or gives a collector ours: over the wire of load tests, with its bounds.

use crate::wire::{Allowed, Error, Loss, Message, Net, Secrets, Wire};
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Method};
use sim::load::{Bounds, Connections, Load, Target};
use sim::units::Bytes as Size;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The longest answer that is read: the measures of a proxy with ten thousand servers.
const BODY: Size = Size(4 << 20);

/// A connection to a host that is no target of load: it is asked once a second at most.
pub(super) struct Http {
    wire: Wire,
    /// What is asked for below the target's base.
    path: &'static str,
}

impl Http {
    /// A way to `target`, at `path` where it names none. It trusts what the scenario trusts, and goes
    /// only to hosts that are allowed.
    pub fn new(
        load: &Load,
        target: &Target,
        path: &'static str,
        allowed: &Allowed,
    ) -> Result<Http, Error> {
        let bounds = Bounds { body: BODY, ..Bounds::default() };
        let load = Load {
            bounds,
            connections: Connections::Kept,
            roots: load.roots.clone(),
            ..Load::default()
        };
        let path = if target.base.is_empty() { path } else { "" };
        let net = Net::new(&load, target, allowed, Vec::new(), Arc::new(Secrets::default()))?;
        Ok(Http { wire: Wire::new(Arc::new(net), 0), path })
    }

    /// Asks, and gives the answer as text, or why there is none.
    pub async fn get(&mut self, patience: Duration) -> Result<String, String> {
        self.send(&Method::GET, &HeaderMap::new(), Bytes::new(), patience).await
    }

    /// Gives a JSON text, and gives the answer as text, or why there is none.
    pub async fn post(&mut self, json: String, patience: Duration) -> Result<String, String> {
        let json_type = HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, json_type)]);
        self.send(&Method::POST, &headers, Bytes::from(json), patience).await
    }

    async fn send(
        &mut self,
        method: &Method,
        headers: &HeaderMap,
        body: Bytes,
        patience: Duration,
    ) -> Result<String, String> {
        let message = Message { method, path: self.path, headers, body, wants_body: true };
        let sent = self.wire.send(&message, Instant::now() + patience).await;
        let answer = sent.result.map_err(|Loss { cause, detail, .. }| match &detail[..] {
            "" => cause.summary().to_string(),
            detail => detail.to_string(),
        })?;
        if !answer.status.is_success() {
            return Err(format!("the answer had status {}", answer.status.as_u16()));
        }
        String::from_utf8(answer.body.into()).map_err(|_| "the answer is not text".into())
    }
}

/// A server for tests that answers each request with what a function says.
#[cfg(test)]
pub(super) mod testing {
    use sim::load::Target;
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener, TcpStream};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex};
    use std::thread::JoinHandle;
    use std::time::Duration;

    /// A server that ends when it is dropped; it serves one connection at a time, one request each.
    pub struct Server {
        address: SocketAddr,
        asked: Arc<Mutex<Vec<String>>>,
        ends: Arc<AtomicBool>,
        thread: Option<JoinHandle<()>>,
    }

    impl Server {
        /// Gives each request's number to `answer`.
        pub fn start(answer: impl Fn(usize) -> String + Send + 'static) -> Server {
            let socket = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = socket.local_addr().unwrap();
            let (asked, ends) = <(Arc<Mutex<Vec<String>>>, Arc<AtomicBool>)>::default();
            let (heard, ended) = (Arc::clone(&asked), Arc::clone(&ends));
            let thread = std::thread::spawn(move || {
                for stream in socket.incoming() {
                    if ended.load(Ordering::Relaxed) {
                        return;
                    }
                    let mut stream = stream.unwrap();
                    let Some(request) = request(&mut stream) else { continue };
                    let number = heard.lock().unwrap().len();
                    heard.lock().unwrap().push(request);
                    let _ = stream.write_all(answer(number).as_bytes());
                }
            });
            Server { address, asked, ends, thread: Some(thread) }
        }

        /// Its address with a path.
        pub fn target(&self, path: &str) -> Target {
            Target::parse(&format!("http://{}{path}", self.address)).unwrap()
        }

        /// The heads and bodies of all requests.
        pub fn asked(&self) -> Vec<String> {
            self.asked.lock().unwrap().clone()
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            self.ends.store(true, Ordering::Relaxed);
            drop(TcpStream::connect(self.address));
            if let Some(thread) = self.thread.take() {
                let _ = thread.join();
            }
        }
    }

    /// A request's head and its body, as its `content-length` says.
    fn request(stream: &mut TcpStream) -> Option<String> {
        stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
        let (mut text, mut bytes) = (String::new(), [0; 4096]);
        loop {
            let count = stream.read(&mut bytes).ok().filter(|count| *count > 0)?;
            text += &String::from_utf8_lossy(&bytes[..count]);
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let head = head.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            if body.len() >= length.map_or(0, |length| length.trim().parse().unwrap()) {
                return Some(text);
            }
        }
    }

    /// A good answer; the connection ends with it.
    pub fn ok(body: &str) -> String {
        let length = body.len();
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
    }
}

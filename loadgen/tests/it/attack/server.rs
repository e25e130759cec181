//! A real server for tests, which counts what it gets and can stall.

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// What a server does with each request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// Frozen for the first so long ...
    pub stall: Duration,
    /// ... of every so long; never when zero.
    pub every: Duration,
    /// Its answer comes so much later.
    pub takes: Duration,
    /// Every so-manieth request is answered with 500; none when zero.
    pub fails_every: u64,
    /// Every so-manieth request takes `slow` more; none when zero.
    pub slow_every: u64,
    pub slow: Duration,
}

/// A server that runs until it is dropped.
pub struct Server {
    pub address: SocketAddr,
    state: Arc<State>,
    _runtime: Runtime,
}

struct State {
    manner: Manner,
    requests: AtomicU64,
    connections: AtomicU64,
    /// Requests whose clients left before they had an answer.
    left: AtomicU64,
    began: Instant,
    hangs: AtomicBool,
    /// The names of the requests, where they tell one.
    names: Mutex<Vec<String>>,
    /// Their paths and their work, in nanoseconds, in the same order.
    works: Mutex<Vec<(String, u64)>>,
}

impl Server {
    /// Starts a server on a free port.
    pub fn start(manner: Manner) -> Server {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let state = Arc::new(State {
            manner,
            requests: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            left: AtomicU64::new(0),
            began: Instant::now(),
            hangs: AtomicBool::new(false),
            names: Mutex::new(Vec::new()),
            works: Mutex::new(Vec::new()),
        });
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(accept(listener, state.clone()));
        Server { address, state, _runtime: runtime }
    }

    /// How many requests came.
    pub fn requests(&self) -> u64 {
        self.state.requests.load(Ordering::SeqCst)
    }

    /// How many connections were made.
    pub fn connections(&self) -> u64 {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// How many clients left before they had their answer.
    pub fn left(&self) -> u64 {
        self.state.left.load(Ordering::SeqCst)
    }

    /// From now on no request is answered.
    pub fn hang(&self) {
        self.state.hangs.store(true, Ordering::SeqCst);
    }

    /// What the requests said they were, in the order of coming.
    pub fn names(&self) -> Vec<String> {
        self.state.names.lock().unwrap().clone()
    }
}

impl Server {
    /// Those requests with their paths and their work, sorted by name.
    pub fn orders(&self) -> Vec<(String, String, u64)> {
        let works = self.state.works.lock().unwrap().clone();
        let named = self.names().into_iter().zip(works);
        let mut orders: Vec<_> = named.map(|(name, (path, work))| (name, path, work)).collect();
        orders.sort_unstable();
        orders
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        stream.set_nodelay(true).unwrap();
        state.connections.fetch_add(1, Ordering::SeqCst);
        let state = state.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, state.clone()));
            let connection = hyper::server::conn::http1::Builder::new();
            let _ = connection.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// Counts a request as left, unless it comes to its answer.
struct Waiting<'a>(Option<&'a State>);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(state) = self.0 {
            state.left.fetch_add(1, Ordering::SeqCst);
        }
    }
}

async fn answer(
    request: Request<Incoming>,
    state: Arc<State>,
) -> Result<Response<String>, std::convert::Infallible> {
    let number = state.requests.fetch_add(1, Ordering::SeqCst) + 1;
    if let Some(name) = request.headers().get("dynomesh-request") {
        state.names.lock().unwrap().push(name.to_str().unwrap().to_string());
        let work = request.headers()["dynomesh-work"].to_str().unwrap().parse().unwrap();
        state.works.lock().unwrap().push((request.uri().path().to_string(), work));
    }
    if let Some(response) = of_session(&request, number) {
        return Ok(response);
    }
    let Manner { stall, every, takes, fails_every, slow_every, slow } = state.manner;
    let mut waiting = Waiting(Some(&state));
    if slow_every > 0 && number.is_multiple_of(slow_every) {
        tokio::time::sleep(slow).await;
    }
    if !every.is_zero() {
        let nanos = state.began.elapsed().as_nanos() % every.as_nanos();
        let into = Duration::from_nanos(u64::try_from(nanos).unwrap());
        tokio::time::sleep(stall.saturating_sub(into)).await;
    }
    tokio::time::sleep(takes).await;
    if state.hangs.load(Ordering::SeqCst) {
        std::future::pending::<()>().await;
    }
    waiting.0 = None;
    let mut response = Response::new("hello".to_string());
    if fails_every > 0 && number.is_multiple_of(fails_every) {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    Ok(response)
}

/// What the pages of a small shop with sessions answer: `/login` gives a token and a cookie, and
/// `/account` wants both, of the same session.
fn of_session(request: &Request<Incoming>, number: u64) -> Option<Response<String>> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let mut response = Response::new(String::new());
    match request.uri().path() {
        "/login" => {
            *response.body_mut() = format!("{{\"session\": {{\"token\": \"t{number}\"}}}}");
            let cookie = format!("session={number}; Path=/").parse().unwrap();
            response.headers_mut().insert("set-cookie", cookie);
        }
        "/account" => {
            let token = header("x-token").and_then(|token| token.strip_prefix('t'));
            let cookie = header("cookie").and_then(|cookie| cookie.strip_prefix("session="));
            if token.is_none() || token != cookie {
                *response.status_mut() = StatusCode::FORBIDDEN;
            }
        }
        _ => return None,
    }
    Some(response)
}

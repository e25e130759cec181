//! `builtin`: a router of our own, whose balancers are those that `sim` runs.
//!
//! One listener stands for all `mesh.routers`: each request is dealt to one of them by chance, as the
//! simulator deals attempts. Each has its own counts, queue and quarantines, or one set for all where
//! `mesh.knowledge` is `shared`. What stands around the balancers and what guards the routers is the
//! simulator's own code, too.
//!
//! It answers in a dyno's place with status 503 and the cause in `dynomesh-cause`. A request that has
//! come is brought to its end though its client has gone, as routers do that do not look.

mod guards;
mod mesh;
mod pool;
mod queue;
mod upkeep;
mod upstream;
mod waiting;
mod word;

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use sim::load::Watch;
use sim::metrics::Cause;
use sim::rng::Stream;
use sim::time::Span;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::mesh::Mesh;
use self::queue::Wish;
use super::super::counts::RouterCounts;
use super::super::error::{Error, system};
use super::super::fleet::News;
use super::super::tell;
use super::{Router, RouterKind, Setting, unstaged};

/// The registry's row.
pub(super) const KIND: RouterKind = RouterKind {
    name: "builtin",
    model: "heroku",
    summary: "our own router, with the balancers that `sim` runs",
    install: None,
    start,
    warnings: unstaged,
};

/// Connections that wait to be accepted; the kernel cuts it to its own bound.
const LISTEN: i32 = 4096;

/// The router at work.
#[derive(Debug)]
struct Builtin {
    target: SocketAddr,
    most_connections: usize,
    front: Arc<Front>,
}

/// What all connections share.
struct Front {
    mesh: Arc<Mesh>,
    /// Deals requests to routers.
    deal: Mutex<Stream>,
    /// Keys of requests that tell none.
    keys: AtomicU64,
}

impl std::fmt::Debug for Front {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Front")
    }
}

fn start(setting: &Setting<'_>) -> Result<Arc<dyn Router>, Error> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener = listen(address).map_err(system("listen on loopback"))?;
    let target = listener.local_addr().map_err(system("listen on loopback"))?;
    let _runtime = setting.handle.enter();
    let listener = tokio::net::TcpListener::from_std(listener);
    let listener = listener.map_err(system("listen on loopback"))?;
    // Clients have half of the files. A connection to a dyno has two: the dyno is here, too.
    let most_connections = (setting.files / 2).saturating_sub(256).max(16) as usize;
    let mesh = Arc::new(Mesh::new(setting));
    mesh.keep_up();
    if let Some(listener) = mesh.listener() {
        for (app, found) in setting.fleet.apps.iter().enumerate() {
            found.dynos.iter().for_each(|dyno| dyno.tell(app, listener.clone()));
        }
    }
    let front = Arc::new(Front {
        mesh,
        deal: Mutex::new(Stream::named(setting.seed, "stage.routers", 0)),
        keys: AtomicU64::new(0),
    });
    setting.handle.spawn(accept(Arc::clone(&front), listener, most_connections));
    Ok(Arc::new(Builtin { target, most_connections, front }))
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let domain = socket2::Domain::for_address(address);
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(LISTEN)?;
    Ok(TcpListener::from(socket))
}

impl Router for Builtin {
    fn target(&self) -> SocketAddr {
        self.target
    }

    fn most_connections(&self) -> u64 {
        self.most_connections as u64
    }

    fn hear(&self, news: News) {
        self.front.mesh.hear(news);
    }

    fn counts(&self) -> RouterCounts {
        self.front.mesh.counts()
    }

    fn watch(&self) -> Option<Watch> {
        None
    }

    fn process(&self) -> Option<u32> {
        None
    }

    fn close(&self) {}

    fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// Takes connections for ever, at most so many at once: the others wait in the kernel's queue.
async fn accept(front: Arc<Front>, listener: tokio::net::TcpListener, most: usize) {
    let places = Arc::new(Semaphore::new(most));
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        let place = place.expect("nobody closes the places");
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(converse(Arc::clone(&front), stream, place));
            }
            // Out of files: until some are free.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn converse(front: Arc<Front>, stream: TcpStream, _place: OwnedSemaphorePermit) {
    // Without it answers wait for the client's acknowledgements.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer(Arc::clone(&front), request));
    // How a connection ends is the client's matter.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    front: Arc<Front>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (mut head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, tell::MOST_BODY).collect().await else {
        let answer = Response::builder().status(StatusCode::PAYLOAD_TOO_LARGE);
        return Ok(answer.body(Full::default()).expect("a status makes an answer"));
    };
    strip(&mut head.headers);
    let request = Request::from_parts(head, body.to_bytes());
    let rows = front.mesh.rows();
    let row = if rows == 1 {
        0
    } else {
        front.deal.lock().unwrap_or_else(PoisonError::into_inner).below(rows)
    };
    let key = tell::key(request.headers())
        .unwrap_or_else(|| sim::rng::mix(front.keys.fetch_add(1, Ordering::Relaxed)));
    let patience = tell::patience(request.headers()).unwrap_or(Span::MAX);
    let wish = Wish { key, patience: front.mesh.time.now() + patience };
    // In a task of its own it is brought to its end whatever the client does.
    let routed = tokio::spawn(Arc::clone(&front.mesh).route(row, wish, request)).await;
    Ok(match routed {
        Ok(Ok(answer)) => {
            let (mut head, body) = answer.into_parts();
            strip(&mut head.headers);
            Response::from_parts(head, Full::new(body))
        }
        Ok(Err(cause)) => failure(cause),
        // Only a panic ends the task otherwise, and a panic has been told of.
        Err(_) => failure(Cause::Failed),
    })
}

/// The answer of a router that has none from a dyno.
fn failure(cause: Cause) -> Response<Full<Bytes>> {
    Response::builder()
        .status(StatusCode::SERVICE_UNAVAILABLE)
        .header(tell::CAUSE, cause.name())
        .body(Full::from(format!("{}\n", cause.summary())))
        .expect("a cause's name makes a header")
}

/// Takes out what concerns one connection only.
fn strip(headers: &mut HeaderMap<HeaderValue>) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.into_iter().chain([CONNECTION, TRANSFER_ENCODING, UPGRADE]) {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}

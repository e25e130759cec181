//! The HTTP side of a dyno: connections, what a request tells of its work, the answer.

use std::fmt;
use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use sim::time::Span;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::super::tell;
use super::{Dyno, Fate, LISTEN, Phase};

/// Why a connection is closed without an answer.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the dyno refuses the connection")
    }
}

impl std::error::Error for Refused {}

impl Dyno {
    /// Takes connections until this life is over.
    pub(super) async fn accept(
        self: Arc<Dyno>,
        listener: TcpListener,
        mut phase: watch::Receiver<Phase>,
    ) {
        loop {
            // In this order: who comes after the freeze is not let in any more.
            let accepted = tokio::select! {
                biased;
                turned = phase.wait_for(|phase| *phase != Phase::Up) => {
                    Err(turned.map(|phase| *phase).unwrap_or(Phase::Crashed))
                }
                accepted = listener.accept() => Ok(accepted),
            };
            match accepted {
                Ok(Ok((stream, _))) => {
                    tokio::spawn(Arc::clone(&self).converse(stream, phase.clone()));
                }
                // Out of files: connections wait in the kernel's queue until some are free.
                Ok(Err(_)) => tokio::time::sleep(Duration::from_millis(10)).await,
                Err(Phase::Frozen { room }) => stand_still(&listener, &mut phase, room).await,
                Err(_) => return,
            }
        }
    }

    /// Serves one connection to its end, or to the end of this life.
    async fn converse(self: Arc<Dyno>, stream: TcpStream, mut phase: watch::Receiver<Phase>) {
        // Without it answers wait for the router's acknowledgements.
        let _ = stream.set_nodelay(true);
        let service = service_fn(|request| Arc::clone(&self).answer(request));
        let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        let ended = tokio::select! {
            _ = Pin::new(&mut connection) => return,
            ended = phase.wait_for(|phase| *phase != Phase::Up) => ended.map(|phase| *phase).ok(),
        };
        if matches!(ended, Some(Phase::Draining | Phase::Frozen { .. })) {
            Pin::new(&mut connection).graceful_shutdown();
            tokio::select! {
                _ = Pin::new(&mut connection) => return,
                _ = phase.wait_for(|phase| *phase == Phase::Crashed) => {}
            }
        }
        // A dead process does not say goodbye: its connections are reset.
        let _ = connection.into_parts().io.into_inner().set_zero_linger();
    }

    async fn answer(
        self: Arc<Dyno>,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Refused> {
        let (head, body) = request.into_parts();
        if Limited::new(body, tell::MOST_BODY).collect().await.is_err() {
            return Ok(self.response(StatusCode::PAYLOAD_TOO_LARGE));
        }
        let (work, cpu) = self.work(head.uri.path(), &head.headers);
        match self.take(work, cpu).await {
            Ok(Fate::Done) => Ok(self.response(StatusCode::OK)),
            Ok(Fate::Failed) => Ok(self.response(StatusCode::INTERNAL_SERVER_ERROR)),
            Ok(Fate::Refused) => Err(Refused),
            // The connection is about to be reset.
            Ok(Fate::Lost) | Err(_) => pending().await,
        }
    }

    /// How much work a request is: what it tells, else what its endpoint draws.
    fn work(&self, path: &str, headers: &HeaderMap) -> (Span, f64) {
        let endpoint = tell::endpoint(path);
        let named = self.endpoints.iter().find(|known| known.name == endpoint);
        let endpoint = named.unwrap_or(&self.endpoints[0]);
        let work = tell::work(headers).unwrap_or_else(|| {
            let number = self.drawn.fetch_add(1, Ordering::Relaxed);
            endpoint.work.sample(&mut self.works.stream(number))
        });
        (work, tell::cpu(headers).unwrap_or(endpoint.cpu))
    }

    fn response(&self, status: StatusCode) -> Response<Full<Bytes>> {
        let (app, slot) = (&self.app, self.slot);
        let body = Full::from(format!("dyno {slot} of {app}\n"));
        Response::builder()
            .status(status)
            .header(tell::DYNO, format!("{app}/{slot}"))
            .header("content-type", "text/plain")
            .body(body)
            .expect("an app's name and a number make a header")
    }
}

/// Accepts nothing until the dyno thaws or this life is over. The kernel's queue takes so many, and
/// does not answer who comes after.
async fn stand_still(listener: &TcpListener, phase: &mut watch::Receiver<Phase>, room: u32) {
    let socket = SockRef::from(listener);
    // The queue of Linux takes one more than it is told. Where there is room for none that one is
    // ours. Should any of this fail, more get in than should: it is the system that is short then.
    let _ = socket.listen(room.saturating_sub(1).min(LISTEN) as i32);
    let stopper = async {
        let _stopper = match listener.local_addr() {
            Ok(address) if room == 0 => TcpStream::connect(address).await.ok(),
            _ => None,
        };
        pending::<()>().await;
    };
    tokio::select! {
        () = stopper => {}
        _ = phase.wait_for(|phase| !matches!(phase, Phase::Frozen { .. })) => {}
    }
    let _ = socket.listen(LISTEN as i32);
}

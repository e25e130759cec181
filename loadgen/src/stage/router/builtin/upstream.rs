//! The way from the router to one dyno: kept connections, a bound, and how a dispatch can end.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use sim::time::Span;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::super::super::dyno::Dyno;
use super::super::super::tell;

/// How a dispatch ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The dyno refused it: it has not begun.
    Refused,
    /// No connection in time.
    NoConnection,
    /// The dyno died with it.
    Lost,
}

/// The connections to one dyno.
pub(super) struct Upstream {
    dyno: Arc<Dyno>,
    connect: Duration,
    /// Bounds the connections to all dynos together, idle ones included.
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Link>>,
    /// The most of them that are kept.
    most_idle: usize,
}

/// A connection, and its place among all.
struct Link {
    sender: SendRequest<Full<Bytes>>,
    _place: OwnedSemaphorePermit,
}

impl Upstream {
    /// The way to a dyno; connections are opened when they are needed.
    pub fn new(
        dyno: Arc<Dyno>,
        connect: Span,
        places: Arc<Semaphore>,
        most_idle: usize,
    ) -> Upstream {
        let connect = Duration::from_nanos(connect.nanos());
        Upstream { dyno, connect, places, idle: Mutex::new(Vec::new()), most_idle }
    }

    /// Sends a request and reads the whole answer.
    pub async fn exchange(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Trouble> {
        loop {
            let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let (mut link, fresh) = match kept {
                Some(link) => (link, false),
                None => (self.open().await?, true),
            };
            // A copy shares the body.
            let mut error = match link.sender.try_send_request(request.clone().map(Full::new)).await
            {
                Ok(answer) => return self.read(link, answer).await,
                Err(error) => error,
            };
            // A kept connection may have ended meanwhile: then the request has not left. And a dyno that
            // freezes closes what is idle: it has not seen what crossed with that.
            let unseen = !fresh && (error.take_message().is_some() || self.dyno.is_frozen());
            if !unseen {
                return Err(trouble(error.error()));
            }
        }
    }

    async fn read(
        &self,
        link: Link,
        answer: Response<hyper::body::Incoming>,
    ) -> Result<Response<Bytes>, Trouble> {
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, tell::MOST_BODY).collect().await;
        let body = body.map_err(|_| Trouble::Lost)?.to_bytes();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.most_idle {
            idle.push(link);
        }
        drop(idle);
        Ok(Response::from_parts(head, body))
    }

    async fn open(&self) -> Result<Link, Trouble> {
        let connected = timeout(self.connect, async {
            let place = Arc::clone(&self.places).acquire_owned().await;
            let place = place.expect("nobody closes the places");
            Ok::<_, io::Error>((TcpStream::connect(self.dyno.address).await?, place))
        });
        let (stream, place) = match connected.await {
            Ok(Ok(connected)) => connected,
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                return Err(Trouble::Refused);
            }
            Ok(Err(_)) | Err(_) => return Err(Trouble::NoConnection),
        };
        // Without it a request may wait for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        let opened = http1::Builder::new().handshake(TokioIo::new(stream)).await;
        let (sender, connection) = opened.map_err(|error| trouble(&error))?;
        tokio::spawn(async move {
            // Whoever sent the request hears of its end.
            let _ = connection.await;
        });
        Ok(Link { sender, _place: place })
    }

    /// Closes the idle connections: the dyno has gone.
    pub fn forget(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A connection that is closed in good order before any answer was refused; one that is reset was lost.
fn trouble(error: &hyper::Error) -> Trouble {
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        Trouble::Refused
    } else {
        Trouble::Lost
    }
}

//! An endpoint that Prometheus scrapes: the last snapshot, as its text format (version 0.0.4).
//!
//! It serves on a thread of its own, few connections at a time and each for a short while, so that a
//! scraper that misbehaves costs a bounded part of the machine that measures.

use super::measures::{Kind, MEASURES, Measure};
use super::snapshot::{Board, Snapshot};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE};
use hyper::{Method, Request, Response, StatusCode, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// So many connections are served at once; further ones wait in the listening socket.
const CONNECTIONS: usize = 8;

/// No connection is served longer: a scraper connects anew.
const PATIENCE: Duration = Duration::from_secs(10);

/// An endpoint that serves until it is dropped.
#[derive(Debug)]
pub struct Endpoint {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Endpoint {
    /// Serves what hangs on `board` at `address`, below `/metrics`.
    ///
    /// # Errors
    /// Where the address cannot be listened at, or there is no thread.
    pub fn start(address: SocketAddr, board: Board) -> io::Result<Endpoint> {
        let socket = std::net::TcpListener::bind(address)?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("prometheus".into());
        let thread = thread.spawn(move || serve(&runtime, socket, &board, stopped))?;
        Ok(Endpoint { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        // It ends at once; should it have failed, it has ended.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    runtime: &Runtime,
    socket: std::net::TcpListener,
    board: &Board,
    mut stopped: oneshot::Receiver<()>,
) {
    runtime.block_on(async {
        let Ok(socket) = TcpListener::from_std(socket) else { return };
        let mut connections = JoinSet::new();
        loop {
            let room = connections.len() < CONNECTIONS;
            tokio::select! {
                _ = &mut stopped => return,
                Some(_) = connections.join_next() => {}
                accepted = socket.accept(), if room => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(timeout(PATIENCE, connection(stream, board.clone())));
                    }
                    // Most often no file is left: others close theirs soon.
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                },
            }
        }
    });
}

async fn connection(stream: TcpStream, board: Board) {
    let answer = service_fn(|request| {
        let answer = answer(&request, board.get().as_ref());
        async { Ok::<_, Infallible>(answer) }
    });
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(16 << 10);
    // A scraper that goes away is its own affair.
    let _ = server.serve_connection(TokioIo::new(stream), answer).await;
}

fn answer(request: &Request<Incoming>, snapshot: Option<&Snapshot>) -> Response<Full<Bytes>> {
    let plain = |status: StatusCode, text: String| {
        let builder = Response::builder().status(status).header(ALLOW, "GET, HEAD");
        let builder = builder.header(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
        builder.body(Full::new(Bytes::from(text))).expect("its parts are constant and right")
    };
    match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/metrics") => {
            plain(StatusCode::OK, snapshot.map(text).unwrap_or_default())
        }
        (&Method::GET | &Method::HEAD, _) => {
            plain(StatusCode::NOT_FOUND, "the measures are at /metrics\n".into())
        }
        _ => plain(StatusCode::METHOD_NOT_ALLOWED, "only GET is served\n".into()),
    }
}

/// The text format: for each measure its help, its type and a line a value.
fn text(snapshot: &Snapshot) -> String {
    let mut text = String::new();
    for measure in MEASURES {
        let values = (measure.values)(snapshot);
        if values.is_empty() {
            continue;
        }
        let name = name(measure);
        let kind = if measure.kind == Kind::Count { "counter" } else { "gauge" };
        text += &format!("# HELP {name} {}\n# TYPE {name} {kind}\n", measure.help);
        for (label, value) in values {
            let (stage, step) = (escaped(&snapshot.stage), escaped(&snapshot.step));
            text += &format!("{name}{{stage=\"{stage}\",step=\"{step}\"");
            if let Some((key, label)) = label {
                text += &format!(",{key}=\"{label}\"");
            }
            text += &format!("}} {value}\n");
        }
    }
    text
}

/// The name with its unit at the end, as Prometheus names series.
fn name(measure: &Measure) -> String {
    let unit = match (measure.kind, measure.unit) {
        (Kind::Count, _) => "_total",
        (Kind::Level, "s") => "_seconds",
        (Kind::Level, "1") => "_ratio",
        (Kind::Level, _) => "",
    };
    format!("loadgen_{}{unit}", measure.name)
}

/// A label's value, in which backslash, quote and end of line are escaped.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::super::snapshot::example;
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn the_text_format_has_help_type_and_values() {
        let text = text(&Snapshot { step: "a \"b\" \\ c".into(), ..example() });
        for part in [
            "# HELP loadgen_requests_total requests that began, dropped ones too\n",
            "# TYPE loadgen_requests_total counter\n",
            "loadgen_requests_total{stage=\"finding the boundaries\",step=\"a \\\"b\\\" \\\\ c\"} 6100\n",
            "cause=\"h12\"} 20\n",
            "# TYPE loadgen_latency_seconds gauge\n",
            "quantile=\"0.99\"} 1.5\n",
            "loadgen_lost_ratio{",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let request = format!("{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn it_serves_the_last_snapshot_and_nothing_else() {
        let board = Board::default();
        let endpoint = Endpoint::start("127.0.0.1:0".parse().unwrap(), board.clone()).unwrap();
        let address = endpoint.address();
        assert!(ask(address, "GET /metrics").starts_with("HTTP/1.1 200 OK"));
        board.set(example());
        assert!(ask(address, "GET /metrics").contains("\nloadgen_users{stage="));
        assert!(ask(address, "GET /").starts_with("HTTP/1.1 404"));
        assert!(ask(address, "POST /metrics").starts_with("HTTP/1.1 405"));
        drop(endpoint);
        assert!(std::net::TcpStream::connect(address).is_err());
    }

    #[test]
    fn silent_connections_do_not_keep_it_from_ending() {
        let endpoint = Endpoint::start("127.0.0.1:0".parse().unwrap(), Board::default()).unwrap();
        let connect = || std::net::TcpStream::connect(endpoint.address()).unwrap();
        let silent: Vec<_> = (0..CONNECTIONS + 3).map(|_| connect()).collect();
        drop(endpoint);
        drop(silent);
    }

    #[test]
    fn a_taken_address_is_an_error() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let error = Endpoint::start(taken.local_addr().unwrap(), Board::default()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }
}

//! What this machine can generate: a short test against a server of our own.
//!
//! One worker with kept connections sends to a server that answers at once, each on a thread of its
//! own. The rate depends on who else uses the cores; what a request costs in CPU hardly does, so that
//! is the measure. The load goes to loopback only, from a fixed number of connections, for a fixed time.

use super::super::{Gaps, GapsReport, Limits, Root, text};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper::{Request, Response, server, service::service_fn};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// How many connections the worker keeps.
const CONNECTIONS: u32 = 64;

/// How much longer than asked for the last answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the server answers.
const ANSWER: &[u8] = b"hello\n";

/// What this machine can generate.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(into = "Told")]
pub struct Generation {
    /// How many requests one worker sent, each answered.
    pub requests: u64,
    /// How long that took, in seconds.
    pub seconds: f64,
    /// The CPU time that it took the worker, in seconds; unknown outside Linux.
    pub cpu_seconds: Option<f64>,
    /// The CPU seconds that this machine gives in a second.
    pub cores: Option<f64>,
    /// How this process was scheduled meanwhile.
    pub gaps: GapsReport,
}

/// The same for programs, in seconds and requests a second.
#[derive(Serialize)]
struct Told {
    requests: u64,
    seconds: f64,
    cpu_seconds: Option<f64>,
    requests_per_cpu_second: Option<f64>,
    requests_per_second_most: Option<f64>,
    sleep_late_p50: Option<f64>,
    sleep_late_p99: Option<f64>,
}

impl From<Generation> for Told {
    fn from(found: Generation) -> Told {
        let late = |share: f64| found.gaps.sleeps.quantile(share).map(|nanos| nanos as f64 / 1e9);
        Told {
            requests: found.requests,
            seconds: found.seconds,
            cpu_seconds: found.cpu_seconds,
            requests_per_cpu_second: found.per_cpu_second(),
            requests_per_second_most: found.most(),
            sleep_late_p50: late(0.5),
            sleep_late_p99: late(0.99),
        }
    }
}

impl Generation {
    /// How many requests a CPU second sends.
    pub fn per_cpu_second(&self) -> Option<f64> {
        self.cpu_seconds.filter(|cpu| *cpu > 0.0).map(|cpu| self.requests as f64 / cpu)
    }

    /// How many requests a second all cores could send, with the target elsewhere.
    pub fn most(&self) -> Option<f64> {
        Some(self.per_cpu_second()? * self.cores?)
    }

    /// For people.
    pub fn text(&self) -> String {
        let Generation { requests, seconds, gaps, .. } = self;
        let mut text = format!(
            "measured: one worker sent {requests} requests over {CONNECTIONS} kept connections in \
             {seconds:.1} s to a server of ours, which shared the machine"
        );
        match (self.per_cpu_second(), self.most(), self.cores) {
            (Some(each), Some(most), Some(cores)) => {
                text += &format!(
                    ": {} a CPU second\n{:<10}{cores} cores could send {} a second with the target \
                     elsewhere, and about half of that with it here",
                    rounded(each),
                    "",
                    rounded(most)
                );
            }
            _ => text += "; the CPU time that it took is unknown",
        }
        if let Some(grain) = gaps.sleeps.quantile(0.5) {
            let late = gaps.sleeps.quantile(0.99).unwrap_or(grain);
            text += &format!(
                "\n{:<10}meanwhile sleeps of 1 ms ended {:.2} ms late at the median, {:.2} ms at p99",
                "",
                grain as f64 / 1e6,
                late as f64 / 1e6
            );
        }
        text
    }
}

/// To two digits, as sure as such a test is: 84312 is 84000.
fn rounded(value: f64) -> u64 {
    let unit = 10_f64.powf(value.max(1.0).log10().floor() - 1.0).max(1.0);
    ((value / unit).round() * unit) as u64
}

/// Measures for `time`. Each user gets the server's address and the end, sends one request after the
/// other until then, and says how many were answered.
///
/// # Errors
/// Where the machine gives no socket or thread, or a user fails.
pub fn measure<U, A>(time: Duration, user: U) -> io::Result<Generation>
where
    U: Fn(SocketAddr, Instant) -> A,
    A: Future<Output = io::Result<u64>> + Send + 'static,
{
    let root = Root::system();
    let socket = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_nonblocking(true)?;
    let address = socket.local_addr()?;
    let (stop, stopped) = oneshot::channel();
    let runtime = one_thread()?;
    let server = std::thread::Builder::new().name("doctor-server".into());
    let server = server.spawn(move || runtime.block_on(serve(socket, stopped)))?;
    let gaps = Gaps::start();
    let (start, cpu) = (Instant::now(), thread_cpu(&root));
    let done: io::Result<u64> = one_thread()?.block_on(async {
        let mut users = JoinSet::new();
        for _ in 0..CONNECTIONS {
            users.spawn(user(address, start + time));
        }
        let mut sum = 0;
        let all = async {
            while let Some(done) = users.join_next().await {
                sum += done.map_err(io::Error::other)??;
            }
            Ok(sum)
        };
        tokio::time::timeout(time + PATIENCE, all).await.map_err(io::Error::other)?
    });
    let (seconds, gone) = (start.elapsed().as_secs_f64(), thread_cpu(&root));
    let gaps = gaps.take();
    // The server ends by this or, should it have failed, has ended.
    let _ = stop.send(());
    let served = server.join().map_err(|_| io::Error::other("the server of the test panicked"))?;
    let requests = done?;
    served?;
    let cpu_seconds = cpu.zip(gone).map(|(cpu, gone)| gone.saturating_sub(cpu) as f64 / 1e9);
    Ok(Generation { requests, seconds, cpu_seconds, cores: Limits::read().cpu(), gaps })
}

/// A user with nothing around it: what HTTP itself costs here.
///
/// # Errors
/// Where the connection is not made or breaks.
pub async fn bare_user(server: SocketAddr, until: Instant) -> io::Result<u64> {
    let stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.map_err(io::Error::other)?;
    let connection = tokio::spawn(connection);
    let mut answered = 0;
    while Instant::now() < until {
        let request = Request::get("/").header("host", "localhost").body(Empty::<Bytes>::new());
        let request = request.expect("its parts are constant and right");
        let answer = sender.send_request(request).await.map_err(io::Error::other)?;
        answer.into_body().collect().await.map_err(io::Error::other)?;
        answered += 1;
    }
    drop(sender);
    connection.abort();
    Ok(answered)
}

fn one_thread() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// The CPU time of this thread in nanoseconds, where the system tells.
fn thread_cpu(root: &Root) -> Option<u64> {
    let exact = root.text("/proc/thread-self/schedstat").and_then(|text| text::run_time(&text));
    let ticks = || text::process_cpu(&root.text("/proc/thread-self/stat")?);
    exact.filter(|time| *time > 0).or_else(ticks)
}

/// Answers until it is stopped; connections end with it.
async fn serve(
    socket: std::net::TcpListener,
    mut stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let socket = TcpListener::from_std(socket)?;
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = tokio::select! {
            _ = &mut stopped => return Ok(()),
            accepted = socket.accept() => accepted?,
        };
        stream.set_nodelay(true)?;
        let answer = service_fn(|_| async {
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(ANSWER))))
        });
        let connection = server::conn::http1::Builder::new();
        connections.spawn(connection.serve_connection(TokioIo::new(stream), answer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_test_counts_what_was_answered() {
        let found = measure(Duration::from_millis(200), bare_user).unwrap();
        assert!(found.requests > u64::from(CONNECTIONS), "{found:?}");
        assert!(found.seconds >= 0.2, "{found:?}");
        if cfg!(target_os = "linux") {
            let cpu = found.cpu_seconds.unwrap();
            assert!(cpu > 0.0 && cpu <= found.seconds * 1.1 + 0.05, "{found:?}");
            assert!(found.text().contains("a CPU second"), "{}", found.text());
            let told = serde_json::to_value(&found).unwrap();
            assert_eq!(told["requests_per_cpu_second"].as_f64(), found.per_cpu_second());
        }
    }

    #[test]
    fn a_user_that_fails_fails_the_test_and_ends_the_server() {
        let fails = |server: SocketAddr, _| async move {
            TcpStream::connect(server).await?;
            Err(io::Error::other("no answer"))
        };
        let error = measure(Duration::from_millis(50), fails).unwrap_err();
        assert_eq!(error.to_string(), "no answer");
    }

    #[test]
    fn two_digits_are_said() {
        for (value, expected) in [(84_312.0, 84_000), (9.6, 10), (0.2, 0), (105_000.0, 110_000)] {
            assert_eq!(rounded(value), expected, "{value}");
        }
    }
}

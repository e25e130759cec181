//! The staging platform, over real sockets on loopback.

mod builtin;
mod dynos;
mod freeze;
mod mesh;
mod programs;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use loadgen::stage::{Counts, RouterKind, Staging};
use sim::platform::Platform;
use sim::rng::Seed;
use sim::scenario::{Overrides, from_text};

const SEED: Seed = Seed { scenario: 4, replication: 0 };
/// No answer takes longer, on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A platform: `text` is the scenario but for its schema, its run and its client.
fn platform(text: &str) -> Platform {
    let text = format!(
        "# Question: q?\n# Answer: a.\nschema = 1\n[run]\nduration = \"1m\"\n{text}\n\
         [client.users]\napp = \"shop\"\narrivals.poisson = {{ rate = \"10/s\" }}\n"
    );
    let loaded = from_text("stage", &text, &Overrides::default());
    loaded.unwrap_or_else(|error| panic!("{error}")).variants[0].platform.clone()
}

fn stage(text: &str, router: &str) -> Staging {
    Staging::start(&platform(text), SEED, RouterKind::named(router).unwrap()).unwrap()
}

/// An answer as a client sees it.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    took: Duration,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// One request over a connection of its own; nothing when it is closed without an answer.
fn get(address: SocketAddr, path: &str, work: Duration) -> Option<Answer> {
    let start = Instant::now();
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let work = work.as_nanos();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: stage\r\nconnection: close\r\ndynomesh-work: {work}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, _) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    Some(Answer { status, headers, took: start.elapsed() })
}

/// So many requests at once, each in a thread.
fn burst(count: usize, address: SocketAddr, work: Duration) -> Vec<Option<Answer>> {
    let threads: Vec<_> =
        (0..count).map(|_| thread::spawn(move || get(address, "/browse", work))).collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

/// Waits until it holds; fails when it never does.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < until, "it never came to be: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// How many answers have this status.
fn with_status(answers: &[Option<Answer>], status: u16) -> usize {
    answers.iter().flatten().filter(|answer| answer.status == status).count()
}

/// Every request that came to a dyno has come to one end.
fn assert_balanced(counts: &Counts) {
    for dyno in &counts.dynos {
        let ends = dyno.finished + dyno.failed + dyno.refused + dyno.lost + dyno.held;
        assert_eq!(dyno.arrived, ends, "{dyno:?}");
    }
}

/// The dynos that answered, by how often.
fn dynos(answers: &[Option<Answer>]) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for answer in answers.iter().flatten() {
        *found.entry(answer.header("dynomesh-dyno").to_owned()).or_default() += 1;
    }
    found
}

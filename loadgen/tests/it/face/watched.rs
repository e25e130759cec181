//! A run whose target tells of itself: what it told is drawn beside ours.

use super::binary::files;
use super::{SMALL, fine_or_void, small};
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, sleep};
use std::time::Duration;

/// A target's own measures on loopback, one answer a connection: the count grows with each, and each third
/// is none.
struct Endpoint {
    address: SocketAddr,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Endpoint {
    fn start() -> Endpoint {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let ends = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&ends);
        let thread = std::thread::spawn(move || {
            let mut number = 0_u32;
            while !ended.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((stream, _)) => {
                        number += 1;
                        // Who asks may be gone by now.
                        let _ = answer(stream, number);
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        sleep(Duration::from_millis(10));
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        });
        Endpoint { address, ends, thread: Some(thread) }
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn answer(mut stream: TcpStream, number: u32) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    for line in BufReader::new(&stream).lines() {
        if line?.is_empty() {
            break;
        }
    }
    let body = format!("up 1\nserved_total{{code=\"200\"}} {}\nquiet 0\n", number * 10);
    let (status, body) =
        if number.is_multiple_of(3) { ("503 away", "") } else { ("200 OK", &*body) };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

#[test]
fn what_a_target_told_is_drawn_beside_ours() {
    let endpoint = Endpoint::start();
    let folder = small(&format!(
        "[load.watch.shop]\nprometheus = {{ url = \"http://{}/metrics\", \
         series = [\"up\", \"served_total\", \"quiet\"] }}\n",
        endpoint.address
    ));
    let settings = ["--set", "run.duration=5s", "--no-predict", "--png"];
    let ended = folder.run(&[&["run", "small.toml"][..], &settings].concat());
    let out = folder.path("reports/small-load");
    let report = fine_or_void(&ended, &out);
    let names = files(&out);
    for name in ["target.csv", "target.svg", "target.png"] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    let (chart, table) = (read("target.svg"), read("target.csv"));
    for part in ["shop: served_total, per second", "Ours: p99 latency", "as written", "shop: quiet"]
    {
        assert!(chart.contains(part), "{part} in {chart}");
    }
    assert!(
        read("index.html").contains("id=\"target\"") && read("summary.md").contains("(target.svg)")
    );
    assert!(table.contains("shop,served_total,\"code=\"\"200\"\"\",1/s,"), "{table}");
    // What was away is a gap, and said.
    assert!(!table.contains("NaN"), "{table}");
    assert!(report.note("`shop` failed").contains("status 503"));
    // Without a source there is no such chart, and that of the earlier run is gone.
    folder.write("small.toml", &SMALL.replace("{MORE}", ""));
    let ended = folder.run(&["run", "small.toml", "--no-predict"]);
    fine_or_void(&ended, &out);
    let names = files(&out);
    assert!(!names.iter().any(|name| name.starts_with("target.")), "{names:?}");
}

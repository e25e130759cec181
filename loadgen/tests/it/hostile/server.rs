//! A server on loopback that does as a test says, connection by connection.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A server; it ends with the test.
pub struct Server {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// Gives each connection, with its number from 0 on, to `act`, in a thread of its own.
    pub fn start(act: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, stopped) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let (count, stop, act) = (connections.clone(), stopped.clone(), Arc::new(act));
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (stream, act) = (stream.unwrap(), act.clone());
                let number = count.fetch_add(1, Ordering::SeqCst);
                // No thread outlives its client by more than this.
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
                std::thread::spawn(move || act(stream, number));
            }
        });
        Server { address, connections, stopped, accepting: Some(accepting) }
    }

    /// Answers one request a connection with the bytes that are made from its head, and closes.
    pub fn answering(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Server {
        Server::start(move |mut stream, _| {
            let Some(head) = request(&mut stream) else { return };
            // A client that has heard enough hangs up; that is its right.
            let _ = stream.write_all(&answer(&head));
        })
    }

    /// Answers a request, and then sends a piece again and again until the client hangs up.
    pub fn endless(head: &'static [u8], piece: Vec<u8>, pause: Duration) -> Server {
        Server::start(move |mut stream, _| {
            let Some(_) = request(&mut stream) else { return };
            let mut sent = stream.write_all(head);
            while sent.is_ok() {
                std::thread::sleep(pause);
                sent = stream.write_all(&piece);
            }
        })
    }

    /// Connections that came so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // The last connection is only there to wake it up.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            accepting.join().unwrap();
        }
    }
}

/// Reads a request's head; nothing when the client hangs up.
pub fn request(stream: &mut TcpStream) -> Option<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    Some(String::from_utf8(head).unwrap())
}

/// An answer with this status line, these header lines (each with its end) and this body.
pub fn answer(status: &str, lines: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{lines}content-length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// Closes a connection with a reset in place of an end.
pub fn reset(stream: TcpStream) {
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
}

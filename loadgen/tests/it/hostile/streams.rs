//! Connections that stay, to servers that mean well and to others.

use super::server::{Server, answer, request};
use super::*;
use loadgen::wire::Stayed;
use sim::load::Stream;
use sim::time::Span;
use sim::units::Bytes as Size;
use std::io::Write;
use std::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocket};

const EVENTS: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";

/// Stays as the stream says; how often it was told that it opened.
fn stay(net: &Arc<Net>, stream: &Stream) -> (Stayed, u32) {
    let mut wire = Wire::new(net.clone(), 0);
    let headers = HeaderMap::new();
    let (method, body) = (&Method::GET, Bytes::new());
    let message = Message { method, path: "/", headers: &headers, body, wants_body: true };
    let mut told = 0;
    let until = Duration::from_secs(20);
    let stayed = run(async {
        wire.stay(&message, stream, Instant::now() + until, &mut |_| told += 1).await
    });
    (stayed, told)
}

fn sse(millis: u64) -> Stream {
    Stream::Sse { stay: Span::from_millis(millis) }
}

/// A server that accepts a WebSocket and gives it to `act`.
fn socket(act: impl Fn(WebSocket<TcpStream>) + Send + Sync + 'static) -> Server {
    Server::start(move |mut stream, _| {
        let Some(head) = request(&mut stream) else { return };
        let key = head.lines().find_map(|line| line.strip_prefix("sec-websocket-key: ")).unwrap();
        let accept = derive_accept_key(key.as_bytes());
        let head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
             sec-websocket-accept: {accept}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        act(WebSocket::from_raw_socket(stream, Role::Server, None));
    })
}

#[test]
fn events_are_counted_until_the_user_leaves() {
    let server = Server::endless(EVENTS, b"data: a\n\n".to_vec(), Duration::from_millis(20));
    let (stayed, told) = stay(&net(&server, &Load::default()), &sse(500));
    assert!(stayed.opened && stayed.lost.is_none() && told == 1, "{stayed:?}");
    assert!(stayed.received > 1, "{stayed:?}");
    assert!(stayed.end - stayed.first.end >= Duration::from_millis(500));
}

#[test]
fn a_stream_of_events_ends_as_its_cause() {
    let line = [EVENTS, b"data: a\n\ndata: ", &vec![b'x'; 200 << 10]].concat();
    let encoded = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
        content-encoding: gzip\r\n\r\n";
    for (bytes, first, later) in [
        ([EVENTS, b"data: a\n\n"].concat(), None, Some(Cause::Reset)),
        ([EVENTS, b"data: never ends"].concat(), Some(Cause::Reset), None),
        (line, None, Some(Cause::TooLarge)),
        (answer("200 OK", "content-type: text/html\r\n", b"hi"), Some(Cause::Check), None),
        (answer("204 No Content", "", b""), Some(Cause::Status), None),
        (encoded.to_vec(), Some(Cause::Malformed), None),
    ] {
        let server = Server::answering(move |_| bytes.clone());
        let (stayed, told) = stay(&net(&server, &Load::default()), &sse(10_000));
        assert_eq!(stayed.first.result.as_ref().err().map(|loss| loss.cause), first, "{stayed:?}");
        assert_eq!(stayed.lost.as_ref().map(|loss| loss.cause), later, "{stayed:?}");
        assert_eq!((stayed.opened, told), (first.is_none(), u32::from(first.is_none())));
    }
}

#[test]
fn an_answer_that_opens_no_stream_is_given_back_to_be_judged() {
    let server = Server::answering(|_| answer("503 Busy", "dynomesh-cause: h12\r\n", b"later"));
    let web = Stream::WebSocket { send: None, stay: Span::from_secs(10) };
    for stream in [sse(10_000), web] {
        let (stayed, _) = stay(&net(&server, &Load::default()), &stream);
        let answer = stayed.first.result.unwrap();
        assert!(!stayed.opened);
        assert_eq!(answer.body, "later");
        assert_eq!(loadgen::wire::judge(&[], &answer), Err(Cause::H12));
    }
}

#[test]
fn messages_are_sent_and_counted() {
    let server = socket(|mut socket| {
        while let Ok(message) = socket.read() {
            if message.is_text() {
                socket.send(message).unwrap();
            }
        }
    });
    let send = Some(("hello".to_string(), Span::from_millis(20)));
    let stream = Stream::WebSocket { send, stay: Span::from_millis(500) };
    let (stayed, told) = stay(&net(&server, &Load::default()), &stream);
    assert!(stayed.opened && stayed.lost.is_none() && told == 1, "{stayed:?}");
    assert!(stayed.sent > 1 && stayed.received > 1, "{stayed:?}");
    assert!(stayed.received <= stayed.sent, "{stayed:?}");
}

#[test]
fn a_hostile_websocket_ends_as_its_cause() {
    type Act = fn(WebSocket<TcpStream>);
    let acts: [(Act, Cause); 4] = [
        (|mut socket| drop(socket.close(None)), Cause::Reset),
        (|socket| drop(socket), Cause::Reset),
        (|mut socket| drop(socket.get_mut().write_all(&[0xff; 64])), Cause::Malformed),
        (
            |mut socket| {
                let large = "x".repeat(2 << 20);
                drop(socket.send(large.into()));
                drop(socket.read());
            },
            Cause::TooLarge,
        ),
    ];
    let mut load = Load::default();
    load.bounds.body = Size(1 << 20);
    for (act, cause) in acts {
        let server = socket(act);
        let stream = Stream::WebSocket { send: None, stay: Span::from_secs(20) };
        let (stayed, _) = stay(&net(&server, &load), &stream);
        assert!(stayed.opened, "{stayed:?}");
        assert_eq!(stayed.lost.map(|loss| loss.cause), Some(cause));
    }
}

#[test]
fn a_server_that_only_says_that_it_speaks_websocket_is_malformed() {
    let head = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\
        connection: upgrade\r\nsec-websocket-accept: AAAA\r\n\r\n";
    let server = Server::answering(|_| head.to_vec());
    let stream = Stream::WebSocket { send: None, stay: Span::from_secs(10) };
    let (stayed, _) = stay(&net(&server, &Load::default()), &stream);
    assert_eq!(stayed.first.result.unwrap_err().cause, Cause::Malformed);
    assert!(!stayed.opened);
}

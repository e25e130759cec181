//! Heads that are no HTTP, do not end, or hold too much.

use super::server::{Server, answer};
use super::*;
use sim::units::Bytes as Size;

#[test]
fn a_bad_head_is_malformed() {
    for head in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "hello\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        "HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\na: b\0c\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ] {
        assert_eq!(cause_of(head.into()), Cause::Malformed, "{head}");
    }
}

#[test]
fn a_head_that_stops_is_a_reset() {
    for head in ["", "HTT", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n"] {
        assert_eq!(cause_of(head.into()), Cause::Reset, "{head}");
    }
}

#[test]
fn an_endless_head_ends_at_the_bound() {
    let mut load = Load::default();
    load.bounds.head = Size(16 << 10);
    for (head, piece) in [
        (b"HTTP/1.1 200 OK\r\na: ".as_slice(), vec![b'x'; 1000]),
        (b"HTTP/1.1 200 OK\r\n", b"a: b\r\n".repeat(100)),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n".repeat(40)),
    ] {
        let server = Server::endless(head, piece, Duration::ZERO);
        let net = net(&server, &load);
        assert_eq!(loss(&net).cause, Cause::TooLarge);
        assert!(read_max(&net) <= (16 << 10) + SLACK, "{} bytes were read", read_max(&net));
    }
}

#[test]
fn too_many_headers_are_too_large() {
    let head = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(1000));
    assert_eq!(cause_of(head.into_bytes()), Cause::TooLarge);
}

#[test]
fn an_answer_may_be_announced() {
    let announced =
        [b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n", &answer("200 OK", "", b"hi")[..]];
    let announced = announced.concat();
    let server = Server::answering(move |_| announced.clone());
    let mut wire = Wire::new(net(&server, &Load::default()), 0);
    assert_eq!(run(get(&mut wire)).result.unwrap().body, "hi");
}

#[test]
fn a_huge_cookie_is_not_stored_and_others_are() {
    let server = Server::answering(|head| {
        let cookies = head.lines().find(|line| line.starts_with("cookie: ")).unwrap_or("none");
        let huge = "x".repeat(20 << 10);
        let huge = format!("connection: close\r\nset-cookie: huge={huge}; Path=/");
        let lines = format!("{huge}\r\nset-cookie: id=7; Path=/\r\n");
        answer("200 OK", &lines, cookies.as_bytes())
    });
    let mut wire = Wire::new(net(&server, &Load::default()), 0);
    run(async {
        assert_eq!(get(&mut wire).await.result.unwrap().body, "none");
        assert_eq!(get(&mut wire).await.result.unwrap().body, "cookie: id=7");
        wire.forget();
        assert_eq!(get(&mut wire).await.result.unwrap().body, "none");
    });
}

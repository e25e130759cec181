//! Bodies that do not end, end too early, come too slowly, or are more than they seem.

use super::server::{Server, answer, request, reset};
use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use sim::units::Bytes as Size;
use std::io::Write;

/// A load test that takes bodies of a length only.
fn bounded(body: u64) -> Load {
    let mut load = Load::default();
    load.bounds.body = Size(body);
    load
}

#[test]
fn an_endless_body_ends_at_the_bound() {
    let piece = [b"2000\r\n".as_slice(), &[b'x'; 0x2000], b"\r\n"].concat();
    for (head, piece) in [
        (b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), vec![b'x'; 8 << 10]),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", piece),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n", vec![b'x'; 8 << 10]),
    ] {
        let server = Server::endless(head, piece, Duration::ZERO);
        let net = net(&server, &bounded(1 << 20));
        assert_eq!(loss(&net).cause, Cause::TooLarge);
        assert!(read_max(&net) <= (1 << 20) + SLACK, "{} bytes were read", read_max(&net));
    }
}

#[test]
fn a_slow_drip_ends_when_the_time_is_up() {
    let pause = Duration::from_millis(10);
    for head in [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), b"HTTP/1.1 200 OK\r\na: ", b""] {
        let server = Server::endless(head, vec![b'x'], pause);
        let net = net(&server, &Load::default());
        let mut wire = Wire::new(net.clone(), 0);
        let time = Duration::from_millis(300);
        let sent = run(send(&mut wire, &Method::GET, "/", time));
        let expected = if head.is_empty() { Cause::Malformed } else { Cause::Timeout };
        assert_eq!(sent.result.unwrap_err().cause, expected);
        // It ends neither before its time nor, on a machine however slow, long after it.
        let lasted = sent.end - sent.sent;
        assert!(expected == Cause::Malformed || lasted >= time, "{lasted:?}");
        assert!(lasted < time * 30, "{lasted:?}");
        assert!(sent.first_byte.is_some_and(|first| first < sent.end));
    }
}

#[test]
fn a_body_that_is_not_as_long_as_it_says_is_no_answer() {
    let length = |length: &str| {
        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\nhello").into_bytes()
    };
    for (answer, cause) in [
        (length("6"), Cause::Reset),
        (length("-5"), Cause::Malformed),
        (length("5, 6"), Cause::Malformed),
        (length("5\r\ncontent-length: 6"), Cause::Malformed),
        (length("5\r\ntransfer-encoding: chunked"), Cause::Malformed),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel".to_vec(), Cause::Reset),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n".to_vec(),
            Cause::Malformed,
        ),
    ] {
        let text = String::from_utf8_lossy(&answer).into_owned();
        assert_eq!(cause_of(answer), cause, "{text}");
    }
}

#[test]
fn what_follows_an_answer_is_never_taken_for_the_next_one() {
    let smuggled = answer("200 OK", "", b"smuggled");
    let server = Server::start(move |mut stream, number| {
        while request(&mut stream).is_some() {
            let mut bytes = answer("200 OK", "", format!("{number}").as_bytes());
            bytes.extend_from_slice(&smuggled);
            if stream.write_all(&bytes).is_err() {
                return;
            }
        }
    });
    let net = net(&server, &Load::default());
    let mut wire = Wire::new(net, 0);
    run(async {
        for number in 0..3 {
            let answer = get(&mut wire).await.result.unwrap();
            assert_eq!(answer.body, number.to_string(), "each has a connection of its own");
        }
    });
}

#[test]
fn a_compressed_bomb_costs_no_more_than_the_bound() {
    // 64 MiB of nothing are 64 KiB; packed twice over, and with a lie about its length, no better.
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..64 {
        packed.write_all(&vec![0; 1 << 20]).unwrap();
    }
    let packed = packed.finish().unwrap();
    let bomb = answer("200 OK", "content-encoding: gzip\r\n", &packed);
    assert!(bomb.len() < 100 << 10);
    let server = Server::answering(move |_| bomb.clone());
    let net = net(&server, &bounded(1 << 20));
    assert_eq!(loss(&net).cause, Cause::TooLarge);
    let unpacked = net.count().body_max.load(Ordering::Relaxed);
    assert!((1..=1 << 20).contains(&unpacked), "{unpacked} bytes were unpacked");
    assert!(read_max(&net) <= (100 << 10) + SLACK);
}

#[test]
fn broken_packing_is_malformed() {
    let broken = answer("200 OK", "content-encoding: gzip\r\n", b"this is no gzip at all");
    assert_eq!(cause_of(broken), Cause::Malformed);
}

#[test]
fn a_reset_in_mid_body_is_a_reset() {
    let server = Server::start(|mut stream, _| {
        if request(&mut stream).is_some() {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").unwrap();
            // The client reads the first half before the reset throws it away.
            std::thread::sleep(Duration::from_millis(50));
            reset(stream);
        }
    });
    assert_eq!(loss(&net(&server, &Load::default())).cause, Cause::Reset);
}

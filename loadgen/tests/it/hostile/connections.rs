//! Connections that are not made, are reset, or are closed behind the user's back.

use super::server::{Server, answer, request, reset};
use super::*;
use sim::load::Connections;
use std::io::Write;
use std::net::TcpListener;

#[test]
fn a_refused_connection_is_counted_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let target = Target { tls: false, host: "127.0.0.1".into(), port, base: String::new() };
    let loss = loss(&net_to(&target, &Load::default()));
    assert_eq!((loss.cause, loss.ours), (Cause::Connect, false));
}

#[test]
fn a_server_that_does_not_accept_is_a_connection_not_made() {
    // A backlog of one is full after two; then the system lets connections wait.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let any: std::net::SocketAddr = "127.0.0.1:0".parse().unwrap();
    socket.bind(&any.into()).unwrap();
    socket.listen(1).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let target =
        Target { tls: false, host: "127.0.0.1".into(), port: address.port(), base: String::new() };
    let net = net_to(&target, &Load::default());
    let causes = run(async {
        let mut wires: Vec<Wire> = (0..4).map(|user| Wire::new(net.clone(), user)).collect();
        let mut causes = Vec::new();
        for wire in &mut wires {
            let sent = send(wire, &Method::GET, "/", Duration::from_millis(200)).await;
            causes.push(sent.result.unwrap_err().cause);
        }
        causes
    });
    assert!(causes.iter().all(|cause| [Cause::Connect, Cause::Timeout].contains(cause)));
    // Who gave up has closed its connection, but it stands in the backlog all the same.
    assert_eq!(causes.last(), Some(&Cause::Connect), "{causes:?}");
}

#[test]
fn a_reset_at_accept_is_a_reset() {
    let server = Server::start(|stream, _| reset(stream));
    assert_eq!(loss(&net(&server, &Load::default())).cause, Cause::Reset);
}

#[test]
fn a_connection_that_was_closed_while_idle_is_made_anew_without_a_failure() {
    let server = Server::start(|mut stream, number| {
        // One answer a connection, without a word that it closes.
        if request(&mut stream).is_some() {
            stream.write_all(&answer("200 OK", "", format!("{number}").as_bytes())).unwrap();
        }
        if number % 2 == 1 {
            reset(stream);
        }
    });
    let net = net(&server, &Load::default());
    let mut wire = Wire::new(net.clone(), 0);
    run(async {
        for number in 0..4 {
            let answer = get(&mut wire).await.result.unwrap();
            assert_eq!(answer.body, number.to_string());
            assert!(wire.is_connected());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    assert_eq!(net.count().reopened.load(Ordering::Relaxed), 3);
}

#[test]
fn a_connection_on_which_something_came_unasked_is_not_used_again() {
    let server = Server::start(|mut stream, number| {
        if request(&mut stream).is_some() {
            let body = number.to_string();
            stream.write_all(&answer("200 OK", "", body.as_bytes())).unwrap();
            std::thread::sleep(Duration::from_millis(50));
            stream.write_all(&answer("200 OK", "", b"unasked")).unwrap();
            // It stays open until the client has gone.
            request(&mut stream);
        }
    });
    let net = net(&server, &Load::default());
    let mut wire = Wire::new(net.clone(), 0);
    run(async {
        assert_eq!(get(&mut wire).await.result.unwrap().body, "0");
        // Longer than the server waits, also where both are slow.
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(get(&mut wire).await.result.unwrap().body, "1");
    });
    assert_eq!(net.count().unasked.load(Ordering::Relaxed), 1);
}

#[test]
fn a_request_that_may_have_been_worked_on_is_not_sent_again() {
    let server = Server::start(|mut stream, _| {
        if request(&mut stream).is_some() {
            stream.write_all(&answer("200 OK", "", b"first")).unwrap();
        }
        // The second one is read, and then the process is gone.
        request(&mut stream);
    });
    let net = net(&server, &Load::default());
    let mut wire = Wire::new(net, 0);
    run(async {
        assert_eq!(get(&mut wire).await.result.unwrap().body, "first");
        assert_eq!(get(&mut wire).await.result.unwrap_err().cause, Cause::Reset);
    });
    assert_eq!(server.connections(), 1);
}

#[test]
fn connections_are_kept_or_closed_as_the_scenario_says() {
    for (connections, count) in [(Connections::Kept, 1), (Connections::Closed, 3)] {
        let server = Server::start(move |mut stream, _| {
            while let Some(head) = request(&mut stream) {
                let closes = head.contains("connection: close\r\n");
                assert_eq!(closes, connections == Connections::Closed);
                stream.write_all(&answer("200 OK", "", b"hi")).unwrap();
            }
        });
        let net = net(&server, &Load { connections, ..Load::default() });
        let mut wire = Wire::new(net, 0);
        run(async {
            for _ in 0..3 {
                get(&mut wire).await.result.unwrap();
                assert_eq!(wire.is_connected(), connections == Connections::Kept);
            }
        });
        assert_eq!(server.connections(), count);
    }
}

#[test]
fn a_server_that_has_heard_enough_may_answer_before_all_was_sent() {
    let server = Server::start(|mut stream, _| {
        if request(&mut stream).is_some() {
            let refusal = answer("413 Content Too Large", "connection: close\r\n", b"no");
            stream.write_all(&refusal).unwrap();
            // An orderly end, that the answer is not thrown away by a reset.
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            std::io::copy(&mut stream, &mut std::io::sink()).ok();
        }
    });
    let net = net(&server, &Load::default());
    let mut wire = Wire::new(net, 0);
    let headers = HeaderMap::new();
    let body = Bytes::from(vec![b'x'; 4 << 20]);
    let message =
        Message { method: &Method::POST, path: "/", headers: &headers, body, wants_body: true };
    let sent = run(wire.send(&message, Instant::now() + Duration::from_secs(30)));
    assert_eq!(sent.result.unwrap().status, 413);
}

#[test]
fn users_come_from_the_addresses_that_they_are_given() {
    let server = Server::start(|mut stream, _| {
        let peer = stream.peer_addr().unwrap().ip().to_string();
        if request(&mut stream).is_some() {
            stream.write_all(&answer("200 OK", "", peer.as_bytes())).unwrap();
        }
    });
    let load = Load::default();
    let sources = ["127.0.0.2", "::1", "127.0.0.3"].map(|source| source.parse().unwrap());
    let allowed = Allowed::new(&load, &[]);
    let target = target(&server, false);
    let net = Net::new(&load, &target, &allowed, sources.to_vec(), Arc::default()).unwrap();
    let net = Arc::new(net);
    let from = |user| run(get(&mut Wire::new(net.clone(), user))).result.unwrap().body;
    assert_eq!([from(0), from(1), from(2)], ["127.0.0.2", "127.0.0.3", "127.0.0.2"]);
}

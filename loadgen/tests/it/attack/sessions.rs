//! Users with journeys, sessions and streams, and the bound on their rate.

use super::server::{Manner, Server};
use super::{At, Crew, Test};
use loadgen::machine::Limits;
use loadgen::plan::{Layout, Peak};
use sim::metrics::{Cause, Metric};
use sim::platform::traffic::Traffic;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

const SHOP: &str = r#"
[app.shop.endpoint.login]
work.exponential = "1ms"
[app.shop.endpoint.account]
work.exponential = "5ms"

[client.browsers]
users = 10
think.constant = "10ms"

[load.request.login]
method = "POST"
body = "name=me"
keep.token.json = "/session/token"

[load.request.account]
path = "/account?with={token}"
headers.x-token = "{token}"
status = [200]
"#;

#[test]
fn users_keep_cookies_and_values_through_their_journeys() {
    let server = Server::start(Manner::default());
    let journey =
        "[load.journey.visit]\nshare = 1\nsteps = [\"login\", \"account\", \"account\"]\n";
    let test = Test::new("duration = \"2s\"", &format!("{SHOP}{journey}"));
    let (measures, _) = test.run(&server, 2);
    let counted = &measures.counted;
    assert_eq!(counted.successes, counted.arrivals, "{counted:?}");
    assert_eq!(counted.attempts, server.requests());
    assert!(counted.successes > 300, "{}", counted.successes);
    // Each tells its work, and is the very request that a simulated user sends.
    let step = test.steps(&[super::At::AsWritten]).remove(0);
    let platform = step.platform(&test.scenario.variants[0].platform);
    let mut traffic = Traffic::new(&platform, 0, step.seed(test.scenario.run.seed));
    let endpoints = &platform.apps[0].endpoints;
    let orders = server.orders();
    let mut expected = Vec::new();
    for user in 0..10_u64 {
        let sent = orders.iter().filter(|(name, ..)| {
            let number: u64 = name.strip_prefix("browsers/").unwrap().parse().unwrap();
            number >> 32 == user
        });
        for _ in sent {
            let order = traffic.of_user(user as u32).1;
            let path = format!("/{}", endpoints[order.endpoint].name);
            expected.push((format!("browsers/{}", order.number), path, order.work.nanos()));
        }
    }
    expected.sort_unstable();
    assert_eq!(orders, expected);
}

#[test]
fn without_a_journey_some_come_to_the_account_without_a_token() {
    let server = Server::start(Manner::default());
    let test = Test::new("duration = \"2s\"", SHOP);
    let (measures, _) = test.run(&server, 1);
    let counted = &measures.counted;
    // Nothing can be sent without the token, and no attempt is counted for it.
    assert!(counted.failed(Cause::Check) > 0 && counted.successes > 100, "{counted:?}");
    assert_eq!(counted.attempts, server.requests());
    assert_eq!(counted.arrivals, counted.ended());
}

#[test]
fn no_second_sees_more_than_the_highest_rate() {
    let server = Server::start(Manner { fails_every: 2, ..Manner::default() });
    let clients = "[client.browsers]\nusers = 10\nretry.attempts = 2\nretry.backoff.base = \"1ms\"\n\
                   [client.robots]\narrivals.poisson = { rate = \"100/s\" }\n\
                   [load]\nrate-max = \"60/s\"";
    let test = Test::new("duration = \"3s\"", clients);
    let (measures, _) = test.run(&server, 2);
    let counted = &measures.counted;
    // Three seconds, and what the two buckets hold.
    assert!(counted.attempts <= 3 * 60 + 2 * 3 + 2, "{}", counted.attempts);
    assert!(counted.attempts > 100, "{}", counted.attempts);
    assert!(counted.failed(Cause::Throttled) > 0, "arrivals that come too fast are not delayed");
    assert_eq!(counted.attempts, server.requests());
}

#[test]
fn users_that_stay_succeed_when_their_stream_opens() {
    let address = events();
    let clients = "[app.shop.endpoint.events]\nwork.constant = \"1ms\"\n\
                   [client.watchers]\nusers = 8\nthink.constant = \"10ms\"\nendpoint = \"events\"\n\
                   [load.request.events]\nsse = { stay = \"400ms\" }";
    let test = Test::new("duration = \"2s\"", clients);
    let steps = test.steps(&[At::AsWritten]);
    let (platform, load) = (&test.scenario.variants[0].platform, &test.scenario.load);
    let peak = Peak::of(platform, load, &steps);
    let layout = Layout::of(&peak, load, address.ip(), &Limits::read(), Some(1)).unwrap();
    let mut crew = test.crew(address, layout);
    let measures = crew.step(&steps[0], Crew::soon(), &mut |_| ControlFlow::Continue(())).unwrap();
    crew.end();
    let (counted, streams) = (&measures.counted, &measures.streams);
    assert_eq!(streams.opened, counted.successes, "{counted:?}");
    assert_eq!(counted.arrivals, counted.ended());
    // Eight users, four or five streams each; fewer on a machine that is busy.
    assert!((16..=48).contains(&streams.opened), "{streams:?}");
    assert!(streams.received > 2 * streams.opened && streams.lost == 0, "{streams:?}");
    let p50 = measures.ledger.summary().value("all", Metric::LatencyP50).unwrap();
    assert!(p50 < 0.2, "{p50}: latency ends when the stream opens, not when the user leaves");
}

/// A server that sends an event every 50 ms to whoever asks, until it goes away.
fn events() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || tell(stream));
        }
    });
    address
}

fn tell(mut stream: TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    let mut said = stream.write_all(head.as_bytes());
    while said.is_ok() {
        said = stream.write_all(b"data: hello\n\n");
        thread::sleep(Duration::from_millis(50));
    }
}

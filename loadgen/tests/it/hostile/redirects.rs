//! Redirects that go in circles or lead where nobody allowed it.

use super::server::{Server, answer};
use super::*;

/// A server that redirects everything to a place.
fn redirecting(status: &'static str, location: &str) -> Server {
    let lines = format!("connection: close\r\nlocation: {location}\r\n");
    Server::answering(move |_| answer(status, &lines, b""))
}

#[test]
fn a_loop_ends_at_the_bound() {
    let server = redirecting("302 Found", "/");
    let mut load = Load::default();
    load.bounds.redirects = 3;
    assert_eq!(loss(&net(&server, &load)).cause, Cause::Redirect);
    assert_eq!(server.connections(), 4);
}

#[test]
fn a_redirect_is_the_answer_where_none_is_followed() {
    let server = redirecting("302 Found", "http://elsewhere.test/");
    let mut load = Load::default();
    load.bounds.redirects = 0;
    let sent = run(get(&mut Wire::new(net(&server, &load), 0)));
    assert_eq!(sent.result.unwrap().status, 302);
}

#[test]
fn a_foreign_host_is_not_gone_to() {
    for location in [
        "http://192.0.2.1/",
        "http://elsewhere.test/",
        "//169.254.169.254/latest/meta-data",
        "http://0.0.0.0/",
        "http://[::ffff:192.0.2.1]/",
        "http://127.0.0.1@elsewhere.test/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
    ] {
        let server = redirecting("301 Moved Permanently", location);
        assert_eq!(loss(&net(&server, &Load::default())).cause, Cause::Redirect, "{location}");
        assert_eq!(server.connections(), 1, "{location}");
    }
}

#[test]
fn what_the_server_says_does_not_bring_a_secret_into_a_report() {
    let load = Load {
        headers: vec![("x-key".into(), sim::load::Template::parse("${KEY}").unwrap())],
        ..Load::default()
    };
    let secrets = Secrets::read(&load, |_| Some("S3cret".into())).unwrap();
    let server = redirecting("302 Found", "http://s3cret.elsewhere.test/S3cret");
    let allowed = Allowed::new(&load, &[]);
    let target = target(&server, false);
    let net = Net::new(&load, &target, &allowed, Vec::new(), Arc::new(secrets)).unwrap();
    let loss = loss(&Arc::new(net));
    assert_eq!(loss.cause, Cause::Redirect);
    assert!(loss.detail.contains("`${KEY}.elsewhere.test`"), "{}", loss.detail);
}

#[test]
fn secrets_and_cookies_stay_with_the_target() {
    // Another port is another origin, though the host may be gone to.
    let other = Server::answering(|head| answer("200 OK", "set-cookie: b=2\r\n", head.as_bytes()));
    let place = format!("http://127.0.0.1:{}/x", other.address.port());
    let server = Server::answering(move |head| {
        let lines =
            format!("connection: close\r\nlocation: {place}\r\nset-cookie: a=1; Path=/\r\n");
        let is_first = head.starts_with("POST / ");
        answer(if is_first { "303 See Other" } else { "200 OK" }, &lines, head.as_bytes())
    });
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "Bearer s3cret".parse().unwrap());
    headers.insert("x-api-key", "s3cret".parse().unwrap());
    let mut wire = Wire::new(net(&server, &Load::default()), 0);
    let body = Bytes::from_static(b"s3cret");
    let message =
        Message { method: &Method::POST, path: "/", headers: &headers, body, wants_body: true };
    run(async {
        let until = Instant::now() + Duration::from_secs(30);
        let abroad = wire.send(&message, until).await.result.unwrap().body;
        let abroad = String::from_utf8(abroad.to_vec()).unwrap();
        assert!(abroad.starts_with("GET /x HTTP/1.1\r\n"), "{abroad}");
        assert!(!abroad.contains("s3cret") && !abroad.contains("cookie"), "{abroad}");
        let home = send(&mut wire, &Method::GET, "/y", Duration::from_secs(30)).await;
        let home = String::from_utf8(home.result.unwrap().body.to_vec()).unwrap();
        assert!(home.contains("cookie: a=1\r\n"), "{home}");
    });
}

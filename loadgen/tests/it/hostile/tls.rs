//! TLS that is not trusted, not spoken, or not there.

use super::server::{Server, answer, request};
use super::*;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};
use std::io::{Read, Write};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A server of TLS with a certificate of its own for 127.0.0.1, and that certificate as PEM. It
/// answers each request with what `answer` says and, where it is to, says goodbye properly.
fn secure(goodbye: bool, answer: &'static [u8]) -> (Server, Vec<u8>) {
    secure_by(&certificate(), goodbye, answer)
}

/// What a certificate for 127.0.0.1 says.
fn certificate() -> CertificateParams {
    CertificateParams::new(["127.0.0.1".to_string()]).unwrap()
}

/// The same with a certificate that says something else.
fn secure_by(
    certificate: &CertificateParams,
    goodbye: bool,
    answer: &'static [u8],
) -> (Server, Vec<u8>) {
    let pair = KeyPair::generate().unwrap();
    let made = certificate.self_signed(&pair).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(pair.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let server = Server::start(move |stream, _| {
        let connection = ServerConnection::new(config.clone()).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        let (mut head, mut byte) = (Vec::new(), [0]);
        while stream.read(&mut byte).is_ok_and(|count| count == 1) {
            head.push(byte[0]);
            if head.ends_with(b"\r\n\r\n") {
                stream.write_all(answer).unwrap();
                if answer.starts_with(b"HTTP/1.0") {
                    break;
                }
                head.clear();
            }
        }
        if goodbye {
            stream.conn.send_close_notify();
            // The client may have gone already.
            let _ = stream.flush();
        }
    });
    (server, made.pem().into_bytes())
}

#[test]
fn a_certificate_of_its_own_is_trusted_only_where_it_is_named() {
    let (server, pem) = secure(true, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
    let target = target(&server, true);
    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_string()]).unwrap();
    let load = Load { roots: Some(other.cert.pem().into_bytes()), ..Load::default() };
    let loss = loss(&net_to(&target, &load));
    assert_eq!(loss.cause, Cause::Tls);
    assert!(loss.detail.contains("not trusted"), "{}", loss.detail);

    let load = Load { roots: Some(pem), ..Load::default() };
    let mut wire = Wire::new(net_to(&target, &load), 0);
    run(async {
        for _ in 0..3 {
            assert_eq!(get(&mut wire).await.result.unwrap().body, "hi");
            assert!(wire.is_connected());
            // Idle long enough to be looked at: tickets that came with the handshake are no surprise.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert_eq!(server.connections(), 2);
}

#[test]
fn what_is_wrong_with_a_certificate_that_is_named_is_told() {
    let changed = |change: fn(&mut CertificateParams)| {
        let mut certificate = certificate();
        change(&mut certificate);
        certificate
    };
    let of_authority = changed(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    let expired = changed(|params| params.not_after = date_time_ymd(2001, 1, 1));
    let future = changed(|params| params.not_before = date_time_ymd(3001, 1, 1));
    let other = CertificateParams::new(["other.example".to_string()]).unwrap();
    for (certificate, told) in [
        (of_authority, "one of an authority"),
        (expired, "has expired"),
        (future, "not valid yet"),
        (other, "for another host"),
    ] {
        let (server, pem) = secure_by(&certificate, true, b"");
        let load = Load { roots: Some(pem), ..Load::default() };
        let loss = loss(&net_to(&target(&server, true), &load));
        assert_eq!(loss.cause, Cause::Tls);
        assert!(loss.detail.contains(told), "{}", loss.detail);
    }
}

#[test]
fn an_end_without_a_goodbye_is_no_end_of_a_body() {
    for (goodbye, whole) in [(true, true), (false, false)] {
        let (server, pem) = secure(goodbye, b"HTTP/1.0 200 OK\r\n\r\nhello");
        let load = Load { roots: Some(pem), ..Load::default() };
        let mut wire = Wire::new(net_to(&target(&server, true), &load), 0);
        let result =
            run(get(&mut wire)).result.map(|answer| answer.body).map_err(|loss| loss.cause);
        let expected = if whole { Ok(Bytes::from_static(b"hello")) } else { Err(Cause::Reset) };
        assert_eq!(result, expected);
    }
}

#[test]
fn plain_http_on_a_port_for_tls_is_a_failure_of_tls() {
    let server = Server::start(|mut stream, _| {
        // It waits for a head that never comes, answers, and goes.
        let _ = stream.read(&mut [0; 64]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    });
    let roots = Some(rcgen::generate_simple_self_signed(["x".to_string()]).unwrap().cert.pem());
    let load = Load { roots: roots.map(String::into_bytes), ..Load::default() };
    assert_eq!(loss(&net_to(&target(&server, true), &load)).cause, Cause::Tls);
}

#[test]
fn tls_on_a_port_for_plain_http_is_no_http() {
    let server = Server::start(|mut stream, _| {
        if request(&mut stream).is_some() {
            // An alert of TLS: a fatal one, that the message was not expected.
            let _ = stream.write_all(&[0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x0a]);
        }
    });
    assert_eq!(loss(&net(&server, &Load::default())).cause, Cause::Malformed);
}

#[test]
fn a_redirect_never_leads_from_https_to_http() {
    let plain = Server::answering(|_| answer("200 OK", "", b"hi"));
    let location = format!("location: http://127.0.0.1:{}/", plain.address.port());
    let text = format!("HTTP/1.1 302 Found\r\n{location}\r\ncontent-length: 0\r\n\r\n");
    let (server, pem) = secure(true, text.leak().as_bytes());
    let load = Load { roots: Some(pem), ..Load::default() };
    let mut wire = Wire::new(net_to(&target(&server, true), &load), 0);
    assert_eq!(run(get(&mut wire)).result.unwrap_err().cause, Cause::Redirect);
    assert_eq!(plain.connections(), 0);
}

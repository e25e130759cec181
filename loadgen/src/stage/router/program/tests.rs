//! Programs that do not start, and what they say of themselves.

use super::*;

#[test]
fn a_body_is_read_whole_or_in_chunks() {
    let body = |answer: &str| body(answer);
    assert_eq!(body("HTTP/1.0 200 OK\r\n\r\nall").as_deref(), Some("all"));
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunks = format!("{head}3\r\nall\r\na\r\n of it...\n\r\n0\r\n\r\n");
    assert_eq!(body(&chunks).as_deref(), Some("all of it...\n"));
    for broken in ["HTTP/1.0 200 OK\r\n", &format!("{head}ff\r\nless"), &format!("{head}x\r\n")] {
        assert_eq!(body(broken), None, "{broken}");
    }
}

#[test]
fn ports_are_different_ones() {
    let ports: [SocketAddr; 3] = free_ports().unwrap();
    assert!(ports[0] != ports[1] && ports[1] != ports[2] && ports[0] != ports[2]);
}

#[test]
fn what_does_not_start_is_told_with_its_log_and_leaves_nothing() {
    let [target] = free_ports().unwrap();
    let call = Call {
        program: "sh",
        install: "nothing",
        configuration: "sleep 100 & echo no such thing; exit 3".to_owned(),
        arguments: |_, path| vec![path.into()],
        target,
    };
    let error = Program::start(Program::directory().unwrap(), &call).unwrap_err();
    let Error::Start { why, log, .. } = error else { panic!("{error}") };
    assert!(why.contains('3'), "{why}");
    assert_eq!(log, "no such thing");
}

#[test]
fn what_is_not_installed_is_told_with_its_installation() {
    let [target] = free_ports().unwrap();
    let (program, install) = ("no-such-router", "apt-get install it");
    let configuration = String::new();
    let call = Call { program, install, configuration, arguments: |_, _| vec![], target };
    let error = Program::start(Program::directory().unwrap(), &call).unwrap_err().to_string();
    assert!(error.contains("help: apt-get install it"), "{error}");
}

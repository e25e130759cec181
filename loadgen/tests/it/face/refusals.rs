//! What is refused, and that nothing is sent then.

use super::small;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

/// Refused with 2 and these words, without a report.
fn refused(more: &str, args: &[&str], words: &[&str]) {
    let folder = small(more);
    let ended = folder.run(&[&["run", "small.toml"], args].concat());
    ended.assert(2, &[], &["error: "]);
    ended.assert(2, &[], words);
    assert_eq!(ended.stdout, "", "{}", ended.shown());
    assert!(!folder.path("reports").exists(), "{}", ended.shown());
}

#[test]
fn a_wrong_scenario_is_told_with_its_place() {
    refused(
        "[[expect]]\nthat = \"latency_p98 < 1s\"",
        &[],
        &["unknown metric `latency_p98`", "small.toml:", "help: did you mean"],
    );
    refused(
        "[load]\nuser = 4",
        &[],
        &["unknown setting `load.user`", "small.toml:", "`users-max`"],
    );
    refused("", &["--set", "client.visitors.timeout=5"], &["`5` has no unit", "help: "]);
}

#[test]
fn what_the_scenario_does_not_have_is_named() {
    let stages = "[load]\nstages = [{ name = \"calm\", rate = \"10/s\", for = \"1s\" }, \
                  { name = \"storm\", rate = \"20/s\", for = \"1s\" }]";
    let words = ["unknown stage `clam`", "the scenario has `calm`, `storm`"];
    refused(stages, &["--stage", "clam"], &words);
    refused("", &["--only", "nobody"], &["unknown variant `nobody`", "`base`"]);
    let loopback = ["--target", "http://127.0.0.1:9"];
    refused(
        "",
        &[&loopback[..], &["--router", "haproxy"]].concat(),
        &["`--router`", "help: leave"],
    );
    let several = "[vary]\n\"mesh.balancer\" = [\"random\", \"p2c\"]";
    refused(several, &loopback, &["2 variants", "--only \"random\""]);
}

#[test]
fn a_share_of_a_boundary_is_not_run_without_the_search_for_it() {
    let stages = "[load]\nstages = [{ name = \"edge\", rate = { from = \"10/s\", to = \"99/s\" } }, \
                  { name = \"black box\", rate = \"80% of boundary\" }]";
    let words = ["the stage `black box` is a share of a boundary", "`--stage`"];
    refused(stages, &["--stage", "black box"], &words);
}

#[test]
fn shards_that_cannot_work_together_are_refused() {
    let search = "[load]\nstages = [{ name = \"edge\", rate = { from = \"10/s\", to = \"99/s\" }, \
                  step = \"1s\" }]";
    let later = (now() + 60).to_string();
    let shard = ["--shard", "0/2", "--start-at", later.as_str()];
    refused(search, &shard, &["the stage `edge` looks for a boundary", "--stage"]);
    refused("", &["--shard", "0/2", "--start-at", "1000000000"], &["s ago"]);
}

/// Seconds since 1970.
fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap().as_secs()
}

#[test]
fn a_target_outside_loopback_gets_nothing_that_was_not_allowed() {
    let listener = TcpListener::bind(SocketAddr::new(outside_loopback(), 0));
    // Without an address of its own, this machine can only be asked to reach one of nobody.
    let listener = listener.ok().filter(|held| !held.local_addr().unwrap().ip().is_loopback());
    let target = match &listener {
        Some(listener) => listener.local_addr().unwrap(),
        None => SocketAddr::from(([192, 0, 2, 1], 80)),
    };
    let host = target.ip().to_string();
    let url = format!("http://{target}");
    let not_allowed = format!("`{host}` is another machine");
    // In the words of whoever said it: the command line, or the scenario.
    let (typed, help) = (format!("--target {url}"), format!("add `--allow {host} --rate-max"));
    refused("", &["--target", &url], &["the command line", &typed, &not_allowed, &help]);
    let help = format!("add `allow = [\"{host}\"]`, `rate-max`");
    refused(&format!("[load]\ntarget = \"{url}\""), &[], &["small.toml", &not_allowed, &help]);
    // Allowed without a bound, it is refused, too.
    let allowed = ["--target", &url, "--allow", &host];
    refused("", &allowed, &["add `--rate-max 500/s`", "add `--users-max 1000`"]);
    if let Some(listener) = listener {
        listener.set_nonblocking(true).unwrap();
        let nobody = listener.accept().unwrap_err();
        assert_eq!(nobody.kind(), ErrorKind::WouldBlock, "nothing came");
    }
}

/// An address of this machine by which others know it, if it has one. No packet is sent for that.
fn outside_loopback() -> IpAddr {
    let found = || {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    found().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

//! `haproxy`: its configuration generated from the scenario, and the program started.
//!
//! It is the program that `router = "haproxy"` of `sim` is modelled on, set up as that model has it:
//! `mesh.limit` becomes each server's `maxconn`, and requests beyond it wait in the queue of the
//! backend, for `timeout queue` at most, which is `mesh.queue-wait`. Without a limit nothing waits
//! there, and dynos queue for themselves. What cannot connect goes to another server, as with a plain
//! `option redispatch`; what was lost after that is not tried again.

use std::ffi::OsString;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sim::balance::{Maker, Need};
use sim::load::Speaks;
use sim::platform::{Mesh, Platform};
use sim::time::Span;
use sim::units::Limit;

use super::super::counts::RouterCounts;
use super::super::error::Error;
use super::program::{Call, Program, free_ports, on_free_ports};
use super::routing::Routing;
use super::{Router, RouterKind, Setting, as_built, program_warnings, whole_weights};

/// The registry's row.
pub(super) const KIND: RouterKind = RouterKind {
    name: "haproxy",
    model: "haproxy",
    summary: "HAProxy, with a configuration made from the scenario",
    install: Some(INSTALL),
    start,
    warnings: program_warnings,
};

const INSTALL: &str = "apt-get install haproxy";
/// Where its statistics are.
const STATISTICS: &str = "/statistics";
/// The same as a table.
const TABLE: &str = "/statistics;csv";
/// HAProxy's weights go to 256; room is left for the lightest.
const MOST_WEIGHT: f64 = 256.0;
/// The longest time that it takes for a time-out, in milliseconds: just under 24 days.
const LONGEST: u64 = 2_000_000_000;

fn start(setting: &Setting<'_>) -> Result<Arc<dyn Router>, Error> {
    on_free_ports(|| try_start(setting))
}

fn try_start(setting: &Setting<'_>) -> Result<Arc<dyn Router>, Error> {
    let [target, statistics] = free_ports()?;
    let directory = Program::directory()?;
    // Each connection of a client may have one to a dyno; some files are its own.
    let most_connections = (setting.files / 2).saturating_sub(setting.files / 40).max(16);
    let configuration =
        configuration(setting, directory.path(), target, statistics, most_connections)?;
    let arguments =
        |_: &Path, path: &Path| -> Vec<OsString> { vec!["-db".into(), "-f".into(), path.into()] };
    let call = Call { program: KIND.name, install: INSTALL, configuration, arguments, target };
    let program = Program::start(directory, &call)?;
    let (name, tells) = (KIND.name, (statistics, TABLE, Speaks::Haproxy));
    Ok(Arc::new(Routing { program, target, name, tells, most_connections, counts }))
}

/// The lines of an algorithm.
fn algorithm(mesh: &Mesh) -> Result<String, Error> {
    let help = "set `mesh.balancer` to one of those, or use `--router builtin`";
    let strategy = as_built(mesh, Maker::Haproxy, KIND.name, help)?;
    Ok(match strategy.words() {
        "hash" => "balance hdr(dynomesh-key)\n    hash-type consistent sdbm avalanche".to_owned(),
        words => format!("balance {words}"),
    })
}

/// Whether an algorithm waits for the one server that it chose.
fn waits_for_one(mesh: &Mesh) -> bool {
    mesh.balancer.needs(Need::Key)
}

fn configuration(
    setting: &Setting<'_>,
    directory: &Path,
    target: SocketAddr,
    statistics: SocketAddr,
    most_connections: u64,
) -> Result<String, Error> {
    let Platform { mesh, apps, .. } = setting.platform;
    let algorithm = algorithm(mesh)?;
    let socket = directory.join("haproxy.sock");
    let (connect, server) = (millis(mesh.connect.span()), millis(mesh.first_byte.span()));
    let queue = millis(mesh.queue_wait.span());
    let retries = mesh.dispatches - 1;
    let mut text = format!(
        "global
    maxconn {most_connections}
    nbthread 1
    stats socket {} mode 600 level admin

defaults
    mode http
    maxconn {most_connections}
    timeout connect {connect}ms
    timeout server {server}ms
    timeout queue {queue}ms
    option http-ignore-probes
    timeout client 1h
    timeout http-keep-alive 1h
    http-reuse always
    option redispatch
    retries {retries}

frontend statistics
    bind {statistics}
    stats enable
    stats uri {STATISTICS}

frontend stage
    bind {target} backlog 4096
",
        socket.display()
    );
    // The first app gets what no other's path names.
    for (index, app) in apps.iter().enumerate().skip(1) {
        for endpoint in &app.endpoints {
            let name = &endpoint.name;
            let _ = writeln!(
                text,
                "    use_backend app{index} if {{ path /{name} }} || {{ path_beg /{name}/ }}"
            );
        }
    }
    text.push_str("    default_backend app0\n");
    for index in 0..apps.len() {
        backend(setting, index, &algorithm, &mut text);
    }
    Ok(text)
}

/// The dynos of an app.
fn backend(setting: &Setting<'_>, app: usize, algorithm: &str, text: &mut String) {
    let mesh = &setting.platform.mesh;
    let _ = write!(text, "\nbackend app{app}\n    {algorithm}\n");
    let members = setting.members(app);
    let weights: Vec<f64> = members.iter().map(|(_, weight)| *weight).collect();
    let mut limits = match mesh.limit {
        Limit::At(limit) => format!(" maxconn {limit}"),
        Limit::Unlimited => String::new(),
    };
    match mesh.backlog {
        // The server's own queue; 0 would be no bound.
        Limit::At(backlog) if waits_for_one(mesh) => {
            let _ = write!(limits, " maxqueue {}", backlog.max(1));
        }
        // The mean is rounded up, so one more than `mesh.backlog` for each server may wait.
        Limit::At(backlog) => {
            let full = format!("{{ avg_queue gt {backlog} }}");
            let _ = writeln!(text, "    http-request deny deny_status 503 if {full}");
        }
        Limit::Unlimited => {}
    }
    let weights = whole_weights(&weights, MOST_WEIGHT);
    for (number, ((address, _), weight)) in members.iter().zip(weights).enumerate() {
        let _ = writeln!(text, "    server dyno{number} {address} weight {weight}{limits}");
    }
}

/// A time-out in milliseconds, rounded up; 0 would be none at all.
fn millis(span: Span) -> u64 {
    span.nanos().div_ceil(1_000_000).clamp(1, LONGEST)
}

/// Reads its table of statistics.
fn counts(table: &str, _asked: u64) -> RouterCounts {
    let mut counts = RouterCounts::default();
    let mut lines = table.trim_start_matches("# ").lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    for line in lines {
        let values: Vec<&str> = line.split(',').collect();
        let value = |name: &str| {
            let at = names.iter().position(|known| *known == name);
            at.and_then(|at| values.get(at)).copied().unwrap_or_default()
        };
        let number = |name: &str| value(name).parse::<u64>().unwrap_or(0);
        match (value("pxname"), value("svname")) {
            ("stage", "FRONTEND") => counts.requests = number("req_tot"),
            (_, "FRONTEND" | "BACKEND") => {}
            _ => {
                counts.dispatches += number("stot");
                let classes = ["hrsp_2xx", "hrsp_3xx", "hrsp_4xx", "hrsp_5xx"];
                counts.answered += classes.iter().map(|class| number(class)).sum::<u64>();
            }
        }
    }
    counts
}

/// The bound of a time-out stays what HAProxy takes.
const _: () = assert!(Duration::from_millis(LONGEST).as_secs() < 24 * 86_400);

#[cfg(test)]
mod tests {
    use super::super::testing::mesh_with;
    use super::*;

    #[test]
    fn statistics_are_read_by_name() {
        let table = "# pxname,svname,stot,req_tot,hrsp_2xx,hrsp_5xx\n\
                     stage,FRONTEND,3,9,8,1\napp0,dyno0,5,,4,1\napp0,dyno1,4,,4,0\n\
                     app0,BACKEND,9,,8,1\n";
        let counts = counts(table, 0);
        assert_eq!((counts.requests, counts.dispatches, counts.answered), (9, 9, 9));
        assert_eq!(super::counts("", 0), RouterCounts::default());
    }

    #[test]
    fn time_outs_are_never_none() {
        assert_eq!(millis(Span::ZERO), 1);
        assert_eq!(millis(Span::from_nanos(1_500_000)), 2);
        assert_eq!(millis(Span::MAX), LONGEST);
    }

    #[test]
    fn what_it_does_not_have_is_refused_with_what_it_has() {
        let hash = "balance hdr(dynomesh-key)\n    hash-type consistent sdbm avalanche";
        for (name, expected) in [
            ("random", "balance random(1)"),
            ("p2c", "balance random(2)"),
            ("weighted-round-robin", "balance roundrobin"),
            ("consistent-hash", hash),
        ] {
            assert_eq!(algorithm(&mesh_with(name)).unwrap(), expected);
        }
        let error = algorithm(&mesh_with("prequal")).unwrap_err().to_string();
        assert!(error.contains("no balancer `prequal`; it has `random`"), "{error}");
    }
}

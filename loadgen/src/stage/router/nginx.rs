//! `nginx`: its configuration generated from the scenario, and the program started.
//!
//! It is the program that `router = "nginx"` of `sim` is modelled on, set up as that model has it. Each
//! worker process is a router that counts for itself; with `mesh.knowledge = "shared"` they share
//! their counts. `mesh.limit` becomes each server's `max_conns`. It has no queue: when all dynos are
//! full it answers 502 at once. A server that fails once is left alone for `mesh.quarantine`. What
//! could not be delivered goes to another server, but not after a time-out of the answer: by then no
//! time is left to try again.

use std::ffi::OsString;
use std::fmt::Write;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use sim::balance::Maker;
use sim::load::Speaks;
use sim::platform::{Knowledge, Mesh, Platform};
use sim::time::Span;
use sim::units::Limit;

use super::super::counts::RouterCounts;
use super::super::error::Error;
use super::program::{ASKED, Call, Program, free_ports, on_free_ports};
use super::routing::Routing;
use super::{Router, RouterKind, Setting, as_built, program_warnings, whole_weights};

/// The registry's row.
pub(super) const KIND: RouterKind = RouterKind {
    name: "nginx",
    model: "nginx",
    summary: "nginx, with a configuration made from the scenario",
    install: Some(INSTALL),
    start,
    warnings: program_warnings,
};

const INSTALL: &str = "apt-get install nginx-light";
/// Where its status is.
const STATUS: &str = "/status";
/// Weights are whole numbers; this many steps are fine enough.
const MOST_WEIGHT: f64 = 100.0;
/// The longest time-out, in milliseconds: just under 24 days.
const LONGEST: u64 = 2_000_000_000;
/// More worker processes than this are more than any machine of a stage has cores.
const MOST_WORKERS: u32 = 64;
/// Each connection that a worker may have costs it memory from the start.
const MOST_CONNECTIONS: u64 = 1 << 16;
/// Idle connections that each worker keeps to the dynos of an app.
const IDLE: u32 = 256;

fn start(setting: &Setting<'_>) -> Result<Arc<dyn Router>, Error> {
    on_free_ports(|| try_start(setting))
}

fn try_start(setting: &Setting<'_>) -> Result<Arc<dyn Router>, Error> {
    let [target, status] = free_ports()?;
    let directory = Program::directory()?;
    let configuration = configuration(setting, directory.path(), target, status)?;
    let arguments = |directory: &Path, path: &Path| -> Vec<OsString> {
        let error_log = directory.join("error.log");
        vec!["-p".into(), directory.into(), "-e".into(), error_log.into(), "-c".into(), path.into()]
    };
    let call = Call { program: KIND.name, install: INSTALL, configuration, arguments, target };
    let program = Program::start(directory, &call)?;
    let workers = u64::from(workers(setting.platform));
    let most_connections = connections(setting) * workers / 2;
    let (name, tells) = (KIND.name, (status, STATUS, Speaks::Nginx));
    Ok(Arc::new(Routing { program, target, name, tells, most_connections, counts }))
}

/// How many worker processes there are.
fn workers(platform: &Platform) -> u32 {
    platform.mesh.rows().min(MOST_WORKERS)
}

/// Connections of a worker, to clients and to dynos.
fn connections(setting: &Setting<'_>) -> u64 {
    setting.files.saturating_sub(setting.files / 20).clamp(32, MOST_CONNECTIONS)
}

/// The line of an algorithm; nothing for round robin.
fn algorithm(mesh: &Mesh) -> Result<String, Error> {
    let help = "set `mesh.balancer` to one of those, or use `--router builtin`";
    let strategy = as_built(mesh, Maker::Nginx, KIND.name, help)?;
    Ok(match strategy.words() {
        "" => String::new(),
        "hash" => "hash $http_dynomesh_key consistent;".to_owned(),
        words => format!("{words};"),
    })
}

fn configuration(
    setting: &Setting<'_>,
    directory: &Path,
    target: SocketAddr,
    status: SocketAddr,
) -> Result<String, Error> {
    let apps = &setting.platform.apps;
    let algorithm = algorithm(&setting.platform.mesh)?;
    let mut text = head(setting, directory);
    for index in 0..apps.len() {
        text.push_str(&upstream(setting, index, &algorithm));
    }
    let _ = writeln!(text, "    server {{\n        listen {target} backlog=4096;");
    text.push_str("        location / { proxy_pass http://app0; }\n");
    // The first app gets what no other's path names.
    for (index, app) in apps.iter().enumerate().skip(1) {
        for endpoint in &app.endpoints {
            let name = &endpoint.name;
            for place in [format!("= /{name}"), format!("/{name}/")] {
                let _ =
                    writeln!(text, "        location {place} {{ proxy_pass http://app{index}; }}");
            }
        }
    }
    let _ = writeln!(text, "    }}\n    server {{\n        listen {status};");
    let asked = directory.join(ASKED);
    let _ = writeln!(text, "        access_log {} asked;", asked.display());
    let _ = writeln!(text, "        location = {STATUS} {{ stub_status; }}\n    }}\n}}");
    Ok(text)
}

/// What concerns all apps.
fn head(setting: &Setting<'_>, directory: &Path) -> String {
    let mesh = &setting.platform.mesh;
    let folder = directory.display();
    let (workers, connections) = (workers(setting.platform), connections(setting));
    let (connect, read) = (millis(mesh.connect.span()), millis(mesh.first_byte.span()));
    let tries = mesh.dispatches;
    // Started by the superuser it would hand its files to somebody who may not read this directory.
    let user = if is_superuser(directory) { "user root;\n" } else { "" };
    format!(
        "daemon off;
{user}worker_processes {workers};
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    log_format asked .;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 8m;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
    proxy_http_version 1.1;
    proxy_set_header Connection \"\";
    proxy_connect_timeout {connect}ms;
    proxy_read_timeout {read}ms;
    proxy_next_upstream error timeout;
    proxy_next_upstream_timeout {read}ms;
    proxy_next_upstream_tries {tries};
"
    )
}

/// The dynos of an app.
fn upstream(setting: &Setting<'_>, app: usize, algorithm: &str) -> String {
    let mesh = &setting.platform.mesh;
    let mut text = format!("    upstream app{app} {{\n");
    if mesh.knowledge == Knowledge::Shared {
        let _ = writeln!(text, "        zone app{app} 4m;");
    }
    if !algorithm.is_empty() {
        let _ = writeln!(text, "        {algorithm}");
    }
    let members = setting.members(app);
    let weights: Vec<f64> = members.iter().map(|(_, weight)| *weight).collect();
    let limit = match mesh.limit {
        Limit::At(limit) => format!(" max_conns={limit}"),
        Limit::Unlimited => String::new(),
    };
    let fails = format!("max_fails=1 fail_timeout={}s", seconds(mesh.quarantine));
    for ((address, _), weight) in members.iter().zip(whole_weights(&weights, MOST_WEIGHT)) {
        let _ = writeln!(text, "        server {address} weight={weight} {fails}{limit};");
    }
    let _ = writeln!(text, "        keepalive {IDLE};\n        keepalive_requests 1000000000;");
    text.push_str("    }\n");
    text
}

/// Whether what we make belongs to the superuser.
fn is_superuser(directory: &Path) -> bool {
    directory.metadata().is_ok_and(|metadata| metadata.uid() == 0)
}

/// A time-out in milliseconds, rounded up; 0 would be none at all.
fn millis(span: Span) -> u64 {
    span.nanos().div_ceil(1_000_000).clamp(1, LONGEST)
}

/// How long a server is left alone: whole seconds, rounded up; 0 would be not at all.
fn seconds(span: Span) -> u64 {
    span.nanos().div_ceil(1_000_000_000).clamp(1, LONGEST / 1000)
}

/// Reads the requests that `stub_status` tells: the third number of its third line, without those that asked
/// for the status.
fn counts(status: &str, asked: u64) -> RouterCounts {
    let line = status.lines().nth(2).unwrap_or_default();
    let all = line.split_whitespace().nth(2).and_then(|number| number.parse().ok());
    RouterCounts { requests: all.unwrap_or(0_u64).saturating_sub(asked), ..RouterCounts::default() }
}

#[cfg(test)]
mod tests {
    use super::super::testing::mesh_with;
    use super::*;

    #[test]
    fn the_status_tells_the_requests() {
        let status = "Active connections: 2 \nserver accepts handled requests\n 7 7 31 \n\
                      Reading: 0 Writing: 1 Waiting: 1 \n";
        assert_eq!(counts(status, 4).requests, 27);
        assert_eq!(counts("", 1).requests, 0);
    }

    #[test]
    fn what_it_does_not_have_is_refused_with_what_it_has() {
        assert_eq!(algorithm(&mesh_with("round-robin")).unwrap(), "");
        assert_eq!(algorithm(&mesh_with("p2c")).unwrap(), "random two least_conn;");
        let error = algorithm(&mesh_with("first-free")).unwrap_err().to_string();
        assert!(error.contains("no balancer `first-free`; it has `random`"), "{error}");
    }
}

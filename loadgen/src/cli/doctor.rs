//! `loadgen doctor`: what limits a load test here, and how to mend it.

use super::args;
use crate::machine::doctor::{self, Examination, Verdict};
use sim::cli::{Exit, Failure, output};
use sim::load::Target;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

/// How long the machine is watched, and how long it is let generate.
const TIME: Duration = Duration::from_millis(1_500);

/// Examines, measures and prints. Ends with 1 where a finding is bad.
pub(super) fn run(args: &args::Doctor) -> Result<Exit, Failure> {
    let target = args.target.as_deref().map(local).transpose()?;
    if !args.json {
        output::complain("looking at this machine for a few seconds ...");
    }
    let examined = doctor::look(TIME, target);
    let generation = match args.no_measure {
        true => None,
        false => Some(doctor::measure(TIME, doctor::bare_user).map_err(|error| {
            Failure::world(&format!("cannot measure what this machine generates: {error}"))
        })?),
    };
    let report = Examination::new(&examined, generation);
    output::say(&if args.json { report.json() } else { report.text() })?;
    Ok(if report.verdict == Verdict::Bad { Exit::Broken } else { Exit::Hold })
}

/// The address of a target on this machine.
fn local(url: &str) -> Result<SocketAddr, Failure> {
    let target = Target::parse(url).map_err(|message| {
        Failure::usage(&format!("`--target {url}`: {message}"), "such as `http://127.0.0.1:8080`")
    })?;
    let found = (target.host.as_str(), target.port).to_socket_addrs();
    let found = found.ok().and_then(|mut all| all.find(|address| address.ip().is_loopback()));
    found.ok_or_else(|| {
        let message = format!("`{}` is not on this machine", target.host);
        Failure::usage(&message, "run `loadgen doctor` there, for its side")
    })
}

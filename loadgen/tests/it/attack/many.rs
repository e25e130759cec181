//! Many users: what they cost in memory. These take minutes of a machine, so they are asked for:
//! `cargo test --release -p loadgen --test it many -- --ignored --nocapture --test-threads 1`.

use super::server::{Manner, Server};
use super::{At, Crew, Test};
use loadgen::crew::StepMeasures;
use std::ops::ControlFlow;

/// Runs users who think for a quarter of a minute; gives what was measured and the memory of all
/// workers at its highest, in bytes.
fn run(users: u32, connections: &str) -> (StepMeasures, u64) {
    let server = Server::start(Manner::default());
    let clients = format!(
        "[client.browsers]\nusers = {users}\nthink.uniform = [\"5s\", \"25s\"]\n\
         [load]\nconnections = \"{connections}\""
    );
    let test = Test::new("duration = \"20s\"", &clients);
    let steps = test.steps(&[At::AsWritten]);
    let processes = users.div_ceil(16_000);
    let mut crew = test.crew(server.address, test.layout(&server, &steps, processes));
    let measures = crew.step(&steps[0], Crew::soon(), &mut |_| ControlFlow::Continue(())).unwrap();
    let memory = crew.processes().into_iter().map(highest_memory).sum();
    crew.end();
    let per_user = memory / u64::from(users);
    println!(
        "{users} users, {connections}: {memory} bytes, {per_user} a user; {} requests, late p99 {:?}",
        measures.counted.successes,
        measures.health.late.quantile(0.99).map(|late| late.to_string()),
    );
    // What did not come to the server has failed here: its backlog may have been full.
    let (counted, came) = (&measures.counted, server.requests());
    let failed = counted.arrivals - counted.successes;
    assert!(counted.successes <= came && counted.attempts <= came + failed, "{came} {counted:?}");
    assert!(failed * 1_000 <= counted.arrivals, "{counted:?}");
    (measures, memory)
}

/// The most memory that a process has had, in bytes.
fn highest_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[test]
#[ignore = "ten thousand connections"]
fn ten_thousand_users_cost_no_more_than_they_may() {
    let ((_, kept), (_, closed)) = (run(10_000, "kept"), run(10_000, "closed"));
    let (_, few) = run(10, "kept");
    let per_user = |memory: u64| memory.saturating_sub(few) / 10_000;
    assert!(per_user(kept) < 23 << 10, "{}", per_user(kept));
    assert!(per_user(closed) < 10 << 10, "{}", per_user(closed));
}

#[test]
#[ignore = "a hundred thousand users"]
fn a_hundred_thousand_users_on_closed_connections_fit_into_a_gibibyte() {
    let (measures, memory) = run(100_000, "closed");
    assert!(measures.counted.successes >= 100_000);
    assert!(memory < 1 << 30, "{memory}");
}

#[test]
#[ignore = "a measurement: `--release`, and nothing else on the machine"]
fn requests_that_a_second_of_processor_time_sends() {
    let server = Server::start(Manner::default());
    let clients = "[client.browsers]\nusers = 64\n[load]\ntell-work = false";
    let test = Test::new("duration = \"10s\"", clients);
    let (measures, _) = test.run(&server, 1);
    let cpu = measures.health.gaps.cpu.unwrap() as f64 / 1e9;
    let (requests, seconds) = (measures.counted.successes as f64, measures.ran.seconds());
    println!("{:.0} requests a processor second, {:.0}/s", requests / cpu, requests / seconds);
    assert!(measures.counted.successes > 1_000 && cpu > 0.1, "{:?}", measures.counted);
}

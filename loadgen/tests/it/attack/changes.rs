//! Settings of clients that change in mid-step.

use super::Test;
use super::server::{Manner, Server};
use sim::metrics::{Cause, Counted};
use std::time::Duration;

/// Ten users of a server that takes 200 ms for each answer, for three seconds, and this event.
fn run(event: &str) -> Counted {
    let server = Server::start(Manner { takes: Duration::from_millis(200), ..Manner::default() });
    let clients = format!(
        "[client.browsers]\nusers = 10\nthink.constant = \"10ms\"\ntimeout = \"5s\"\n\
         retry.backoff = {{ base = \"1ms\", jitter = \"none\" }}\n\
         retry.budget.ratio = {{ share = 0, least = \"0/s\" }}\n{event}"
    );
    let (measures, _) = Test::new("duration = \"3s\"", &clients).run(&server, 2);
    assert_eq!(measures.counted.attempts, server.requests());
    measures.counted
}

#[test]
fn what_a_set_changes_of_a_client_holds_for_its_time() {
    let written = run("");
    assert_eq!((written.successes, written.attempts), (written.arrivals, written.arrivals));
    let set = |what: &str| format!("[[event]]\nat = \"1s\"\nfor = \"1s\"\nset = {{ {what} }}");
    let timeout = "\"client.browsers.timeout\" = \"100ms\"";
    // Each user times out nine times in that second, and has nine answers in the others.
    let impatient = run(&set(timeout));
    let late = impatient.failed(Cause::Timeout);
    assert_eq!(late + impatient.successes, impatient.arrivals, "{impatient:?}");
    assert_eq!(impatient.attempts, impatient.arrivals, "one try each");
    assert!((30..=110).contains(&late) && impatient.successes > 30, "{impatient:?}");
    // Three tries, which a budget of nothing does not pay for until it has a share.
    let attempts = "\"client.browsers.retry.attempts\" = 3";
    let broke = run(&set(&format!("{timeout}, {attempts}")));
    assert_eq!(broke.attempts, broke.arrivals, "{broke:?}");
    let budget = "\"client.browsers.retry.budget\" = \"100%\"";
    let stubborn = run(&set(&format!("{timeout}, {attempts}, {budget}")));
    assert!(stubborn.attempts > stubborn.arrivals + 10, "{stubborn:?}");
    let deadline = "\"client.browsers.deadline\" = \"50ms\"";
    let hurried = run(&set(deadline));
    assert!(hurried.failed(Cause::Deadline) > 30, "{hurried:?}");
}

#[test]
fn a_retry_budget_is_the_same_in_any_number_of_processes() {
    for processes in [1, 4] {
        let server = Server::start(Manner { fails_every: 1, ..Manner::default() });
        let clients = "[client.browsers]\nusers = 12\nthink.constant = \"20ms\"\n\
                       retry.attempts = 2\nretry.backoff.base = \"1ms\"\n\
                       retry.budget.ratio = { share = 0, window = \"60s\", least = \"0.5/s\" }";
        let (measures, _) = Test::new("duration = \"2s\"", clients).run(&server, processes);
        let counted = &measures.counted;
        assert_eq!(counted.attempts - counted.arrivals, 30, "{processes} processes: {counted:?}");
    }
}

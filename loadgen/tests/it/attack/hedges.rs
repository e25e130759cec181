//! Hedges, and what becomes of attempts that nobody waits for any more.

use super::Test;
use super::server::{Manner, Server};
use sim::metrics::{Cause, Counted};
use std::time::Duration;

/// Ten users, this setting, and a server whose every fifth answer takes 400 ms more. Gives the books, how many attempts
/// came, and of how many the server saw the client leave.
fn run(setting: &str) -> (Counted, u64, u64) {
    let slow = Duration::from_millis(400);
    let server = Server::start(Manner { slow_every: 5, slow, ..Manner::default() });
    let clients = format!("[client.browsers]\nusers = 10\nthink.constant = \"20ms\"\n{setting}");
    let test = Test::new("duration = \"3s\"", &clients);
    let (measures, _) = test.run(&server, 2);
    assert_eq!(measures.cut_off, 0, "there is room for all that is left behind");
    (measures.counted, server.requests(), server.left())
}

#[test]
fn a_hedge_is_sent_when_the_first_is_slow_and_the_first_answer_wins() {
    for (cancels, setting) in [(false, ""), (true, "cancels = true")] {
        let (counted, came, left) = run(&format!("hedge = \"100ms\"\n{setting}"));
        assert_eq!(counted.successes, counted.arrivals, "{counted:?}");
        assert_eq!(counted.attempts, came);
        let hedges = counted.attempts - counted.arrivals;
        // A fifth of all attempts is slow; hedges are attempts, too.
        let share = hedges as f64 / counted.arrivals as f64;
        assert!((0.1..=0.35).contains(&share), "{share} of {}", counted.arrivals);
        // A client that cancels closes what has lost. Else only the end of the processes closes it.
        let closed = left as f64 / hedges as f64;
        assert_eq!(closed > 0.6, cancels, "{left} of {hedges} left");
    }
    // An answer that comes in time needs none.
    let (counted, came, _) = run("hedge = \"60s\"");
    assert_eq!((counted.attempts, counted.arrivals), (came, came));
}

#[test]
fn an_attempt_that_timed_out_goes_on_unless_its_client_cancels() {
    for (cancels, setting) in [(false, ""), (true, "cancels = true")] {
        let (counted, came, left) = run(&format!("timeout = \"100ms\"\n{setting}"));
        let late = counted.failed(Cause::Timeout);
        assert_eq!(counted.successes + late, counted.arrivals, "{counted:?}");
        assert_eq!(counted.attempts, came);
        assert!(late > 50, "{counted:?}");
        let closed = left as f64 / late as f64;
        assert_eq!(closed > 0.8, cancels, "{left} of {late} left");
    }
}

#[test]
fn what_is_left_behind_has_a_bound_and_is_counted_beyond_it() {
    let server = Server::start(Manner::default());
    server.hang();
    let clients = "[client.browsers]\nusers = 10\nthink.constant = \"1ms\"\ntimeout = \"10ms\"";
    let (measures, _) = Test::new("duration = \"4s\"", clients).run(&server, 1);
    // No answer ever comes: what was left behind stays so. There is room for 256 and an eighth of the users.
    let behind = measures.counted.attempts - measures.cut_off;
    assert!(measures.cut_off > 0 && behind == 257, "{behind} of {:?}", measures.counted);
}

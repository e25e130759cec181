//! A frozen dyno: what becomes of requests to it, here and in the simulator.

use super::builtin::shop;
use super::*;
use sim::metrics::{Cause, Metric};
use sim::platform::simulate;

/// What requests to an app come to whose only dyno is frozen: H12 and H19, as the simulator says.
fn predicted(platform: &Platform) -> (f64, f64) {
    let summary = simulate(platform, SEED, &[]);
    let count = |cause| summary.value("all", Metric::Errors(cause)).unwrap_or(0.0);
    (count(Cause::H12), count(Cause::H19))
}

#[test]
fn a_full_backlog_is_h19_and_what_it_has_room_for_h12_as_in_the_simulator() {
    for backlog in [0_usize, 2] {
        let mesh = "connect = \"300ms\"\nfirst-byte = \"900ms\"\nquarantine = \"1ms\"";
        let app = format!("dynos = 1\nprocess.workers = {{ count = 1, backlog = {backlog} }}");
        let event = "[[event]]\nat = \"500ms\"\nfor = \"4s\"\nfreeze = { app = \"shop\" }";
        let platform = platform(&format!("{}{event}", shop(mesh, &app)));
        let (h12, h19) = predicted(&platform);
        assert!((h12 > 0.0) == (backlog > 0) && h19 > 0.0, "backlog {backlog}: {h12} {h19}");

        let stage = Staging::start(&platform, SEED, RouterKind::named("builtin").unwrap()).unwrap();
        // The router keeps connections from before.
        assert_eq!(with_status(&burst(1, stage.address(), Duration::from_millis(1)), 200), 1);
        let begin = Instant::now();
        stage.begin(begin).unwrap();
        thread::sleep(Duration::from_millis(700));
        burst(8, stage.address(), Duration::from_millis(1));
        let causes = stage.counts().router.causes;
        let of = |cause| causes.get(&cause).copied().unwrap_or(0) as usize;
        assert_eq!((of(Cause::H12), of(Cause::H19)), (backlog, 8 - backlog), "{causes:?}");
        thread::sleep(Duration::from_millis(4700).saturating_sub(begin.elapsed()));
        eventually("it serves again", || {
            get(stage.address(), "/browse", Duration::ZERO).is_some_and(|it| it.status == 200)
        });
        // What was in the kernel's queue was served when it thawed, though nobody waited any more.
        eventually("it has served what it took", || {
            stage.counts().dynos.iter().all(|dyno| dyno.held == 0)
        });
        assert_balanced(&stage.counts());
    }
}

#[test]
fn no_request_is_lost_on_a_kept_connection_that_a_freeze_closes() {
    let app = "dynos = 1\nprocess.threads = { count = 64, backlog = 500 }";
    let event = |turn: u32| {
        let at = 100 + turn * 100;
        format!("[[event]]\nat = \"{at}ms\"\nfor = \"20ms\"\nfreeze = {{ app = \"shop\" }}\n")
    };
    let events: String = (0..20).map(event).collect();
    let stage = stage(&format!("{}{events}", shop("", app)), "builtin");
    let address = stage.address();
    let begin = Instant::now();
    stage.begin(begin).unwrap();
    // Always some on their way, so that closed connections and requests cross.
    let caller = move || {
        let mut answers = Vec::new();
        while begin.elapsed() < Duration::from_millis(2200) {
            answers.push(get(address, "/browse", Duration::ZERO));
        }
        answers
    };
    let callers: Vec<_> = (0..8).map(|_| thread::spawn(caller)).collect();
    let answers: Vec<_> = callers.into_iter().flat_map(|it| it.join().unwrap()).collect();
    assert!(answers.len() > 100, "{}", answers.len());
    assert_eq!(with_status(&answers, 200), answers.len(), "{:?}", stage.counts().router.causes);
    assert_balanced(&stage.counts());
}

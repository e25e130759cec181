//! Dynos past the router: their process models, their bounds, the scenario's events.

use super::*;

const ONE_WORKER: &str = "
[app.shop]
dynos = 1
process.workers = { count = 1, backlog = 3 }
endpoint.browse = { work.constant = \"20ms\" }
";

#[test]
fn a_worker_serves_one_after_the_other_and_late_timers_do_not_add_up() {
    let stage = stage(&ONE_WORKER.replace("backlog = 3", "backlog = 1000"), "builtin");
    let dyno = stage.dynos(0)[0];
    let (count, work) = (200_u32, Duration::from_millis(5));
    let start = Instant::now();
    let answers = burst(count as usize, dyno, work);
    let whole = start.elapsed();
    assert_eq!(with_status(&answers, 200), count as usize);
    // All of the work, and not much more: 200 timers late by a tenth of a millisecond, or by the
    // millisecond of a coarse timer, would show here. Threads and connections take some time, too.
    assert!(whole >= work * count, "{whole:?}");
    assert!(whole < work * count * 6 / 5 + Duration::from_millis(500), "{whole:?}");
    let counts = stage.stop();
    assert_eq!((counts.finished(), counts.dynos[0].begun), (200, 200));
    assert_balanced(&counts);
}

#[test]
fn waiting_times_are_those_of_the_model() {
    let stage = stage(&ONE_WORKER.replace("backlog = 3", "backlog = 1000"), "builtin");
    let dyno = stage.dynos(0)[0];
    let (count, work) = (150_u32, Duration::from_millis(20));
    // Some 70 % load in clumps: two at once, then four, each after as much of a pause.
    let start = Instant::now() + Duration::from_millis(50);
    let mut arrivals = Vec::new();
    let mut at = start;
    while arrivals.len() < count as usize {
        for clump in [2_u32, 4] {
            arrivals.extend((0..clump).map(|_| at));
            at += work * clump * 10 / 7;
        }
    }
    let senders: Vec<_> = arrivals
        .iter()
        .map(|&due| {
            thread::spawn(move || {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                let sent = Instant::now();
                let answer = get(dyno, "/browse", work).unwrap();
                (sent, answer.took)
            })
        })
        .collect();
    let mut measured: Vec<(Instant, Duration)> =
        senders.into_iter().map(|sender| sender.join().unwrap()).collect();
    measured.sort_by_key(|(sent, _)| *sent);
    // The same arrivals through a queue with one server, in virtual time.
    let (mut free, mut expected) = (start, Duration::ZERO);
    for &(sent, _) in &measured {
        free = free.max(sent) + work;
        expected += free - sent;
    }
    let found: Duration = measured.iter().map(|(_, took)| *took).sum();
    let ratio = found.as_secs_f64() / expected.as_secs_f64();
    assert!((0.98..1.4).contains(&ratio), "measured over expected: {ratio}");
}

#[test]
fn beyond_the_backlog_connections_are_closed_without_a_word() {
    let stage = stage(ONE_WORKER, "builtin");
    let dyno = stage.dynos(0)[0];
    // One is served, three wait, four are refused.
    let answers = burst(8, dyno, Duration::from_millis(500));
    assert_eq!(with_status(&answers, 200), 4);
    assert_eq!(answers.iter().filter(|answer| answer.is_none()).count(), 4);
    let counts = stage.stop();
    assert_eq!((counts.dynos[0].finished, counts.dynos[0].refused), (4, 4));
    assert_balanced(&counts);
}

#[test]
fn work_that_is_not_told_is_drawn_from_the_endpoint() {
    let text = "[app.shop]\nendpoint.browse = { work.constant = \"1ms\" }\n\
                endpoint.buy = { work.constant = \"300ms\" }\n";
    let stage = stage(text, "builtin");
    let ask = |path: &str| {
        let start = Instant::now();
        let mut stream = TcpStream::connect(stage.dynos(0)[0]).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        start.elapsed()
    };
    assert!(ask("/buy") >= Duration::from_millis(300));
    assert!(ask("/buy/17") >= Duration::from_millis(300));
    let browse = (0..5).map(|_| ask("/browse")).min().unwrap();
    assert!(browse < Duration::from_millis(300), "{browse:?}");
}

#[test]
fn a_crash_loses_what_it_holds_and_refuses_until_it_is_over() {
    let app = ONE_WORKER.replace("dynos = 1", "dynos = 1\nboot = \"100ms\"");
    let event = "[[event]]\nat = \"200ms\"\nfor = \"300ms\"\ncrash = { app = \"shop\" }";
    let text = format!("[bus]\ndelay = \"10ms\"\n{app}{event}");
    let stage = stage(&text, "builtin");
    let dyno = stage.dynos(0)[0];
    stage.begin(Instant::now()).unwrap();
    let held = burst(3, dyno, Duration::from_secs(20));
    assert!(held.iter().all(Option::is_none), "{held:?}");
    assert!(TcpStream::connect(dyno).is_err(), "a crashed dyno must refuse");
    let by_router = get(stage.address(), "/browse", Duration::ZERO).unwrap();
    assert_eq!(by_router.status, 503);
    let cause = by_router.header("dynomesh-cause").to_owned();
    assert!(["h10", "h20", "h21", "h99"].contains(&cause.as_str()), "{cause}");
    eventually("the dyno is up again", || {
        get(stage.address(), "/browse", Duration::ZERO).is_some_and(|answer| answer.status == 200)
    });
    let counts = stage.stop();
    assert_eq!(counts.dynos[0].lost, 3);
    assert_balanced(&counts);
}

#[test]
fn a_frozen_dyno_answers_when_it_thaws() {
    let event = "[[event]]\nat = \"0s\"\nfor = \"1s\"\nfreeze = { app = \"shop\" }";
    let stage = stage(&format!("{ONE_WORKER}{event}"), "builtin");
    let dyno = stage.dynos(0)[0];
    let begin = Instant::now();
    stage.begin(begin).unwrap();
    thread::sleep(Duration::from_millis(100));
    let answer = get(dyno, "/browse", Duration::from_millis(1)).unwrap();
    assert_eq!(answer.status, 200);
    assert!(begin.elapsed() >= Duration::from_secs(1), "{:?}", begin.elapsed());
}

#[test]
fn a_slow_dyno_takes_longer_and_one_that_fails_answers_500() {
    let events = "[[event]]\nat = \"0s\"\nfor = \"700ms\"\nslow = { app = \"shop\", factor = 20 }\n\
                  [[event]]\nat = \"700ms\"\nfail = { app = \"shop\" }";
    let stage = stage(&format!("{ONE_WORKER}{events}"), "builtin");
    let dyno = stage.dynos(0)[0];
    stage.begin(Instant::now()).unwrap();
    thread::sleep(Duration::from_millis(50));
    let slow = get(dyno, "/browse", Duration::from_millis(10)).unwrap();
    assert!(slow.took >= Duration::from_millis(200), "{:?}", slow.took);
    eventually("requests fail", || get(dyno, "/browse", Duration::ZERO).unwrap().status == 500);
    assert!(stage.counts().dynos[0].failed >= 1);
    // A new measured time: all is well.
    stage.begin(Instant::now() + Duration::from_secs(3600)).unwrap();
    assert_eq!(get(dyno, "/browse", Duration::ZERO).unwrap().status, 200);
}

#[test]
fn a_dyno_of_a_slow_class_takes_longer() {
    let class = "[app.shop.class.old]\nspeed = 0.1\n";
    let stage = stage(&format!("{ONE_WORKER}{class}"), "builtin");
    let answer = get(stage.dynos(0)[0], "/browse", Duration::from_millis(20)).unwrap();
    assert!(answer.took >= Duration::from_millis(200), "{:?}", answer.took);
}

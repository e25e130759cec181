//! What routers of our own hear beside the requests, what stands around their balancers, and what guards
//! them: each as it shows from outside.

use super::builtin::shop;
use super::*;

/// Sends requests one after the other, each a little after the last was answered, and gives the dynos
/// that answered.
fn one_by_one(count: usize, address: SocketAddr) -> BTreeMap<String, usize> {
    let mut answers = Vec::new();
    for _ in 0..count {
        answers.push(get(address, "/browse", Duration::from_millis(1)));
        thread::sleep(Duration::from_millis(20));
    }
    dynos(&answers)
}

/// Keeps a dyno busy past the router, so that only the dyno itself knows.
fn occupy(stage: &Staging, dyno: usize, requests: usize) -> thread::JoinHandle<()> {
    let address = stage.dynos(0)[dyno];
    let held = stage.counts().dynos[dyno].held;
    let busy = thread::spawn(move || drop(burst(requests, address, Duration::from_secs(3))));
    let all = held + requests as u64;
    eventually("the dyno is busy", || stage.counts().dynos[dyno].held == all);
    busy
}

#[test]
fn probed_dynos_tell_of_load_that_the_router_does_not_know() {
    let app = "dynos = 4\nprocess.workers = { count = 8 }";
    let stage =
        stage(&shop("balancer = \"prequal\"\nreports = { hop = \"100us\" }", app), "builtin");
    let busy = occupy(&stage, 0, 8);
    // By chance it would be a quarter of them; only the first find no answers at hand.
    let seen = one_by_one(40, stage.address());
    assert!(seen.get("shop/0").is_none_or(|count| *count <= 3), "{seen:?}");
    assert!(seen.len() >= 3, "{seen:?}");
    busy.join().unwrap();
}

#[test]
fn probes_that_are_all_lost_tell_nothing() {
    let mesh = "balancer = \"prequal\"\nreports = { hop = \"100us\", loss = 1 }";
    let app = "dynos = 2\nprocess.workers = { count = 8 }";
    let stage = stage(&shop(mesh, app), "builtin");
    let busy = occupy(&stage, 0, 7);
    let seen = one_by_one(24, stage.address());
    assert!(seen.get("shop/0").is_some_and(|count| *count >= 4), "{seen:?}");
    busy.join().unwrap();
}

#[test]
fn idle_dynos_say_so_and_are_taken_by_their_word() {
    for join in ["random", "sq2"] {
        let mesh =
            format!("balancer.jiq = {{ join = \"{join}\" }}\nreports = {{ hop = \"100us\" }}");
        let app = "dynos = 2\nprocess.workers = { count = 8 }";
        let stage = stage(&shop(&mesh, app), "builtin");
        let busy = occupy(&stage, 0, 7);
        // What both said when they came up is used once.
        burst(2, stage.address(), Duration::from_millis(200));
        thread::sleep(Duration::from_millis(20));
        let seen = one_by_one(10, stage.address());
        assert!(seen["shop/1"] >= 9, "{join}: {seen:?}");
        busy.join().unwrap();
    }
}

#[test]
fn routers_that_gossip_know_of_each_others_requests() {
    let mesh = "routers = 2\nbalancer = \"least-loaded\"\nlimit = 1\nbacklog = 0\n\
                knowledge.gossip = { period = \"20ms\", delay = \"1ms\" }";
    let stage = stage(&shop(mesh, "dynos = 1"), "builtin");
    let address = stage.address();
    let first = thread::spawn(move || get(address, "/browse", Duration::from_millis(1500)));
    eventually("it is at the dyno", || stage.counts().dynos[0].held == 1);
    thread::sleep(Duration::from_millis(200));
    // Each router has a limit of one, and one of them has sent nothing itself.
    let answers = burst(12, address, Duration::ZERO);
    assert_eq!(with_status(&answers, 503), 12);
    assert_eq!(first.join().unwrap().unwrap().status, 200);
    // What has ended is told, too.
    eventually("a request is answered", || {
        get(address, "/browse", Duration::ZERO).is_some_and(|answer| answer.status == 200)
    });
}

#[test]
fn a_subset_is_all_that_a_router_uses() {
    let stage = stage(&shop("subset = { size = 2 }", "dynos = 6"), "builtin");
    let seen = dynos(&burst(40, stage.address(), Duration::ZERO));
    assert_eq!(seen.len(), 2, "{seen:?}");
}

#[test]
fn dynos_that_fail_are_ejected_and_their_failures_count_as_load() {
    let fail = "[[event]]\nat = \"0s\"\nfail = { app = \"shop\", dynos = 1, after = \"1ms\" }";
    for around in [
        "balancer = \"round-robin\"\noutlier-ejection = { consecutive = 2 }",
        "balancer = \"least-loaded\"\nerrors-as-load = { for = \"1m\" }",
    ] {
        let stage = stage(&format!("{}{fail}", shop(around, "dynos = 2")), "builtin");
        stage.begin(Instant::now()).unwrap();
        one_by_one(14, stage.address());
        let counts = stage.counts();
        assert!((1..=2).contains(&counts.dynos[0].failed), "{around}: {counts:?}");
    }
}

#[test]
fn a_dyno_that_comes_up_warms_up() {
    let app = "dynos = 2\nboot = \"50ms\"";
    let crash = "[bus]\ndelay = \"10ms\"\n[[event]]\nat = \"0s\"\nfor = \"300ms\"\n\
                 crash = { app = \"shop\", dynos = 1 }";
    let mesh = "balancer = \"round-robin\"\nslow-start = { window = \"10m\", least = 0.01 }";
    let stage = stage(&format!("{}{crash}", shop(mesh, app)), "builtin");
    stage.begin(Instant::now()).unwrap();
    thread::sleep(Duration::from_millis(100));
    eventually("it is up again", || get(stage.dynos(0)[0], "/browse", Duration::ZERO).is_some());
    // The router hears of it a little later.
    thread::sleep(Duration::from_millis(100));
    let seen = one_by_one(30, stage.address());
    // Half of them would be its own; it has a hundredth of that.
    assert!(seen.get("shop/0").is_none_or(|count| *count <= 4), "{seen:?}");
}

#[test]
fn what_guards_the_routers_turns_requests_away() {
    for (mesh, app, answered, cause) in [
        ("capacity.attempts = 2", "", 2, "h22"),
        ("", "admission = { rate = \"0.001/s\", burst = 3 }", 3, "rate_limited"),
        ("concurrency.aimd = { initial = 1, min = 1, max = 1 }", "", 1, "concurrency"),
    ] {
        let stage = stage(&shop(mesh, app), "builtin");
        let answers = burst(6, stage.address(), Duration::from_millis(700));
        assert_eq!(with_status(&answers, 200), answered, "{cause}");
        let turned_away = answers.iter().flatten().filter(|answer| answer.status == 503);
        assert!(turned_away.into_iter().all(|it| it.header("dynomesh-cause") == cause), "{cause}");
        // Whoever was admitted has given its place back.
        if cause != "rate_limited" {
            assert_eq!(with_status(&burst(1, stage.address(), Duration::ZERO), 200), 1, "{cause}");
        }
    }
}

#[test]
fn the_newest_is_next_and_a_wait_has_an_end_where_the_mesh_says_so() {
    let mesh = "limit = 1\nqueue = \"lifo\"";
    let first = stage(&shop(mesh, "dynos = 1"), "builtin");
    let address = first.address();
    // Each comes a while after the one before, the first is served meanwhile.
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let asked = thread::spawn(move || {
                get(address, "/browse", Duration::from_millis(600)).map(|_| Instant::now())
            });
            thread::sleep(Duration::from_millis(150));
            asked
        })
        .collect();
    let ended: Vec<Instant> =
        threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect();
    assert!(ended[0] < ended[2] && ended[2] < ended[1], "{ended:?}");

    let second = stage(&shop("limit = 1\nqueue-wait = \"100ms\"", "dynos = 1"), "builtin");
    let answers = burst(3, second.address(), Duration::from_millis(900));
    assert_eq!((with_status(&answers, 200), with_status(&answers, 503)), (1, 2));
    assert_eq!(second.counts().router.causes.get(&sim::metrics::Cause::H11), Some(&2));
}

#[test]
fn a_request_that_nobody_waits_for_is_dropped_from_the_queue() {
    let stage = stage(&shop("limit = 1\ndrop-stale = true", "dynos = 1"), "builtin");
    let address = stage.address();
    let first = thread::spawn(move || get(address, "/browse", Duration::from_millis(500)));
    eventually("it is at the dyno", || stage.counts().dynos[0].held == 1);
    let ask = |patience: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!("GET /browse HTTP/1.1\r\nhost: x\r\ndynomesh-patience: {patience}\r\n");
        write!(stream, "{head}connection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    let answer = ask("1000000");
    assert!(answer.contains("dynomesh-cause: stale"), "{answer}");
    let answer = ask("60000000000");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(first.join().unwrap().unwrap().status, 200);
    assert_eq!(stage.counts().finished(), 2);
}

#[test]
fn a_queue_that_stands_is_dropped_where_the_mesh_says_so() {
    let mesh = "limit = 1\nqueue.codel = { target = \"5ms\", interval = \"30s\" }";
    let stage = stage(&shop(mesh, "dynos = 1"), "builtin");
    // One is served at once. The next two leave the queue unharmed, for the first is spared and so is
    // the first of the interval in which the others are too late.
    let answers = burst(10, stage.address(), Duration::from_millis(200));
    assert_eq!((with_status(&answers, 200), with_status(&answers, 503)), (3, 7));
    assert_eq!(stage.counts().router.causes.get(&sim::metrics::Cause::Codel), Some(&7));
}

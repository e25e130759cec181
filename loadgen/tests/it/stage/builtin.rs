//! Our own router before real dynos: whom it chooses, its bounds, its answers.

use super::*;
use std::collections::BTreeSet;

pub(super) fn shop(mesh: &str, app: &str) -> String {
    format!("[mesh]\n{mesh}\n[app.shop]\n{app}\nendpoint.browse = {{ work.constant = \"5ms\" }}\n")
}

#[test]
fn every_balancer_reaches_its_dynos_and_both_sides_count_alike() {
    let counting = ["random", "round-robin", "least-loaded", "p2c", "consistent-hash", "idle-only"];
    for balancer in counting.into_iter().chain(["prequal", "jiq"]) {
        let stage = stage(&shop(&format!("balancer = \"{balancer}\""), "dynos = 4"), "builtin");
        let answers = burst(60, stage.address(), Duration::from_millis(20));
        assert_eq!(with_status(&answers, 200), 60, "{balancer}");
        let seen = dynos(&answers);
        assert!(seen.len() >= 3, "{balancer}: {seen:?}");
        let counts = stage.stop();
        assert_eq!(counts.finished(), 60, "{balancer}");
        assert_eq!((counts.router.requests, counts.router.answered), (60, 60), "{balancer}");
        for dyno in &counts.dynos {
            let name = format!("shop/{}", dyno.dyno);
            assert_eq!(dyno.finished, seen.get(&name).copied().unwrap_or(0) as u64, "{balancer}");
        }
        assert_balanced(&counts);
    }
}

#[test]
fn a_limit_keeps_the_rest_in_the_queue_and_a_full_backlog_is_h11() {
    let mesh = "balancer = \"least-loaded\"\nlimit = 1\nbacklog = 2";
    let stage = stage(&shop(mesh, "dynos = 2"), "builtin");
    // Two are served, four wait, three are turned away.
    let answers = burst(9, stage.address(), Duration::from_millis(500));
    assert_eq!((with_status(&answers, 200), with_status(&answers, 503)), (6, 3));
    let turned_away = answers.iter().flatten().filter(|answer| answer.status == 503);
    let causes: BTreeSet<&str> =
        turned_away.map(|answer| answer.header("dynomesh-cause")).collect();
    assert_eq!(causes, BTreeSet::from(["h11"]));
    let counts = stage.stop();
    let most: u64 = counts.dynos.iter().map(|dyno| dyno.arrived).sum();
    assert_eq!(most, 6, "the limit holds the rest in the router");
    assert_eq!(counts.router.causes.values().sum::<u64>(), 3);
}

#[test]
fn no_first_byte_in_time_is_h12_and_the_dyno_works_on() {
    let stage = stage(&shop("first-byte = \"100ms\"", "dynos = 1"), "builtin");
    let answer = get(stage.address(), "/browse", Duration::from_millis(600)).unwrap();
    assert_eq!((answer.status, answer.header("dynomesh-cause")), (503, "h12"));
    assert!(answer.took >= Duration::from_millis(100), "{:?}", answer.took);
    eventually("the dyno finishes it", || stage.counts().finished() == 1);
}

#[test]
fn a_dyno_that_refuses_is_left_alone_and_the_request_goes_elsewhere() {
    let app = "dynos = 2\nprocess.workers = { count = 1, backlog = 0 }";
    let stage = stage(&shop("balancer = \"round-robin\"", app), "builtin");
    // One dyno is kept busy past the router.
    let busy = stage.dynos(0)[0];
    let long = thread::spawn(move || get(busy, "/browse", Duration::from_millis(1500)));
    eventually("the dyno is busy", || stage.counts().dynos[0].held == 1);
    for _ in 0..6 {
        let answer = get(stage.address(), "/browse", Duration::from_millis(1)).unwrap();
        assert_eq!((answer.status, answer.header("dynomesh-dyno")), (200, "shop/1"));
    }
    let counts = stage.counts();
    // Quarantined after its first refusal, it is not asked again.
    assert_eq!(counts.dynos[0].refused, 1, "{counts:?}");
    assert_eq!(counts.router.dispatches, 7);
    // Both are full: H21 after a try at the only one that is left.
    let all = burst(8, stage.address(), Duration::from_millis(800));
    let causes: BTreeSet<&str> =
        all.iter().flatten().map(|answer| answer.header("dynomesh-cause")).collect();
    assert!(causes.contains("h21"), "{causes:?}");
    long.join().unwrap();
}

#[test]
fn routers_that_share_nothing_have_a_limit_each() {
    let mesh = "routers = 2\nbalancer = \"least-loaded\"\nlimit = 1\nbacklog = 0";
    let answered = |mesh: &str| {
        let stage = stage(&shop(mesh, "dynos = 1"), "builtin");
        let answers = burst(16, stage.address(), Duration::from_millis(700));
        with_status(&answers, 200)
    };
    assert_eq!(answered(mesh), 2);
    assert_eq!(answered(&format!("{mesh}\nknowledge = \"shared\"")), 1);
}

#[test]
fn scaling_brings_dynos_and_takes_them_away() {
    let text = shop("balancer = \"round-robin\"", "dynos = 2\nboot = \"50ms\"");
    let events = "[bus]\ndelay = \"10ms\"\n[[event]]\nat = \"100ms\"\nfor = \"2s\"\n\
                  scale = { app = \"shop\", dynos = 4 }";
    let stage = stage(&format!("{text}{events}"), "builtin");
    let address = stage.address();
    let seen = || dynos(&burst(8, address, Duration::ZERO)).len();
    assert_eq!(seen(), 2);
    stage.begin(Instant::now()).unwrap();
    eventually("four dynos answer", || seen() == 4);
    eventually("two dynos answer again", || seen() == 2);
    assert_eq!(stage.counts().dynos.len(), 4);
}

#[test]
fn a_client_that_cancels_is_told_what_it_does_not_free() {
    let text = shop("", "dynos = 1");
    let stage = stage(&format!("{text}[client.fickle]\nusers = 1\ncancels = true\n"), "builtin");
    let told = |client: &str| stage.warnings().iter().any(|warning| warning.contains(client));
    assert!(told("`client.fickle`") && !told("`client.users`"), "{:?}", stage.warnings());
}

#[test]
fn apps_are_told_apart_by_their_paths() {
    let more = "[app.blog]\nendpoint.read = { work.constant = \"1ms\" }\n";
    let platform = platform(&format!("{}{more}", shop("", "dynos = 1")));
    let choice = RouterKind::named("builtin").unwrap();
    let stage = Staging::start(&platform, SEED, choice).unwrap();
    let first = format!("{}/0", platform.apps[0].name);
    for (path, dyno) in [("/browse", "shop/0"), ("/read/3", "blog/0"), ("/other", &first)] {
        let answer = get(stage.address(), path, Duration::ZERO).unwrap();
        assert_eq!((answer.status, answer.header("dynomesh-dyno")), (200, dyno), "{path}");
    }
}

#[test]
fn what_cannot_be_staged_is_refused_or_told() {
    let choice = RouterKind::named("builtin").unwrap();
    let refused = |text: &str| Staging::start(&platform(text), SEED, choice).unwrap_err();
    let more = "[app.blog]\nendpoint.browse = { work.constant = \"1ms\" }\n";
    let error = refused(&format!("{}{more}", shop("", "dynos = 1"))).to_string();
    assert!(error.contains("both have the endpoint `browse`"), "{error}");
    let more = "[app.\"a b\"]\nendpoint.read = { work.constant = \"1ms\" }\n";
    let error = refused(&format!("{}{more}", shop("", "dynos = 1"))).to_string();
    assert!(error.contains("cannot have the app \"a b\""), "{error}");
    let stage = stage(&shop("queue = \"lifo\"", "dynos = 1\nidle-after = \"1h\""), "builtin");
    let warnings = stage.warnings().join("\n");
    for expected in ["`app.idle-after`", "`mesh.hop`"] {
        assert!(warnings.contains(expected), "{warnings}");
    }
    assert!(!warnings.contains("`mesh.queue`"), "{warnings}");
}

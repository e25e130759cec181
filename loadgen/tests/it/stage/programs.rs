//! HAProxy and nginx before real dynos. With `LOADGEN_E2E=1` and `--ignored` they run, and fail where
//! the programs are not installed.

use super::*;
use loadgen::stage::Error;
use sim::load::Speaks;
use std::process::Command;

fn shop(mesh: &str) -> String {
    format!(
        "[mesh]\n{mesh}\n[app.shop]\ndynos = 4\nendpoint.browse = {{ work.constant = \"5ms\" }}\n\
         [app.blog]\ndynos = 1\nendpoint.read = {{ work.constant = \"1ms\" }}\n"
    )
}

/// Whether these tests are to run.
fn asked_for() -> bool {
    std::env::var("LOADGEN_E2E").is_ok_and(|value| value == "1")
}

#[test]
#[ignore = "needs haproxy and nginx; set LOADGEN_E2E=1"]
fn every_algorithm_reaches_all_dynos() {
    if !asked_for() {
        return;
    }
    let random = "balancer.p2c.choices = 2";
    for (router, balancers) in [
        (
            "haproxy",
            [
                r#"balancer = "random""#,
                r#"balancer = "round-robin""#,
                r#"balancer = "least-loaded""#,
                random,
            ],
        ),
        (
            "nginx",
            [
                r#"balancer = "random""#,
                r#"balancer = "round-robin""#,
                r#"balancer = "least-loaded""#,
                random,
            ],
        ),
    ] {
        for balancer in balancers {
            let stage = stage(&shop(&format!("limit = \"unlimited\"\n{balancer}")), router);
            let answers = burst(80, stage.address(), Duration::from_millis(20));
            assert_eq!(with_status(&answers, 200), 80, "{router} {balancer}");
            assert_eq!(dynos(&answers).len(), 4, "{router} {balancer}");
            let blog = get(stage.address(), "/read/1", Duration::ZERO).unwrap();
            assert_eq!(blog.header("dynomesh-dyno"), "blog/0", "{router}");
            stage.check().unwrap();
            let counts = stage.stop();
            assert_eq!(counts.finished(), 81, "{router} {balancer}");
            assert_eq!(counts.router.requests, 81, "{router} {balancer}");
            assert_balanced(&counts);
        }
    }
}

#[test]
#[ignore = "needs haproxy and nginx; set LOADGEN_E2E=1"]
fn a_limit_queues_in_haproxy_and_is_refused_by_nginx() {
    if !asked_for() {
        return;
    }
    let text = shop("balancer = \"least-loaded\"\nlimit = 1");
    let haproxy = stage(&text, "haproxy");
    let queued = burst(12, haproxy.address(), Duration::from_millis(200));
    assert_eq!(with_status(&queued, 200), 12);
    let nginx = stage(&text, "nginx");
    let refused = burst(12, nginx.address(), Duration::from_millis(500));
    assert_eq!((with_status(&refused, 200), with_status(&refused, 502)), (4, 8));
}

#[test]
#[ignore = "needs haproxy and nginx; set LOADGEN_E2E=1"]
fn programs_tell_of_themselves_and_end_with_us() {
    if !asked_for() {
        return;
    }
    for router in ["haproxy", "nginx"] {
        let stage = stage(&shop("limit = \"unlimited\"\nbalancer = \"random\""), router);
        let watch = stage.watch().unwrap();
        let address = SocketAddr::new(watch.target.host.parse().unwrap(), watch.target.port);
        let table = matches!(watch.speaks, Speaks::Haproxy);
        assert_eq!(watch.target.base.ends_with(";csv"), table, "{router}");
        assert_eq!(
            get(address, &watch.target.base, Duration::ZERO).unwrap().status,
            200,
            "{router}"
        );
        let process = stage.router_process().unwrap();
        assert!(std::path::Path::new(&format!("/proc/{process}")).exists());
        let target = stage.address();
        drop(stage);
        let gone = || !std::path::Path::new(&format!("/proc/{process}")).exists();
        eventually("the program has ended", gone);
        assert!(TcpStream::connect(target).is_err(), "{router} still listens");
    }
}

#[test]
#[ignore = "needs haproxy and nginx; set LOADGEN_E2E=1"]
fn a_killed_router_is_told() {
    if !asked_for() {
        return;
    }
    for router in ["haproxy", "nginx"] {
        let stage = stage(&shop("limit = \"unlimited\"\nbalancer = \"random\""), router);
        let process = stage.router_process().unwrap();
        Command::new("kill").args(["-9", &process.to_string()]).status().unwrap();
        eventually("it is told", || matches!(stage.check(), Err(Error::Ended { .. })));
    }
}

#[test]
#[ignore = "needs haproxy and nginx; set LOADGEN_E2E=1"]
fn haproxy_bounds_the_length_of_its_queue_and_the_wait_in_it() {
    if !asked_for() {
        return;
    }
    let long = Duration::from_millis(700);
    let served = |more: &str| {
        let stage =
            stage(&shop(&format!("balancer = \"least-loaded\"\nlimit = 1\n{more}")), "haproxy");
        let answers = burst(12, stage.address(), long);
        (with_status(&answers, 200), with_status(&answers, 503))
    };
    // Four are served and four wait; HAProxy lets one more in, since it rounds the mean length up.
    assert_eq!(served("backlog = 1"), (9, 3));
    assert_eq!(served("queue-wait = \"100ms\""), (4, 8));
    assert_eq!(served("queue-wait = \"30s\""), (12, 0));
}

#[test]
#[ignore = "needs haproxy and nginx; set LOADGEN_E2E=1"]
fn a_dyno_that_is_gone_costs_a_try_and_no_request() {
    if !asked_for() {
        return;
    }
    let event = "[[event]]\nat = \"1ms\"\nfor = \"50s\"\ncrash = { app = \"shop\", dynos = 1 }\n";
    for router in ["haproxy", "nginx"] {
        let text = shop("limit = \"unlimited\"\nbalancer = \"round-robin\"");
        let stage = stage(&format!("{text}{event}"), router);
        stage.begin(Instant::now()).unwrap();
        let gone =
            || stage.dynos(0).iter().filter(|dyno| TcpStream::connect(dyno).is_err()).count();
        eventually("a dyno is gone", || gone() == 1);
        let answers = burst(40, stage.address(), Duration::from_millis(5));
        assert_eq!(with_status(&answers, 200), 40, "{router}");
        assert_eq!(dynos(&answers).len(), 3, "{router}");
    }
}

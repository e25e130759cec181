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
            assert!(counts.router.requests >= 81, "{router} {balancer}: {:?}", counts.router);
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
        assert_eq!(get(address, &watch.target.base, Duration::ZERO).unwrap().status, 200, "{router}");
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

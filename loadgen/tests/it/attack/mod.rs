//! Attacks on a real server by real worker processes.

mod changes;
mod hedges;
mod many;
mod server;
mod sessions;

use loadgen::crew::{Crew, Error, Frame, Job, Selected, StepMeasures};
use loadgen::machine::Limits;
use loadgen::plan::{At, Layout, Peak, Step, Steps, stages};
use server::{Manner, Server};
use sim::load::Target;
use sim::metrics::{Cause, Metric};
use sim::platform::traffic::Traffic;
use sim::scenario::{self, Overrides, Scenario};
use sim::time::{SimTime, Span};
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

/// A scenario in a file, and what a crew needs to run it.
struct Test {
    scenario: Scenario,
    file: String,
    _folder: TempDir,
}

impl Test {
    /// A scenario of one app with the endpoint `page`, and these clients and settings.
    fn new(run: &str, rest: &str) -> Test {
        let text = format!(
            "schema = 1\n[run]\nreplications = 1\ninterval = \"500ms\"\n{run}\n\
             [app.shop]\ndynos = 2\nendpoint.page.work.constant = \"1ms\"\n{rest}\n"
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("attack.toml");
        std::fs::write(&path, text).unwrap();
        let file = path.to_str().unwrap().to_string();
        let scenario = match scenario::load(&file, &Overrides::default(), false) {
            Ok(scenario) => scenario,
            Err(error) => panic!("{error:?}"),
        };
        Test { scenario, file, _folder: folder }
    }

    /// The steps of the scenario's only stage at these levels.
    fn steps(&self, levels: &[At]) -> Vec<Step> {
        let stage = stages(&self.scenario.load, &self.scenario.run).remove(0);
        let mut steps = Steps::new(&self.scenario.run, &self.scenario.windows);
        let platform = &self.scenario.variants[0].platform;
        levels.iter().map(|at| steps.step(&stage, platform, *at, 0)).collect()
    }

    /// How so many processes have users for these steps.
    fn layout(&self, server: &Server, steps: &[Step], processes: u32) -> Layout {
        let (variant, load) = (&self.scenario.variants[0], &self.scenario.load);
        let peak = Peak::of(&variant.platform, load, steps);
        let at = server.address.ip();
        Layout::of(&peak, load, at, &Limits::read(), Some(processes)).unwrap()
    }

    /// A crew of this layout.
    fn crew(&self, server: SocketAddr, layout: Layout) -> Crew {
        let variant = &self.scenario.variants[0];
        let target = Target {
            tls: false,
            host: server.ip().to_string(),
            port: server.port(),
            base: String::new(),
        };
        let job = Job {
            program: Some(PathBuf::from(env!("CARGO_BIN_EXE_loadgen"))),
            scenario: Selected::of(&self.file, &Overrides::default(), &self.scenario, variant),
            target,
            allow: Vec::new(),
            layout,
            shard: (0, 1),
        };
        Crew::start(&job).unwrap()
    }

    /// Runs one step as it is written, and gives what was measured and its seconds.
    fn run(&self, server: &Server, processes: u32) -> (StepMeasures, Vec<Frame>) {
        let steps = self.steps(&[At::AsWritten]);
        self.run_with(server, &steps, self.layout(server, &steps, processes))
    }

    fn run_with(
        &self,
        server: &Server,
        steps: &[Step],
        layout: Layout,
    ) -> (StepMeasures, Vec<Frame>) {
        let mut crew = self.crew(server.address, layout);
        let mut frames = Vec::new();
        let measures = crew.step(&steps[0], Crew::soon(), &mut |frame| {
            frames.push(frame.clone());
            ControlFlow::Continue(())
        });
        crew.end();
        (measures.unwrap(), frames)
    }
}

#[test]
fn every_request_of_closed_users_is_in_the_books_of_both_sides() {
    let server = Server::start(Manner { fails_every: 10, ..Manner::default() });
    let clients = "[client.browsers]\nusers = 30\nthink.exponential = \"20ms\"\n\
                   retry.attempts = 2\nretry.backoff.base = \"5ms\"";
    let test = Test::new("duration = \"2s\"\nwarmup = \"1s\"", clients);
    let (measures, frames) = test.run(&server, 3);
    let counted = &measures.counted;
    assert_eq!(counted.in_flight(), 0, "all had time to end");
    assert_eq!(counted.attempts, server.requests());
    assert_eq!(counted.arrivals, counted.ended());
    assert!(counted.attempts > counted.arrivals, "failures are tried again");
    let failed = server.requests() / 10;
    assert_eq!(counted.attempts - counted.arrivals + counted.failed(Cause::Failed), failed);
    // 30 users, each about 22 ms a request, for 3 s: half of it on a machine that is busy.
    assert!(counted.arrivals > 1_000, "{}", counted.arrivals);
    assert_eq!(server.connections(), 30, "each keeps its own");
    let summary = measures.ledger.summary();
    assert_eq!(summary.value("client.browsers", Metric::Users), Some(30.0));
    // The frames are the same books, second by second.
    assert_eq!(frames.iter().map(|frame| frame.second).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(frames.iter().all(|frame| frame.users == 30));
    let in_frames: u64 = frames.iter().map(|frame| frame.recent.arrivals).sum();
    assert!(in_frames <= counted.arrivals && in_frames + 30 >= counted.arrivals);
}

#[test]
fn arrivals_of_open_clients_are_those_of_the_traffic_and_on_time() {
    let server = Server::start(Manner::default());
    let clients = "[client.robots]\narrivals.poisson = { rate = \"300/s\" }";
    let test = Test::new("duration = \"3s\"", clients);
    let step = test.steps(&[At::AsWritten]).remove(0);
    let platform = step.platform(&test.scenario.variants[0].platform);
    let mut traffic = Traffic::new(&platform, 0, step.seed(test.scenario.run.seed));
    let end = SimTime::ZERO + step.whole();
    let orders: Vec<_> =
        std::iter::from_fn(|| traffic.next()).take_while(|order| order.at < end).collect();
    let (measures, _) = test.run(&server, 2);
    assert_eq!(measures.counted.arrivals, orders.len() as u64);
    assert_eq!(measures.counted.failed(Cause::Dropped), 0);
    assert_eq!(server.requests(), orders.len() as u64);
    let mut names = server.names();
    let mut expected: Vec<String> =
        orders.iter().map(|order| format!("robots/{}", order.number)).collect();
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected, "each request once, and the very ones");
    // Far below the mean gap of 3.3 ms between arrivals, but for what a busy machine does.
    let late = measures.health.late.quantile(0.5).unwrap();
    assert!(late < Span::from_millis(2), "{late}");
}

#[test]
fn an_arrival_that_finds_no_free_user_is_counted_and_never_delayed() {
    let server = Server::start(Manner::default());
    server.hang();
    let clients = "[client.robots]\narrivals.steady = { rate = \"200/s\" }\ntimeout = \"400ms\"";
    let test = Test::new("duration = \"2s\"", clients);
    let (measures, _) = test.run(&server, 1);
    let counted = &measures.counted;
    // A hundred users are held for 0.4 s each time; the 200 arrivals a second would need 80.
    assert_eq!(counted.failed(Cause::Dropped), 0);
    assert_eq!(counted.failed(Cause::Timeout), counted.arrivals);
    // With ten users, ten requests are on their way at a time, and all others find nobody.
    let steps = test.steps(&[At::AsWritten]);
    let layout = Layout { users: vec![10], ..test.layout(&server, &steps, 2) };
    let (measures, _) = test.run_with(&server, &steps, layout);
    let counted = &measures.counted;
    // The four hundredth comes when the step is over.
    assert_eq!(counted.arrivals, 399);
    assert_eq!(counted.failed(Cause::Dropped) + counted.failed(Cause::Timeout), 399);
    // In two seconds each user is there for five of them, or a little less.
    let timeouts = counted.failed(Cause::Timeout);
    assert!((20..=50).contains(&timeouts), "{timeouts}");
    assert_eq!(counted.attempts, timeouts);
}

#[test]
fn a_target_that_stalls_is_seen_as_it_is() {
    let (stall, every) = (Duration::from_millis(200), Duration::from_secs(2));
    let server = Server::start(Manner { stall, every, ..Manner::default() });
    let clients = "[client.robots]\narrivals.poisson = { rate = \"1000/s\" }";
    let test = Test::new("duration = \"6s\"\nwarmup = \"1s\"", clients);
    // A tenth of the arrivals waits for the rest of a stall: the 95th percentile waits for half of it.
    let truths = [(Metric::LatencyP95, 0.100), (Metric::LatencyP99, 0.180)];
    // A machine that is busy with other things stalls server and generator, too: it is asked again.
    let mut seen = Vec::new();
    for _ in 0..5 {
        let (measures, _) = test.run(&server, 1);
        let summary = measures.ledger.summary();
        let value = |metric| summary.value("all", metric).unwrap();
        let right = |(metric, truth): &(Metric, f64)| (value(*metric) / truth - 1.0).abs() < 0.1;
        if truths.iter().all(right) && value(Metric::LatencyP50) < 0.02 {
            return;
        }
        seen.push((truths.map(|(metric, _)| value(metric)), measures.health.starved));
    }
    panic!("{seen:?}");
}

#[test]
fn a_worker_that_is_killed_is_named_and_the_others_are_kept() {
    let server = Server::start(Manner::default());
    let clients = "[client.browsers]\nusers = 20\nthink.constant = \"10ms\"";
    let test = Test::new("duration = \"20s\"", clients);
    let steps = test.steps(&[At::AsWritten]);
    let mut crew = test.crew(server.address, test.layout(&server, &steps, 2));
    let victim = crew.processes()[1];
    let began = std::time::Instant::now();
    let error = crew.step(&steps[0], Crew::soon(), &mut |frame| {
        if frame.second == 1 {
            let process = victim.to_string();
            let killed = std::process::Command::new("kill").args(["-9", &process]).status();
            assert!(killed.unwrap().success());
        }
        ControlFlow::Continue(())
    });
    let error = error.unwrap_err();
    let message = error.to_string();
    assert!(message.contains("worker 1") && message.contains("signal 9"), "{message}");
    let Error::Lost { kept: Some(kept), .. } = error else { panic!("{message}") };
    assert!(kept.counted.successes > 100, "{}", kept.counted.successes);
    assert!(kept.health.starved.unwrap().contains("worker 1"));
    assert!(began.elapsed() < Duration::from_secs(15), "it does not wait for the step's end");
    crew.end();
}

#[test]
fn a_step_that_is_stopped_ends_with_what_was_measured() {
    let server = Server::start(Manner::default());
    let clients = "[client.browsers]\nusers = 10\nthink.constant = \"10ms\"\n\
                   [client.robots]\narrivals.poisson = { rate = \"50/s\" }";
    let test = Test::new("duration = \"60s\"", clients);
    let steps = test.steps(&[At::AsWritten, At::Users(20)]);
    let mut crew = test.crew(server.address, test.layout(&server, &steps, 2));
    let mut stop_at = |second: u64, step: &Step| {
        crew.step(step, Crew::soon(), &mut |frame| {
            if frame.second == second { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap()
    };
    let first = stop_at(1, &steps[0]);
    assert!(first.ran < Span::from_secs(10), "{}", first.ran);
    // It is measured to its end, as one that was planned so, and not to the last batch of 3 s.
    let duration = first.ledger.plan().duration;
    assert_eq!((steps[0].warmup, duration), (Span::ZERO, first.ran));
    let mut ledger = first.ledger.clone();
    ledger.fit_windows(0);
    let goodput = ledger.summary().value("all", Metric::Goodput).unwrap();
    let successes = (goodput * duration.seconds()).round() as u64;
    let all = first.counted.successes;
    assert!(successes <= all && successes * 10 > all * 9, "{successes} of {all}");
    assert_eq!(first.counted.in_flight(), 0);
    let second = stop_at(1, &steps[1]);
    crew.end();
    assert_eq!(second.counted.in_flight(), 0);
    assert_eq!(first.counted.attempts + second.counted.attempts, server.requests());
    assert!(second.counted.successes > first.counted.successes, "twice the users");
}

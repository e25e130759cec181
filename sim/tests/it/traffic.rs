//! The requests that a load test draws are the requests that a simulated run sends.
//!
//! On a platform without delays, with a worker for everybody, a request ends when its work is done. So
//! what a run measures can be written down from the orders alone, to the last bit: the digest is over
//! the end and the latency of every request.

use sim::metrics::{Plan, Recorder, Summary};
use sim::platform::traffic::{Order, Traffic};
use sim::platform::{Platform, simulate};
use sim::rng::Seed;
use sim::scenario::{Overrides, from_text};
use sim::time::{SimTime, Span};

const PLATFORM: &str = r#"
schema = 1

[run]
duration = "20s"
warmup = "3s"

[mesh]
hop = "0s"
limit = "unlimited"

[app.shop]
dynos = 1
process.workers = { count = 100_000 }
endpoint.browse = { share = 3, work.exponential = "20ms" }
endpoint.buy = { share = 1, work.lognormal = { median = "40ms", p99 = "400ms" }, cpu = 0.5 }
"#;

const CLIENTS: &[&str] = &[
    "[client.one]\napp = \"shop\"\narrivals.poisson = { rate = \"200/s\" }",
    "[client.one]\napp = \"shop\"\narrivals.steady = { rate = \"50/s\" }\nendpoint = \"buy\"",
    "[client.one]\napp = \"shop\"\narrivals.ramp = { from = \"5/s\", to = \"300/s\", over = \"15s\" }\n\
     keys.zipf = 1.0\n[[event]]\nat = \"5s\"\nfor = \"3s\"\nsurge = { client = \"one\", factor = 3 }",
    "[client.one]\napp = \"shop\"\nusers = 40\nthink.exponential = \"300ms\"",
    JOURNEYS,
];

const JOURNEYS: &str = "[client.one]\napp = \"shop\"\nusers = 40\nthink.exponential = \"300ms\"\n\
     [load.journey.visit]\nshare = 2\nsteps = [\"browse\", \"browse\", \"buy\"]\n\
     [load.journey.errand]\nshare = 1\nsteps = [\"buy\"]\n\
     [load.journey.never]\nshare = 0\nsteps = [\"browse\", \"browse\", \"browse\"]";

fn platform(client: &str) -> Platform {
    let text = format!("{PLATFORM}\n{client}\n");
    let loaded = from_text("traffic", &text, &Overrides::default());
    let scenario = loaded.unwrap_or_else(|error| panic!("{error}"));
    let mut platform = scenario.variants[0].platform.clone();
    platform.timing.warmup = scenario.run.warmup.span().unwrap();
    platform
}

/// The requests of a run that begin before its end: when each begins, and what it is.
fn orders(traffic: &mut Traffic, end: SimTime) -> Vec<(SimTime, Order)> {
    if traffic.is_open() {
        let orders = std::iter::from_fn(|| traffic.next());
        return orders.take_while(|order| order.at < end).map(|order| (order.at, order)).collect();
    }
    let mut all = Vec::new();
    for user in 0..traffic.users() {
        let mut now = SimTime::ZERO;
        loop {
            let (think, order) = traffic.of_user(user);
            now += think;
            if now >= end {
                break;
            }
            all.push((now, order));
            now += order.work;
        }
    }
    all
}

/// What a run of these requests measures.
fn recorded(plan: Plan, orders: &[(SimTime, Order)]) -> Summary {
    let end = plan.begin + plan.duration;
    let mut marks: Vec<(SimTime, bool, Span)> = orders
        .iter()
        .flat_map(|(at, order)| [(*at, false, order.work), (*at + order.work, true, order.work)])
        .collect();
    marks.sort();
    let mut recorder = Recorder::new(plan);
    for (now, is_end, work) in marks.into_iter().take_while(|(at, ..)| *at < end) {
        while recorder.next_mark() <= now {
            recorder.pass(recorder.next_mark());
        }
        match is_end {
            true => recorder.success(now, 0, work),
            false => recorder.arrival(now, 0),
        }
    }
    while recorder.next_mark() <= end {
        recorder.pass(recorder.next_mark());
    }
    recorder.finish()
}

#[test]
fn orders_are_the_requests_that_a_run_sends() {
    use sim::metrics::Metric::{Arrivals, InFlightMean, LatencyMean, LatencyP99};
    for client in CLIENTS {
        let platform = platform(client);
        let seed = Seed { scenario: 7, replication: 2 };
        let simulated = simulate(&platform, seed, &[]);
        let end = SimTime::ZERO + platform.timing.warmup + platform.timing.duration;
        let orders = orders(&mut Traffic::new(&platform, 0, seed), end);
        let drawn = recorded(platform.plan(&[]), &orders);
        assert!(orders.len() > 1_000, "{client}: {}", orders.len());
        for metric in [Arrivals, InFlightMean, LatencyMean, LatencyP99] {
            let [one, other] = [&simulated, &drawn].map(|run| run.value("all", metric));
            assert_eq!(one, other, "{client}: {metric:?}");
        }
        assert_eq!(simulated.digest, drawn.digest, "{client}");
        // Another replication has other requests.
        let other = simulate(&platform, Seed { replication: 3, ..seed }, &[]);
        assert_ne!(other.digest, drawn.digest);
    }
}

#[test]
fn orders_name_their_endpoint_with_its_work_and_its_share() {
    let platform = platform(CLIENTS[0]);
    let seed = Seed { scenario: 7, replication: 2 };
    let mut traffic = Traffic::new(&platform, 0, seed);
    let orders: Vec<Order> = (0..8_000).map_while(|_| traffic.next()).collect();
    for (endpoint, (share, cpu)) in [(0.75, 1.0), (0.25, 0.5)].into_iter().enumerate() {
        let of = orders.iter().filter(|order| order.endpoint == endpoint);
        assert!(of.clone().all(|order| order.cpu == cpu));
        // Five standard deviations of a share of 8,000.
        let found = of.count() as f64 / 8_000.0;
        assert!((found - share).abs() < 5.0 * (0.75_f64 * 0.25 / 8_000.0).sqrt(), "{found}");
    }
    let numbers: Vec<u64> = orders.iter().map(|order| order.number).collect();
    assert_eq!(numbers, (0..8_000).collect::<Vec<u64>>());
    let waits = (1..4).map(|tries| traffic.wait_before_retry(17, tries, Span::ZERO));
    let again = (1..4).map(|tries| traffic.wait_before_retry(17, tries, Span::ZERO));
    assert!(waits.eq(again));
}

#[test]
fn users_take_their_journeys_whole_in_a_simulated_run_too() {
    let seed = Seed { scenario: 7, replication: 2 };
    let (browse, buy) = (0, 1);
    let mut traffic = Traffic::new(&platform(JOURNEYS), 0, seed);
    let (mut visits, mut errands) = (0, 0);
    for user in 0..40 {
        let mut next = || traffic.of_user(user).1.endpoint;
        for _ in 0..100 {
            if next() == buy {
                errands += 1;
            } else {
                assert_eq!([next(), next()], [browse, buy]);
                visits += 1;
            }
        }
    }
    // Two in three of 4,000 are visits; five standard deviations are 149.
    assert!((2_517..=2_816).contains(&visits), "{visits} visits, {errands} errands");
    // Who asks one endpoint takes none.
    let client = JOURNEYS.replace("users = 40", "users = 40\nendpoint = \"browse\"");
    let mut traffic = Traffic::new(&platform(&client), 0, seed);
    assert!((0..50).all(|_| traffic.of_user(3).1.endpoint == browse));
}

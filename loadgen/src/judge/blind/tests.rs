//! Runs against a target that stands still now and then, and against others that do not.

use super::*;

/// A closed run against a target that answers in `service` seconds but stands still for the last
/// second of every ten: users who pause for `pause` between answers, for a hundred seconds.
fn stalled(users: u32, service: f64, pause: f64) -> (Closed, Samples) {
    let mut samples = Vec::new();
    for user in 0..users {
        let mut now = pause * f64::from(user) / f64::from(users);
        while now < 100.0 {
            let asked = now % 10.0;
            let stall = if asked + service > 9.0 { 10.0 - asked.max(9.0) } else { 0.0 };
            let latency = service + stall;
            samples.push((latency, 1));
            now += latency + pause;
        }
    }
    let run = Closed { users: f64::from(users), seconds: 100.0, failed: (0, 0.0) };
    (run, Samples::new(samples))
}

fn judged(run: &(Closed, Samples), metric: Metric, bound: f64) -> Option<Blindness> {
    blindness(&run.0, &run.1, metric, (Comparison::Less, bound))
}

#[test]
fn a_stall_is_not_seen_by_ten_users() {
    // 4 ms of work and 6 ms of waiting: each user sends 100 times a second, all of them 1,000.
    let run = stalled(10, 0.004, 0.006);
    let found = judged(&run, Metric::LatencyP95, 0.4).unwrap();
    assert!((found.measured - 0.004).abs() < 1e-4, "{found:?}");
    // Open traffic of 1,000/s: a tenth waits for up to a second, so p95 is half of it.
    assert!((found.corrected / 0.5 - 1.0).abs() < 0.05, "{found:?}");
    assert!((found.cycle - 0.010).abs() < 1e-3, "{found:?}");
    let p99 = judged(&run, Metric::LatencyP99, 0.4).unwrap();
    assert!((p99.corrected / 0.9 - 1.0).abs() < 0.05, "{p99:?}");
    let mean = judged(&run, Metric::LatencyMean, 0.04).unwrap();
    assert!((mean.corrected / 0.0536 - 1.0).abs() < 0.05, "{mean:?}");
    let said = found.to_string();
    assert!(said.contains("`latency_p95` could be") && said.contains("not 4.0 ms"), "{said}");
}

#[test]
fn it_judges_what_it_sees() {
    let run = stalled(10, 0.004, 0.006);
    // What fails as measured fails; what holds even so holds; the median is the same in both.
    assert_eq!(judged(&run, Metric::LatencyP95, 0.003), None);
    assert_eq!(judged(&run, Metric::LatencyP95, 0.6), None);
    assert_eq!(judged(&run, Metric::LatencyP50, 0.005), None);
    // The longest is seen, and a service time is no latency.
    assert_eq!(judged(&run, Metric::LatencyMax, 2.0), None);
    assert_eq!(judged(&run, Metric::ServiceP99, 0.5), None);
    // Users who think for longer than the stall withhold nothing that would have met it.
    assert_eq!(judged(&stalled(1_000, 0.004, 2.0), Metric::LatencyP95, 0.9), None);
    // A target that never stalls has nothing to hide.
    let calm = Closed { users: 10.0, seconds: 10.0, failed: (0, 0.0) };
    let samples = Samples::new(vec![(0.004, 5_000), (0.005, 5_000)]);
    assert_eq!(blindness(&calm, &samples, Metric::LatencyP999, (Comparison::Less, 0.006)), None);
    assert_eq!(
        blindness(&calm, &Samples::default(), Metric::LatencyP50, (Comparison::Less, 1.0)),
        None
    );
}

#[test]
fn answers_that_vary_by_themselves_are_no_stall() {
    // Exponential answers of 20 ms and no pause: what is left of one is as long as a new one, so
    // the correction moves nothing but by its grain of a cycle.
    let count = 100_000;
    let samples = Samples::of_quantiles(count, |share| -0.020 * (1.0 - share.min(1.0 - 1e-6)).ln());
    let run = Closed { users: 100.0, seconds: samples.seconds() / 100.0, failed: (0, 0.0) };
    let p99 = samples.quantile(0.99);
    assert!((p99 / 0.0921 - 1.0).abs() < 0.01, "{p99}");
    let found = blindness(&run, &samples, Metric::LatencyP99, (Comparison::Less, p99 * 1.15));
    assert_eq!(found, None);
}

#[test]
fn failures_take_the_time_of_users_too() {
    let samples = Samples::new(vec![(0.010, 900)]);
    let failing = Closed { users: 10.0, seconds: 10.0, failed: (91, 91.0) };
    // Without their time the users would seem to pause for a tenth of a second.
    assert!((failing.cycle(&samples).unwrap() - 0.010).abs() < 1e-3);
    let idle = Closed { failed: (0, 0.0), ..failing };
    assert!(idle.cycle(&samples).unwrap() > 0.1);
}

#[test]
fn quantiles_make_samples_with_their_tail() {
    for count in [1_u64, 10, 999, 1_000, 1_001, 123_456, 10_000_000] {
        let samples = Samples::of_quantiles(count, |share| share);
        assert_eq!(samples.count(), count);
        assert!(samples.0.len() < 8_000, "{count}: {}", samples.0.len());
        for share in [0.5, 0.95, 0.999] {
            let found = samples.quantile(share);
            let grain = 1.0 / count.min(900) as f64;
            assert!((found - share).abs() <= grain, "{count}: {share} {found}");
        }
    }
}

//! What all kinds share: how a test reads one, how rates are checked, and surges.

use super::{Arrival, ArrivalClock, Arrivals, KINDS, Surge};
use crate::config::{Problem, testing};
use crate::rng::{Seed, Streams};
use crate::time::{SimTime, Span};

/// Reads `arrivals = { config }` where `x.csv` is the one file there is.
pub fn read_with_file(config: &str, file: &[u8]) -> (Option<Arrivals>, Vec<Problem>, String) {
    let open = |path: &str| match path {
        "x.csv" => Ok(file.to_vec()),
        _ => Err("no such file".into()),
    };
    let text = format!("arrivals = {{ {config} }}");
    let (read, problems, resolved) =
        testing::read_table(&text, &open, |fields| Arrivals::read(fields, "arrivals"));
    assert_eq!(read.is_none(), !problems.is_empty(), "{config}: {problems:?}");
    let resolved = resolved.strip_prefix("{ arrivals = ").unwrap().strip_suffix(" }").unwrap();
    (read, problems, resolved.into())
}

/// The arrivals that a config reads as.
pub fn arrivals(config: &str) -> Arrivals {
    let (arrivals, problems, _) = read_with_file(config, b"");
    arrivals.unwrap_or_else(|| panic!("{config}: {problems:?}"))
}

/// The messages of what is wrong with a config.
pub fn problems(config: &str) -> Vec<String> {
    read_with_file(config, b"").1.into_iter().map(|problem| problem.message).collect()
}

/// What a config resolves to.
pub fn resolved(config: &str) -> String {
    read_with_file(config, b"").2
}

fn streams() -> Streams {
    Streams::named(Seed { scenario: 1, replication: 0 }, "arrivals")
}

/// The first `most` arrivals of a clock, each from its own stream; checks that none is earlier than
/// the one before and that each draws once.
pub fn times(mut clock: ArrivalClock, most: u64) -> Vec<SimTime> {
    let mut found = Vec::new();
    for number in 0..most {
        let (mut rng, mut counted) = (streams().stream(number), streams().stream(number));
        let Some(Arrival { at, endpoint: None, work: None }) = clock.next(&mut rng) else { break };
        counted.bits();
        assert_eq!(rng.bits(), counted.bits(), "one draw an arrival");
        assert!(found.last().is_none_or(|last| *last <= at), "time never runs backwards");
        found.push(at);
    }
    found
}

/// Arrivals of the first 150 seconds.
fn until_150(clock: ArrivalClock) -> Vec<f64> {
    let mut times: Vec<f64> = times(clock, 1_000_000).into_iter().map(SimTime::seconds).collect();
    times.truncate(times.partition_point(|at| *at < 150.0));
    times
}

fn check_windows(config: &str, times: &[f64], expected: impl Fn(f64, f64) -> f64) {
    for (from, to) in
        (0..30).map(|w| (f64::from(w) * 5.0, f64::from(w + 1) * 5.0)).chain([(0.0, 150.0)])
    {
        let count = times.partition_point(|at| *at < to) - times.partition_point(|at| *at < from);
        let mean = expected(from, to);
        // A steady arrival may stand on the very edge of a window.
        let edge = if config.starts_with("steady") { 1.0 } else { 1e-6 };
        let bound = 5.0 * mean.sqrt() + edge;
        assert!((count as f64 - mean).abs() <= bound, "{config} {from} {to}: {count}, mean {mean}");
    }
}

/// Checks the counts in windows of 5 s against their means, each within five standard deviations of
/// a Poisson count, where profiles begin at `zero` seconds.
pub fn check_counts(config: &str, zero: u64, expected: impl Fn(f64, f64) -> f64) {
    let zero = SimTime::ZERO + Span::from_secs(zero);
    let times = until_150(arrivals(config).start(zero, &[]));
    check_windows(config, &times, expected);
}

/// Checks that gaps are exponential with this rate: the share of gaps that exceed each of some
/// lengths, within five standard deviations.
pub fn check_gaps(arrivals: &Arrivals, rate: f64) {
    let times = times(arrivals.start(SimTime::ZERO, &[]), 100_001);
    let n = 100_000.0;
    for units in [0.01, 0.1, 0.5, 1.0, 2.0, 5.0] {
        let longer =
            times.windows(2).filter(|pair| pair[1].since(pair[0]).seconds() > units / rate);
        let (found, share) = (longer.count() as f64 / n, libm::exp(-units));
        let bound = 5.0 * (share * (1.0 - share) / n).sqrt();
        assert!((found - share).abs() < bound, "{units}: {found}");
    }
}

const EXAMPLES: [&str; 7] = [
    "poisson = { rate = \"300/s\" }",
    "steady = { rate = \"300/s\" }",
    "burst = { rate = \"900/s\", base = \"50/s\", on = \"10s\", off = \"20s\" }",
    "ramp = { from = \"0/s\", to = \"600/s\", over = \"1m\" }",
    "steps = [{ rate = \"100/s\", for = \"10s\" }, { rate = \"400/s\" }]",
    "diurnal = { low = \"100/s\", high = \"700/s\", period = \"40s\" }",
    "trace = { file = \"x.csv\", time = \"t\" }",
];

#[test]
fn every_kind_has_an_example_and_resolves_to_itself() {
    for (kind, example) in KINDS.iter().zip(EXAMPLES) {
        assert!(example.starts_with(kind.name), "{example}");
        let read = |config: &str| {
            let (arrivals, problems, resolved) = read_with_file(config, b"t\n1\n");
            assert_eq!((arrivals.is_some(), problems), (true, vec![]), "{config}");
            resolved.strip_prefix("{ ").unwrap().strip_suffix(" }").unwrap().to_string()
        };
        let once = read(example);
        assert_eq!(read(&once), once);
    }
    assert!(arrivals(EXAMPLES[0]).trace_endpoints().is_empty());
    assert!(!arrivals(EXAMPLES[0]).is_trace() && !arrivals(EXAMPLES[0]).trace_has_work());
    let (none, problems, _) = testing::read_table("", &|_| Err(String::new()), |fields| {
        Arrivals::read(fields, "arrivals")
    });
    assert!(none.is_none() && problems.is_empty());
}

#[test]
fn surges_multiply_the_rates() {
    let at = |seconds| SimTime::ZERO + Span::from_secs(seconds);
    let surges = [
        Surge { from: at(20), to: at(60), factor: 2.0 },
        Surge { from: at(40), to: at(80), factor: 1.5 },
        Surge { from: at(100), to: at(120), factor: 0.0 },
    ];
    let factor = |t: f64| {
        let within =
            |from: f64, to: f64, factor: f64| if (from..to).contains(&t) { factor } else { 1.0 };
        within(20.0, 60.0, 2.0) * within(40.0, 80.0, 1.5) * within(100.0, 120.0, 0.0)
    };
    for example in &EXAMPLES[..6] {
        let arrivals = arrivals(example);
        // In the middle of a surge, which then changes the warm-up's rate too.
        let zero = at(30);
        let times = until_150(arrivals.start(zero, &surges));
        let before = if example.starts_with("burst") {
            50.0
        } else {
            arrivals.rate_at(Span::ZERO).unwrap().0
        };
        check_windows(example, &times, |from, to| {
            // The midpoint rule; windows and surges share their edges.
            let step = (to - from) / 15_000.0;
            let rate = |t: f64| {
                let since = Span::from_seconds(t - 30.0);
                factor(t) * if t < 30.0 { before } else { arrivals.rate_at(since).unwrap().0 }
            };
            (0..15_000).map(|i| rate(from + (f64::from(i) + 0.5) * step)).sum::<f64>() * step
        });
    }
}

#[test]
fn a_surge_of_zero_for_ever_ends_the_arrivals() {
    let surge = Surge { from: SimTime::ZERO, to: SimTime::NEVER, factor: 0.0 };
    for example in &EXAMPLES[..6] {
        let mut clock = arrivals(example).start(SimTime::ZERO, &[surge]);
        for number in 0..3 {
            assert_eq!(clock.next(&mut streams().stream(number)), None, "{example}");
        }
    }
}

#[test]
fn a_rate_too_small_for_time_itself_ends_the_arrivals() {
    // One in 3e9 years; the end of simulated time comes first.
    for example in [
        "poisson = { rate = \"0.00000000000000001/s\" }",
        "burst = { rate = \"0.00000000000000001/s\", on = \"1ms\", off = \"1ms\" }",
    ] {
        let mut clock = arrivals(example).start(SimTime::ZERO, &[]);
        assert_eq!(clock.next(&mut streams().stream(0)), None, "{example}");
    }
}

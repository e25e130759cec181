//! What all kinds share: how a test reads one, how a law is checked, and the reading itself.

use super::{Distribution, KINDS};
use crate::config::{Fields, Problem, testing};
use crate::rng::{Seed, Stream};
use crate::time::Span;

/// A stream with a fixed seed.
pub fn stream() -> Stream {
    Stream::named(Seed { scenario: 1, replication: 0 }, "dist", 0)
}

fn open(path: &str) -> Result<Vec<u8>, String> {
    match path {
        "times.csv" => Ok(b"id,seconds\n1,6\n2,1.0\n3,2s\n4,3000ms\n".into()),
        "header.csv" => Ok(b"id,seconds\n".into()),
        "wrong.csv" => Ok(b"seconds\n1\nsoon\n2\n-1\n".into()),
        "empty.csv" => Ok(Vec::new()),
        _ => Err("no such file".into()),
    }
}

fn read_table<T>(text: &str, read: impl FnOnce(&mut Fields<'_>) -> T) -> (T, Vec<Problem>, String) {
    testing::read_table(text, &open, read)
}

fn read_work(config: &str) -> (Option<Distribution>, Vec<Problem>, String) {
    let text = format!("work = {{ {config} }}");
    let (read, problems, resolved) = read_table(&text, |fields| Distribution::read(fields, "work"));
    assert_eq!(read.is_none(), !problems.is_empty(), "{config}: {problems:?}");
    (read, problems, resolved)
}

/// The law that `work = { config }` reads as.
pub fn law(config: &str) -> Distribution {
    read_work(config).0.unwrap_or_else(|| panic!("{config}: {:?}", problems(config)))
}

/// The messages of what is wrong with `work = { config }`.
pub fn problems(config: &str) -> Vec<String> {
    read_work(config).1.into_iter().map(|problem| problem.message).collect()
}

/// The first problem of `work = { config }`.
pub fn first_problem(config: &str) -> Problem {
    read_work(config).1.remove(0)
}

/// What `work = { config }` resolves to.
pub fn resolved(config: &str) -> String {
    let (_, problems, resolved) = read_work(config);
    assert_eq!(problems, []);
    resolved.strip_prefix("{ work = ").unwrap().strip_suffix(" }").unwrap().into()
}

fn close(found: f64, expected: f64, bound: f64) -> bool {
    (found - expected).abs() <= bound * expected.abs()
}

/// Checks a law against its closed forms: the mean and the quantiles to many digits, the clipped
/// mean against a sum over quantiles, the inverse against the law, and the samples' mean and
/// variance.
pub fn check_law(config: &str, mean: f64, variance: f64, quantiles: &[(f64, f64)]) {
    let found = law(config);
    // The means and variances given as decimals in a test have six digits.
    assert!(close(found.mean_seconds(), mean, 1e-6), "{config}: mean {}", found.mean_seconds());
    for &(u, x) in quantiles {
        let quantile = found.quantile(u);
        assert!(
            close(quantile, x, 1e-9) || (quantile - x).abs() < 1e-12,
            "{config}: {u} {quantile}"
        );
    }
    // Rising, and undone by the law except where it jumps.
    let shares = || (1..1_000).map(|step| f64::from(step) / 1_000.0);
    let mut last = 0.0;
    for u in shares() {
        let x = found.quantile(u);
        assert!(x >= last, "{config}: quantile({u}) falls");
        last = x;
        let (before, after) = (found.cdf(x * (1.0 - 1e-9)), found.cdf(x * (1.0 + 1e-9)));
        assert!(before <= u + 1e-7 && after >= u - 1e-7, "{config}: {before} {u} {after}");
    }
    check_clipped_mean(config, &found);
    check_samples(config, &found, mean, variance);
}

/// The mean clipped at two quantiles must be that of the quantiles between them.
fn check_clipped_mean(config: &str, law: &Distribution) {
    let clip = (Span::from_seconds(law.quantile(0.2)), Span::from_seconds(law.quantile(0.9)));
    let clipped = Distribution { law: law.law.clone(), clip: Some(clip) };
    let n = 100_000;
    let sum: f64 =
        (0..n).map(|step| clipped.quantile((f64::from(step) + 0.5) / f64::from(n))).sum();
    let expected = sum / f64::from(n);
    let mean = clipped.mean_seconds();
    assert!(close(mean, expected, 2e-5), "{config}: clipped mean {mean} {expected}");
    for share in [0.1, 0.3, 0.7, 0.95] {
        // What a mixture asks of its clipped parts.
        let x = law.quantile(share);
        let cut: f64 = (0..n)
            .map(|step| clipped.quantile((f64::from(step) + 0.5) / f64::from(n)).min(x))
            .sum();
        let found = clipped.mean_up_to(x);
        assert!(close(found, cut / f64::from(n), 2e-5), "{config}: mean up to {x}: {found}");
    }
}

/// Samples take one draw each; their mean lies within five standard errors, their variance, whose
/// own error depends on the fourth moment, within five of that.
fn check_samples(config: &str, law: &Distribution, mean: f64, variance: f64) {
    let (mut rng, mut counted) = (stream(), stream());
    let n = 200_000;
    let samples: Vec<f64> = (0..n).map(|_| law.sample(&mut rng).seconds()).collect();
    for _ in 0..n {
        counted.bits();
    }
    assert_eq!(rng.bits(), counted.bits(), "{config}: one draw a sample");
    let n = f64::from(n);
    let sampled = samples.iter().sum::<f64>() / n;
    let error = (variance / n).sqrt();
    assert!((sampled - mean).abs() <= 5.0 * error + 1e-12, "{config}: sampled mean {sampled}");
    let square = |x: f64| (x - mean) * (x - mean);
    let spread = samples.iter().map(|x| square(*x)).sum::<f64>() / n;
    let fourth = samples.iter().map(|x| square(*x) * square(*x)).sum::<f64>() / n;
    let bound = 5.0 * ((fourth - spread * spread).max(0.0) / n).sqrt() + 1e-3 * variance;
    assert!((spread - variance).abs() <= bound, "{config}: sampled variance {spread} {variance}");
}

/// Checks that samples have the same law as those of another sampler (in seconds): the two-sample
/// test of Kolmogorov and Smirnov, at a level of one in 1e8.
pub fn check_same(config: &str, other: impl rand_distr::Distribution<f64>) {
    let n = 100_000;
    let (law, mut rng) = (law(config), stream());
    let mut other_rng = Stream::named(Seed { scenario: 2, replication: 0 }, "other", 0);
    let mut ours: Vec<f64> = (0..n).map(|_| law.sample(&mut rng).seconds()).collect();
    let mut theirs: Vec<f64> = (0..n).map(|_| other.sample(&mut other_rng)).collect();
    ours.sort_by(f64::total_cmp);
    theirs.sort_by(f64::total_cmp);
    let (mut at, mut largest) = (0_usize, 0_usize);
    for (below, x) in ours.iter().enumerate() {
        at += theirs[at..].partition_point(|y| y < x);
        largest = largest.max(at.abs_diff(below));
    }
    // sqrt(-ln(level / 2) / 2) * sqrt((n + n) / (n n)), Smirnov 1939.
    let bound = (-libm::log(0.5e-8) / 2.0).sqrt() * (2.0 / n as f64).sqrt();
    let distance = largest as f64 / n as f64;
    assert!(distance < bound, "{config}: distance {distance}, bound {bound}");
}

/// A right config of every kind.
const EXAMPLES: [&str; 10] = [
    "constant = \"40ms\"",
    "uniform = [\"10ms\", \"20ms\"]",
    "exponential = \"20ms\"",
    "erlang = { k = 4, mean = \"20ms\" }",
    "hyperexponential = { mean = \"20ms\", cv2 = 4 }",
    "lognormal = { median = \"40ms\", p99 = \"400ms\" }",
    "weibull = { shape = 0.46, median = \"50ms\" }",
    "pareto = { shape = 1.5, min = \"5ms\", max = \"30s\" }",
    "empirical = { quantiles = [[0, \"1ms\"], [0.5, \"40ms\"], [1, \"3s\"]] }",
    "mixture = [{ share = 9, exponential = \"20ms\" }, { share = 1, constant = \"30s\" }]",
];

#[test]
fn every_kind_has_an_example_and_resolves_to_itself() {
    for (kind, example) in KINDS.iter().zip(EXAMPLES) {
        assert!(example.starts_with(kind.name), "{example}");
        let once = resolved(example);
        assert_eq!(resolved(once.strip_prefix("{ ").unwrap().strip_suffix(" }").unwrap()), once);
    }
}

#[test]
fn samples_are_fixed_for_all_time() {
    // A change here changes every report, and a machine that disagrees cannot repeat one.
    let fixed = [
        [40_000_000, 40_000_000, 40_000_000],
        [10_010_000, 13_000_000, 19_500_000],
        [20_010, 7_133_499, 59_914_645],
        [2_142_762, 13_818_555, 38_768_283],
        [12_709, 4_650_616, 72_112_616],
        [1_878_010, 23_803_568, 203_757_694],
        [33, 11_794_545, 1_204_696_625],
        [5_003_336, 6_342_168, 36_839_311],
        [1_078_000, 24_400_000, 2_704_000_000],
        [22_235, 8_109_302, 30_000_000_000],
    ];
    for (example, fixed) in EXAMPLES.iter().zip(fixed) {
        let law = law(example);
        assert_eq!([0.001, 0.3, 0.95].map(|u| law.at(u).nanos()), fixed, "{example}");
    }
}

#[test]
fn samples_rise_with_the_draw_where_the_map_is_the_quantile() {
    for example in EXAMPLES.iter().filter(|e| !e.starts_with("hyper") && !e.starts_with("mixture"))
    {
        let law = law(example);
        let draws = (0..10_000).map(|step| (f64::from(step) + 0.5) / 10_000.0);
        let samples: Vec<Span> = draws.clone().map(|u| law.at(u)).collect();
        assert!(samples.is_sorted(), "{example}");
        for (u, sample) in draws.zip(samples) {
            assert!((law.quantile(u) - sample.seconds()).abs() <= 1e-9, "{example}: {u}");
        }
    }
}

#[test]
fn the_outermost_draws_give_usable_times() {
    for example in EXAMPLES {
        for u in [0.5 / (1_u64 << 53) as f64, 1.0] {
            assert!(law(example).at(u) < Span::from_secs(1 << 30), "{example}: {u}");
        }
    }
}

#[test]
fn the_trait_samples_as_the_stream_does() {
    let law = law(EXAMPLES[5]);
    let (mut one, mut other) = (stream(), stream());
    for _ in 0..100 {
        let expected = law.sample(&mut one);
        assert_eq!(rand_distr::Distribution::sample(&law, &mut other), expected);
    }
}

#[test]
fn clips_stand_beside_the_kind() {
    let beside = "weibull = { shape = 1.0, mean = \"1s\" }, clip = [\"10ms\", \"30s\"]";
    let inside = "weibull = { shape = 1, mean = \"1s\", clip = [\"10ms\", \"30s\"] }";
    assert_eq!(resolved(inside), format!("{{ {beside} }}"));
    assert_eq!(resolved(beside), resolved(inside));
    let clipped = law("exponential = \"1s\", clip = [\"1s\", \"2s\"]");
    let mut rng = stream();
    let samples: Vec<Span> = (0..1_000).map(|_| clipped.sample(&mut rng)).collect();
    assert_eq!(samples.iter().min(), Some(&Span::from_secs(1)));
    assert_eq!(samples.iter().max(), Some(&Span::from_secs(2)));
    assert_eq!((clipped.quantile(0.0), clipped.quantile(1.0)), (1.0, 2.0));
}

#[test]
fn wrong_configs_are_refused() {
    for (config, problem) in [
        (
            "constant = \"1s\", clip = [\"2s\", \"1s\"]",
            "`work.clip` must be two durations, the smaller one first, found `[\"2s\", \"1s\"]`",
        ),
        (
            "constant = \"1s\", clip = [\"0s\", \"0s\"]",
            "`work.clip` must be more than zero at its upper end, found `[\"0s\", \"0s\"]`",
        ),
        (
            "weibull = { shape = 1, mean = \"1s\", clip = [\"1s\", \"2s\"] }, clip = [\"1s\", \"2s\"]",
            "unknown setting `work.weibull.clip`",
        ),
        ("lognormla = { }", "unknown distribution `lognormla`"),
        (
            "constant = \"1s\", uniform = [\"1s\", \"2s\"]",
            "`work` has two kinds at once: `constant` and `uniform`",
        ),
        ("constant = \"1s\", clap = 3", "unknown setting `work.clap`"),
    ] {
        assert_eq!(problems(config), [problem]);
    }
}

#[test]
fn a_distribution_may_be_absent_required_or_a_bare_duration() {
    let messages = |problems: Vec<Problem>| -> Vec<String> {
        problems
            .into_iter()
            .map(|p| format!("{} | {}", p.message, p.help.unwrap_or_default()))
            .collect()
    };
    let (none, problems, resolved) = read_table("", |fields| Distribution::read(fields, "work"));
    assert!(none.is_none() && problems.is_empty() && resolved == "{}");

    let (_, problems, _) = read_table("", |fields| Distribution::read_required(fields, "work"));
    assert_eq!(
        messages(problems),
        ["`work` is missing | add a distribution such as `work.exponential = \"20ms\"`"]
    );
    for (text, problem) in [
        (
            "work = \"40ms\"",
            "`work` must be a distribution, found `\"40ms\"` | write `work.constant = \"40ms\"`",
        ),
        (
            "work = 3",
            "`work` must be a distribution, found the number `3` | write `work.constant = \"3ms\"`",
        ),
        ("work = \"exponential\"", "`work.exponential` needs a value | "),
        ("work = true", "`work` must be a distribution, found `true` | "),
    ] {
        let (_, problems, _) =
            read_table(text, |fields| Distribution::read_required(fields, "work"));
        assert_eq!(messages(problems), [problem]);
    }

    let default = Span::from_millis(500);
    for (text, mean, expected) in [
        ("", 0.5, "{ boot = \"500ms\" }"),
        ("boot = \"2s\"", 2.0, "{ boot = \"2s\" }"),
        ("boot.exponential = \"2s\"", 2.0, "{ boot = { exponential = \"2s\" } }"),
    ] {
        let (law, problems, resolved) =
            read_table(text, |fields| Distribution::read_span_or(fields, "boot", default));
        assert_eq!(
            (law.mean_seconds(), messages(problems), resolved.as_str()),
            (mean, vec![], expected)
        );
    }
    for (text, problem) in [
        ("boot = 2", "`boot`: `2` has no unit | write `\"2ms\"` or `\"2s\"`"),
        ("boot = \"2 parsecs\"", "`boot`: `parsecs` is not a unit of time | "),
        (
            "boot.exponental = \"2s\"",
            "unknown distribution `exponental` | did you mean `exponential`?",
        ),
    ] {
        let (_, problems, _) =
            read_table(text, |fields| Distribution::read_span_or(fields, "boot", default));
        assert_eq!(messages(problems), [problem]);
    }
}

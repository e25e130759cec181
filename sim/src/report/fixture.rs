//! Made-up results that tests draw and write.

mod load_test;
mod watched;

pub use load_test::load_test;
pub use watched::watched;

use crate::experiment::{
    Against, Axis, Basis, Change, Estimate, Mark, Results, SeriesEstimate, Turn, VariantResult,
    Verdict,
};
use crate::metrics::{CURVE, Cause, Metric};
use crate::time::Span;

/// An estimate in scope `all` with an interval of five percent around its mean.
pub fn estimate(metric: Metric, mean: f64) -> Estimate {
    let half = mean * 0.05;
    Estimate {
        scope: "all".to_string(),
        metric,
        mean,
        ci95: Some((mean - half, mean + half)),
        gain: None,
        min: mean * 0.9,
        max: mean * 1.1,
        replications: 10,
    }
}

fn series(metric: Metric, value: impl Fn(usize) -> f64, spread: f64) -> SeriesEstimate {
    let mean: Vec<f64> = (0..60).map(|at| value(at) * (1.0 + 0.02 * wobble(at))).collect();
    SeriesEstimate {
        scope: "all".to_string(),
        metric,
        min: mean.iter().map(|mean| mean * (1.0 - spread)).collect(),
        max: mean.iter().map(|mean| mean * (1.0 + spread)).collect(),
        mean,
    }
}

/// Something jagged between -1 and 1.
fn wobble(at: usize) -> f64 {
    ((at * 7_919 + 31) % 101) as f64 / 50.5 - 1.0
}

/// One variant; `badness` says how deep it falls, 0 to 1; one of 1 never recovers.
pub fn variant(name: &str, coordinates: Vec<usize>, badness: f64) -> VariantResult {
    let hurt = |at: usize| match at {
        0..18 => 0.0,
        18..23 => badness,
        _ if badness >= 1.0 => 1.0,
        _ => (badness - (at - 22) as f64 * 0.12).max(0.0),
    };
    let recovery = if badness >= 1.0 { f64::INFINITY } else { 3.0 + 60.0 * badness };
    let mut estimates = vec![
        estimate(Metric::Arrivals, 1200.0),
        estimate(Metric::Goodput, 1190.0 - 700.0 * badness),
        estimate(Metric::ErrorRate, 0.001 + 0.3 * badness),
        estimate(Metric::LatencyP50, 0.042 + 0.4 * badness),
        estimate(Metric::LatencyP99, 0.41 + 2.4 * badness),
        estimate(Metric::WaitMean, 0.002 + 1.1 * badness),
        estimate(Metric::AttemptsPerRequest, 1.02 + 1.3 * badness),
        estimate(Metric::Recovery, recovery),
    ];
    estimates[7].ci95 = recovery.is_finite().then_some((recovery * 0.7, recovery * 1.3));
    let differences = match badness >= 1.0 {
        true => Vec::new(),
        false => vec![
            Estimate {
                ci95: Some((40.0, 90.0)),
                gain: Some(11.7),
                ..estimate(Metric::Goodput, 65.0)
            },
            Estimate { ci95: Some((-0.2, 0.1)), ..estimate(Metric::ErrorRate, -0.05) },
            Estimate { ci95: None, ..estimate(Metric::Recovery, f64::NEG_INFINITY) },
        ],
    };
    VariantResult {
        name: name.to_string(),
        coordinates,
        settings: vec![("mesh.balancer".to_string(), name.to_string())],
        replications: 10,
        estimates,
        differences,
        series: vec![
            series(Metric::Goodput, |at| 1190.0 - 900.0 * hurt(at), 0.08),
            series(Metric::LatencyP99, |at| 0.38 + 2.5 * hurt(at), 0.2),
            series(Metric::Errors(Cause::Timeout), |at| 420.0 * hurt(at), 0.1),
            series(Metric::Errors(Cause::H11), |at| 180.0 * hurt(at), 0.1),
            series(Metric::Errors(Cause::H12), |at| 60.0 * hurt(at) * hurt(at), 0.1),
        ],
        latency_curve: CURVE
            .iter()
            .map(|q| (0.01 + 0.03 * q) / (1.0 - q * (0.98 + 0.018 * badness)) * (1.0 + badness))
            .collect(),
        void: None,
    }
}

fn bare(scenario: &str, variants: Vec<VariantResult>) -> Results {
    Results {
        scenario: scenario.to_string(),
        question: String::new(),
        answer: String::new(),
        seed: 1,
        replications: 10,
        precision: None,
        basis: Basis::Replications,
        duration: Span::from_secs(600),
        warmup: Span::from_secs(60),
        warmup_found: false,
        interval: Span::from_secs(10),
        axes: Vec::new(),
        marks: Vec::new(),
        variants,
        verdicts: Vec::new(),
        against: None,
        warnings: Vec::new(),
        notes: Vec::new(),
        load_test: false,
        beside: None,
        digest: 0x1234_5678_9abc_def0,
        interrupted: false,
    }
}

/// Five balancers through a fault, of which two never recover.
pub fn cascade() -> Results {
    let names = ["random", "least-loaded", "idle-only", "p2c", "round-robin"];
    let badness = [1.0, 0.35, 0.1, 0.3, 1.0];
    let variants =
        (0..5).map(|at| variant(names[at], vec![at], badness[at])).collect::<Vec<VariantResult>>();
    let mut results = bare("cascade", variants);
    results.variants[4].estimates[7].min = 95.0;
    results.question = "A deploy makes one app slow for 45 s. Which balancers recover?".to_string();
    results.answer = "Those that know the load: `p2c`, least-loaded and idle-only.".to_string();
    results.axes = vec![Axis {
        path: "mesh.balancer".to_string(),
        values: names.map(String::from).to_vec(),
        numbers: None,
    }];
    results.marks = vec![Mark {
        label: "slow shop x4".to_string(),
        from: Span::from_secs(180),
        to: Some(Span::from_secs(225)),
    }];
    for (variant, observed, holds, sure) in [
        ("random", 0.301, false, true),
        ("p2c", 0.0091, true, false),
        ("idle-only", 0.001, true, true),
    ] {
        results.verdicts.push(Verdict {
            expectation: "error_rate < 1% from 6m".to_string(),
            variant: variant.to_string(),
            observed: Some(observed),
            ci95: Some((observed * 0.8, observed * 1.2)),
            metric: Metric::ErrorRate,
            bound: 0.01,
            holds,
            sure,
            void: None,
        });
    }
    results.warnings = vec![
        "variant `random` never reached a steady state: its queue still grew at the end, so its means \
         depend on the duration; try a longer `run.duration` or a lower rate"
            .to_string(),
    ];
    results
}

/// The same compared with an earlier run: two measures got worse, one better.
pub fn compared() -> Results {
    let mut results = cascade();
    let mut changes = Vec::new();
    for (variant, metric, before, now, half, turn) in [
        ("random", Metric::Goodput, 490.0, 490.0, 30.0, Turn::Same),
        ("random", Metric::Recovery, 40.0, f64::INFINITY, f64::NAN, Turn::Worse),
        ("p2c", Metric::LatencyP99, 0.93, 1.13, 0.06, Turn::Worse),
        ("p2c", Metric::ErrorRate, 0.12, 0.091, 0.01, Turn::Better),
        ("p2c", Metric::LatencyMean, 0.1, 0.1, f64::NAN, Turn::Unknown),
    ] {
        let difference: f64 = now - before;
        let ci95 = f64::is_finite(half).then_some((difference - half, difference + half));
        changes.push(Change { variant: variant.to_string(), metric, before, now, ci95, turn });
    }
    let file = "before/results.json".to_string();
    results.against = Some(Against { file, seed: 1, changes });
    results
}

/// Three balancers over 1 to 256 routers.
pub fn sweep() -> Results {
    let (balancers, routers) =
        (["random", "least-loaded", "p2c"], [1, 2, 4, 8, 16, 32, 64, 128, 256]);
    let mut variants = Vec::new();
    for (at, balancer) in balancers.iter().enumerate() {
        for (step, count) in routers.iter().enumerate() {
            let badness = [0.5, 0.05 + 0.09 * step as f64, 0.12 + 0.02 * step as f64][at];
            let name = format!("balancer={balancer}, routers={count}");
            variants.push(variant(&name, vec![at, step], badness));
        }
    }
    let mut results = bare("scaling", variants);
    results.marks = [
        (60, Some(240), "deploy of version 2 to all dynos"),
        (90, Some(120), "lose a broker"),
        (150, None, "limit 20 a dyno"),
        (590, None, "one host crashes"),
    ]
    .map(|(from, to, label)| Mark {
        label: label.to_string(),
        from: Span::from_secs(from),
        to: to.map(Span::from_secs),
    })
    .to_vec();
    results.question = "How much does local knowledge lose as routers are added?".to_string();
    results.axes = vec![
        Axis {
            path: "mesh.balancer".to_string(),
            values: balancers.map(String::from).to_vec(),
            numbers: None,
        },
        Axis {
            path: "mesh.routers".to_string(),
            values: routers.map(|count: u32| count.to_string()).to_vec(),
            numbers: Some(routers.map(f64::from).to_vec()),
        },
    ];
    results
}

/// One variant, one replication, no series and no interval.
pub fn base() -> Results {
    let mut only = variant("base", Vec::new(), 0.0);
    only.settings.clear();
    only.series.clear();
    only.differences.clear();
    only.replications = 1;
    only.estimates.pop();
    for estimate in &mut only.estimates {
        (estimate.ci95, estimate.replications) = (None, 1);
        (estimate.min, estimate.max) = (estimate.mean, estimate.mean);
    }
    let mut results = bare("plain", vec![only]);
    results.replications = 1;
    results
}

/// Sixty variants with long and strange names.
pub fn many() -> Results {
    let variants = (0..60).map(|at| {
        let name =
            format!("<script>alert({at})</script> & \"a|b\"\n, timeout=250ms, attempts={at}");
        variant(&name, Vec::new(), at as f64 / 60.0)
    });
    bare("many", variants.collect())
}

/// Nothing succeeded: no latency, series of nothing, infinities.
pub fn ruin() -> Results {
    let mut ruined = variant("all lost", Vec::new(), 1.0);
    ruined.latency_curve.clear();
    for estimate in &mut ruined.estimates {
        estimate.mean = f64::NAN;
        estimate.ci95 = Some((f64::NEG_INFINITY, f64::INFINITY));
        (estimate.min, estimate.max) = (f64::NAN, f64::INFINITY);
    }
    for series in &mut ruined.series {
        for values in [&mut series.mean, &mut series.min, &mut series.max] {
            values.fill(f64::NAN);
        }
    }
    let mut empty = variant("empty", Vec::new(), 0.5);
    empty.estimates.clear();
    empty.series.clear();
    empty.latency_curve = vec![f64::NAN; CURVE.len()];
    let mut results = bare("ruin", vec![ruined, empty]);
    results.interrupted = true;
    results.verdicts.push(Verdict {
        expectation: "latency_p99 < 1s".to_string(),
        variant: "all lost".to_string(),
        observed: None,
        ci95: None,
        metric: Metric::LatencyP99,
        bound: 1.0,
        holds: false,
        sure: false,
        void: None,
    });
    results
}

/// All of them.
pub fn all() -> Vec<Results> {
    vec![cascade(), compared(), sweep(), base(), many(), ruin(), load_test(), watched(2, 1)]
}

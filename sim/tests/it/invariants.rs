//! Random valid scenarios: whatever a scenario says, the platform keeps its books.
//!
//! `simulate` asserts that every request ends exactly once and that routers and dynos count right,
//! and its components assert their own; here the measures are checked too. A scenario that fails is
//! printed with the command that runs it alone.

mod draw;
mod limits;
mod staff;

use draw::{Drawing, FILES, REGISTRIES};
use limits::Run;
use rayon::prelude::*;
use sim::metrics::{Cause, Metric, Scope, Summary};
use sim::platform::simulate;
use sim::rng::Seed;
use sim::scenario::{Overrides, Scenario, load};
use sim::time::Span;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How many scenarios are drawn. More can be asked for: `SIM_INVARIANTS=from..to`.
const SCENARIOS: u64 = 500;

/// What is wrong with the measures of a scope.
fn wrong_in(scope: &Scope) -> Option<String> {
    let of = |metric| scope.values.iter().find(|(found, _)| *found == metric).map(|(_, v)| *v);
    for (metric, value) in &scope.values {
        let endless = *metric == Metric::Recovery && *value == f64::INFINITY;
        if !(value.is_finite() && *value >= 0.0 || endless) {
            return Some(format!("{} is {value}", metric.name()));
        }
        let is_share = matches!(metric, Metric::ErrorRate | Metric::Utilization);
        if is_share && *value > 1.0 + 1e-9 {
            return Some(format!("{} is {value}, more than the whole", metric.name()));
        }
    }
    use Metric::*;
    let ladder = [LatencyP50, LatencyP90, LatencyP95, LatencyP99, LatencyP999, LatencyMax];
    let latencies: Vec<f64> = ladder.into_iter().filter_map(of).collect();
    if !latencies.is_sorted() || !scope.latency_curve.is_sorted() {
        return Some(format!("latency quantiles fall: {latencies:?}"));
    }
    let failed: f64 = Cause::ALL.into_iter().filter_map(|cause| of(Errors(cause))).sum();
    let ended = of(Goodput)? + failed;
    let share = of(ErrorRate).unwrap_or(0.0);
    ((failed - share * ended).abs() > 1e-6 * (1.0 + ended))
        .then(|| format!("error_rate {share} is not {failed} of {ended}"))
}

/// What is wrong with a run, if anything is.
fn wrong(summary: &Summary, again: &Summary) -> Option<String> {
    if summary.digest != again.digest || format!("{summary:?}") != format!("{again:?}") {
        return Some("the same run again gives another result".into());
    }
    let of = |metric| summary.value("all", metric).unwrap_or(0.0);
    let parts = |prefix: &str, metric: Metric| {
        let parts = summary.scopes.iter().filter(|scope| scope.name.starts_with(prefix));
        parts.filter_map(|part| summary.value(&part.name, metric)).sum::<f64>()
    };
    for metric in [Metric::Arrivals, Metric::Goodput, Metric::InFlightMean] {
        for prefix in ["app.", "client."] {
            let (all, sum) = (of(metric), parts(prefix, metric));
            if (all - sum).abs() > 1e-6 * (1.0 + all) {
                return Some(format!("{} is {all}, by {prefix} {sum}", metric.name()));
            }
        }
    }
    let scopes = summary.scopes.iter().chain(summary.windows.iter().flatten());
    scopes
        .into_iter()
        .find_map(|scope| wrong_in(scope).map(|wrong| format!("in {}: {wrong}", scope.name)))
}

/// What is left under way at the end of a run in which requests stop coming.
fn forgotten(summary: &Summary) -> Option<String> {
    let of = |metric| summary.value_in_window(0, "all", metric).unwrap_or(0.0);
    let left = of(Metric::InFlightMean) + of(Metric::QueueMean) + of(Metric::Utilization);
    (left > 0.0).then(|| {
        let [requests, queued] = [Metric::InFlightMean, Metric::QueueMean].map(of);
        format!("{requests} requests and {queued} queued attempts are left, workers may be busy")
    })
}

/// A drawn text as a scenario, beside the files that it may name.
fn scenario(text: &str) -> Scenario {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("drawn.toml");
    std::fs::write(&file, text).unwrap();
    for (name, contents) in FILES.iter().filter(|(name, _)| text.contains(name)) {
        std::fs::write(folder.path().join(name), contents()).unwrap();
    }
    load(file.to_str().unwrap(), &Overrides::default(), false)
        .unwrap_or_else(|error| panic!("a drawn scenario is refused: {error:?}"))
}

/// What scenarios have had and seen.
#[derive(Default)]
struct Seen {
    causes: BTreeSet<Cause>,
    /// Kinds, each with the name of its registry.
    kinds: BTreeSet<(&'static str, &'static str)>,
}

/// Draws and runs one scenario; gives what is wrong with it, or what it has seen.
fn check(number: u64, ends: bool) -> Result<Seen, String> {
    let Drawing { text, kinds, .. } = Drawing::new(number, ends);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let scenario = scenario(&text);
        let seed = Seed { scenario: scenario.run.seed, replication: 0 };
        let platform = &scenario.variants[0].platform;
        let seconds = if ends { [990, 1000] } else { [2, 3] };
        let window = (Span::from_secs(seconds[0]), Span::from_secs(seconds[1]));
        let run = || simulate(platform, seed, &[window]);
        let summary = run();
        let left = ends.then(|| forgotten(&summary)).flatten();
        let limits = Run { platform, summary: &summary, ends }.broken();
        let failed = |cause: &Cause| summary.value("all", Metric::Errors(*cause)) > Some(0.0);
        let causes = Cause::ALL.into_iter().filter(failed).collect();
        wrong(&summary, &run()).or(left).or(limits).map_or(Ok(causes), Err)
    }));
    let found = match outcome {
        Ok(Ok(causes)) => return Ok(Seen { causes, kinds }),
        Ok(Err(found)) => found,
        Err(panic) => match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
            (Some(text), _) => format!("panicked: {text}"),
            (None, text) => format!("panicked: {}", text.unwrap_or(&"")),
        },
    };
    let next = number + 1;
    Err(format!(
        "# {found}\n# SIM_INVARIANTS={number}..{next} cargo test -p sim invariants\n{text}"
    ))
}

/// The scenarios that are asked for.
fn numbers() -> std::ops::Range<u64> {
    let asked = std::env::var("SIM_INVARIANTS").unwrap_or_default();
    match asked.split_once("..").map(|(from, to)| (from.parse(), to.parse())) {
        Some((Ok(from), Ok(to))) => from..to,
        _ => 0..SCENARIOS,
    }
}

/// Draws and runs many scenarios; gives what they have seen.
fn check_all(ends: bool) -> Seen {
    let outcomes: Vec<_> = numbers().into_par_iter().map(|number| check(number, ends)).collect();
    let wrong: Vec<&str> =
        outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).map(String::as_str).collect();
    let few = wrong.iter().take(3).copied().collect::<Vec<_>>().join("\n\n");
    assert!(wrong.is_empty(), "{} scenarios fail, such as\n{few}", wrong.len());
    outcomes.into_iter().flatten().fold(Seen::default(), |mut all, one| {
        all.causes.extend(one.causes);
        all.kinds.extend(one.kinds);
        all
    })
}

#[test]
fn random_scenarios_keep_the_books() {
    let seen = check_all(false);
    if numbers().count() < SCENARIOS as usize {
        return;
    }
    let simulated = Cause::ALL.into_iter().filter(|cause| !cause.is_of_load_test());
    let unseen: Vec<Cause> = simulated.filter(|cause| !seen.causes.contains(cause)).collect();
    assert!(unseen.is_empty(), "no scenario was drawn that fails with {unseen:?}");
    for registry in REGISTRIES {
        for kind in (registry.kinds)() {
            assert!(seen.kinds.contains(&(registry.name, kind)), "{}: {kind}", registry.name);
        }
    }
}

#[test]
fn no_request_is_forgotten() {
    check_all(true);
}

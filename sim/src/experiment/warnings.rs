//! What a reader should know before trusting the numbers: what happened, why it matters, what to
//! try.

use super::batches::{resemblance, too_alike};
use super::growth::Growth;
use super::pilot::Found;
use super::results::{Basis, Verdict};
use super::rounds::needed;
use super::tally::Tally;
use crate::metrics::Metric;
use crate::scenario::{Scenario, Warmup};
use crate::time::Span;

/// Fewer replications than this make intervals so wide that they say little.
const FEW: u32 = 5;
/// A quantile needs so many values beyond it in a run.
const BEYOND: f64 = 10.0;

/// `a`, `a and b`, or `a and 4 more`, each in backticks.
fn names(all: &[&str]) -> String {
    match all {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [one, other] => format!("`{one}` and `{other}`"),
        [one, others @ ..] => format!("`{one}` and {} more", others.len()),
    }
}

/// A level in few digits.
fn level(value: f64) -> String {
    if value < 10.0 { format!("{value:.2}") } else { format!("{value:.0}") }
}

/// A run length of at least `seconds` in whole seconds, minutes, hours or days, whichever suits.
fn length(seconds: f64) -> Span {
    let units = [(1, 120.0), (60, 7_200.0), (3_600, 172_800.0), (86_400, f64::INFINITY)];
    let (unit, _) = units.into_iter().find(|(_, most)| seconds <= *most).unwrap_or(units[3]);
    Span::from_secs(unit) * libm::ceil(seconds / unit as f64) as u64
}

/// What to say of verdicts that have no value or are not sure.
pub(super) fn of_verdicts(verdicts: &[Verdict], replications: u32, basis: Basis) -> Vec<String> {
    let mut warnings = Vec::new();
    let alone = basis == Basis::Replications;
    if alone && !verdicts.is_empty() && replications < FEW {
        let times = if replications == 1 { "once".into() } else { format!("{replications} times") };
        warnings.push(format!(
            "each variant ran only {times}: another seed may turn a verdict; try `--replications 10`"
        ));
    }
    for verdict in verdicts {
        let Verdict { expectation, variant, .. } = verdict;
        if verdict.observed.is_none() {
            warnings.push(format!(
                "`{expectation}` cannot be judged for `{variant}`: `{}` had no value; look whether \
                 anything succeeds there, and whether a fault is in the scenario when it is \
                 `recovery`",
                verdict.metric.name()
            ));
        } else if !verdict.sure && (replications >= FEW || !alone) {
            warnings.push(format!(
                "`{expectation}` {} for `{variant}` by a hair: the bound lies within the 95 % \
                 interval, so another seed may turn it; {}",
                if verdict.holds { "holds" } else { "fails" },
                settling(verdict, replications, basis),
            ));
        }
    }
    warnings
}

/// What would make a verdict sure: n (h / d)^2 replications, with h half the interval and d how far
/// the mean is from the bound, both staying as they are.
fn settling(verdict: &Verdict, replications: u32, basis: Basis) -> String {
    let interval = verdict.observed.zip(verdict.ci95);
    let Some((mean, (low, high))) = interval.filter(|(mean, _)| mean.is_finite()) else {
        return "look at the replications one by one: some say yes and some no".into();
    };
    let (half, distance) = ((high - low) / 2.0, (mean - verdict.bound).abs());
    let enough = needed(replications, half, distance);
    match (basis, enough) {
        (Basis::Replications, Some(enough)) => {
            format!("if the mean stays, `--replications {enough}` would settle it")
        }
        (Basis::Batches(_), Some(times)) => {
            format!("if the mean stays, a `run.duration` {times} times as long would settle it")
        }
        (_, None) => "no number of runs would settle it: the mean is too close to the bound".into(),
    }
}

/// Variants whose requests in flight or queues grow where nothing disturbs them.
pub(super) fn of_growth(scenario: &Scenario, tallies: &[Tally]) -> Vec<String> {
    let mut grown: Vec<(&str, Metric, Growth)> = Vec::new();
    for (variant, tally) in scenario.variants.iter().zip(tallies) {
        let growth = |(metric, thirds): &(Metric, super::growth::Thirds)| {
            Some((variant.name.as_str(), *metric, thirds.growth()?))
        };
        grown.extend(tally.levels.iter().find_map(growth));
    }
    let mut warnings = Vec::new();
    for settling in [true, false] {
        let kind: Vec<_> = grown.iter().filter(|(.., g)| g.settling == settling).collect();
        let Some((first, metric, growth)) = kind.first() else { continue };
        let all: Vec<&str> = kind.iter().map(|(name, ..)| *name).collect();
        let verb = if all.len() == 1 { "is" } else { "are" };
        let (from, to) = (level(growth.from), level(growth.to));
        let whose = if all.len() == 1 { "its".into() } else { format!("`{first}`'s") };
        let example = format!("{whose} `{}` grows from {from} to {to}", metric.name());
        let try_it = match (settling, scenario.run.warmup) {
            (true, Warmup::At(_)) => "try `run.warmup = \"auto\"`",
            (true, Warmup::Auto) => "try a longer `run.duration`",
            (false, _) => "try a longer `run.duration` with `run.warmup = \"auto\"`, or less load",
        };
        let state = if settling { "still filling up" } else { "not steady" };
        warnings.push(format!(
            "{} {verb} {state} in the measured time: {example} between its first and its last \
             undisturbed third, so means depend on `run.duration`; {try_it}",
            names(&all)
        ));
    }
    warnings
}

/// Batches that are so short that they know of each other.
pub(super) fn of_batches(scenario: &Scenario, tallies: &[Tally]) -> Option<String> {
    let alike = |tally: &Tally| {
        [Metric::InFlightMean, Metric::LatencyMean].into_iter().any(|metric| {
            tally.batches.values("all", metric).is_some_and(|values| {
                resemblance(&values).is_some_and(|found| found > too_alike(values.len()))
            })
        })
    };
    let pairs = scenario.variants.iter().zip(tallies);
    let all: Vec<&str> =
        pairs.filter(|(_, tally)| alike(tally)).map(|(variant, _)| variant.name.as_str()).collect();
    (!all.is_empty()).then(|| {
        format!(
            "the batches of {} resemble their neighbours: they are too short, or the run is not \
             steady, and intervals are too narrow; try a `run.duration` of `{}`, or \
             `--replications 10`",
            names(&all),
            scenario.run.duration * 4,
        )
    })
}

/// The lowest quantile of latency that too few successes lie beyond, where there are so few least.
pub(super) fn of_quantiles(scenario: &Scenario, tallies: &[Tally]) -> Option<String> {
    let seconds = scenario.run.duration.seconds();
    let quantiles = [
        (Metric::LatencyP90, 0.1),
        (Metric::LatencyP95, 0.05),
        (Metric::LatencyP99, 0.01),
        (Metric::LatencyP999, 0.001),
    ];
    let successes = |tally: &Tally| {
        let rates = &tally.measured("all", Metric::Goodput)?.values;
        let least = rates.iter().copied().filter(|rate| *rate > 0.0).fold(f64::INFINITY, f64::min);
        least.is_finite().then_some(least * seconds)
    };
    let counts = scenario.variants.iter().zip(tallies);
    let counts = counts.filter_map(|(variant, tally)| Some((&variant.name, successes(tally)?)));
    let (variant, least) = counts.min_by(|one, other| one.1.total_cmp(&other.1))?;
    let short = |(_, share): &(Metric, f64)| least * share < BEYOND;
    let (metric, share) = quantiles.into_iter().find(short)?;
    let beyond = least * share;
    let above = if metric == Metric::LatencyP999 { "" } else { " and all above it" };
    Some(format!(
        "`{}`{above}: a run of `{variant}` has only {} successes beyond it, and with fewer than \
         {BEYOND} a quantile is biased and jumps from run to run; try a `run.duration` of `{}`",
        metric.name(),
        level(beyond),
        length(seconds * BEYOND / beyond)
    ))
}

/// Variants that did not settle in their pilots.
pub(super) fn of_pilots(scenario: &Scenario, found: &Found) -> Option<String> {
    let all: Vec<&str> = found.unsettled.iter().map(String::as_str).collect();
    let verb = if all.len() == 1 { "does" } else { "do" };
    (!all.is_empty()).then(|| {
        format!(
            "{} {verb} not settle within {}: MSER-5 finds no end of the start in the first half of \
             the pilots, so the warm-up is that half, {}; try a longer `run.duration`, or less load",
            names(&all),
            scenario.run.duration,
            found.warmup
        )
    })
}

#[cfg(test)]
mod tests;

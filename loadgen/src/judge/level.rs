//! Whether a level of load is too much, and how sure that is.
//!
//! A level is held for a time, and its measures come with intervals from batch means. The rules say
//! what is too much: conditions of `stop-when`, or expectations that fail.

use sim::metrics::{Comparison, Condition, Metric};

/// Half the width of a 95 % interval of the normal distribution, in standard errors.
const NINETY_FIVE: f64 = 1.959_963_984_540_054;

/// The most standard errors that are told apart: beyond, an interval is a point.
const FARTHEST: f64 = 8.0;

/// What makes a level too much.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What is measured.
    pub metric: Metric,
    /// The scope that it is measured in, such as `all`.
    pub scope: String,
    /// How it is compared with `bound`.
    pub comparison: Comparison,
    /// In SI units.
    pub bound: f64,
    /// Whether the level is too much when the comparison holds, or when it does not.
    pub bad_when: bool,
}

impl Rule {
    /// A condition of `stop-when`: too much when it holds.
    pub fn stop_when(condition: &Condition) -> Rule {
        let Condition { metric, comparison, bound, .. } = *condition;
        Rule { metric, scope: "all".into(), comparison, bound, bad_when: true }
    }

    /// An expectation: too much when it does not hold.
    pub fn expect(expectation: &sim::scenario::Expectation) -> Rule {
        let sim::scenario::Expectation { metric, comparison, bound, .. } = *expectation;
        Rule { metric, scope: expectation.scope.clone(), comparison, bound, bad_when: false }
    }

    /// Whether a value makes the level too much.
    fn is_bad(&self, value: f64) -> bool {
        self.comparison.holds(value, self.bound) == self.bad_when
    }
}

/// A measure of a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// Its mean.
    pub mean: f64,
    /// Its 95 % interval; nothing where none is known.
    pub ci95: Option<(f64, f64)>,
}

/// One try of a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Try {
    /// Whether it was too much.
    pub bad: bool,
    /// Whether the whole interval says the same.
    pub sure: bool,
    /// How far the measure is beyond its bound, in standard errors; negative where it is well within.
    /// Nothing without an interval.
    pub beyond: Option<f64>,
}

/// Judges a level by the rule that comes nearest to being broken. A measure without a value, as
/// latency has where nothing was sent, fails an expectation and meets no condition of `stop-when`.
pub fn judge(rules: &[Rule], measure: impl Fn(&str, Metric) -> Option<Measure>) -> Try {
    let tries = rules.iter().map(|rule| match measure(&rule.scope, rule.metric) {
        Some(measure) => judge_one(rule, measure),
        None => Try { bad: !rule.bad_when, sure: false, beyond: None },
    });
    // Bad counts more than good; among the bad the sure one, among the good the one that is not.
    let weight = |found: &Try| match (found.bad, found.sure) {
        (true, true) => (3, found.beyond.unwrap_or(0.0)),
        (true, false) => (2, found.beyond.unwrap_or(0.0)),
        (false, false) => (1, found.beyond.unwrap_or(0.0)),
        (false, true) => (0, found.beyond.unwrap_or(-FARTHEST)),
    };
    let worst = tries.max_by(|one, other| {
        let (one, other) = (weight(one), weight(other));
        one.0.cmp(&other.0).then(one.1.total_cmp(&other.1))
    });
    worst.unwrap_or(Try { bad: false, sure: true, beyond: None })
}

fn judge_one(rule: &Rule, Measure { mean, ci95 }: Measure) -> Try {
    let bad = rule.is_bad(mean);
    let Some((low, high)) = ci95 else { return Try { bad, sure: false, beyond: None } };
    let sure = rule.is_bad(low) == bad && rule.is_bad(high) == bad;
    let error = (high - low) / (2.0 * NINETY_FIVE);
    let away = (mean - rule.bound).abs();
    // Without spread, or infinitely far away, there is nothing to count in.
    let far = if error > 0.0 && away.is_finite() { (away / error).min(FARTHEST) } else { FARTHEST };
    Try { bad, sure, beyond: Some(if bad { far } else { -far }) }
}

/// The probability that a value of the standard normal distribution is less than `x`, to 1e-7
/// (Abramowitz and Stegun 1964, 26.2.17).
pub fn normal(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let terms = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let series = terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    let tail = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt() * series;
    if x >= 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::metrics::parse;

    #[test]
    fn a_level_is_judged_by_its_worst_rule() {
        let rule = |text: &str| Rule::stop_when(&parse(text).unwrap());
        let rules = [rule("latency_p99 > 1s"), rule("error_rate > 1%")];
        let within =
            |mean: f64, half: f64| Measure { mean, ci95: Some((mean - half, mean + half)) };
        for (p99, errors, bad, sure) in [
            (within(0.5, 0.1), within(0.0, 0.0), false, true),
            (within(0.9, 0.2), within(0.0, 0.0), false, false),
            (within(1.1, 0.2), within(0.0, 0.0), true, false),
            (within(1.5, 0.2), within(0.0, 0.0), true, true),
            (within(1.1, 0.2), within(0.5, 0.1), true, true),
            (within(f64::INFINITY, 0.0), within(0.0, 0.0), true, true),
            (Measure { mean: 2.0, ci95: None }, within(0.0, 0.0), true, false),
        ] {
            let measure =
                |_: &str, metric| Some(if metric == Metric::LatencyP99 { p99 } else { errors });
            let found = judge(&rules, measure);
            assert_eq!((found.bad, found.sure), (bad, sure), "{p99:?} {errors:?} {found:?}");
            assert!(found.beyond.is_none_or(|beyond| (beyond > 0.0) == bad), "{found:?}");
        }
        let found = judge(&rules[..1], |_, _| Some(within(1.0 + 0.196, 0.196)));
        assert!((found.beyond.unwrap() - NINETY_FIVE).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn without_a_value_an_expectation_fails() {
        let mut rule = Rule::stop_when(&parse("latency_p99 < 1s").unwrap());
        assert!(!judge(&[rule.clone()], |_, _| None).bad);
        rule.bad_when = false;
        assert!(judge(&[rule], |_, _| None).bad);
        assert!(!judge(&[], |_, _| None).bad);
    }

    #[test]
    fn the_normal_distribution_is_known() {
        for (x, share) in
            [(0.0, 0.5), (1.0, 0.841_344_746), (1.959_964, 0.975), (3.0, 0.998_650_102)]
        {
            assert!((normal(x) - share).abs() < 1e-7, "{x}");
            assert!((normal(-x) - (1.0 - share)).abs() < 1e-7, "-{x}");
        }
    }
}

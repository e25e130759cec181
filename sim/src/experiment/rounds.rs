//! Rounds of replications until the headline measures are as sure as asked for.
//!
//! After a round the half width of each measure's 95 % interval is compared with what
//! `run.precision` allows, in every variant. The next round is as large as the widest needs by the
//! square-root law, at least a tenth more and at most as many again: a first guess of the variance
//! may be far off (Law 2015, 9.4.1). All variants have the same number of replications, and only
//! whole rounds decide, so that the outcome does not depend on threads.

use super::estimate::estimate;
use super::statistics::Quantiles;
use super::tally::Tally;
use crate::metrics::Metric;
use crate::scenario::{MOST_REPLICATIONS, Scenario};

/// The measures of scope `all` that must be sure.
const HEADLINE: [Metric; 4] =
    [Metric::Goodput, Metric::LatencyMean, Metric::LatencyP99, Metric::ErrorRate];

/// A measure that is not yet as sure as asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lack {
    pub variant: String,
    pub metric: Metric,
    /// Half the width of its interval: a share of its mean, or for a share itself, of the whole.
    pub half: f64,
}

/// The measures that are not sure to `precision`, the least sure first.
pub(super) fn lacking(
    quantiles: &mut Quantiles,
    scenario: &Scenario,
    tallies: &[Tally],
    precision: f64,
) -> Vec<Lack> {
    let mut found = Vec::new();
    for (variant, tally) in scenario.variants.iter().zip(tallies) {
        for metric in HEADLINE {
            let measured = tally.measured("all", metric);
            let estimate = measured.and_then(|measured| estimate(quantiles, &measured.values));
            let half = estimate.and_then(|found| half(metric, found.mean, found.ci95?));
            if let Some(half) = half.filter(|half| *half > precision) {
                found.push(Lack { variant: variant.name.clone(), metric, half });
            }
        }
    }
    found.sort_by(|one, other| other.half.total_cmp(&one.half));
    found
}

/// Half the width of an interval, as a share of its mean, or of the whole for what is a share itself.
fn half(metric: Metric, mean: f64, (low, high): (f64, f64)) -> Option<f64> {
    let half = (high - low) / 2.0;
    match metric {
        Metric::ErrorRate => Some(half),
        // Of nothing there is no share.
        _ => (mean > 0.0).then(|| half / mean),
    }
}

/// How many replications would make an interval of this half width as narrow as `allowed`, if the
/// variance stays; nothing beyond what a scenario may ask for.
pub(super) fn needed(replications: u32, half: f64, allowed: f64) -> Option<u32> {
    let ratio = half / allowed;
    let needed = f64::from(replications) * ratio * ratio;
    // Casting cuts off; what is as good as whole stays.
    let rounded = (needed + (1.0 - 1e-9)) as u32;
    (needed <= f64::from(MOST_REPLICATIONS)).then_some(rounded)
}

/// How many replications the next round comes to, when `done` left `worst` lacking.
pub(super) fn next(done: u32, most: u32, worst: &Lack, precision: f64) -> u32 {
    let wanted = needed(done, worst.half, precision).unwrap_or(u32::MAX);
    let (least, double) = (done + done.div_ceil(10), done.saturating_mul(2));
    wanted.clamp(least, double).min(most)
}

/// What to tell of measures that stayed less sure than asked for after the last round.
pub(super) fn warning(lacking: &[Lack], replications: u32, precision: f64) -> Option<String> {
    let worst = lacking.first()?;
    let percent = |share: f64| format!("{:.2} %", share * 100.0);
    let of = |lack: &Lack| {
        let whole =
            if lack.metric == Metric::ErrorRate { "of all requests" } else { "of its mean" };
        let half = percent(lack.half);
        format!("`{}` of `{}` is sure to ±{half} {whole}", lack.metric.name(), lack.variant)
    };
    let others = match lacking.len() - 1 {
        0 => String::new(),
        1 => "; one more measure is not as sure as asked for either".into(),
        count => format!("; {count} more measures are not as sure as asked for either"),
    };
    let try_it = match needed(replications, worst.half, precision) {
        Some(needed) => {
            format!("try `run.replications-max = {needed}`, or a longer `run.duration`")
        }
        None => "try a longer `run.duration`, or a larger `run.precision`".into(),
    };
    Some(format!(
        "stopped at `run.replications-max`, {replications}, before all measures are sure to \
         ±{}: {}{others}; {try_it}",
        percent(precision),
        of(worst)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lack(half: f64) -> Lack {
        Lack { variant: "p2c".into(), metric: Metric::LatencyP99, half }
    }

    #[test]
    fn rounds_grow_by_the_square_root_law_within_bounds() {
        for (done, most, half, expected) in [
            // 1.2 times too wide needs 1.44 times as many.
            (10, 100, 0.024, 15),
            (10, 100, 0.020_1, 11),
            (10, 100, 1.0, 20),
            (80, 100, 1.0, 100),
            (100, 1_000, 0.020_001, 110),
        ] {
            assert_eq!(next(done, most, &lack(half), 0.02), expected, "{done} {half}");
        }
        assert_eq!(needed(10, 0.04, 0.02), Some(40));
        assert_eq!(needed(10, 0.02, 1e-9), None);
        assert_eq!(needed(10, 0.02, 0.0), None);
    }

    #[test]
    fn a_width_is_a_share_of_its_mean_or_of_all_requests() {
        for (metric, mean, ci95, expected) in [
            (Metric::Goodput, 50.0, (48.0, 52.0), Some(0.04)),
            (Metric::LatencyP99, 0.5, (0.375, 0.625), Some(0.25)),
            (Metric::LatencyP99, 0.0, (0.0, 0.0), None),
            (Metric::ErrorRate, 0.5, (0.375, 0.625), Some(0.125)),
            (Metric::ErrorRate, 0.0, (0.0, 0.0), Some(0.0)),
        ] {
            assert_eq!(half(metric, mean, ci95), expected, "{metric:?} {mean}");
        }
    }

    #[test]
    fn stopping_short_is_said() {
        assert_eq!(warning(&[], 100, 0.02), None);
        let rate = Lack { metric: Metric::ErrorRate, ..lack(0.03) };
        let text = warning(&[lack(0.04), rate.clone()], 100, 0.02).unwrap();
        assert!(
            text.contains(
                "`latency_p99` of `p2c` is sure to ±4.00 % of its mean; one more measure"
            ),
            "{text}"
        );
        assert!(text.contains("all measures are sure to ±2.00 %: `latency_p99`"), "{text}");
        assert!(text.contains("try `run.replications-max = 400`"), "{text}");
        assert!(warning(&[rate], 100, 0.02).unwrap().contains("±3.00 % of all requests; try"));
    }
}

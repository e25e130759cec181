//! When goodput came back after a fault.

use super::{Metric, Plan, Scope, Series};
use crate::time::Span;

/// Goodput is back when it reaches this share of what it was before.
const BACK: f64 = 0.95;
/// It is judged over as many intervals as should hold this many successes, so that chance in a
/// short interval decides nothing: its standard deviation is then 3 % of the mean.
const ENOUGH: f64 = 1_000.0;

/// Seconds from `end`, the last fault's end, until goodput is back above 95 % of its mean before
/// `begin`, the first fault's begin; infinite when it never is. `goodput` holds one value an interval
/// of the measured time. Nothing when there was no goodput before the fault to compare with, or the
/// run ends with the fault.
pub fn recovery(goodput: &[f64], interval: Span, begin: Span, end: Span) -> Option<f64> {
    let before_end = (begin.nanos() / interval.nanos()) as usize;
    let before = goodput.get(..before_end)?;
    let usual = before.iter().sum::<f64>() / before.len() as f64;
    if before.is_empty() || usual <= 0.0 {
        return None;
    }
    let after = end.nanos().div_ceil(interval.nanos()) as usize;
    let rest = goodput.get(after..).filter(|rest| !rest.is_empty())?;
    let wanted = ENOUGH / (usual * interval.seconds());
    let window = ((wanted + 0.999) as usize).clamp(1, rest.len().max(1));
    let back = rest
        .windows(window)
        .position(|values| values.iter().sum::<f64>() / values.len() as f64 >= BACK * usual);
    Some(match back {
        // Goodput was back as soon as it could be judged.
        Some(0) => 0.0,
        Some(at) => interval.seconds() * (after + at) as f64 - end.seconds(),
        None => f64::INFINITY,
    })
}

/// Adds to each scope that has a series of goodput when it came back, where the run has faults.
pub(super) fn recover(scopes: &mut [Scope], series: &[Series], plan: &Plan) {
    let Some((begin, end)) = plan.faults else { return };
    for scope in scopes {
        let of_goodput =
            |series: &&Series| series.scope == scope.name && series.metric == Metric::Goodput;
        let goodput = series.iter().find(of_goodput);
        let time = goodput.and_then(|found| recovery(&found.values, plan.interval, begin, end));
        scope.values.extend(time.map(|time| (Metric::Recovery, time)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Span = Span::from_secs(1);

    fn check(goodput: &[f64], begin: u64, end: u64, expected: Option<f64>) {
        let found = recovery(goodput, SECOND, Span::from_secs(begin), Span::from_secs(end));
        assert_eq!(found, expected);
    }

    #[test]
    fn recovery_is_counted_from_the_end_of_the_fault() {
        let high = 2_000.0;
        check(&[high, high, 0.0, 0.0, 10.0, 1_950.0, high], 2, 4, Some(1.0));
        check(&[high, high, 0.0, 0.0, high, high], 2, 4, Some(0.0));
        check(&[high, high, 0.0, 0.0, 10.0, 20.0], 2, 4, Some(f64::INFINITY));
    }

    #[test]
    fn a_lucky_interval_of_a_few_requests_is_no_recovery() {
        let mut goodput = vec![10.0; 100];
        goodput.extend(vec![0.0; 100]);
        goodput.push(12.0);
        goodput.extend(vec![0.0; 200]);
        check(&goodput, 100, 150, Some(f64::INFINITY));
    }

    #[test]
    fn nothing_before_is_nothing_to_compare_with() {
        check(&[5.0, 5.0], 0, 1, None);
        check(&[0.0, 5.0], 1, 1, None);
    }
    #[test]
    fn goodput_is_judged_over_a_thousand_successes() {
        let mut goodput = vec![100.0; 10];
        goodput.extend([0.0; 2]);
        // Over ten seconds together nothing is missing, whatever single ones say.
        goodput.extend([0.0, 200.0].repeat(10));
        check(&goodput, 10, 12, Some(0.0));
        // A second that was lost costs the ten seconds of which it is one.
        goodput[12] = -800.0;
        check(&goodput, 10, 12, Some(1.0));
        // What is left of the run is enough where it is shorter.
        check(&[10.0, 10.0, 0.0, 10.0, 10.0], 2, 3, Some(0.0));
        check(&[10.0, 10.0, 0.0, 9.0, 9.0], 2, 3, Some(f64::INFINITY));
    }

    #[test]
    fn goodput_is_back_at_95_percent_of_the_mean_before() {
        check(&[1_000.0, 3_000.0, 0.0, 0.0, 1_899.0, 1_900.0, 0.0], 2, 4, Some(1.0));
        check(&[1_000.0, 3_000.0, 0.0, 0.0, 1_899.0, 1_899.0, 0.0], 2, 4, Some(f64::INFINITY));
        // A run that ends with its fault says nothing of a recovery.
        check(&[2_000.0, 2_000.0, 0.0], 2, 3, None);
    }

    #[test]
    fn intervals_may_be_longer_than_a_second_and_faults_end_within_one() {
        let found = |goodput: &[f64], begin: u64, end: u64| {
            let span = Span::from_secs;
            recovery(goodput, span(2), span(begin), span(end))
        };
        let goodput = [2_000.0, 2_000.0, 0.0, 0.0, 2_000.0];
        // It is back from the eighth second on.
        assert_eq!(found(&goodput, 4, 6), Some(2.0));
        assert_eq!(found(&goodput, 4, 5), Some(3.0));
        // The interval in which the fault begins is not of before.
        assert_eq!(found(&[2_000.0, 0.0, 0.0, 2_000.0], 3, 4), Some(2.0));
        // Five intervals of 200 successes are enough.
        let slow = [[100.0; 5], [0.0; 5], [100.0; 5]].concat();
        assert_eq!(found(&slow, 10, 12), Some(8.0));
    }
}

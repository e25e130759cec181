//! The last seconds of a step, for the rules that end a run which does harm (`load.abort-when`).

use crate::crew::Frame;
use sim::metrics::{Condition, Counted, Counts, Metric};
use sim::time::Span;
use std::collections::VecDeque;

/// How many frames of about a second are looked at together: one alone may be chance.
const FRAMES: usize = 5;

/// The last frames of a step.
#[derive(Default)]
pub struct Recent {
    frames: VecDeque<Frame>,
}

impl Recent {
    /// Takes the next frame and forgets the oldest.
    pub fn add(&mut self, frame: Frame) {
        if self.frames.len() == FRAMES {
            self.frames.pop_front();
        }
        self.frames.push_back(frame);
    }

    /// The first condition that the last seconds satisfy, with what was measured; nothing before
    /// there are enough of them.
    pub fn first_met<'c>(&self, conditions: &'c [Condition]) -> Option<(&'c Condition, f64)> {
        if self.frames.len() < FRAMES {
            return None;
        }
        conditions.iter().find_map(|condition| {
            let value = self.value(condition.metric)?;
            condition.comparison.holds(value, condition.bound).then_some((condition, value))
        })
    }

    /// A measure of the last seconds, in SI units; nothing where they have none, and for measures
    /// that only a whole step has. Where every request failed, latency is infinite: who waits for
    /// success waits for ever.
    fn value(&self, metric: Metric) -> Option<f64> {
        let mut counted = Counted::default();
        let (mut latency, mut late) = (Counts::new(2), Counts::new(2));
        let (mut seconds, mut users) = (0.0, 0.0);
        for frame in &self.frames {
            counted.add(&frame.recent);
            latency.merge(&frame.latency);
            late.merge(&frame.late);
            seconds += frame.lasts.seconds();
            users += frame.users as f64 / self.frames.len() as f64;
        }
        let rate = |count: u64| Some(count as f64 / seconds);
        let failed = counted.ended() - counted.successes;
        let quantile = |of: &Counts, share: f64| of.quantile(share).map(Span::seconds);
        let latency = |share: f64| match failed > 0 && counted.successes == 0 {
            true => Some(f64::INFINITY),
            false if share == 1.0 => Some(latency.longest().seconds()),
            false => quantile(&latency, share),
        };
        match metric {
            Metric::Arrivals => rate(counted.arrivals),
            Metric::Goodput => rate(counted.successes),
            Metric::Errors(cause) => rate(counted.failed(cause)),
            Metric::ErrorRate => {
                (counted.ended() > 0).then(|| failed as f64 / counted.ended() as f64)
            }
            Metric::AttemptsPerRequest => {
                (counted.arrivals > 0).then(|| counted.attempts as f64 / counted.arrivals as f64)
            }
            Metric::LatencyP50 => latency(0.5),
            Metric::LatencyP90 => latency(0.9),
            Metric::LatencyP95 => latency(0.95),
            Metric::LatencyP99 => latency(0.99),
            Metric::LatencyP999 => latency(0.999),
            Metric::LatencyMax => latency(1.0),
            Metric::LateP50 => quantile(&late, 0.5),
            Metric::LateP99 => quantile(&late, 0.99),
            Metric::LateMax => Some(late.longest().seconds()),
            Metric::Users => Some(users),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::GapsReport;
    use sim::load::can_see_at_once;
    use sim::metrics::{Cause, parse};

    fn frame(second: u64, failed: u64) -> Frame {
        let mut latency = Counts::new(2);
        (0..10 - failed).for_each(|_| latency.record(Span::from_millis(20)));
        let mut recent = Counted { arrivals: 10, attempts: 10, ..Counted::default() };
        recent.successes = 10 - failed;
        recent.failures[Cause::Reset as usize] = failed;
        Frame {
            second,
            at: Span::from_secs(second + 1),
            lasts: Span::from_secs(1),
            users: 7,
            counted: recent.clone(),
            recent,
            latency,
            late: Counts::new(2),
            gaps: GapsReport::default(),
        }
    }

    #[test]
    fn a_rule_ends_a_run_when_five_seconds_together_meet_it() {
        let rules: Vec<Condition> =
            ["error_rate > 50%", "latency_p99 > 1s"].map(|text| parse(text).unwrap()).into();
        let mut recent = Recent::default();
        for second in 0..4 {
            recent.add(frame(second, 9));
            assert!(recent.first_met(&rules).is_none(), "{second} frames say too little");
        }
        recent.add(frame(4, 0));
        let (rule, value) = recent.first_met(&rules).unwrap();
        assert_eq!((rule.text.as_str(), value), ("error_rate > 50%", 36.0 / 50.0));
        for second in 5..9 {
            recent.add(frame(second, 0));
        }
        assert!(recent.first_met(&rules).is_none(), "it has healed");
        let slow = [parse("latency_p50 > 19ms").unwrap(), parse("users >= 8").unwrap()];
        assert_eq!(recent.first_met(&slow).unwrap().0.metric, Metric::LatencyP50);
        assert!(recent.first_met(&slow[1..]).is_none());
    }

    #[test]
    fn whatever_a_rule_may_ask_for_is_known() {
        let mut recent = Recent::default();
        (0..5).for_each(|second| recent.add(frame(second, 1)));
        let all = Metric::all();
        for metric in all.filter(|metric| can_see_at_once(*metric) && !is_late(*metric)) {
            assert!(recent.value(metric).is_some(), "{}", metric.name());
        }
    }

    /// Nothing of the frames here is late.
    fn is_late(metric: Metric) -> bool {
        matches!(metric, Metric::LateP50 | Metric::LateP99)
    }

    #[test]
    fn a_target_that_answers_no_more_breaks_every_bound_of_latency() {
        let mut recent = Recent::default();
        (0..5).for_each(|second| recent.add(frame(second, 10)));
        let rules = [parse("latency_p99 > 1h").unwrap(), parse("latency_max > 1h").unwrap()];
        for rule in &rules {
            assert_eq!(recent.first_met(std::slice::from_ref(rule)).unwrap().1, f64::INFINITY);
        }
    }
}

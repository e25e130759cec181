//! What is asked of a ledger beside its summary: all latencies together, and the part of a step that
//! was done when it ended early.

use super::Ledger;
use crate::metrics::Counts;
use crate::time::{SimTime, Span};

impl Ledger {
    /// The latencies of the measured time, all clients together, to three digits.
    pub fn latencies(&self) -> Counts {
        let plan = &self.plan;
        let range = self.windows.between(plan.begin, plan.begin + plan.duration);
        let mut all = Counts::new(3);
        for client in 0..self.whole.len() {
            self.windows.of(client, range.clone()).for_each(|piece| all.merge(&piece.latency));
        }
        all
    }

    /// The step ends `at` so long after its start, earlier than planned: what comes later belongs to no
    /// part of it, as after the end of a step that was planned so. To be told before that time, in all
    /// ledgers that are to be merged. Its windows are as planned until [`Ledger::fit_windows`].
    pub fn end_at(&mut self, at: Span) {
        let at = SimTime::ZERO + at;
        let plan = &mut self.plan;
        plan.duration = plan.duration.min(at.saturating_since(plan.begin));
        self.windows.end_at(at);
        self.intervals.end_at(at);
    }

    /// Makes the windows of a step that ended early fit its measured time, which took some. The first
    /// `own` keep their places and end with it; those that were not reached stand for the whole. Of
    /// those after them, equal batches, the ones that were ended are left.
    pub fn fit_windows(&mut self, own: usize) {
        let duration = self.plan.duration;
        let (first, batches) = self.plan.windows.split_at(own.min(self.plan.windows.len()));
        let first = first.iter().map(|&(from, to)| match from < duration {
            true => (from, to.min(duration)),
            false => (Span::ZERO, duration),
        });
        let mut ended: Vec<_> = batches.iter().copied().filter(|(_, to)| *to <= duration).collect();
        // One batch alone says nothing of how sure it is.
        if ended.len() < 2 {
            ended.clear();
        }
        self.plan.windows = first.chain(ended).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Cause, Metric, Plan};

    const SECOND: Span = Span::from_secs(1);

    fn plan(duration: Span, windows: &[(Span, Span)]) -> Plan {
        Plan {
            apps: vec!["shop".into()],
            clients: vec![("one".into(), 0)],
            begin: SimTime::ZERO + SECOND * 2,
            duration,
            interval: SECOND,
            windows: windows.to_vec(),
            faults: None,
        }
    }

    /// So many batches of a second.
    fn batches(count: u64) -> impl Iterator<Item = (Span, Span)> {
        (0..count).map(|at| (SECOND * at, SECOND * (at + 1)))
    }

    /// A step that was planned for ten seconds and ended 5.43 s after the start of its measured time, and
    /// one that was planned so.
    fn both(happens: impl Fn(&mut Ledger, u64)) -> [Ledger; 2] {
        let end = Span::from_millis(5_430);
        let own = [(SECOND, SECOND * 3), (SECOND * 4, SECOND * 9), (SECOND * 8, SECOND * 9)];
        let long: Vec<_> = own.into_iter().chain(batches(10)).collect();
        let own = [(SECOND, SECOND * 3), (SECOND * 4, end), (Span::ZERO, end)];
        let short: Vec<_> = own.into_iter().chain(batches(5)).collect();
        let mut ended = Ledger::new(&plan(SECOND * 10, &long));
        let mut planned = Ledger::new(&plan(end, &short));
        for milli in 0..9_000 {
            // It is told a moment before; requests that are under way end after the end.
            if milli == 7_400 {
                ended.end_at(SECOND * 2 + end);
            }
            happens(&mut ended, milli);
            happens(&mut planned, milli);
        }
        ended.fit_windows(3);
        [ended, planned]
    }

    #[test]
    fn a_step_that_ended_early_is_one_that_was_planned_so() {
        let [ended, planned] = both(|ledger, milli| {
            let at = Span::from_millis(milli);
            if milli == 0 {
                ledger.users(at, 0, 12);
            }
            if milli % 100 == 0 && milli < 7_430 {
                ledger.arrival(at, 0);
                ledger.attempt(at, 0);
            }
            // Each takes 340 ms; every seventh fails.
            if milli % 100 == 40 && milli > 300 && milli < 7_430 + 340 {
                let took = Span::from_millis(340);
                match milli / 100 % 7 {
                    0 => ledger.failure(at, 0, Cause::Reset, took),
                    _ => ledger.success(at, 0, took, took),
                }
            }
        });
        // As texts, because what has no value in an interval is not equal to itself.
        assert!(format!("{:?}", ended.summary()) == format!("{:?}", planned.summary()));
        assert_eq!((ended.plan(), ended.totals()), (planned.plan(), planned.totals()));
        let counted = ended.totals();
        assert_eq!((counted.arrivals, counted.ended()), (75, 75), "all that ended is booked");
        let summary = ended.summary();
        let count = |metric| summary.value("all", metric).unwrap() * 5.43;
        // From 2.0 to 7.4 s, the last of which has no end yet.
        assert!((count(Metric::Arrivals) - 55.0).abs() < 1e-9, "{}", count(Metric::Arrivals));
        assert!((summary.value("all", Metric::Users).unwrap() - 12.0).abs() < 1e-9);
        assert_eq!(ended.latencies().count(), planned.latencies().count());
        assert!(ended.latencies().count() > 40);
    }

    #[test]
    fn ledgers_that_end_together_add_up() {
        let happens = |ledger: &mut Ledger, milli: u64| {
            let at = Span::from_millis(milli);
            if milli.is_multiple_of(10) {
                ledger.arrival(at, 0);
            }
            if milli.is_multiple_of(10) && milli >= 1_000 {
                ledger.success(at, 0, SECOND, SECOND);
            }
        };
        let [mut one, mut whole] = both(happens);
        let [other, more] = both(happens);
        one.merge(&other);
        whole.merge(&more);
        assert!(format!("{:?}", one.summary()) == format!("{:?}", whole.summary()));
    }

    #[test]
    fn what_ends_before_an_interval_or_a_second_batch_has_neither() {
        let mut ledger = Ledger::new(&plan(SECOND * 10, &batches(10).collect::<Vec<_>>()));
        ledger.end_at(Span::from_millis(2_900));
        ledger.arrival(Span::from_millis(2_100), 0);
        ledger.success(Span::from_millis(2_200), 0, SECOND, SECOND);
        ledger.fit_windows(0);
        let summary = ledger.summary();
        assert!((summary.value("all", Metric::Goodput).unwrap() - 1.0 / 0.9).abs() < 1e-9);
        assert!(summary.windows.is_empty() && summary.series.iter().all(|s| s.values.is_empty()));
        let mut early = Ledger::new(&plan(SECOND * 10, &[]));
        early.end_at(SECOND);
        assert_eq!(early.plan().duration, Span::ZERO, "nothing of it was measured");
    }
}

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

    /// The ledger of a step that ended `ran` after its start, as if no more had been planned: of the
    /// measured time up to the last edge of a window that was reached. The first `own` windows keep
    /// their places, and stand for the whole time where they were not reached; of those after them
    /// only the reached ones are left. Nothing when no window ended in time.
    pub fn cut_short(&self, ran: Span, own: usize) -> Option<Ledger> {
        let plan = &self.plan;
        let now = SimTime::ZERO + ran;
        let edges = plan.windows.iter().flat_map(|(from, to)| [*from, *to]);
        let reached = |edge: &Span| *edge > Span::ZERO && plan.begin + *edge <= now;
        let duration = edges.chain([plan.duration]).filter(reached).max()?;
        let mut cut = self.clone();
        let (first, others) = plan.windows.split_at(own.min(plan.windows.len()));
        let first = first.iter().map(|&(from, to)| match to <= duration {
            true => (from, to),
            false => (Span::ZERO, duration),
        });
        let others: Vec<_> = others.iter().copied().filter(|(_, to)| *to <= duration).collect();
        // One batch alone says nothing of how sure it is.
        let others = if others.len() < 2 { Vec::new() } else { others };
        cut.plan.windows = first.chain(others).collect();
        cut.plan.duration = duration;
        Some(cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Metric, Plan};

    #[test]
    fn a_step_that_ended_early_is_one_that_was_planned_so() {
        let second = Span::from_secs;
        let plan = |duration, windows: Vec<(Span, Span)>| Plan {
            apps: vec!["shop".into()],
            clients: vec![("one".into(), 0)],
            begin: SimTime::ZERO + second(2),
            duration,
            interval: second(1),
            windows,
            faults: None,
        };
        let batches = (0..10).map(|at| (second(at), second(at + 1)));
        let own = [(second(1), second(3)), (second(4), second(9))];
        let mut whole = Ledger::new(&plan(second(10), own.into_iter().chain(batches).collect()));
        let batches = (0..5).map(|at| (second(at), second(at + 1)));
        let own = [(second(1), second(3)), (Span::ZERO, second(5))];
        let mut short = Ledger::new(&plan(second(5), own.into_iter().chain(batches).collect()));
        // It is stopped 7.4 s after its start; the last request ends after that.
        for number in 0..74_u64 {
            let (at, latency) = (Span::from_millis(100 * number), Span::from_millis(40 + number));
            for ledger in [&mut whole, &mut short] {
                ledger.arrival(at, 0);
                ledger.attempt(at, 0);
                ledger.success(at + latency, 0, latency, latency);
            }
        }
        let cut = whole.cut_short(Span::from_millis(7_400), 2).unwrap();
        // As texts, because what has no value in an interval is not equal to itself.
        assert!(format!("{:?}", cut.summary()) == format!("{:?}", short.summary()));
        // Latency grows, so one request more began than ended.
        assert_eq!(cut.summary().value("all", Metric::Goodput), Some(9.8));
        assert_eq!(cut.latencies().count(), 49);
        assert!(whole.cut_short(Span::from_millis(2_900), 2).is_none());
    }
}

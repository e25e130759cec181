//! Dynos that came up a short while ago, as `mesh.slow-start` sees them.

use crate::balance::around::slow_start::SlowStart;
use crate::time::{SimTime, Span};

/// Weights are brought up to date when this part of the window has passed: each is then at most a
/// hundredth of the window old.
const UPDATES: u64 = 100;

/// The dynos of an app that warm up.
pub(super) struct Warming {
    rule: SlowStart,
    /// Since when each dyno warms up; nothing for those that are warm.
    since: Vec<Option<SimTime>>,
    cold: Vec<u32>,
    /// When the weights are next brought up to date.
    next: SimTime,
}

impl Warming {
    /// All are warm.
    pub fn new(rule: SlowStart) -> Warming {
        Warming { rule, since: Vec::new(), cold: Vec::new(), next: SimTime::ZERO }
    }

    /// A dyno has come up.
    pub fn begin(&mut self, dyno: u32, now: SimTime) {
        if self.since.len() <= dyno as usize {
            self.since.resize(dyno as usize + 1, None);
        }
        if self.since[dyno as usize].replace(now).is_none() {
            self.cold.push(dyno);
        }
    }

    /// A dyno has gone.
    pub fn end(&mut self, dyno: u32) {
        if self.since.get_mut(dyno as usize).is_some_and(|since| since.take().is_some()) {
            self.cold.retain(|&cold| cold != dyno);
        }
    }

    /// Whether a dyno warms up.
    pub fn is_cold(&self) -> bool {
        !self.cold.is_empty()
    }

    /// Whether it is time to bring weights up to date.
    pub fn is_due(&self, now: SimTime) -> bool {
        self.is_cold() && now >= self.next
    }

    /// The dynos that warm up.
    pub fn dynos(&self) -> impl Iterator<Item = u32> + '_ {
        self.cold.iter().copied()
    }

    /// The weight of a dyno.
    pub fn factor(&self, dyno: u32, now: SimTime) -> f64 {
        let since = self.since.get(dyno as usize).copied().flatten();
        since.map_or(1.0, |since| self.rule.factor(now.since(since)))
    }

    /// The weights are up to date: dynos that are warm need no more.
    pub fn settle(&mut self, now: SimTime) {
        let Warming { rule, since, cold, next } = self;
        cold.retain(|&dyno| {
            let known = &mut since[dyno as usize];
            let begun = known.expect("a dyno that warms up began to");
            let warm = now.since(begun) >= rule.window;
            if warm {
                *known = None;
            }
            !warm
        });
        *next = now + Span::from_nanos(rule.window.nanos() / UPDATES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + Span::from_secs(seconds)
    }

    #[test]
    fn a_dyno_is_cold_for_the_window_and_warm_when_it_has_gone() {
        let rule = SlowStart { window: Span::from_secs(100), aggression: 1.0, least: 0.1 };
        let mut warming = Warming::new(rule);
        assert!(!warming.is_cold() && !warming.is_due(at(0)));
        assert_eq!(warming.factor(7, at(0)), 1.0);
        warming.begin(7, at(10));
        warming.begin(2, at(50));
        assert!(warming.is_due(at(60)));
        assert_eq!((warming.factor(7, at(60)), warming.factor(2, at(60))), (0.5, 0.1));
        warming.settle(at(60));
        // The next time is a hundredth of the window later.
        assert!(!warming.is_due(at(60)) && warming.is_due(at(61)));
        warming.settle(at(110));
        assert_eq!(warming.dynos().collect::<Vec<_>>(), [2]);
        warming.end(2);
        warming.end(2);
        assert!(!warming.is_cold());
        assert_eq!(warming.factor(2, at(120)), 1.0);
    }
}

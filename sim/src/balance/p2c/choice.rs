//! What all ways of drawing share: the choice, and the memory of the last ones.

use super::super::weights::PerWeight;
use super::super::{Ask, Balancer, End, Loads, Need, Outcome, Pick};
use crate::rng::Stream;
use crate::time::SimTime;

/// A way of drawing.
pub(super) trait Rule: Send {
    /// What it must be told.
    const NEEDS: &'static [Need] = &[Need::Counts];

    /// Draws dynos, of which at least one is below the limit, puts them into `drawn` and gives the
    /// best of them.
    fn choose(&mut self, ask: &Ask<'_>, rng: &mut Stream, drawn: &mut Vec<u32>) -> u32;

    /// What a dyno would have to do with `more` attempts.
    fn work(&self, loads: &Loads, dyno: u32, more: u32) -> PerWeight {
        PerWeight::plain(loads.load(dyno) + more)
    }

    /// A dyno was chosen.
    fn chosen(&mut self, _dyno: u32, _now: SimTime) {}

    /// A dispatch failed.
    fn failed(&mut self, _dyno: u32) {}
}

/// Picks the best of a few.
pub(super) struct P2c<R> {
    rule: R,
    /// The dynos drawn for one pick.
    drawn: Vec<u32>,
    /// How many dynos are remembered.
    memory: usize,
    /// The least loaded of those looked at last, best first.
    kept: Vec<u32>,
}

impl<R: Rule> P2c<R> {
    /// A chooser with an empty memory.
    pub fn new(rule: R, memory: usize) -> P2c<R> {
        P2c { rule, drawn: Vec::new(), memory, kept: Vec::new() }
    }

    /// The best of the memory, if it has strictly less to do than the best of the draws.
    fn recall(&mut self, best: u32, loads: &Loads) -> u32 {
        self.kept.retain(|&dyno| loads.is_free(dyno));
        let work = |dyno: u32| self.rule.work(loads, dyno, 0);
        let less = |best: u32, &kept: &u32| if work(kept) < work(best) { kept } else { best };
        self.kept.iter().fold(best, less)
    }

    /// Keeps the least loaded of all that were looked at, once the chosen one has the attempt.
    fn remember(&mut self, chosen: u32, loads: &Loads) {
        for at in 0..self.drawn.len() {
            if !self.kept.contains(&self.drawn[at]) {
                self.kept.push(self.drawn[at]);
            }
        }
        let rule = &self.rule;
        self.kept.sort_by_key(|&dyno| rule.work(loads, dyno, u32::from(dyno == chosen)));
        self.kept.truncate(self.memory);
    }
}

impl<R: Rule> Balancer for P2c<R> {
    fn pick(&mut self, ask: &Ask<'_>, rng: &mut Stream) -> Pick {
        if ask.loads.free().is_empty() {
            return Pick::Busy;
        }
        self.drawn.clear();
        let mut best = self.rule.choose(ask, rng, &mut self.drawn);
        if self.memory > 0 {
            best = self.recall(best, ask.loads);
        }
        if !ask.loads.is_free(best) {
            return Pick::Busy;
        }
        self.rule.chosen(best, ask.now);
        if self.memory > 0 {
            self.remember(best, ask.loads);
        }
        Pick::Dyno(best)
    }

    fn ended(&mut self, dyno: u32, end: &End) {
        if end.outcome == Outcome::Failure {
            self.rule.failed(dyno);
        }
    }
}

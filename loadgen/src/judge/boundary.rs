//! The search for the boundary: the highest load that is well borne.
//!
//! Levels rise, by a factor or by a step, until one is too much. Then the gap between the last good
//! and the first bad level is halved until it is narrow, and the two that are left are held once more.
//! A level is bad when it is surely so, or twice; a level that is once good and once bad is held a
//! third time. What is not settled in that way was void: the generator was starved.
//!
//! ```text
//! rise: from, grown, grown ... bad        -> halve: between good and bad, until the gap is narrow
//!   or `to` is good: the boundary is above        -> confirm: both once more -> done
//!   or `from` is bad: it is below                     (one turns: halve again)
//! ```
//!
//! Nothing is remembered but the levels and their tries: what comes next follows from them.

use super::level::{Try, normal};
use sim::load::{Growth, Search};

/// A gap is narrow at this share of the good level; one user is always narrow.
const NARROW: f64 = 0.05;

/// How often a level is held that is once good and once bad.
const MOST_TRIES: usize = 3;

/// How often a level may be void before the search gives up.
const MOST_VOID: u32 = 2;

/// What a 95 % interval leaves out at each end.
const TAIL: f64 = 0.025;

/// How likely a level is too much that was found bad without an interval.
const GUESS: f64 = 0.95;

/// A search under way.
#[derive(Clone, Debug)]
pub struct Boundary {
    search: Search,
    /// Whether levels are whole numbers, as users are.
    whole: bool,
    /// By rising height.
    levels: Vec<Level>,
}

/// A level that was held.
#[derive(Clone, Debug)]
struct Level {
    height: f64,
    tries: Vec<Try>,
    void: u32,
}

/// What a level was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Well borne.
    Good,
    /// Too much.
    Bad,
    /// To be held again.
    Open,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Hold this level: users, or requests a second.
    Hold(f64),
    /// The search is over.
    Done(Answer),
}

/// Where the boundary is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// Between the highest good level and the lowest bad one.
    Between(f64, f64),
    /// Not below the last level.
    Above(f64),
    /// Below the first level.
    Below(f64),
    /// Not found: this level was void each time that it was held.
    Starved(f64),
}

/// The answer of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Where the boundary is.
    pub outcome: Outcome,
    /// The highest level that is well borne; nothing when none is.
    pub boundary: Option<f64>,
    /// Its 95 % interval, from level to level: 0 and infinite where it is open.
    pub ci95: (f64, f64),
    /// The probability that the boundary is where `outcome` says; nothing where measures have no
    /// intervals.
    pub confidence: Option<f64>,
    /// How often levels were held, void ones included.
    pub held: u32,
}

impl Level {
    /// Good and bad tries, of which a single one settles it, but for a bad one that is not sure.
    fn found(&self) -> Found {
        let bad = self.tries.iter().filter(|found| found.bad).count();
        let good = self.tries.len() - bad;
        match (good, bad) {
            (0, 1) if !self.tries[0].sure => Found::Open,
            (0, 0) => Found::Open,
            _ if good > bad => Found::Good,
            _ if bad > good => Found::Bad,
            _ => Found::Open,
        }
    }

    /// The probability that the level is too much: its tries' distances in one (Stouffer 1949).
    /// Nothing where one has none.
    fn chance(&self) -> Option<f64> {
        let beyond: Option<Vec<f64>> = self.tries.iter().map(|found| found.beyond).collect();
        let beyond = beyond.filter(|all| !all.is_empty())?;
        Some(normal(beyond.iter().sum::<f64>() / (beyond.len() as f64).sqrt()))
    }

    /// The same; without intervals what the tries say is taken for likely. Never quite sure.
    fn chance_or_guess(&self) -> f64 {
        let guess = || match self.found() {
            Found::Good => 1.0 - GUESS,
            Found::Bad => GUESS,
            Found::Open => 0.5,
        };
        self.chance().unwrap_or_else(guess).clamp(1e-9, 1.0 - 1e-9)
    }
}

impl Boundary {
    /// A search that has not begun; `whole` where levels are whole numbers.
    pub fn new(search: &Search, whole: bool) -> Boundary {
        Boundary { search: search.clone(), whole, levels: Vec::new() }
    }

    /// Notes how a level was borne that was held.
    pub fn held(&mut self, height: f64, found: Try) {
        self.level(height).tries.push(found);
    }

    /// Notes that a level was held and says nothing, because the generator was starved.
    pub fn void(&mut self, height: f64) {
        self.level(height).void += 1;
    }

    /// The levels that were held, by rising height, with what they were found to be.
    pub fn levels(&self) -> impl Iterator<Item = (f64, Found)> {
        self.levels.iter().map(|level| (level.height, level.found()))
    }

    /// What comes next.
    pub fn next(&self) -> Next {
        if let Some(starved) = self.levels.iter().find(|level| level.void > MOST_VOID) {
            return Next::Done(self.answer(Outcome::Starved(starved.height)));
        }
        if let Some(open) = self.levels.iter().find(|level| level.found() == Found::Open) {
            return Next::Hold(open.height);
        }
        let (good, bad) = self.bracket();
        match (good, bad) {
            (None, None) => Next::Hold(self.search.from),
            (Some(good), None) if good.height >= self.search.to => {
                self.confirmed(&[good], Outcome::Above(good.height))
            }
            (Some(good), None) => Next::Hold(self.risen(good.height)),
            (None, Some(bad)) => self.confirmed(&[bad], Outcome::Below(bad.height)),
            (Some(good), Some(bad)) => match self.middle(good.height, bad.height) {
                Some(middle) => Next::Hold(middle),
                None => self.confirmed(&[good, bad], Outcome::Between(good.height, bad.height)),
            },
        }
    }

    fn level(&mut self, height: f64) -> &mut Level {
        let at = self.levels.iter().position(|level| level.height >= height);
        let at = at.unwrap_or(self.levels.len());
        if self.levels.get(at).is_none_or(|level| level.height > height) {
            self.levels.insert(at, Level { height, tries: Vec::new(), void: 0 });
        }
        &mut self.levels[at]
    }

    /// The lowest bad level, and the highest good one below it: more load is never less.
    fn bracket(&self) -> (Option<&Level>, Option<&Level>) {
        let bad = self.levels.iter().position(|level| level.found() == Found::Bad);
        let below = &self.levels[..bad.unwrap_or(self.levels.len())];
        (below.iter().rfind(|level| level.found() == Found::Good), bad.map(|at| &self.levels[at]))
    }

    /// The level after a good one.
    fn risen(&self, height: f64) -> f64 {
        let next = match self.search.growth {
            Growth::Geometric(factor) => height * factor,
            Growth::Linear(step) => height + step,
        };
        let next = if self.whole { next.round().max(height + 1.0) } else { next };
        next.min(self.search.to)
    }

    /// The level between a good and a bad one; nothing where their gap is narrow.
    fn middle(&self, good: f64, bad: f64) -> Option<f64> {
        if bad - good <= NARROW * good {
            return None;
        }
        let middle = match self.search.growth {
            Growth::Geometric(_) => (good * bad).sqrt(),
            Growth::Linear(_) => 0.5 * (good + bad),
        };
        let middle = if self.whole { middle.round() } else { middle };
        (middle > good && middle < bad).then_some(middle)
    }

    /// Holds those levels once more that were held only once; then the search is over.
    fn confirmed(&self, levels: &[&Level], outcome: Outcome) -> Next {
        match levels.iter().find(|level| level.tries.len() < 2) {
            Some(level) => Next::Hold(level.height),
            None => Next::Done(self.answer(outcome)),
        }
    }

    /// How likely the boundary is in each gap between levels: below the first, between two, above the
    /// last. Before anything was held each gap is as likely as it is wide, in the measure in which
    /// levels grow; a level's tries then say how likely it is that the boundary is below it (Bayes).
    fn gaps(&self) -> Vec<f64> {
        let chances: Vec<f64> = self.levels.iter().map(Level::chance_or_guess).collect();
        let heights: Vec<f64> = self.levels.iter().map(|level| level.height).collect();
        let width = |gap: usize| match (gap.checked_sub(1).map(|at| heights[at]), heights.get(gap))
        {
            (Some(low), Some(high)) => match self.search.growth {
                Growth::Geometric(_) => (high / low).ln(),
                Growth::Linear(_) => high - low,
            },
            // Beyond the ends: as wide as one growth.
            _ => match self.search.growth {
                Growth::Geometric(factor) => factor.ln(),
                Growth::Linear(step) => step,
            },
        };
        let weight = |gap: usize| {
            let good: f64 = chances[..gap].iter().map(|chance| 1.0 - chance).product();
            let bad: f64 = chances[gap..].iter().product();
            width(gap) * good * bad
        };
        let weights: Vec<f64> = (0..=heights.len()).map(weight).collect();
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect()
    }

    fn answer(&self, outcome: Outcome) -> Answer {
        let at = |height: f64| self.levels.iter().position(|level| level.height == height);
        let gaps = self.gaps();
        let (ends, gap) = match outcome {
            Outcome::Between(good, bad) => (vec![at(good), at(bad)], at(bad)),
            Outcome::Above(good) => (vec![at(good)], Some(self.levels.len())),
            Outcome::Below(bad) => (vec![at(bad)], Some(0)),
            Outcome::Starved(_) => (Vec::new(), None),
        };
        let is_known = ends.iter().flatten().all(|at| self.levels[*at].chance().is_some());
        let low = gaps.iter().scan(0.0, |sum, gap| {
            *sum += gap;
            Some(*sum)
        });
        let low = low.take_while(|sum| *sum <= TAIL).count();
        let high = gaps.iter().rev().scan(0.0, |sum, gap| {
            *sum += gap;
            Some(*sum)
        });
        let high = self.levels.len() - high.take_while(|sum| *sum <= TAIL).count();
        let height = |at: usize| self.levels.get(at).map(|level| level.height);
        let held = self.levels.iter().map(|level| level.tries.len() as u32 + level.void).sum();
        debug_assert!(self.levels.iter().all(|level| level.tries.len() <= MOST_TRIES));
        Answer {
            outcome,
            boundary: self.bracket().0.map(|level| level.height),
            ci95: (
                low.checked_sub(1).and_then(height).unwrap_or(0.0),
                height(high).unwrap_or(f64::INFINITY),
            ),
            confidence: gap.filter(|_| is_known).map(|gap| gaps[gap]),
            held,
        }
    }
}

#[cfg(test)]
mod tests;

//! The ways of drawing that compare attempts alone.

use super::super::Ask;
use super::super::draw::draw;
use super::choice::Rule;
use crate::rng::Stream;

/// Finagle's: distinct dynos, the first drawn on a tie.
pub(super) struct Distinct {
    choices: usize,
    /// The positions drawn for one pick, in order; kept to reuse its memory.
    positions: Vec<usize>,
}

impl Distinct {
    /// Draws so many.
    pub fn new(choices: usize) -> Distinct {
        Distinct { choices, positions: Vec::new() }
    }
}

impl Rule for Distinct {
    fn choose(&mut self, ask: &Ask<'_>, rng: &mut Stream, drawn: &mut Vec<u32>) -> u32 {
        let free = ask.loads.free();
        self.positions.clear();
        let mut best = free[draw(&mut self.positions, free.len(), rng)];
        drawn.push(best);
        for _ in 1..self.choices.min(free.len()) {
            let other = free[draw(&mut self.positions, free.len(), rng)];
            drawn.push(other);
            if ask.loads.load(other) < ask.loads.load(best) {
                best = other;
            }
        }
        best
    }
}

/// Envoy's and gRPC's: with replacement, the first drawn on a tie.
pub(super) struct Replaced {
    pub choices: usize,
}

impl Rule for Replaced {
    fn choose(&mut self, ask: &Ask<'_>, rng: &mut Stream, drawn: &mut Vec<u32>) -> u32 {
        let free = ask.loads.free();
        let mut best = free[rng.below(free.len())];
        drawn.push(best);
        for _ in 1..self.choices {
            let other = free[rng.below(free.len())];
            drawn.push(other);
            if ask.loads.load(other) < ask.loads.load(best) {
                best = other;
            }
        }
        best
    }
}

/// Knative's: two distinct dynos, a coin on a tie.
pub(super) struct Knative;

impl Rule for Knative {
    fn choose(&mut self, ask: &Ask<'_>, rng: &mut Stream, drawn: &mut Vec<u32>) -> u32 {
        let free = ask.loads.free();
        if let [only] = free {
            drawn.push(*only);
            return *only;
        }
        let first = rng.below(free.len());
        let second = rng.below(free.len() - 1);
        let second = second + usize::from(second >= first);
        let (first, second) = (free[first], free[second]);
        drawn.extend([first, second]);
        match ask.loads.load(first).cmp(&ask.loads.load(second)) {
            std::cmp::Ordering::Less => first,
            std::cmp::Ordering::Greater => second,
            std::cmp::Ordering::Equal => [first, second][rng.below(2)],
        }
    }
}

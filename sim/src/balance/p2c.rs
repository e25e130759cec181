//! `p2c`: the least loaded of a few dynos drawn at random, the first of them on a tie.
//!
//! The power of two choices (Mitzenmacher 1996; Vvedenskaya, Dobrushin and Karpelevich 1996). The
//! draw is without replacement and the tie goes to the first drawn, as in Finagle's `P2CPick`.

use super::{Ask, Balancer, Need, Pick, Strategy};
use crate::config::{Body, Fields, Kind, Page};
use crate::rng::Stream;

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "p2c",
    summary: "the least loaded of `choices` dynos drawn at random without replacement",
    page: Page::BARE,
    read,
};

/// More choices than this are a scan, not a sample.
const MOST_CHOICES: u32 = 16;

fn read(body: &mut Body<'_>) -> Strategy {
    let choices = body.fields(read_choices);
    Strategy::new("p2c", &[Need::Counts], move || P2c { choices, drawn: Vec::new() })
}

/// Reads how many dynos are drawn to be compared.
pub(super) fn read_choices(fields: &mut Fields<'_>) -> usize {
    let choices = fields.or("choices", 2_u32);
    if !(1..=MOST_CHOICES).contains(&choices) {
        fields.complain(
            "choices",
            format!("`{}` must be from 1 to 16, found `{choices}`", fields.path_of("choices")),
            "must be from 1 to 16",
            "`random` looks at one dyno and `least-loaded` at all of them",
        );
    }
    choices as usize
}

/// Picks the best of a few.
pub struct P2c {
    choices: usize,
    /// The positions drawn for one pick; kept to reuse its memory.
    drawn: Vec<usize>,
}

impl Balancer for P2c {
    fn pick(&mut self, ask: &Ask<'_>, rng: &mut Stream) -> Pick {
        let loads = ask.loads;
        let free = loads.free();
        if free.is_empty() {
            return Pick::Busy;
        }
        self.drawn.clear();
        let mut best = free[draw(&mut self.drawn, free.len(), rng)];
        for _ in 1..self.choices.min(free.len()) {
            let other = free[draw(&mut self.drawn, free.len(), rng)];
            if loads.load(other) < loads.load(best) {
                best = other;
            }
        }
        Pick::Dyno(best)
    }
}

/// Draws a position that was not drawn before. The k-th draw is uniform over what is left: it counts
/// past the positions that are gone, in their order.
pub(super) fn draw(drawn: &mut Vec<usize>, positions: usize, rng: &mut Stream) -> usize {
    let mut position = rng.below(positions - drawn.len());
    let mut rank = 0;
    while rank < drawn.len() && drawn[rank] <= position {
        position += 1;
        rank += 1;
    }
    drawn.insert(rank, position);
    position
}

#[cfg(test)]
mod tests {
    use super::super::testing::picks;
    use super::*;

    fn p2c(choices: usize) -> P2c {
        P2c { choices, drawn: Vec::new() }
    }

    #[test]
    fn two_distinct_dynos_are_compared() {
        // With loads 0, 1, 2 the pairs are (0,1), (0,2), (1,2): two thirds and one third.
        let counts = picks(&mut p2c(2), &[2, 0, 1], 50, 30_000);
        assert_eq!(counts[0], 0);
        assert!(counts[1].abs_diff(20_000) < 410, "{counts:?}");
    }

    #[test]
    fn ties_are_fair() {
        let counts = picks(&mut p2c(2), &[1, 1, 1, 1], 50, 40_000);
        assert!(counts.iter().all(|&count| count.abs_diff(10_000) < 440), "{counts:?}");
    }

    #[test]
    fn as_many_choices_as_dynos_is_the_least_loaded() {
        assert_eq!(picks(&mut p2c(9), &[3, 1, 2], 50, 100), [0, 100, 0]);
    }

    #[test]
    fn one_choice_is_random() {
        let counts = picks(&mut p2c(1), &[9, 0], 50, 10_000);
        assert!(counts[0].abs_diff(5_000) < 250, "{counts:?}");
    }
}

//! Drawing without replacement.

use crate::rng::Stream;

/// Draws a position that was not drawn before. The k-th draw is uniform over what is left: it counts
/// past the positions that are gone, in their order.
pub fn draw(drawn: &mut Vec<usize>, positions: usize, rng: &mut Stream) -> usize {
    let mut position = rng.below(positions - drawn.len());
    let mut rank = 0;
    while rank < drawn.len() && drawn[rank] <= position {
        position += 1;
        rank += 1;
    }
    drawn.insert(rank, position);
    position
}

//! Portions: the guards of one population in several processes.
//!
//! Each process of a load test has guards of its own for its part of the requests. What is a share of
//! the requests (a ratio, an error rate) is the same in each. What is a number (tokens, attempts under
//! way, a least number of requests) is shared out, so that all processes together have what the
//! scenario says. What must not be nothing is at least 1 in each.

/// Which part of a population's guards these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portion {
    /// Which, from 0.
    pub index: u32,
    /// Of how many.
    pub of: u32,
}

impl Portion {
    /// All of it: what a simulated population has.
    pub const WHOLE: Portion = Portion { index: 0, of: 1 };

    /// The part of an amount that is spent in pieces of `piece`: only whole pieces are shared out, and
    /// the last part has the rest. All parts together are the amount.
    pub(super) fn amount(self, amount: f64, piece: f64) -> f64 {
        let Portion { index, of } = self;
        let pieces = (amount / piece).floor();
        let before = |index: u32| (pieces * f64::from(index) / f64::from(of)).floor() * piece;
        if index + 1 == of { amount - before(index) } else { before(index + 1) - before(index) }
    }

    /// The part of a number; what has no bound has none in any part. All parts together are the number.
    pub(super) fn count(self, count: u32) -> u32 {
        if count == u32::MAX {
            return count;
        }
        let before = |index: u32| u64::from(count) * u64::from(index) / u64::from(self.of);
        (before(self.index + 1) - before(self.index)) as u32
    }

    /// The part of a number that must not be 0, rounded up.
    pub(super) fn least(self, count: u32) -> u32 {
        count.div_ceil(self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts<T>(of: u32, part: impl Fn(Portion) -> T) -> Vec<T> {
        (0..of).map(|index| part(Portion { index, of })).collect()
    }

    #[test]
    fn all_parts_together_are_the_whole() {
        for (count, of) in [(0, 3), (1, 4), (7, 3), (100, 7), (1_000_003, 8)] {
            assert_eq!(parts(of, |part| part.count(count)).iter().sum::<u32>(), count);
            let amount = f64::from(count) + 0.25;
            let all: f64 = parts(of, |part| part.amount(amount, 5.0)).iter().sum();
            assert!((all - amount).abs() < 1e-6, "{all} of {amount}");
        }
        assert_eq!(parts(4, |part| part.count(2)), [0, 1, 0, 1]);
        assert_eq!(parts(2, |part| part.count(u32::MAX)), [u32::MAX; 2]);
        // Of 12 in pieces of 5 there are two: one for each but the first, and the rest for the last.
        assert_eq!(parts(3, |part| part.amount(12.0, 5.0)), [0.0, 5.0, 7.0]);
        assert_eq!(parts(3, |part| part.least(4)), [2, 2, 2]);
        assert_eq!(Portion::WHOLE.amount(12.5, 5.0), 12.5);
        assert_eq!((Portion::WHOLE.count(9), Portion::WHOLE.least(9)), (9, 9));
    }
}

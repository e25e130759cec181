//! Histograms of times in fixed memory: the one file that names `hdrhistogram`.

use crate::time::Span;
use hdrhistogram::Histogram as Hdr;

/// A histogram of spans, to a stated number of decimal digits.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    hdr: Hdr<u64>,
    longest: Span,
}

impl Histogram {
    /// An empty histogram of `digits` decimal digits. It grows with the longest span recorded, to at
    /// most some hundred KiB at three digits.
    pub fn new(digits: u8) -> Histogram {
        let hdr = Hdr::new(digits).expect("from one to five digits");
        Histogram { hdr, longest: Span::ZERO }
    }

    pub fn record(&mut self, span: Span) {
        self.longest = self.longest.max(span);
        self.hdr.record(span.nanos()).expect("the histogram grows with what it records");
    }

    /// Adds all that another one holds.
    pub fn add(&mut self, other: &Histogram) {
        self.longest = self.longest.max(other.longest);
        self.hdr.add(&other.hdr).expect("the histogram grows with what it records");
    }

    /// Forgets everything but its memory.
    pub fn clear(&mut self) {
        self.hdr.reset();
        self.longest = Span::ZERO;
    }

    pub fn is_empty(&self) -> bool {
        self.hdr.is_empty()
    }

    /// The span in seconds that a share `quantile` of those recorded does not exceed.
    pub fn quantile(&self, quantile: f64) -> f64 {
        let nanos = self.hdr.value_at_quantile(quantile);
        // The middle of the values that count as equal, but never beyond what was seen.
        let middle = self.hdr.median_equivalent(nanos);
        Span::from_nanos(middle).min(self.longest).seconds()
    }

    /// The longest span recorded, exactly, in seconds.
    pub fn longest(&self) -> f64 {
        self.longest.seconds()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_right_to_three_digits() {
        let mut histogram = Histogram::new(3);
        for micros in 1..=100_000_u64 {
            histogram.record(Span::from_nanos(micros * 1000));
        }
        for quantile in [0.01, 0.5, 0.9, 0.99, 0.999, 1.0] {
            let exact = quantile * 0.1;
            let found = histogram.quantile(quantile);
            assert!((found / exact - 1.0).abs() < 1e-3, "{quantile}: {found} is not {exact}");
        }
        assert_eq!(histogram.longest(), 0.1);
    }

    #[test]
    fn the_longest_and_zero_are_kept() {
        let mut histogram = Histogram::new(2);
        histogram.record(Span::ZERO);
        assert_eq!(histogram.quantile(0.5), 0.0);
        histogram.record(Span::from_secs(1_000_000));
        assert_eq!(histogram.longest(), 1e6);
        histogram.clear();
        assert!(histogram.is_empty());
    }
}

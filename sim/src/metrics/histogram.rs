//! Histograms of times in fixed memory: the one file that names `hdrhistogram`.
//!
//! While a run goes on, [`Counts`] does no more than count, in the buckets of that crate (G. Tene,
//! HdrHistogram): three additions for each request. What is asked afterwards, [`Histogram`] answers.

use crate::time::Span;
use hdrhistogram::Histogram as Hdr;
use serde::{Deserialize, Serialize};

/// How many spans fell into each bucket, to a stated number of decimal digits.
///
/// Spans of up to twice a power of two of nanoseconds have a bucket each; from there on, buckets are
/// twice as wide whenever spans are twice as long. Sums of counts are exact: what was counted apart and
/// merged is what would have been counted together.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "Sparse", try_from = "Sparse")]
pub struct Counts {
    digits: u8,
    /// That power of two.
    bits: u32,
    counts: Vec<u64>,
    longest: Span,
}

/// Counts as they are written down: only buckets that something fell into.
#[derive(Serialize, Deserialize)]
struct Sparse {
    digits: u8,
    /// The longest span, in nanoseconds.
    longest: u64,
    /// In turns how many empty buckets come first, and the count of the one after them.
    buckets: Vec<u64>,
}

/// A histogram of spans that is complete.
#[derive(Debug)]
pub(super) struct Histogram {
    hdr: Hdr<u64>,
    longest: Span,
}

impl Counts {
    /// Nothing counted, to `digits` decimal digits. It grows with the longest span, to at most some
    /// hundred KiB at three digits.
    pub fn new(digits: u8) -> Counts {
        // Two buckets in a row differ by less than the last digit.
        let bits = 10_u32.pow(u32::from(digits)).next_power_of_two().ilog2();
        Counts { digits, bits, counts: Vec::new(), longest: Span::ZERO }
    }

    /// Counts a span.
    #[inline]
    pub fn record(&mut self, span: Span) {
        self.longest = self.longest.max(span);
        let index = self.bucket(span.nanos());
        match self.counts.get_mut(index) {
            Some(count) => *count += 1,
            None => self.grow(index),
        }
    }

    /// The bucket of a span in nanoseconds.
    #[inline]
    fn bucket(&self, nanos: u64) -> usize {
        let doublings = u64::BITS - 1 - (nanos | 1 << self.bits).leading_zeros() - self.bits;
        ((doublings as usize) << self.bits) + (nanos >> doublings) as usize
    }

    /// The shortest span of a bucket, in nanoseconds.
    fn shortest(&self, bucket: usize) -> u64 {
        let doublings = (bucket >> self.bits).saturating_sub(1);
        ((bucket - (doublings << self.bits)) as u64) << doublings
    }

    /// Counts the first span of a bucket beyond all others.
    #[cold]
    fn grow(&mut self, bucket: usize) {
        self.counts.resize(bucket + 1, 0);
        self.counts[bucket] = 1;
    }

    /// Forgets everything but its memory.
    pub fn clear(&mut self) {
        self.counts.fill(0);
        self.longest = Span::ZERO;
    }

    /// Counts what `other` counted, too. Panics when the two do not count to as many digits.
    pub fn merge(&mut self, other: &Counts) {
        assert_eq!(self.digits, other.digits, "counts of one kind have the same digits");
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, count)| *sum += count);
        self.longest = self.longest.max(other.longest);
    }

    /// How many spans were counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.iter().all(|count| *count == 0)
    }

    /// The span that a share `quantile` of those counted, from 0 to 1, does not exceed; nothing of
    /// nothing.
    pub fn quantile(&self, quantile: f64) -> Option<Span> {
        let histogram = Histogram::of([self].into_iter(), self.digits);
        (!histogram.is_empty()).then(|| Span::from_seconds(histogram.quantile(quantile)))
    }

    /// The longest span counted, exactly; zero of nothing.
    pub fn longest(&self) -> Span {
        self.longest
    }
}

/// Counts are equal when they counted the same, whatever memory they have.
impl PartialEq for Counts {
    fn eq(&self, other: &Counts) -> bool {
        let shorter = self.counts.len().min(other.counts.len());
        let (same, rest) = (self.counts.split_at(shorter), other.counts.split_at(shorter));
        let none = |counts: &[u64]| counts.iter().all(|count| *count == 0);
        (self.digits, self.longest, same.0) == (other.digits, other.longest, rest.0)
            && none(same.1)
            && none(rest.1)
    }
}

impl From<Counts> for Sparse {
    fn from(counts: Counts) -> Sparse {
        let (mut buckets, mut empty) = (Vec::new(), 0);
        for count in counts.counts {
            match count {
                0 => empty += 1,
                _ => buckets.extend([std::mem::take(&mut empty), count]),
            }
        }
        Sparse { digits: counts.digits, longest: counts.longest.nanos(), buckets }
    }
}

impl TryFrom<Sparse> for Counts {
    type Error = String;

    fn try_from(sparse: Sparse) -> Result<Counts, String> {
        if !(1..=5).contains(&sparse.digits) {
            return Err(format!("counts have 1 to 5 digits, found `{}`", sparse.digits));
        }
        let mut counts = Counts::new(sparse.digits);
        counts.longest = Span::from_nanos(sparse.longest);
        // No span has a bucket beyond that of the longest one.
        let most = counts.bucket(sparse.longest) + 1;
        let (pairs, rest) = sparse.buckets.as_chunks::<2>();
        if !rest.is_empty() {
            return Err("counts are written in pairs, and one is half".into());
        }
        for [empty, count] in pairs {
            let at = (counts.counts.len() as u64).saturating_add(*empty);
            if at >= most as u64 {
                return Err(format!("there is no bucket `{at}` below the longest span"));
            }
            counts.counts.resize(at as usize, 0);
            counts.counts.push(*count);
        }
        Ok(counts)
    }
}

impl Histogram {
    /// The sum of some counts; `digits` when there is not exactly one.
    pub fn of<'a>(all: impl ExactSizeIterator<Item = &'a Counts>, digits: u8) -> Histogram {
        let mut sum: Option<Histogram> = None;
        let only = all.len() == 1;
        for counts in all {
            let digits = if only { counts.digits } else { digits };
            sum.get_or_insert_with(|| Histogram::new(digits)).add(counts);
        }
        sum.unwrap_or_else(|| Histogram::new(digits))
    }

    fn new(digits: u8) -> Histogram {
        let hdr = Hdr::new(digits).expect("from one to five digits");
        Histogram { hdr, longest: Span::ZERO }
    }

    fn add(&mut self, other: &Counts) {
        self.longest = self.longest.max(other.longest);
        for (bucket, &count) in other.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let recorded = self.hdr.record_n(other.shortest(bucket), count);
            recorded.expect("the histogram grows with what it records");
        }
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

    fn histogram(digits: u8, nanos: impl Iterator<Item = u64>) -> Histogram {
        let mut counts = Counts::new(digits);
        nanos.for_each(|nanos| counts.record(Span::from_nanos(nanos)));
        Histogram::of([&counts].into_iter(), digits)
    }

    #[test]
    fn quantiles_are_right_to_three_digits() {
        let histogram = histogram(3, (1..=100_000).map(|micros| micros * 1000));
        for quantile in [0.01, 0.5, 0.9, 0.99, 0.999, 1.0] {
            let exact = quantile * 0.1;
            let found = histogram.quantile(quantile);
            assert!((found / exact - 1.0).abs() < 1e-3, "{quantile}: {found} is not {exact}");
        }
        assert_eq!(histogram.longest(), 0.1);
    }

    #[test]
    fn buckets_are_those_of_the_crate() {
        for digits in [2, 3] {
            let spans = (0..64).flat_map(|power| {
                [0, 1, 2, 77].map(|more| (1_u64 << power).saturating_add((1 << power) / 97 * more))
            });
            let mut hdr = Hdr::<u64>::new(digits).unwrap();
            spans.clone().for_each(|span| hdr.record(span).unwrap());
            assert_eq!(histogram(digits, spans.clone()).hdr, hdr);
            let counts = Counts::new(digits);
            for span in spans {
                assert_eq!(counts.shortest(counts.bucket(span)), hdr.lowest_equivalent(span));
            }
        }
    }

    #[test]
    fn counts_add_up_and_are_written_exactly() {
        let of = |nanos: &[u64]| {
            let mut counts = Counts::new(3);
            nanos.iter().for_each(|nanos| counts.record(Span::from_nanos(*nanos)));
            counts
        };
        let (mut one, other) = (of(&[0, 17, 40_000_000]), of(&[17, 3_000_000_000]));
        one.merge(&other);
        assert_eq!(one, of(&[0, 17, 17, 40_000_000, 3_000_000_000]));
        assert_eq!((one.count(), one.longest()), (5, Span::from_secs(3)));
        assert_eq!(one.quantile(0.6), Some(Span::from_nanos(17)));
        assert_eq!(of(&[]).quantile(0.5), None);
        let written = serde_json::to_string(&one).unwrap();
        assert!(written.len() < 100, "{written}");
        assert_eq!(serde_json::from_str::<Counts>(&written).unwrap(), one);
        let longest = of(&[u64::MAX]);
        let again = serde_json::to_string(&longest).unwrap();
        assert_eq!(serde_json::from_str::<Counts>(&again).unwrap(), longest);
        assert_ne!(one, other);
        one.clear();
        assert!(one.is_empty() && one == of(&[]));
    }

    #[test]
    fn counts_that_cannot_be_are_refused() {
        for (written, message) in [
            (r#"{"digits":9,"longest":5,"buckets":[]}"#, "1 to 5 digits"),
            (r#"{"digits":3,"longest":5,"buckets":[0]}"#, "one is half"),
            (r#"{"digits":3,"longest":5,"buckets":[6,1]}"#, "no bucket `6`"),
            (r#"{"digits":3,"longest":5,"buckets":[18446744073709551615,1]}"#, "no bucket"),
        ] {
            let error = serde_json::from_str::<Counts>(written).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn the_longest_and_zero_are_kept() {
        let mut counts = Counts::new(2);
        counts.record(Span::ZERO);
        assert_eq!(Histogram::of([&counts].into_iter(), 3).quantile(0.5), 0.0);
        counts.record(Span::from_secs(1_000_000));
        assert_eq!(Histogram::of([&counts, &counts].into_iter(), 3).longest(), 1e6);
        counts.clear();
        assert!(Histogram::of([&counts].into_iter(), 3).is_empty());
    }
}

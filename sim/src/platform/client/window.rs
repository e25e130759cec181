//! Two counts over a sliding window, such as requests and retries, kept in parts of equal length: the
//! oldest part leaves at once.

use crate::time::{SimTime, Span};

/// Two counts over the newest parts of time.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// The counts of each part, the part's number modulo the number of parts being its place.
    parts: Vec<[u64; 2]>,
    /// The sums over all parts.
    sums: [u64; 2],
    /// Nanoseconds a part.
    length: u64,
    /// The number of the newest part.
    newest: u64,
}

impl Window {
    /// Zeros over `span` in so many parts. A span of fewer nanoseconds has parts of one.
    pub fn new(span: Span, parts: usize) -> Window {
        let length = (span.nanos() / parts as u64).max(1);
        Window { parts: vec![[0; 2]; parts], sums: [0; 2], length, newest: 0 }
    }

    /// The sums at an instant, the part that it falls into included.
    pub fn sums(&mut self, now: SimTime) -> [u64; 2] {
        self.turn(self.part_of(now));
        self.sums
    }

    /// Counts one more of the first (0) or the second (1).
    pub fn count(&mut self, now: SimTime, which: usize) {
        self.turn(self.part_of(now));
        let at = (self.newest % self.parts.len() as u64) as usize;
        self.parts[at][which] += 1;
        self.sums[which] += 1;
    }

    /// Ends parts until the one of `now` is the newest; `each` gets the instant at which one ended and
    /// the sums then. Parts after which there is nothing left to count are passed over.
    pub fn end_parts(&mut self, now: SimTime, mut each: impl FnMut(SimTime, [u64; 2])) {
        let part = self.part_of(now);
        let last = part.min(self.newest + self.parts.len() as u64);
        while self.newest < last {
            let begin = self.newest + 1;
            each(SimTime::from_nanos(begin * self.length), self.sums);
            self.turn(begin);
        }
        self.turn(part);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.parts.fill([0; 2]);
        self.sums = [0; 2];
    }

    fn part_of(&self, now: SimTime) -> u64 {
        now.nanos() / self.length
    }

    /// Makes `part` the newest, and forgets what has left the window.
    fn turn(&mut self, part: u64) {
        let many = self.parts.len() as u64;
        for gone in self.newest + 1..=part.min(self.newest + many) {
            let old = std::mem::take(&mut self.parts[(gone % many) as usize]);
            self.sums = [self.sums[0] - old[0], self.sums[1] - old[1]];
        }
        self.newest = part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> SimTime {
        SimTime::ZERO + Span::from_millis(millis)
    }

    #[test]
    fn the_oldest_part_leaves_at_once() {
        let mut window = Window::new(Span::from_secs(1), 10);
        window.count(at(50), 0);
        window.count(at(150), 0);
        window.count(at(150), 1);
        assert_eq!(window.sums(at(999)), [2, 1]);
        assert_eq!(window.sums(at(1000)), [1, 1]);
        assert_eq!(window.sums(at(1100)), [0, 0]);
        window.count(at(5000), 0);
        assert_eq!(window.sums(at(5000)), [1, 0]);
        window.clear();
        assert_eq!(window.sums(at(5000)), [0, 0]);
    }

    #[test]
    fn every_end_of_a_part_is_told_once() {
        let mut window = Window::new(Span::from_secs(1), 10);
        window.count(at(250), 0);
        let mut told = Vec::new();
        window.end_parts(at(410), |when, sums| told.push((when, sums[0])));
        assert_eq!(told, [(at(300), 1), (at(400), 1)]);
        told.clear();
        window.end_parts(at(90_000), |when, sums| told.push((when, sums[0])));
        assert_eq!(told.len(), 10);
        assert_eq!((told[0], told[9]), ((at(500), 1), (at(1400), 0)));
        assert_eq!(window.sums(at(90_000)), [0, 0]);
    }
}

//! The answers to probes that a router keeps, and which of them are hot.

use crate::time::{SimTime, Span};
use std::collections::VecDeque;

/// How many of the last answers tell how many attempts are usual.
const WINDOW: usize = 128;

/// An answer to a probe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Probe {
    /// Who answered.
    pub dyno: u32,
    /// Attempts that it had, and those that this answer has brought it since.
    pub in_flight: u32,
    /// Its latency of late at about as many attempts.
    pub latency: Span,
    /// When the answer came.
    pub heard: SimTime,
    /// How often it may yet be used; nothing before the first use.
    pub left: Option<u32>,
}

/// The pool of answers, the oldest first, and the attempts in flight that were seen of late.
pub(super) struct Probes {
    pool: Vec<Probe>,
    most: usize,
    hot: f64,
    /// Attempts in flight in the last answers, the oldest first, and the same in order.
    seen: VecDeque<u32>,
    sorted: Vec<u32>,
}

impl Probes {
    /// An empty pool of at most `most` answers; from the quantile `hot` on an answer is hot.
    pub fn new(most: usize, hot: f64) -> Probes {
        let sorted = Vec::with_capacity(WINDOW + 1);
        Probes { pool: Vec::with_capacity(most + 1), most, hot, seen: VecDeque::new(), sorted }
    }

    pub fn get(&self, at: usize) -> &Probe {
        &self.pool[at]
    }

    pub fn get_mut(&mut self, at: usize) -> &mut Probe {
        &mut self.pool[at]
    }

    pub fn remove(&mut self, at: usize) {
        self.pool.remove(at);
    }

    /// Keeps only these.
    pub fn retain(&mut self, keep: impl FnMut(&Probe) -> bool) {
        self.pool.retain(keep);
    }

    /// Takes in an answer: it replaces an older one of the same dyno, or the oldest of a full pool.
    pub fn add(&mut self, probe: Probe) {
        if self.seen.len() == WINDOW {
            let gone = self.seen.pop_front().expect("the window is full");
            let at = self.sorted.partition_point(|&seen| seen < gone);
            self.sorted.remove(at);
        }
        self.seen.push_back(probe.in_flight);
        let at = self.sorted.partition_point(|&seen| seen < probe.in_flight);
        self.sorted.insert(at, probe.in_flight);

        self.pool.retain(|known| known.dyno != probe.dyno);
        if self.pool.len() == self.most {
            self.pool.remove(0);
        }
        self.pool.push(probe);
    }

    /// From how many attempts in flight on a dyno is hot; above all numbers when none is.
    fn threshold(&self) -> u64 {
        let rank = libm::floor(self.hot * self.sorted.len() as f64) as usize;
        self.sorted.get(rank).map_or(u64::MAX, |&in_flight| u64::from(in_flight))
    }

    /// The best of at least two usable answers, as a position.
    pub fn best(&self, usable: impl Fn(&Probe) -> bool) -> Option<usize> {
        let hot = self.threshold();
        let mut count = 0;
        let mut best: Option<(usize, (bool, u64))> = None;
        for (at, probe) in self.pool.iter().enumerate().filter(|(_, probe)| usable(probe)) {
            count += 1;
            let rank = rank(probe, hot);
            // The newest stand last, and win ties.
            if best.is_none_or(|(_, least)| rank <= least) {
                best = Some((at, rank));
            }
        }
        best.filter(|_| count >= 2).map(|(at, _)| at)
    }

    /// Removes the oldest answer.
    pub fn remove_oldest(&mut self) {
        if !self.pool.is_empty() {
            self.pool.remove(0);
        }
    }

    /// Removes the answer that a choice would take last: the first of them on a tie.
    pub fn remove_worst(&mut self) {
        let hot = self.threshold();
        let ranks = self.pool.iter().map(|probe| rank(probe, hot)).enumerate();
        let worst = ranks.reduce(|worst, next| if next.1 > worst.1 { next } else { worst });
        if let Some((at, _)) = worst {
            self.pool.remove(at);
        }
    }
}

/// The hot-cold lexicographic order: the cold before the hot, the cold by latency, the hot by attempts.
fn rank(probe: &Probe, hot: u64) -> (bool, u64) {
    let in_flight = u64::from(probe.in_flight);
    if in_flight >= hot { (true, in_flight) } else { (false, probe.latency.nanos()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(dyno: u32, in_flight: u32, millis: u64) -> Probe {
        let latency = Span::from_millis(millis);
        Probe { dyno, in_flight, latency, heard: SimTime::ZERO, left: None }
    }

    fn pool(hot: f64, probes: &[(u32, u64)]) -> Probes {
        let mut pool = Probes::new(16, hot);
        for (dyno, &(in_flight, millis)) in probes.iter().enumerate() {
            pool.add(probe(dyno as u32, in_flight, millis));
        }
        pool
    }

    #[test]
    fn the_coldest_rule_is_lexicographic() {
        for (hot, probes, best, worst) in [
            // The quantile is 9: the two others are cold, the faster wins however busy.
            (0.7, &[(1, 50), (5, 20), (9, 1)][..], 1, 2),
            // All cold: latency alone.
            (1.0, &[(1, 50), (5, 20), (9, 1)][..], 2, 0),
            // All hot: attempts alone.
            (0.0, &[(1, 50), (5, 20), (9, 1)][..], 0, 2),
            // Equal attempts are all at the quantile: the newest wins, the oldest goes.
            (0.84, &[(3, 5), (3, 1), (3, 9)][..], 2, 0),
        ] {
            let mut pool = pool(hot, probes);
            assert_eq!(pool.best(|_| true), Some(best), "{hot} {probes:?}");
            let gone = pool.pool[worst];
            pool.remove_worst();
            assert!(!pool.pool.contains(&gone), "{hot} {probes:?}");
        }
    }

    #[test]
    fn one_usable_answer_is_none() {
        let pool = pool(0.84, &[(1, 1), (2, 2), (3, 3)]);
        assert_eq!(pool.best(|probe| probe.dyno == 1), None);
        assert_eq!(pool.best(|probe| probe.dyno > 0), Some(1));
    }

    #[test]
    fn a_newer_answer_replaces_the_dynos_older_one_and_the_oldest_makes_room() {
        let mut pool = Probes::new(3, 0.84);
        for dyno in [0, 1, 2, 1, 3] {
            pool.add(probe(dyno, 0, 1));
        }
        let dynos: Vec<u32> = pool.pool.iter().map(|probe| probe.dyno).collect();
        assert_eq!(dynos, [2, 1, 3]);
        pool.remove_oldest();
        assert_eq!(pool.pool[0].dyno, 1);
    }

    #[test]
    fn the_quantile_is_that_of_the_last_answers() {
        let mut pool = Probes::new(2, 0.5);
        assert_eq!(pool.threshold(), u64::MAX);
        for in_flight in 0..1000 {
            pool.add(probe(in_flight, in_flight, 1));
            let first = (in_flight + 1).saturating_sub(WINDOW as u32);
            let rank = (in_flight + 1 - first) / 2;
            assert_eq!(pool.threshold(), u64::from(first + rank));
        }
        assert_eq!((pool.seen.len(), pool.sorted.len()), (WINDOW, WINDOW));
    }
}

//! How long work takes on a dyno that begins now, and whether it comes to a bad end: its hardware,
//! and what the scenario's events did to it. Chance is the simulator's, stream by stream.

use sim::fault::{Fail, Flaky};
use sim::platform::Alternation;
use sim::rng::{Seed, Stream};
use sim::time::{SimTime, Span};

/// What one dyno makes of work.
#[derive(Debug)]
pub(super) struct Pace {
    seed: Seed,
    /// The dyno's number in its app.
    slot: u32,
    /// What work is multiplied by for the dyno's hardware.
    slowness: f64,
    /// What is wrong at present, with the number of the event that brought it.
    troubles: Vec<(usize, Trouble)>,
}

/// What is wrong with a dyno.
#[derive(Debug)]
enum Trouble {
    Slow(f64),
    Fail { after: Span, rate: f64, rolls: Stream },
    Flaky { after: Span, turns: Alternation },
}

impl Pace {
    /// A dyno that is well.
    pub fn new(seed: Seed, slot: u32, slowness: f64) -> Pace {
        Pace { seed, slot, slowness, troubles: Vec::new() }
    }

    /// Work takes `factor` times as long, until the event is mended.
    pub fn slow(&mut self, event: usize, factor: f64) {
        self.troubles.push((event, Trouble::Slow(factor)));
    }

    /// Requests that begin come to a bad end, until the event is mended.
    pub fn fail(&mut self, event: usize, fail: &Fail) {
        let rolls = self.stream(&format!("event.{event}.failures"));
        self.troubles.push((event, Trouble::Fail { after: fail.after, rate: fail.rate, rolls }));
    }

    /// The dyno is well and fails in turns from now on, until the event is mended.
    pub fn flake(&mut self, now: SimTime, event: usize, flaky: &Flaky) {
        let rng = self.stream(&format!("event.{event}.turns"));
        let turns = Alternation::good_first(rng, now, flaky.up, flaky.down);
        self.troubles.push((event, Trouble::Flaky { after: flaky.after, turns }));
    }

    /// What an event brought is over.
    pub fn mend(&mut self, event: usize) {
        self.troubles.retain(|(number, _)| *number != event);
    }

    /// All is over.
    pub fn mend_all(&mut self) {
        self.troubles.clear();
    }

    /// The time that work takes which begins at this instant, and whether it fails at the end of it.
    pub fn lot(&mut self, now: SimTime, work: Span) -> (Span, bool) {
        let mut factor = self.slowness;
        let mut fails = None;
        for (_, trouble) in &mut self.troubles {
            match trouble {
                Trouble::Slow(slow) => factor *= *slow,
                // Every one is asked, so that none moves the chance of another.
                Trouble::Fail { after, rate, rolls } => {
                    let fail = *rate == 1.0 || rolls.unit() < *rate;
                    fails = fails.or(fail.then_some(*after));
                }
                Trouble::Flaky { after, turns } => {
                    fails = fails.or(turns.is_bad(now).then_some(*after));
                }
            }
        }
        match fails {
            Some(after) => (after, true),
            None if factor == 1.0 => (work, false),
            None => (work.scaled(factor), false),
        }
    }

    fn stream(&self, name: &str) -> Stream {
        Stream::named(self.seed, name, u64::from(self.slot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: Seed = Seed { scenario: 5, replication: 0 };

    #[test]
    fn hardware_and_troubles_multiply_until_they_are_mended() {
        let mut pace = Pace::new(SEED, 0, 2.0);
        let work = Span::from_millis(10);
        assert_eq!(pace.lot(SimTime::ZERO, work), (Span::from_millis(20), false));
        pace.slow(0, 4.0);
        pace.slow(1, 2.0);
        assert_eq!(pace.lot(SimTime::ZERO, work), (Span::from_millis(160), false));
        pace.mend(0);
        assert_eq!(pace.lot(SimTime::ZERO, work), (Span::from_millis(40), false));
        pace.mend_all();
        assert_eq!(pace.lot(SimTime::ZERO, work), (Span::from_millis(20), false));
    }
}

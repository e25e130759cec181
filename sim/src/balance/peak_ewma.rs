//! `peak-ewma`: of a few dynos drawn at random the one with the least cost, which is its latency of
//! late times the attempts that it would have.
//!
//! Finagle's Peak EWMA (twitter/finagle, `loadbalancer/PeakEwma.scala` and `p2c/P2CPick.scala`), kept
//! step by step. A dyno has a `cost`, an average of latencies that forgets with the time constant
//! `decay`, and the instant when it was last touched. To *observe* a latency at `dt` after that: when
//! it is above the cost it becomes the cost at once (the peak); else the cost becomes
//! `cost x w + latency x (1 - w)` with `w = e^(-dt / decay)`. Whoever reads the load observes a latency
//! of 0 first, so what is read falls while nothing comes in. The load is `cost x (pending + 1)`; where
//! nothing was ever measured and something is pending it is a penalty, `(2^63 - 1) >> 16` and what is
//! pending. Every end is observed, also failures and attempts that are taken back, as Finagle does
//! when a connection fails or is closed: what fails at once makes its dyno look fast.
//!
//! Tower's and Linkerd's version differs in that a dyno begins at a default latency.

use super::draw::draw;
use super::p2c::read_choices;
use super::{Ask, Balancer, End, Need, Pick, Strategy};
use crate::config::{Body, Kind, Page};
use crate::rng::Stream;
use crate::time::{SimTime, Span};

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "peak-ewma",
    summary: "of `choices` dynos the least latency of late times attempts under way (Finagle)",
    page: Page {
        settings: &[
            ("decay", "The time constant with which a latency is forgotten. Finagle's is 10 s."),
            ("choices", "How many dynos are drawn and compared."),
        ],
        sections: &[
            (
                "Rule",
                "Draws `choices` dynos without replacement and takes the one with the least cost, the first of them on a tie. A cost is the dyno's latency of late times one more than the attempts under way there. A latency above the average replaces it at once; a lower one pulls it down by and by.",
            ),
            (
                "Knows",
                "The router's own counts, and how long its own dispatches took. Every end counts as a latency, failures too.",
            ),
            (
                "Wins",
                "When some dynos are slower than others: it leaves a slow dyno after one slow answer and comes back to it cautiously. With very different requests it takes a dyno that had a long one for a slow dyno. A dyno that fails at once looks fast: see `mesh.errors-as-load`.",
            ),
            (
                "Source",
                "Finagle `PeakEwma` with `P2CPick`; Linkerd and Tower `load/peak_ewma.rs` are of the same origin.",
            ),
        ],
    },
    read,
};

/// What Finagle says of a dyno that was never measured while something is pending there.
const PENALTY: f64 = (i64::MAX >> 16) as f64;

fn read(body: &mut Body<'_>) -> Strategy {
    let (decay, choices) = body.fields(|fields| {
        let decay = fields.or("decay", Span::from_secs(10));
        fields.require("decay", decay > Span::ZERO, "more than 0s");
        (decay, read_choices(fields))
    });
    Strategy::new("peak-ewma", &[Need::Counts, Need::Latency], move || PeakEwma {
        decay,
        choices,
        drawn: Vec::new(),
        dynos: Vec::new(),
    })
}

/// Picks the least cost of a few.
pub struct PeakEwma {
    decay: Span,
    choices: usize,
    /// The positions drawn for one pick; kept to reuse its memory.
    drawn: Vec<usize>,
    /// What was measured of each dyno, by slot.
    dynos: Vec<Measured>,
}

/// What was measured of a dyno.
#[derive(Clone, Copy)]
struct Measured {
    /// The average of latencies that follows peaks, in nanoseconds.
    cost: f64,
    /// When it was last brought up to date.
    touched: SimTime,
}

impl Measured {
    const NOTHING: Measured = Measured { cost: 0.0, touched: SimTime::ZERO };

    fn observe(&mut self, latency: f64, now: SimTime, decay: Span) {
        if latency > self.cost {
            self.cost = latency;
        } else if self.cost > 0.0 {
            let passed = now.since(self.touched).nanos() as f64;
            let kept = libm::exp(-passed / decay.nanos() as f64);
            self.cost = self.cost * kept + latency * (1.0 - kept);
        }
        self.touched = now;
    }

    /// The load of a dyno with so many attempts pending.
    fn load(&mut self, pending: u32, now: SimTime, decay: Span) -> f64 {
        self.observe(0.0, now, decay);
        if self.cost == 0.0 && pending > 0 {
            PENALTY + f64::from(pending)
        } else {
            self.cost * (f64::from(pending) + 1.0)
        }
    }
}

impl PeakEwma {
    fn dyno(&mut self, dyno: u32) -> &mut Measured {
        if self.dynos.len() <= dyno as usize {
            self.dynos.resize(dyno as usize + 1, Measured::NOTHING);
        }
        &mut self.dynos[dyno as usize]
    }
}

impl Balancer for PeakEwma {
    fn pick(&mut self, ask: &Ask<'_>, rng: &mut Stream) -> Pick {
        let free = ask.loads.free();
        if free.is_empty() {
            return Pick::Busy;
        }
        let (now, decay) = (ask.now, self.decay);
        self.drawn.clear();
        let mut best = free[draw(&mut self.drawn, free.len(), rng)];
        let others = self.choices.min(free.len()) - 1;
        if others == 0 {
            return Pick::Dyno(best);
        }
        let mut least = self.dyno(best).load(ask.loads.load(best), now, decay);
        for _ in 0..others {
            let other = free[draw(&mut self.drawn, free.len(), rng)];
            let load = self.dyno(other).load(ask.loads.load(other), now, decay);
            if load < least {
                (best, least) = (other, load);
            }
        }
        Pick::Dyno(best)
    }

    fn ended(&mut self, dyno: u32, end: &End) {
        let decay = self.decay;
        self.dyno(dyno).observe(end.latency.nanos() as f64, end.now, decay);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{pick, picks};
    use super::super::{Loads, Outcome};
    use super::*;
    use crate::rng::Seed;

    const DECAY: Span = Span::from_secs(10);

    fn peak_ewma() -> PeakEwma {
        PeakEwma { decay: DECAY, choices: 2, drawn: Vec::new(), dynos: Vec::new() }
    }

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + Span::from_secs(seconds)
    }

    fn end(millis: u64, now: SimTime, outcome: Outcome) -> End {
        End { outcome, latency: Span::from_millis(millis), now }
    }

    #[test]
    fn a_peak_counts_at_once_and_is_forgotten_with_the_time_constant() {
        let mut dyno = Measured::NOTHING;
        dyno.observe(100.0, at(0), DECAY);
        assert_eq!(dyno.cost, 100.0);
        dyno.observe(300.0, at(1), DECAY);
        assert_eq!(dyno.cost, 300.0, "a peak replaces the average");
        // One time constant later: 300 / e + 50 x (1 - 1 / e).
        dyno.observe(50.0, at(11), DECAY);
        let kept = 1.0 / std::f64::consts::E;
        assert!((dyno.cost - (300.0 * kept + 50.0 * (1.0 - kept))).abs() < 1e-9, "{}", dyno.cost);
        // Whoever reads it lets it fall towards zero, in one step or in many.
        let (mut once, mut often) = (dyno, dyno);
        let load = once.load(2, at(21), DECAY);
        for second in 12..=21 {
            often.load(0, at(second), DECAY);
        }
        assert!((load - 3.0 * dyno.cost * kept).abs() < 1e-9, "{load}");
        assert!((often.cost - once.cost).abs() < 1e-9);
    }

    #[test]
    fn without_history_what_is_pending_is_penalized() {
        let mut dyno = Measured::NOTHING;
        assert_eq!(dyno.load(0, at(5), DECAY), 0.0);
        assert_eq!(dyno.load(3, at(5), DECAY), 140_737_488_355_327.0 + 3.0);
        // Two that were never measured and have nothing to do tie: the first drawn is taken.
        let counts = picks(&mut peak_ewma(), &[0, 0], 50, 10_000);
        assert!(counts[0].abs_diff(5_000) < 250, "{counts:?}");
        // One that has something to do is left alone.
        assert_eq!(picks(&mut peak_ewma(), &[1, 0], 50, 100), [0, 100]);
    }

    #[test]
    fn latency_and_attempts_are_multiplied() {
        let mut balancer = peak_ewma();
        let mut rng = Stream::named(Seed { scenario: 1, replication: 0 }, "peak", 0);
        let mut loads = Loads::new(50);
        (0..2).for_each(|dyno| loads.insert(dyno));
        balancer.ended(0, &end(100, at(0), Outcome::Success));
        balancer.ended(1, &end(250, at(0), Outcome::Failure));
        // 100 x 1 against 250 x 1, then 100 x 2, then 100 x 3.
        for (pending, expected) in [(0, 0), (1, 0), (2, 1)] {
            assert_eq!(loads.load(0), pending);
            assert_eq!(pick(&mut balancer, &loads, 0, &mut rng), Pick::Dyno(expected));
            loads.started(0);
        }
    }

    #[test]
    fn every_end_is_a_latency() {
        for outcome in [Outcome::Success, Outcome::Failure, Outcome::TakenBack] {
            let mut balancer = peak_ewma();
            balancer.ended(3, &end(7, at(1), outcome));
            assert_eq!(balancer.dynos[3].cost, 7e6);
        }
    }

    #[test]
    fn all_at_the_limit_is_busy_and_one_dyno_needs_no_comparison() {
        assert_eq!(picks(&mut peak_ewma(), &[2, 2], 2, 5), [0, 0]);
        assert_eq!(picks(&mut peak_ewma(), &[1], 2, 5), [5]);
    }
}

//! The wait before a retry.
//!
//! Exponential back-off with jitter as described by Brooker (AWS architecture blog, "Exponential
//! backoff and jitter", 2015): full `rand(0, c)`, equal `c/2 + rand(0, c/2)`, decorrelated
//! `min(cap, rand(base, 3 * previous))`, where c = min(cap, base * factor^n) before retry n + 1.

use crate::config::{Fields, Problem, nearest, one_of};
use crate::rng::Stream;
use crate::time::Span;
use crate::units::Limit;

/// The settings of back-off.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The first wait.
    pub base: Span,
    /// The longest wait.
    pub cap: Span,
    /// What the wait is multiplied by from one retry to the next.
    pub factor: f64,
    /// How chance spreads the waits.
    pub jitter: Jitter,
}

/// How chance spreads waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// Anything up to the wait.
    Full,
    /// Half the wait, and anything up to the other half.
    Equal,
    /// Anything from the base to three times the last wait.
    Decorrelated,
    /// Exactly the wait.
    None,
}

const JITTERS: [(&str, Jitter); 4] = [
    ("full", Jitter::Full),
    ("equal", Jitter::Equal),
    ("decorrelated", Jitter::Decorrelated),
    ("none", Jitter::None),
];

/// Reads `backoff = { base, cap, factor, jitter }`.
pub(super) fn read_backoff(fields: &mut Fields<'_>) -> Backoff {
    let base = fields.or("base", Span::from_millis(100));
    let cap = fields.or("cap", Limit::At(Span::from_secs(20))).span();
    fields.require("cap", cap >= base, "at least `base`");
    let factor = fields.or("factor", 2.0);
    fields.require("factor", (1.0..=1000.0).contains(&factor), "from 1 to 1000");
    let noted = fields.reading.problems();
    let name = fields.or("jitter", "full".to_string());
    let jitter = JITTERS.iter().find(|(known, _)| *known == name).map(|(_, jitter)| *jitter);
    if jitter.is_none() && fields.reading.problems() == noted {
        let message = format!("unknown jitter `{name}`");
        let problem = Problem::at(fields.place_of("jitter"), message)
            .allowed(one_of(JITTERS.iter().map(|(known, _)| *known)));
        fields.reading.complain(match nearest(&name, JITTERS.iter().map(|(known, _)| *known)) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem,
        });
    }
    Backoff { base, cap, factor, jitter: jitter.unwrap_or(Jitter::Full) }
}

impl Backoff {
    /// The wait before retry number `retry` (the first is 1), when the last wait was `previous`.
    pub fn wait(&self, retry: u32, previous: Span, rng: &mut Stream) -> Span {
        let ceiling = (1..retry)
            .fold(self.base.min(self.cap), |wait, _| wait.scaled(self.factor).min(self.cap));
        match self.jitter {
            Jitter::None => ceiling,
            Jitter::Full => ceiling.scaled(rng.unit()),
            Jitter::Equal => ceiling.scaled(0.5 + 0.5 * rng.unit()),
            Jitter::Decorrelated => {
                let most = (previous.max(self.base) * 3).min(self.cap).max(self.base);
                self.base + (most - self.base).scaled(rng.unit())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Seed;

    fn waits(jitter: Jitter, retry: u32, previous: Span) -> (f64, f64, f64) {
        let backoff =
            Backoff { base: Span::from_millis(100), cap: Span::from_secs(1), factor: 2.0, jitter };
        let mut rng = Stream::named(Seed { scenario: 3, replication: 0 }, "backoff", 0);
        let n = 10_000;
        let all: Vec<f64> =
            (0..n).map(|_| backoff.wait(retry, previous, &mut rng).seconds()).collect();
        let mean = all.iter().sum::<f64>() / f64::from(n);
        (all.iter().copied().fold(f64::MAX, f64::min), mean, all.into_iter().fold(0.0, f64::max))
    }

    #[test]
    fn each_jitter_spreads_as_described() {
        for (jitter, retry, previous, (least, mean, most)) in [
            (Jitter::None, 3, 0, (0.4, 0.4, 0.4)),
            (Jitter::None, 9, 0, (1.0, 1.0, 1.0)),
            (Jitter::Full, 3, 0, (0.0, 0.2, 0.4)),
            (Jitter::Equal, 3, 0, (0.2, 0.3, 0.4)),
            (Jitter::Decorrelated, 1, 0, (0.1, 0.2, 0.3)),
            (Jitter::Decorrelated, 2, 200, (0.1, 0.35, 0.6)),
            (Jitter::Decorrelated, 3, 900, (0.1, 0.55, 1.0)),
        ] {
            let found = waits(jitter, retry, Span::from_millis(previous));
            assert!((found.0 - least).abs() < 0.01, "{jitter:?} {retry}: least {}", found.0);
            assert!((found.1 - mean).abs() < 0.01, "{jitter:?} {retry}: mean {}", found.1);
            assert!((found.2 - most).abs() < 0.01, "{jitter:?} {retry}: most {}", found.2);
        }
    }
}

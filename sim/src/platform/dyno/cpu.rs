//! The CPU of one dyno: bursts that share its cores evenly, or that run one after another.
//!
//! **Shared.** With n bursts on c cores each gets min(1, c/n) of a core, so all of them advance alike:
//! one clock of *virtual time*, which runs at that rate, serves for all (Parekh and Gallager 1993;
//! before them Zhang 1990). A burst that joins ends when the clock has advanced by its length: the ends
//! stand in one line, and who joins or leaves changes the rate alone, not their order. So an event
//! costs the logarithm of n, however many share.
//!
//! The clock counts 2^-32 ns in 128 bits. It is rounded down when it advances and the instant of an end
//! up to whole nanoseconds, so the first in line has ended at its instant exactly, without any
//! tolerance: a burst is at most 1 ns late, and a change of rate costs it at most 2^-32 ns.
//!
//! **In turns.** The first in line runs; the others wait for it.

use super::line::Line;
use super::process::Sharing;
use crate::time::{SimTime, Span};

/// A nanosecond of virtual time.
const NANO: u128 = 1 << 32;

/// The CPU of a dyno, and the bursts of its seats.
#[derive(Clone, Debug)]
pub struct Cpu {
    rule: Rule,
    /// When the state below was true.
    since: SimTime,
    stopped: bool,
    /// Counts those who joined: who came first goes first.
    joined: u64,
    /// The instant for which the dyno has set a timer, and the number of that timer.
    pub(super) due: SimTime,
    pub(super) turn: u32,
}

/// Who runs.
#[derive(Clone, Debug)]
enum Rule {
    /// All of them.
    Shared {
        cores: u32,
        /// Virtual time.
        clock: u128,
        /// By the virtual time at which each ends.
        ends: Line<(u128, u64)>,
    },
    /// The first of them.
    Turns {
        line: Line<u64>,
        /// For each seat what its burst still needs.
        left: Vec<Span>,
    },
}

impl Cpu {
    /// A CPU without bursts; none where each attempt has a worker of its own.
    pub fn new(sharing: Sharing) -> Option<Cpu> {
        let rule = match sharing {
            Sharing::Own => return None,
            Sharing::Cores(cores) => Rule::Shared { cores, clock: 0, ends: Line::new() },
            Sharing::Turns => Rule::Turns { line: Line::new(), left: Vec::new() },
        };
        let due = SimTime::NEVER;
        Some(Cpu { rule, since: SimTime::ZERO, stopped: false, joined: 0, due, turn: 0 })
    }

    /// How many bursts there are.
    pub(super) fn len(&self) -> usize {
        match &self.rule {
            Rule::Shared { ends, .. } => ends.len(),
            Rule::Turns { line, .. } => line.len(),
        }
    }

    /// How many cores there are.
    fn cores(&self) -> usize {
        match &self.rule {
            Rule::Shared { cores, .. } => *cores as usize,
            Rule::Turns { .. } => 1,
        }
    }

    /// How many cores are busy.
    pub fn busy(&self) -> usize {
        self.len().min(self.cores())
    }

    /// A seat begins a burst. True when that makes one more core busy.
    pub fn join(&mut self, now: SimTime, seat: u32, burst: Span) -> bool {
        self.advance(now);
        let order = self.joined;
        self.joined += 1;
        match &mut self.rule {
            Rule::Shared { clock, ends, .. } => {
                ends.join((*clock + u128::from(burst.nanos()) * NANO, order), seat);
            }
            Rule::Turns { line, left } => {
                if left.len() <= seat as usize {
                    left.resize(seat as usize + 1, Span::ZERO);
                }
                left[seat as usize] = burst;
                line.join(order, seat);
            }
        }
        self.len() <= self.cores()
    }

    /// A seat's burst is over, or taken back. True when that makes one core less busy.
    pub fn leave(&mut self, now: SimTime, seat: u32) -> bool {
        self.advance(now);
        match &mut self.rule {
            Rule::Shared { ends, .. } => ends.leave(seat),
            Rule::Turns { line, .. } => line.leave(seat),
        }
        self.len() < self.cores()
    }

    /// The seat whose burst has ended, if one has; it is still in the line.
    pub fn ended(&mut self, now: SimTime) -> Option<u32> {
        if self.stopped {
            return None;
        }
        self.advance(now);
        match &self.rule {
            Rule::Shared { clock, ends, .. } => {
                ends.first().filter(|((end, _), _)| end <= clock).map(|(_, seat)| seat)
            }
            Rule::Turns { line, left } => {
                line.first().map(|(_, seat)| seat).filter(|&seat| left[seat as usize].is_zero())
            }
        }
    }

    /// When the next burst ends if nothing changes, for an instant at which the state is known.
    pub fn next_end(&self) -> Option<SimTime> {
        if self.stopped {
            return None;
        }
        let left = match &self.rule {
            Rule::Shared { cores, clock, ends } => {
                let ((end, _), _) = ends.first()?;
                let left = end.saturating_sub(*clock);
                let (bursts, cores) = (ends.len() as u128, u128::from(*cores));
                let nanos = if bursts <= cores {
                    left.div_ceil(NANO)
                } else {
                    left.saturating_mul(bursts).div_ceil(cores * NANO)
                };
                Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
            }
            Rule::Turns { line, left } => left[line.first()?.1 as usize],
        };
        Some(self.since + left)
    }

    /// Stands still.
    pub fn stop(&mut self, now: SimTime) {
        self.advance(now);
        self.stopped = true;
    }

    /// Goes on after it stood still.
    pub fn go(&mut self, now: SimTime) {
        self.advance(now);
        self.stopped = false;
    }

    /// Forgets all bursts; runs from now on.
    pub fn clear(&mut self) {
        self.stopped = false;
        match &mut self.rule {
            Rule::Shared { ends, .. } => ends.clear(),
            Rule::Turns { line, .. } => line.clear(),
        }
    }

    /// Brings the state to `now`.
    fn advance(&mut self, now: SimTime) {
        let passed = now.since(self.since);
        if passed.is_zero() {
            return;
        }
        self.since = now;
        if self.stopped {
            return;
        }
        match &mut self.rule {
            Rule::Shared { cores, clock, ends } => {
                let (bursts, cores) = (ends.len() as u128, u128::from(*cores));
                let passed = u128::from(passed.nanos()) * NANO;
                *clock += if bursts <= cores { passed } else { passed * cores / bursts };
            }
            Rule::Turns { line, left } => {
                if let Some((_, seat)) = line.first() {
                    let left = &mut left[seat as usize];
                    *left = left.saturating_sub(passed);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;

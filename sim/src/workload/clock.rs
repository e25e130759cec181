//! The clock that tells when the next request arrives.
//!
//! Time is cut into pieces in which the profile has one shape and the surges one factor. An arrival
//! adds its gap to what is spent of the piece; when the piece has less, the rest is spent in the
//! next. Times are computed from the piece's start, so steady arrivals never drift.

use super::{Process, Profile, Shape, Trace};
use crate::rng::Stream;
use crate::time::{SimTime, Span};
use std::sync::Arc;

/// A stretch of time in which the rates are multiplied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surge {
    /// Its first instant.
    pub from: SimTime,
    /// The first instant after it.
    pub to: SimTime,
    /// The factor, at least 0 and finite.
    pub factor: f64,
}

/// One request that arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When.
    pub at: SimTime,
    /// Which endpoint it wants, as a place in the trace's list of endpoints, if a trace says so.
    pub endpoint: Option<u32>,
    /// How much work it is, if a trace says so.
    pub work: Option<Span>,
}

/// Tells when requests arrive, one after the other.
#[derive(Clone, Debug)]
pub struct ArrivalClock {
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Rates(Rates),
    Trace { trace: Arc<Trace>, next: usize },
}

#[derive(Clone, Debug)]
struct Rates {
    profile: Arc<Profile>,
    even: bool,
    zero: SimTime,
    surges: Vec<Surge>,
    piece: Piece,
    /// What is spent of the piece's area.
    spent: f64,
    /// Seconds from the piece's start to the last arrival in it.
    reached: f64,
    /// The last arrival; rounding must not make the next one earlier.
    last: SimTime,
}

/// A stretch of time with one shape and one factor.
#[derive(Clone, Copy, Debug)]
struct Piece {
    start: SimTime,
    /// The first instant after it; never, for the last piece.
    end: SimTime,
    shape: Shape,
    /// Seconds from the start of the shape's segment to the start of the piece.
    offset: f64,
    factor: f64,
    /// Seconds from its start to its end.
    length: f64,
    /// The area of the piece: how many arrivals it has on average.
    area: f64,
}

impl ArrivalClock {
    /// The clock of one run.
    pub(super) fn new(process: &Process, zero: SimTime, surges: &[Surge]) -> ArrivalClock {
        let source = match process {
            Process::Rates { profile, even } => {
                Source::Rates(Rates::new(Arc::clone(profile), *even, zero, surges))
            }
            Process::Trace(trace) => Source::Trace { trace: Arc::clone(trace), next: 0 },
        };
        ArrivalClock { source }
    }

    /// The next arrival, never earlier than the one before; nothing when no more will come. `rng` is
    /// the stream of this arrival's number: a rate draws from it exactly once, a trace never.
    pub fn next(&mut self, rng: &mut Stream) -> Option<Arrival> {
        match &mut self.source {
            Source::Rates(rates) => {
                let at = rates.next(rng)?;
                Some(Arrival { at, endpoint: None, work: None })
            }
            Source::Trace { trace, next } => {
                let arrival = trace.arrival(*next)?;
                *next += 1;
                Some(arrival)
            }
        }
    }
}

impl Rates {
    fn new(profile: Arc<Profile>, even: bool, zero: SimTime, surges: &[Surge]) -> Rates {
        let mut rates = Rates {
            profile,
            even,
            zero,
            surges: surges.to_vec(),
            piece: Piece {
                start: SimTime::ZERO,
                end: SimTime::ZERO,
                shape: Shape::Constant(0.0),
                offset: 0.0,
                factor: 1.0,
                length: 0.0,
                area: 0.0,
            },
            spent: 0.0,
            reached: 0.0,
            last: SimTime::ZERO,
        };
        rates.piece = rates.piece_at(SimTime::ZERO);
        rates
    }

    fn next(&mut self, rng: &mut Stream) -> Option<SimTime> {
        let unit = rng.unit();
        self.spent += if self.even { 1.0 } else { -libm::log(unit) };
        while self.spent > self.piece.area {
            if self.piece.end == SimTime::NEVER {
                return None;
            }
            self.spent -= self.piece.area;
            let start = self.skip_cycles(self.piece.end);
            self.piece = self.piece_at(start);
            self.reached = 0.0;
        }
        let piece = &self.piece;
        // Dividing by 1 changes nothing but takes its time.
        let area = if piece.factor == 1.0 { self.spent } else { self.spent / piece.factor };
        self.reached = piece.shape.reach(piece.offset, area, self.reached, piece.length);
        let at = piece.start + Span::from_seconds(self.reached);
        self.last = at.min(piece.end).max(self.last);
        (self.last < SimTime::NEVER).then_some(self.last)
    }

    /// The product of the surges at an instant, and the next instant at which it may change.
    fn surge_at(&self, now: SimTime) -> (f64, SimTime) {
        let (mut factor, mut change) = (1.0, SimTime::NEVER);
        for surge in &self.surges {
            if (surge.from..surge.to).contains(&now) {
                factor *= surge.factor;
            }
            for edge in [surge.from, surge.to] {
                if edge > now {
                    change = change.min(edge);
                }
            }
        }
        (factor, change)
    }

    /// The piece that starts at an instant.
    fn piece_at(&self, start: SimTime) -> Piece {
        let (factor, change) = self.surge_at(start);
        let (shape, offset, end) = if factor == 0.0 {
            // Whatever the profile does, nothing arrives until the surge changes.
            (Shape::Constant(0.0), Span::ZERO, change)
        } else if start < self.zero {
            let shape = Shape::Constant(self.profile.rate_before());
            (shape, Span::ZERO, self.zero.min(change))
        } else {
            let (shape, offset, left) = self.profile.segment(start.since(self.zero));
            (shape, offset, (start + left).min(change))
        };
        let (offset, length) = (offset.seconds(), end.since(start).seconds());
        let area = if end == SimTime::NEVER && shape != Shape::Constant(0.0) {
            f64::INFINITY
        } else {
            factor * shape.area(offset, length)
        };
        // A factor of zero has no area to divide by.
        let factor = if factor == 0.0 { 1.0 } else { factor };
        Piece { start, end, shape, offset, factor, length, area }
    }

    /// From the start of a cycle, goes over the whole cycles that have less than what is left to
    /// spend, so that a gap over a million cycles takes one step. Gives where it stops.
    fn skip_cycles(&mut self, from: SimTime) -> SimTime {
        let Some((length, area)) = self.profile.cycle() else { return from };
        let since = from.saturating_since(self.zero);
        if from < self.zero || !since.nanos().is_multiple_of(length.nanos()) {
            return from;
        }
        let (factor, change) = self.surge_at(from);
        let area = area * factor;
        if self.spent <= 2.0 * area || area <= 0.0 {
            return from;
        }
        let room = change.since(from).nanos() / length.nanos();
        let cycles = ((self.spent / area) as u64 - 1).min(room);
        self.spent -= cycles as f64 * area;
        from + length * cycles
    }
}

//! Simulated time: instants and spans in whole nanoseconds.
//!
//! Integers, because the order of events must never depend on rounding. `SimTime` counts from the
//! start of the simulation (the start of the warm-up); 2^64 ns are 584 years.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};

const NANOS_PER_SECOND: f64 = 1e9;

/// An instant of simulated time, in nanoseconds since the simulation began.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct SimTime(u64);

/// A length of simulated time, in nanoseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Span(u64);

impl SimTime {
    /// The start of the simulation.
    pub const ZERO: SimTime = SimTime(0);
    /// Later than everything that happens.
    pub const NEVER: SimTime = SimTime(u64::MAX);

    /// The instant `nanos` nanoseconds after the start.
    pub const fn from_nanos(nanos: u64) -> SimTime {
        SimTime(nanos)
    }

    /// Nanoseconds since the start.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the start.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND
    }

    /// The span since `earlier`. Panics when `earlier` is later: a component that asks so is wrong.
    pub fn since(self, earlier: SimTime) -> Span {
        Span(self.0.checked_sub(earlier.0).expect("the earlier instant is not later"))
    }

    /// The span since `earlier`, or zero when `earlier` is later.
    pub fn saturating_since(self, earlier: SimTime) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// The longest span; stands for "unlimited" where a span bounds something.
    pub const MAX: Span = Span(u64::MAX);

    /// A span of whole nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Span {
        Span(nanos)
    }

    /// A span of whole milliseconds.
    pub const fn from_millis(millis: u64) -> Span {
        Span(millis * 1_000_000)
    }

    /// A span of whole seconds.
    pub const fn from_secs(seconds: u64) -> Span {
        Span(seconds * 1_000_000_000)
    }

    /// A span of `seconds`, rounded to the nearest nanosecond; negative or NaN is zero, and what
    /// does not fit is `MAX`.
    pub fn from_seconds(seconds: f64) -> Span {
        // Float to integer casts saturate and turn NaN into zero; adding one half and truncating
        // rounds without a platform function.
        Span((seconds * NANOS_PER_SECOND + 0.5) as u64)
    }

    /// Whole nanoseconds.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Seconds.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND
    }

    /// Whether this is no time at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// This span times `factor`, rounded to nanoseconds, at most `MAX`.
    pub fn scaled(self, factor: f64) -> Span {
        Span((self.0 as f64 * factor + 0.5) as u64)
    }

    /// This span less `other`, at least zero.
    pub fn saturating_sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl Add<Span> for SimTime {
    type Output = SimTime;
    /// Saturates at `NEVER`, so that an unlimited span is never reached.
    fn add(self, span: Span) -> SimTime {
        SimTime(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for SimTime {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(self.0.checked_sub(other.0).expect("a span is never negative"))
    }
}

impl Mul<u64> for Span {
    type Output = Span;
    fn mul(self, factor: u64) -> Span {
        Span(self.0.saturating_mul(factor))
    }
}

impl fmt::Display for Span {
    /// The shortest exact form with a unit, such as `1.5s`, `40ms`, `2h`; it parses back to itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str, bool); 7] = [
            (86_400_000_000_000, "d", false),
            (3_600_000_000_000, "h", false),
            (60_000_000_000, "m", false),
            (1_000_000_000, "s", true),
            (1_000_000, "ms", true),
            (1_000, "us", true),
            (1, "ns", true),
        ];
        if self.0 == 0 {
            return f.write_str("0s");
        }
        for (unit, name, fractions) in UNITS {
            if self.0.is_multiple_of(unit) {
                return write!(f, "{}{name}", self.0 / unit);
            }
            if fractions && self.0 > unit {
                let width = unit.ilog10() as usize;
                let fraction = format!("{:0width$}", self.0 % unit);
                return write!(f, "{}.{}{name}", self.0 / unit, fraction.trim_end_matches('0'));
            }
        }
        unreachable!("every span is a multiple of a nanosecond")
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_print_exactly() {
        for (span, text) in [
            (Span::ZERO, "0s"),
            (Span::from_millis(1_500), "1.5s"),
            (Span::from_millis(40), "40ms"),
            (Span::from_secs(7_200), "2h"),
            (Span::from_secs(7_776_000), "90d"),
            (Span::from_secs(90), "90s"),
            (Span::from_secs(120), "2m"),
            (Span::from_nanos(1_000_001), "1.000001ms"),
            (Span::from_nanos(999), "999ns"),
        ] {
            assert_eq!(span.to_string(), text);
        }
    }

    #[test]
    fn seconds_round_to_the_nearest_nanosecond() {
        assert_eq!(Span::from_seconds(1e-9), Span::from_nanos(1));
        assert_eq!(Span::from_seconds(0.1), Span::from_millis(100));
        assert_eq!(Span::from_seconds(-1.0), Span::ZERO);
        assert_eq!(Span::from_seconds(f64::INFINITY), Span::MAX);
    }

    #[test]
    #[should_panic(expected = "not later")]
    fn time_never_runs_backwards() {
        let _ = SimTime::ZERO.since(SimTime::from_nanos(1));
    }
}

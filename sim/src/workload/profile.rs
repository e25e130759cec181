//! Rates over time, and how far a number of arrivals reaches along them.
//!
//! The area under a profile is the expected number of arrivals. Each shape gives its area in closed
//! form and undoes it: in closed form where there is one, by Newton's steps for the cosine.

use crate::time::Span;
use std::f64::consts::TAU;

/// How the rate goes during a segment, by the seconds since the segment's start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// The same rate, in 1/s.
    Constant(f64),
    /// A rate that changes evenly; never below zero during its segment.
    Linear {
        /// The rate at the start, in 1/s.
        from: f64,
        /// Its change, in 1/s a second.
        slope: f64,
    },
    /// A rate that swings from `low` at the start to `high` and back.
    Cosine {
        /// The lowest rate, in 1/s.
        low: f64,
        /// The highest rate, in 1/s.
        high: f64,
        /// The length of one swing, in seconds.
        period: f64,
    },
}

/// A stretch of a profile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// How long it lasts; `Span::MAX` for ever.
    pub length: Span,
    /// The rates during it.
    pub shape: Shape,
}

/// Rates from time 0 on: segments one after the other, of which the last never ends or which repeat.
#[derive(Clone, Debug)]
pub struct Profile {
    segments: Vec<Segment>,
    /// When each segment starts.
    starts: Vec<Span>,
    /// The length and the area of one cycle, for a profile that repeats.
    cycle: Option<(Span, f64)>,
    /// The rate before time 0, in 1/s.
    before: f64,
}

impl Shape {
    /// The rate `t` seconds after the segment's start.
    pub fn rate(&self, t: f64) -> f64 {
        match *self {
            Shape::Constant(rate) => rate,
            Shape::Linear { from, slope } => (from + slope * t).max(0.0),
            Shape::Cosine { low, high, period } => {
                low + (high - low) * 0.5 * (1.0 - libm::cos(TAU * t / period))
            }
        }
    }

    /// The area from `t` to `t + dt` seconds, the expected number of arrivals.
    pub fn area(&self, t: f64, dt: f64) -> f64 {
        match *self {
            // An endless segment without arrivals: zero times infinity is no number.
            Shape::Constant(0.0) => 0.0,
            Shape::Constant(rate) => rate * dt,
            Shape::Linear { .. } => 0.5 * (self.rate(t) + self.rate(t + dt)) * dt,
            Shape::Cosine { low, high, period } => {
                // A difference of two sines as a product, which keeps its digits for a small `dt`.
                let half = 0.5 * TAU * dt / period;
                let swing = libm::cos(TAU * t / period + half) * libm::sin(half);
                0.5 * (low + high) * dt - 0.5 * (high - low) * period / TAU * 2.0 * swing
            }
        }
    }

    /// The `dt` from `least` to `most` at which the area from `t` on reaches `area`; the area at
    /// `most` reaches it.
    #[inline]
    pub fn reach(&self, t: f64, area: f64, least: f64, most: f64) -> f64 {
        match *self {
            Shape::Constant(rate) => (area / rate).min(most),
            Shape::Linear { slope, .. } => {
                let rate = self.rate(t);
                // The root of rate dt + slope dt²/2 = area in the form that does not cancel; where
                // the rate is zero, no area would be 0/0.
                if area <= 0.0 {
                    return least;
                }
                let square = (rate * rate + 2.0 * slope * area).max(0.0);
                let dt = 2.0 * area / (rate + square.sqrt());
                if dt <= most { dt.max(least) } else { most }
            }
            Shape::Cosine { .. } => self.search(t, area, least, most),
        }
    }

    /// Newton's steps from `least`, kept between the bounds that are known so far.
    fn search(&self, t: f64, area: f64, least: f64, most: f64) -> f64 {
        const TENTH_OF_A_NANOSECOND: f64 = 1e-10;
        let (mut low, mut high, mut dt) = (least, most, least);
        // Halving alone would need about 60 steps for any period.
        for _ in 0..100 {
            let excess = self.area(t, dt) - area;
            if excess >= 0.0 {
                high = dt;
            } else {
                low = dt;
            }
            let newton = dt - excess / self.rate(t + dt);
            // Where the rate is zero, the step is not a number and halving takes over.
            let next =
                if newton >= low && newton <= high { newton } else { low + (high - low) * 0.5 };
            let step = (next - dt).abs();
            dt = next;
            if step <= TENTH_OF_A_NANOSECOND {
                break;
            }
        }
        dt
    }
}

impl Profile {
    /// Segments of which the last never ends, whatever its length says. There must be one, and only
    /// a constant shape may never end.
    pub fn lasting(mut segments: Vec<Segment>) -> Profile {
        let last = segments.last_mut().expect("a profile has a segment");
        assert!(matches!(last.shape, Shape::Constant(_)), "only a constant rate lasts for ever");
        last.length = Span::MAX;
        Profile::new(segments, false)
    }

    /// Segments that repeat. There must be one, and each has a length of more than zero.
    pub fn repeating(segments: Vec<Segment>) -> Profile {
        Profile::new(segments, true)
    }

    fn new(segments: Vec<Segment>, repeats: bool) -> Profile {
        let (mut starts, mut end, mut area) = (Vec::new(), Span::ZERO, 0.0);
        for segment in &segments {
            assert!(!segment.length.is_zero(), "a segment takes time");
            starts.push(end);
            end += segment.length;
            area += segment.shape.area(0.0, segment.length.seconds());
        }
        let before = segments[0].shape.rate(0.0);
        Profile { segments, starts, cycle: repeats.then_some((end, area)), before }
    }

    /// The same with another rate before time 0.
    #[must_use]
    pub fn with_rate_before(mut self, rate: f64) -> Profile {
        self.before = rate;
        self
    }

    /// Whether the rate is the same at every time.
    pub fn is_constant(&self) -> bool {
        matches!(self.segments[..], [Segment { shape: Shape::Constant(_), .. }])
    }

    /// The rate before time 0, in 1/s.
    pub fn rate_before(&self) -> f64 {
        self.before
    }

    /// The length and the area of one cycle, for a profile that repeats.
    pub fn cycle(&self) -> Option<(Span, f64)> {
        self.cycle
    }

    /// The rate at a time, in 1/s.
    pub fn rate(&self, at: Span) -> f64 {
        let (shape, offset, _) = self.segment(at);
        shape.rate(offset.seconds())
    }

    /// The shape at a time, how long ago its segment started and how much of it is left
    /// (`Span::MAX` for ever).
    pub fn segment(&self, at: Span) -> (Shape, Span, Span) {
        let at = match self.cycle {
            Some((length, _)) => Span::from_nanos(at.nanos() % length.nanos()),
            None => at,
        };
        let index = self.starts.partition_point(|start| *start <= at) - 1;
        let segment = &self.segments[index];
        let offset = at - self.starts[index];
        let left = match segment.length {
            Span::MAX => Span::MAX,
            length => length - offset,
        };
        (segment.shape, offset, left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPES: [Shape; 6] = [
        Shape::Constant(50.0),
        Shape::Linear { from: 0.0, slope: 2.0 },
        Shape::Linear { from: 200.0, slope: -2.0 },
        Shape::Linear { from: 50.0, slope: 0.0 },
        Shape::Cosine { low: 0.0, high: 100.0, period: 100.0 },
        Shape::Cosine { low: 20.0, high: 100.0, period: 37.0 },
    ];

    #[test]
    fn areas_are_the_integrals_of_rates() {
        // The midpoint rule with 100000 steps is good to a millionth for these shapes.
        for shape in SHAPES {
            for (t, dt) in [(0.0, 100.0), (10.0, 7.0), (33.3, 0.1)] {
                let n = 100_000;
                let step = dt / f64::from(n);
                let rates = (0..n).map(|i| shape.rate(t + (f64::from(i) + 0.5) * step));
                let integral = rates.sum::<f64>() * step;
                let area = shape.area(t, dt);
                assert!((area - integral).abs() <= 1e-6 * integral, "{shape:?}: {area} {integral}");
            }
        }
        assert_eq!(Shape::Constant(0.0).area(0.0, f64::INFINITY), 0.0);
    }

    #[test]
    fn reaching_undoes_the_area() {
        for shape in SHAPES {
            for t in [0.0, 12.5, 60.0] {
                let most = 100.0 - t;
                let total = shape.area(t, most);
                for share in [0.0, 1e-9, 0.1, 0.5, 0.9, 0.999_999, 1.0] {
                    let dt = shape.reach(t, total * share, 0.0, most);
                    assert!((0.0..=most).contains(&dt), "{shape:?} {t} {share}: {dt}");
                    let back = shape.area(t, dt);
                    // A tenth of a nanosecond at these rates is far below this.
                    assert!((back - total * share).abs() <= 1e-7, "{shape:?} {t} {share}: {back}");
                }
            }
        }
    }

    #[test]
    fn segments_follow_each_other_and_repeat() {
        let segment = |seconds, rate| Segment {
            length: Span::from_secs(seconds),
            shape: Shape::Constant(rate),
        };
        let lasting = Profile::lasting(vec![segment(2, 1.0), segment(3, 5.0)]);
        let repeating = Profile::repeating(vec![segment(2, 1.0), segment(3, 5.0)]);
        for (seconds, once, again) in
            [(0, 1.0, 1.0), (1, 1.0, 1.0), (2, 5.0, 5.0), (5, 5.0, 1.0), (8, 5.0, 5.0)]
        {
            assert_eq!(lasting.rate(Span::from_secs(seconds)), once, "{seconds}");
            assert_eq!(repeating.rate(Span::from_secs(seconds)), again, "{seconds}");
        }
        assert_eq!(repeating.cycle(), Some((Span::from_secs(5), 17.0)));
        assert_eq!(lasting.segment(Span::from_secs(9)).2, Span::MAX);
    }
}

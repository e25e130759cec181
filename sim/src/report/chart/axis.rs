//! Axes: how values become places, and which values are written beside them.

use crate::metrics::Metric;
use crate::report::number::{exponent, short, ten, unit};

/// How the values of an axis are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Evenly.
    Linear,
    /// Each factor of ten takes the same room; values must be above zero.
    Log,
    /// Quantiles: 0.9, 0.99 and 0.999 stand at even distances.
    Nines,
}

/// An axis from its lowest to its highest value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// How its values are spread.
    pub spread: Spread,
    /// The value at its beginning.
    pub low: f64,
    /// The value at its end.
    pub high: f64,
}

impl Axis {
    /// An even axis from `low` to `high`; of no length it is widened by one.
    pub fn linear(low: f64, high: f64) -> Axis {
        let high = if high > low { high } else { low + 1.0 };
        Axis { spread: Spread::Linear, low, high }
    }

    /// An even axis from zero to a round value at or above all finite values.
    pub fn from_zero(values: impl Iterator<Item = f64>) -> Axis {
        let most = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        if most <= 0.0 {
            return Axis::linear(0.0, 1.0);
        }
        let step = nice_step(most / 4.0);
        Axis::linear(0.0, (most * 1.02 / step).ceil() * step)
    }

    /// A logarithmic axis between the values 1, 2 or 5 times a power of ten that enclose all finite
    /// values above zero; nothing when there are none.
    pub fn log(values: impl Iterator<Item = f64>) -> Option<Axis> {
        let (low, high) = values
            .filter(|value| value.is_finite() && *value > 0.0)
            .fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), value| {
                (low.min(value), high.max(value))
            });
        (high > 0.0).then(|| {
            let (mut low, mut high) = (round_down(low), round_up(high));
            if high / low < 9.9 {
                (low, high) = (round_down(low * 0.99), round_up(high * 1.01));
            }
            Axis { spread: Spread::Log, low, high }
        })
    }

    /// Quantiles from the first to the last of these.
    pub fn nines(low: f64, high: f64) -> Axis {
        Axis { spread: Spread::Nines, low, high }
    }

    /// Where a value stands: 0 at the beginning, 1 at the end. A value of zero or less stands at the
    /// beginning of a logarithmic axis.
    pub fn place(&self, value: f64) -> f64 {
        let (low, high) = (self.even(self.low), self.even(self.high));
        (self.even(value) - low) / (high - low)
    }

    fn even(&self, value: f64) -> f64 {
        match self.spread {
            Spread::Linear => value,
            Spread::Log => libm::log10(value.max(self.low)),
            Spread::Nines => -libm::log10(1.0 - value),
        }
    }

    /// Round values along the axis, about as many as asked for.
    pub fn ticks(&self, about: usize) -> Vec<f64> {
        match self.spread {
            Spread::Linear => {
                let step = nice_step((self.high - self.low) / about.max(1) as f64);
                let first = (self.low / step - 1e-9).ceil() as i64;
                let last = (self.high / step + 1e-9).floor() as i64;
                (first..=last).map(|count| count as f64 * step).collect()
            }
            Spread::Log => self.log_ticks(about),
            Spread::Nines => vec![0.5, 0.9, 0.99, 0.999],
        }
    }

    fn log_ticks(&self, about: usize) -> Vec<f64> {
        let (first, last) = (exponent(self.low), exponent(self.high));
        let within = |value: &f64| *value >= self.low * 0.999 && *value <= self.high * 1.001;
        let fine = |factors: &[f64]| -> Vec<f64> {
            (first..=last)
                .flat_map(|power| factors.iter().map(move |factor| factor * ten(power)))
                .filter(within)
                .collect()
        };
        let candidates = [fine(&[1.0, 2.0, 5.0]), fine(&[1.0, 3.0]), fine(&[1.0])];
        let chosen = candidates.iter().find(|ticks| ticks.len() <= about.max(2));
        let Some(ticks) = chosen else {
            let stride = candidates[2].len().div_ceil(about.max(2));
            return candidates[2].iter().copied().step_by(stride).collect();
        };
        if ticks.len() < 2 { candidates[0].clone() } else { ticks.clone() }
    }
}

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least `step`.
fn nice_step(step: f64) -> f64 {
    let power = ten(exponent(step));
    let found = [1.0, 2.0, 2.5, 5.0].into_iter().find(|factor| factor * power >= step * 0.999_999);
    found.unwrap_or(10.0) * power
}

fn round_down(value: f64) -> f64 {
    let power = ten(exponent(value));
    [5.0, 2.0].into_iter().find(|factor| factor * power <= value).unwrap_or(1.0) * power
}

fn round_up(value: f64) -> f64 {
    let power = ten(exponent(value));
    let found = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= value);
    found.unwrap_or(10.0) * power
}

/// A day in seconds.
const DAY: f64 = 86_400.0;
/// From this duration on, in seconds, times are in days.
const DAYS: f64 = 4.0 * DAY;

/// Round instants of a measured time, in seconds, at most `about` after the first.
pub fn time_ticks(duration: f64, about: usize) -> Vec<f64> {
    const STEPS: [f64; 18] = [
        1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0, 7_200.0,
        21_600.0, 43_200.0, DAY, 172_800.0, DAYS,
    ];
    let least = duration / about.max(1) as f64;
    if duration < 4.0 {
        return Axis::linear(0.0, duration).ticks(about);
    }
    let step = match duration {
        _ if duration >= DAYS => DAY * round_up(least / DAY).max(1.0),
        _ => STEPS.into_iter().find(|step| *step >= least).expect("the longest step is enough"),
    };
    (0..=(duration / step + 1e-9) as u32).map(|count| f64::from(count) * step).collect()
}

/// An instant of the measured time as text, in the unit that suits its whole duration.
pub fn time_label(seconds: f64, duration: f64) -> String {
    let (factor, unit) = match duration {
        _ if duration <= 240.0 => (1.0, "s"),
        _ if duration <= 14_400.0 => (60.0, "min"),
        _ if duration < DAYS => (3_600.0, "h"),
        _ => (DAY, "d"),
    };
    if seconds == 0.0 { "0".to_string() } else { format!("{} {unit}", short(seconds / factor, 3)) }
}

/// A value beside an axis, with its unit: `500 ms`, `5 %`, `1200`.
pub fn label(metric: Metric, value: f64) -> String {
    if value == 0.0 {
        return "0".to_string();
    }
    let unit = unit(metric, value);
    let number = short(value * unit.factor, 3);
    match unit.name {
        "" | "/s" => number,
        name => format!("{number} {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_run_from_zero_to_one() {
        let log = Axis::log([0.012, 4.1].into_iter()).unwrap();
        assert_eq!((log.low, log.high), (0.01, 5.0));
        for axis in [Axis::linear(2.0, 4.0), log, Axis::nines(0.0, 0.999)] {
            assert_eq!((axis.place(axis.low), axis.place(axis.high)), (0.0, 1.0), "{axis:?}");
        }
        let middle = Axis::log([0.01, 1.0].into_iter()).unwrap().place(0.1);
        assert!((middle - 0.5).abs() < 1e-12, "{middle}");
        assert_eq!(log.place(0.0), 0.0);
        assert_eq!(Axis::log([0.0, f64::NAN].into_iter()), None);
    }

    #[test]
    fn ticks_are_round() {
        let check = |axis: Axis, about, ticks: &[f64]| assert_eq!(axis.ticks(about), ticks);
        check(Axis::linear(0.0, 1200.0), 4, &[0.0, 500.0, 1000.0]);
        check(
            Axis::from_zero([0.0].into_iter()),
            5,
            &[0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0],
        );
        check(Axis::log([0.01, 5.0].into_iter()).unwrap(), 5, &[0.01, 0.1, 1.0]);
        check(Axis::log([0.02, 0.03].into_iter()).unwrap(), 5, &[0.01, 0.02, 0.05, 0.1]);
        assert_eq!(time_ticks(600.0, 6), [0.0, 120.0, 240.0, 360.0, 480.0, 600.0]);
        assert_eq!(time_label(120.0, 600.0), "2 min");
        assert_eq!(label(Metric::LatencyP99, 0.25), "250 ms");
    }

    #[test]
    fn long_times_are_in_whole_days() {
        let check = |days: f64, about, expected: &[&str]| {
            let duration = days * DAY;
            let ticks = time_ticks(duration, about).into_iter();
            let labels: Vec<String> = ticks.map(|tick| time_label(tick, duration)).collect();
            assert_eq!(labels, expected, "{days} days, about {about}");
        };
        check(2.0, 9, &["0", "6 h", "12 h", "18 h", "24 h", "30 h", "36 h", "42 h", "48 h"]);
        check(3.5, 9, &["0", "12 h", "24 h", "36 h", "48 h", "60 h", "72 h", "84 h"]);
        check(3.9, 1, &["0"]);
        check(4.0, 9, &["0", "1 d", "2 d", "3 d", "4 d"]);
        check(14.5, 9, &["0", "2 d", "4 d", "6 d", "8 d", "10 d", "12 d", "14 d"]);
        check(30.0, 9, &["0", "5 d", "10 d", "15 d", "20 d", "25 d", "30 d"]);
        check(
            90.0,
            9,
            &["0", "10 d", "20 d", "30 d", "40 d", "50 d", "60 d", "70 d", "80 d", "90 d"],
        );
        check(365.0, 9, &["0", "50 d", "100 d", "150 d", "200 d", "250 d", "300 d", "350 d"]);
        check(3_000.0, 3, &["0", "1000 d", "2000 d", "3000 d"]);
    }
}

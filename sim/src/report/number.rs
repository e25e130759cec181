//! Numbers for people: three significant digits and a unit that suits their size.

use crate::experiment::Estimate;
use crate::metrics::Metric;

/// What stands where there is no value.
pub const NOTHING: &str = "–";

/// Ten to the power of `exponent`, rounded correctly.
pub fn ten(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().expect("a power of ten is a number")
}

/// The exponent of the first digit of a finite number that is not zero: 2 for 345.
pub fn exponent(value: f64) -> i32 {
    let text = format!("{value:e}");
    let (_, exponent) = text.split_once('e').expect("the format has an exponent");
    exponent.parse().expect("the exponent is a whole number")
}

/// The number with so many significant digits: `0.0123`, `1.20`, `1230`.
pub fn digits(value: f64, count: usize) -> String {
    if value.is_nan() {
        return NOTHING.to_string();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_string();
    }
    if value == 0.0 {
        return "0".to_string();
    }
    let rounded: f64 = format!("{value:.*e}", count - 1).parse().expect("the format is a number");
    let first = exponent(rounded);
    if !(-9..=15).contains(&first) {
        return format!("{value:.*e}", count - 1);
    }
    let decimals = usize::try_from(count as i32 - 1 - first).unwrap_or(0);
    format!("{rounded:.decimals$}")
}

/// The same without zeros at the end: `0.5`, `20`.
pub fn short(value: f64, count: usize) -> String {
    let text = digits(value, count);
    if text.contains('.') && !text.contains('e') {
        return text.trim_end_matches('0').trim_end_matches('.').to_string();
    }
    text
}

/// How values of a metric are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// What a value is multiplied with before it is shown.
    pub factor: f64,
    /// What stands behind it.
    pub name: &'static str,
}

/// The unit for values of `metric` of the size of `value`.
pub fn unit(metric: Metric, value: f64) -> Unit {
    let size = value.abs();
    let (factor, name) = match metric {
        Metric::ErrorRate | Metric::Utilization => (100.0, "%"),
        _ => match metric.unit() {
            "1/s" => (1.0, "/s"),
            "s" if size == 0.0 || size >= 0.9995 || size.is_nan() => (1.0, "s"),
            "s" if size >= 0.9995e-3 => (1e3, "ms"),
            "s" if size >= 0.9995e-6 => (1e6, "µs"),
            "s" => (1e9, "ns"),
            _ => (1.0, ""),
        },
    };
    Unit { factor, name }
}

/// A value with its unit: `42.3 ms`, `never` for a recovery that is infinite.
pub fn quantity(metric: Metric, value: f64) -> String {
    if value.is_nan() {
        return NOTHING.to_string();
    }
    if metric == Metric::Recovery && value == f64::INFINITY {
        return "never".to_string();
    }
    let unit = unit(metric, value);
    spaced(&digits(value * unit.factor, 3), unit.name)
}

/// Half a width with at most two digits and no more decimals than the number it stands beside has,
/// unless nothing would be left of it.
fn beside(half: f64, number: &str) -> String {
    let decimals = |text: &str| text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let two = short(half, 2);
    let same = decimals(number);
    if two.contains('e') || number.contains('e') || decimals(&two) <= same {
        return two;
    }
    let rounded = format!("{half:.same$}");
    if rounded.parse() == Ok(0.0) { short(half, 1) } else { rounded }
}

fn spaced(number: &str, unit: &str) -> String {
    match unit {
        "s" | "ms" | "µs" | "ns" | "%" => format!("{number} {unit}"),
        _ => format!("{number}{unit}"),
    }
}

/// Half the width of the 95 % interval, where there is a finite one.
pub fn half_width(ci95: Option<(f64, f64)>) -> Option<f64> {
    ci95.map(|(low, high)| (high - low) / 2.0).filter(|half| half.is_finite() && *half > 0.0)
}

/// A mean and how sure it is, as shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The number, or a word in its place.
    pub number: String,
    /// Half the width of the interval, in the same unit.
    pub half: Option<String>,
    /// The unit.
    pub unit: &'static str,
}

impl Shown {
    /// A word in the place of a number.
    pub fn word(word: &str) -> Shown {
        Shown { number: word.to_string(), half: None, unit: "" }
    }

    /// The mean of an estimate; `signed` writes a plus before what is above zero.
    pub fn estimate(estimate: Option<&Estimate>, signed: bool) -> Shown {
        let Some(found) = estimate else { return Shown::word(NOTHING) };
        if found.metric == Metric::Recovery && !signed && found.mean.is_infinite() {
            return Shown::word(if found.min.is_infinite() { "never" } else { "some never" });
        }
        Shown::value(found.metric, found.mean, found.ci95, signed)
    }

    /// A value and its interval.
    pub fn value(metric: Metric, value: f64, ci95: Option<(f64, f64)>, signed: bool) -> Shown {
        if !value.is_finite() {
            return Shown::word(&digits(value, 3));
        }
        let half = half_width(ci95);
        // A small unit would give an interval much wider than its mean too many digits.
        let wide = half.map_or(0.0, |half| if value == 0.0 { half } else { half / 10.0 });
        let unit = unit(metric, value.abs().max(wide));
        // A difference of shares is one of percentage points.
        let name = if signed && unit.name == "%" { "pp" } else { unit.name };
        let plus = if signed && value > 0.0 { "+" } else { "" };
        let number = digits(value * unit.factor, 3);
        let half = half.map(|half| beside(half * unit.factor, &number));
        Shown { number: format!("{plus}{number}"), half, unit: name }
    }

    /// With spaces: `42.3 ±1.2 ms`.
    pub fn full(&self) -> String {
        let half = self.half.as_ref().map_or(String::new(), |half| format!(" ±{half}"));
        let unit = if self.unit == "pp" { " pp".to_string() } else { spaced("", self.unit) };
        format!("{}{half}{unit}", self.number)
    }

    /// Without spaces: `42.3±1.2ms`.
    pub fn compact(&self) -> String {
        let half = self.half.as_ref().map_or(String::new(), |half| format!("±{half}"));
        format!("{}{half}{}", self.number, self.unit)
    }

    /// The number and its unit alone: `42.3ms`.
    pub fn bare(&self) -> String {
        format!("{}{}", self.number, self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_stay() {
        for (value, text) in [
            (0.0, "0"),
            (1234.0, "1230"),
            (999.6, "1000"),
            (99.96, "100"),
            (1.2, "1.20"),
            (0.012_345, "0.0123"),
            (-5.678, "-5.68"),
            (1e-12, "1.00e-12"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(digits(value, 3), text, "{value}");
        }
        assert_eq!((short(0.5, 3), short(20.0, 3)), ("0.5".to_string(), "20".to_string()));
    }

    #[test]
    fn units_suit_the_size() {
        for (metric, value, text) in [
            (Metric::LatencyP99, 0.0423, "42.3 ms"),
            (Metric::LatencyP99, 0.9999, "1.00 s"),
            (Metric::LatencyP99, 0.000_05, "50.0 µs"),
            (Metric::LatencyP99, 0.999_9e-6, "1.00 µs"),
            (Metric::WaitMean, -0.25e-6, "-250 ns"),
            (Metric::WaitMean, 0.861e-9, "0.861 ns"),
            (Metric::WaitMean, 0.0, "0 s"),
            (Metric::Recovery, f64::INFINITY, "never"),
            (Metric::ErrorRate, 0.012, "1.20 %"),
            (Metric::Goodput, 1181.0, "1180/s"),
            (Metric::AttemptsPerRequest, 1.0321, "1.03"),
            (Metric::QueueMax, f64::NAN, "–"),
        ] {
            assert_eq!(quantity(metric, value), text);
        }
    }

    #[test]
    fn a_mean_and_its_half_width_share_a_unit() {
        let check = |metric, value, ci95, signed, full: &str, compact: &str| {
            let shown = Shown::value(metric, value, ci95, signed);
            assert_eq!((shown.full().as_str(), shown.compact().as_str()), (full, compact));
        };
        let wide = Some((0.041, 0.0434));
        check(Metric::LatencyP50, 0.0422, wide, false, "42.2 ±1.2 ms", "42.2±1.2ms");
        check(Metric::ErrorRate, 0.02, Some((0.01, 0.03)), true, "+2.00 ±1 pp", "+2.00±1pp");
        let narrow = Some((1199.7, 1200.3));
        check(Metric::Goodput, 1200.0, narrow, false, "1200 ±0.3/s", "1200±0.3/s");
        check(Metric::LatencyP50, 1.1, Some((1.045, 1.155)), false, "1.10 ±0.06 s", "1.10±0.06s");
        check(Metric::Goodput, 1200.0, None, false, "1200/s", "1200/s");
        check(Metric::LatencyP50, 1.0, Some((0.0, f64::INFINITY)), false, "1.00 s", "1.00s");
        let tiny = Some((-1.039e-9, 2.761e-9));
        check(Metric::WaitMean, 0.861e-9, tiny, true, "+0.861 ±1.9 ns", "+0.861±1.9ns");
        let wider = Some((-0.001_999_7, 0.002_000_3));
        check(Metric::WaitMean, 3e-7, wider, true, "+0.300 ±2000 µs", "+0.300±2000µs");
    }
}

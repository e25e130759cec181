//! The times in a trace: numbers with a unit, or dates.
//!
//! Read as whole nanoseconds, never through floats where digits would be lost: a float of seconds
//! since 1970 is only good to a quarter of a microsecond. The only file that names the date reader.

use crate::config::{Setting, Value};
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::Offset;

/// The unit of numbers, by how many decimal digits of nanoseconds it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit(u32);

/// How a file writes its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Numbers in a unit.
    Number(Unit),
    /// Dates with an offset from UTC: `2023-11-16T18:17:03.97Z`.
    Moment,
    /// Dates without, all taken as if in one place without daylight saving.
    Local,
}

static DATES: DateTimeParser = DateTimeParser::new();

impl Format {
    /// How `text`, the first time of a file, is written. With a `unit` it must be a number; a number
    /// without one is in seconds.
    pub fn detect(text: &str, unit: Option<Unit>) -> Result<Format, String> {
        let number = Format::Number(unit.unwrap_or(Unit(9)));
        let formats: &[Format] =
            if unit.is_some() { &[number] } else { &[number, Format::Moment, Format::Local] };
        let fitting = formats.iter().find(|format| format.parse(text).is_some());
        fitting.copied().ok_or_else(|| match unit {
            _ if text.is_empty() => "the time is missing".into(),
            Some(_) => format!("`{text}` is not a number"),
            None => format!("`{text}` is neither a number nor a date with a time"),
        })
    }

    /// Nanoseconds since an origin that is the same for all times of this format.
    pub fn read(self, text: &str) -> Result<i128, String> {
        self.parse(text).ok_or_else(|| match self {
            _ if text.is_empty() => "the time is missing".into(),
            Format::Number(_) => format!("`{text}` is not a number"),
            Format::Moment if Format::Local.parse(text).is_some() => {
                format!("`{text}` has no offset from UTC, the rows before have one")
            }
            Format::Local if Format::Moment.parse(text).is_some() => {
                format!("`{text}` has an offset from UTC, the rows before have none")
            }
            Format::Moment | Format::Local => format!("`{text}` is not a date with a time"),
        })
    }

    fn parse(self, text: &str) -> Option<i128> {
        match self {
            Format::Number(unit) => unit.nanos(text),
            Format::Moment => Some(DATES.parse_timestamp(text).ok()?.as_nanosecond()),
            Format::Local => {
                // A date alone would read as its midnight, which is hardly what a trace means.
                let date = DATES.parse_datetime(text).ok().filter(|_| text.contains(':'))?;
                Some(Offset::UTC.to_timestamp(date).ok()?.as_nanosecond())
            }
        }
    }
}

impl Unit {
    /// A number of this unit in nanoseconds, rounded half up; no digit above a nanosecond is lost.
    fn nanos(self, text: &str) -> Option<i128> {
        if text.contains(['e', 'E']) {
            return self.nanos_of_float(text);
        }
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        // Twenty-five digits of seconds fit; nobody means more.
        if !all_digits(whole) || !all_digits(fraction) || whole.len() > 25 {
            return None;
        }
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let kept = self.0 as usize;
        let digits =
            whole.bytes().chain(fraction.bytes().chain(std::iter::repeat(b'0')).take(kept));
        let value = digits.fold(0_i128, |value, digit| value * 10 + i128::from(digit - b'0'));
        let rounded_up = fraction.as_bytes().get(kept).is_some_and(|digit| *digit >= b'5');
        Some(sign * (value + i128::from(rounded_up)))
    }

    /// A number with an exponent, with the digits that a float has.
    fn nanos_of_float(self, text: &str) -> Option<i128> {
        let scale = (0..self.0).fold(1.0, |scale, _| scale * 10.0);
        let nanos = text.parse::<f64>().ok()? * scale;
        (nanos.abs() < 1e34).then_some((nanos + 0.5_f64.copysign(nanos)) as i128)
    }
}

impl Setting for Unit {
    const EXPECTS: &'static str = "`\"s\"`, `\"ms\"`, `\"us\"` or `\"ns\"`";

    fn read(value: &Value) -> Result<Unit, String> {
        match value {
            Value::Text(unit) if unit == "s" => Ok(Unit(9)),
            Value::Text(unit) if unit == "ms" => Ok(Unit(6)),
            Value::Text(unit) if unit == "us" => Ok(Unit(3)),
            Value::Text(unit) if unit == "ns" => Ok(Unit(0)),
            other => Err(format!("found {}", other.describe())),
        }
    }

    fn write(&self) -> Value {
        Value::Text(match self.0 {
            9 => "s".into(),
            6 => "ms".into(),
            3 => "us".into(),
            _ => "ns".into(),
        })
    }

    fn placeholder() -> Unit {
        Unit(9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_every_digit() {
        for (text, digits, nanos) in [
            ("1", 9, Some(1_000_000_000)),
            ("0.0000000014", 9, Some(1)),
            ("0.0000000015", 9, Some(2)),
            ("-0.5", 9, Some(-500_000_000)),
            ("1700158623979960001", 0, Some(1_700_158_623_979_960_001)),
            ("1700158623.979960001", 9, Some(1_700_158_623_979_960_001)),
            (".5", 6, Some(500_000)),
            ("5.", 6, Some(5_000_000)),
            ("+2", 3, Some(2_000)),
            ("2.5e3", 3, Some(2_500_000)),
            ("-1e-3", 6, Some(-1_000)),
            ("1e99", 0, None),
            (".", 9, None),
            ("", 9, None),
            ("1,5", 9, None),
            ("0x10", 9, None),
            ("--1", 9, None),
            ("99999999999999999999999999", 9, None),
        ] {
            assert_eq!(Unit(digits).nanos(text), nanos, "{text}");
        }
    }

    #[test]
    fn the_first_time_tells_the_format() {
        let seconds = Format::Number(Unit(9));
        for (text, unit, format) in [
            ("12.5", None, Ok(seconds)),
            ("12.5", Some(Unit(0)), Ok(Format::Number(Unit(0)))),
            ("2023-11-16 18:17:03.9799600", None, Ok(Format::Local)),
            ("2023-11-16T18:17:03", None, Ok(Format::Local)),
            ("2023-11-16T18:17:03Z", None, Ok(Format::Moment)),
            ("2023-11-16 18:17:03.5+01:00", None, Ok(Format::Moment)),
            ("2023-11-16T18:17:03Z", Some(Unit(9)), Err("`2023-11-16T18:17:03Z` is not a number")),
            ("2023-11-16", None, Err("`2023-11-16` is neither a number nor a date with a time")),
            ("", None, Err("the time is missing")),
        ] {
            assert_eq!(Format::detect(text, unit), format.map_err(String::from), "{text}");
        }
    }
}

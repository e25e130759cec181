//! Quantities with units as people write them: `"250ms"`, `"800/s"`, `"5%"`, `"512MiB"`.
//!
//! Each quantity has one parser and one printer, and what is printed parses back to the same value.
//! A parser's error says what was found and shows a good example; it never guesses a unit.

use crate::time::Span;
use std::fmt;

/// Events a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Rate(pub f64);

/// A share of a whole, as a plain number: 0.05 is 5 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Ratio(pub f64);

/// A size of memory in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

/// A bound that may be absent because the user wrote `"unlimited"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit<T> {
    /// At most this much.
    At(T),
    /// No bound: the user wrote so.
    Unlimited,
}

impl Limit<u32> {
    /// The bound as a count; unlimited is the largest count.
    pub fn count(self) -> u32 {
        match self {
            Limit::At(count) => count,
            Limit::Unlimited => u32::MAX,
        }
    }
}

impl Limit<Span> {
    /// The bound as a span; unlimited is the longest span.
    pub fn span(self) -> Span {
        match self {
            Limit::At(span) => span,
            Limit::Unlimited => Span::MAX,
        }
    }
}

impl<T: fmt::Display> fmt::Display for Limit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::At(bound) => bound.fmt(f),
            Limit::Unlimited => f.write_str("unlimited"),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.0)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, name) in [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] {
            if self.0 > 0 && self.0.is_multiple_of(unit) {
                return write!(f, "{}{name}", self.0 / unit);
            }
        }
        write!(f, "{}B", self.0)
    }
}

/// Splits `"12.5ms"` into the number and the unit after it.
fn number_and_unit(text: &str) -> Option<(f64, &str)> {
    let end = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || *c == '_' || (*at == 0 && *c == '-')))
        .map_or(text.len(), |(at, _)| at);
    let number: f64 = text[..end].replace('_', "").parse().ok()?;
    Some((number, text[end..].trim()))
}

/// Parses a duration: one or more numbers with units, such as `"250ms"` or `"1h30m"`.
pub fn parse_span(text: &str) -> Result<Span, String> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("the text is empty".into());
    }
    let mut total = 0.0_f64;
    while !rest.is_empty() {
        let end = rest
            .char_indices()
            .skip(1)
            .skip_while(|(_, c)| !c.is_alphabetic())
            .skip_while(|(_, c)| c.is_alphabetic())
            .map(|(at, _)| at)
            .next()
            .unwrap_or(rest.len());
        let (number, unit) = number_and_unit(rest[..end].trim())
            .ok_or_else(|| format!("`{text}` is not a duration"))?;
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            "" => return Err(format!("`{text}` has no unit")),
            other => return Err(format!("`{other}` is not a unit of time")),
        };
        if number < 0.0 {
            return Err(format!("`{text}` is negative"));
        }
        total += number * seconds;
        rest = rest[end..].trim_start();
    }
    // A hundred years: far beyond any use, far below the end of simulated time.
    if total > 3_155_760_000.0 {
        return Err(format!("`{text}` is longer than a hundred years"));
    }
    Ok(Span::from_seconds(total))
}

/// Parses a rate: a number and a unit of time, such as `"800/s"`, `"9000/min"`, `"10/h"`.
pub fn parse_rate(text: &str) -> Result<Rate, String> {
    let (number, unit) =
        number_and_unit(text.trim()).ok_or_else(|| format!("`{text}` is not a rate"))?;
    let per = match unit.strip_prefix('/').map(str::trim) {
        Some("s") => 1.0,
        Some("m" | "min") => 60.0,
        Some("h") => 3_600.0,
        Some("d") => 86_400.0,
        _ if unit.is_empty() => return Err(format!("`{text}` has no unit")),
        _ => return Err(format!("`{unit}` is not a unit of rate")),
    };
    if number < 0.0 {
        return Err(format!("`{text}` is negative"));
    }
    let rate = number / per;
    if rate > 1e9 {
        return Err(format!("`{text}` is more than one a nanosecond"));
    }
    Ok(Rate(rate))
}

/// Parses a share written with a percent sign, such as `"5%"`.
pub fn parse_percent(text: &str) -> Result<Ratio, String> {
    let (number, unit) =
        number_and_unit(text.trim()).ok_or_else(|| format!("`{text}` is not a share"))?;
    match unit {
        "%" => Ok(Ratio(number / 100.0)),
        "" => Ok(Ratio(number)),
        other => Err(format!("`{other}` is not a percent sign")),
    }
}

/// Parses a size of memory, such as `"512MiB"`.
pub fn parse_bytes(text: &str) -> Result<Bytes, String> {
    let (number, unit) =
        number_and_unit(text.trim()).ok_or_else(|| format!("`{text}` is not a size"))?;
    let bytes = match unit {
        "B" => 1.0,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        "kB" | "KB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "" => return Err(format!("`{text}` has no unit")),
        other => return Err(format!("`{other}` is not a unit of memory")),
    };
    if number < 0.0 {
        return Err(format!("`{text}` is negative"));
    }
    Ok(Bytes((number * bytes + 0.5) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_parse_and_print_back() {
        for (text, nanos) in [
            ("250ms", 250_000_000),
            ("0s", 0),
            ("1.5s", 1_500_000_000),
            ("1h30m", 5_400_000_000_000),
            ("2m", 120_000_000_000),
            ("7us", 7_000),
            ("7 µs", 7_000),
            ("1d", 86_400_000_000_000),
            ("1_000ms", 1_000_000_000),
        ] {
            let span = parse_span(text).unwrap();
            assert_eq!(span.nanos(), nanos, "{text}");
            assert_eq!(parse_span(&span.to_string()).unwrap(), span, "{text}");
        }
    }

    #[test]
    fn wrong_durations_say_what_is_wrong() {
        for (text, complaint) in [
            ("25", "`25` has no unit"),
            ("", "the text is empty"),
            ("-5s", "`-5s` is negative"),
            ("5 parsecs", "`parsecs` is not a unit of time"),
            ("ms", "`ms` is not a duration"),
            ("1..2s", "`1..2s` is not a duration"),
            ("200000d", "`200000d` is longer than a hundred years"),
        ] {
            assert_eq!(parse_span(text).unwrap_err(), complaint, "{text}");
        }
    }

    #[test]
    fn rates_shares_and_sizes_parse() {
        assert_eq!(parse_rate("9000/min").unwrap(), Rate(150.0));
        assert_eq!(parse_rate("0.5/s").unwrap(), Rate(0.5));
        assert_eq!(parse_rate("800").unwrap_err(), "`800` has no unit");
        assert_eq!(parse_rate("800/fortnight").unwrap_err(), "`/fortnight` is not a unit of rate");
        assert_eq!(parse_percent("5%").unwrap(), Ratio(0.05));
        assert_eq!(parse_bytes("512MiB").unwrap(), Bytes(512 << 20));
        assert_eq!(parse_bytes("512").unwrap_err(), "`512` has no unit");
        assert_eq!(Bytes(512 << 20).to_string(), "512MiB");
        assert_eq!(Rate(150.0).to_string(), "150/s");
    }
}

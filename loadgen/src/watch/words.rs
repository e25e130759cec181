//! Numbers for the live view: short, and of even width where they change every second.

use sim::time::Span;

/// A time with three digits and the unit that suits it: `12.3 ms`, `1.50 s`; a dash for none.
pub fn span(span: Option<Span>) -> String {
    let Some(span) = span else { return "–".into() };
    let nanos = span.nanos() as f64;
    let (value, unit) = match nanos {
        nanos if nanos < 999_500.0 => (nanos / 1e3, "µs"),
        nanos if nanos < 999_500_000.0 => (nanos / 1e6, "ms"),
        nanos => (nanos / 1e9, "s"),
    };
    format!("{} {unit}", three(value))
}

/// A number with three digits: `0.05`, `1.50`, `12.3`, `320`, `12340`.
pub fn three(value: f64) -> String {
    match value.abs() {
        size if size < 9.995 => format!("{value:.2}"),
        size if size < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// A time in whole seconds: `12s`, `2m05s`, `1h02m`.
pub fn seconds(span: Span) -> String {
    let seconds = span.seconds().round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h{minutes:02}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        for (nanos, expected) in [
            (0, "0.00 µs"),
            (210_000, "210 µs"),
            (999_499, "999 µs"),
            (999_600, "1.00 ms"),
            (12_340_000, "12.3 ms"),
            (999_600_000, "1.00 s"),
            (1_500_000_000, "1.50 s"),
            (90_000_000_000, "90.0 s"),
        ] {
            assert_eq!(span(Some(Span::from_nanos(nanos))), expected);
        }
        assert_eq!(span(None), "–");
    }

    #[test]
    fn clocks_count_seconds() {
        for (millis, expected) in
            [(0, "0s"), (12_400, "12s"), (125_000, "2m05s"), (3_720_000, "1h02m")]
        {
            assert_eq!(seconds(Span::from_millis(millis)), expected);
        }
    }
}

//! The condition of an expectation: a metric, a comparison and a bound with the metric's unit.

use super::Metric;
use crate::config::nearest;
use crate::time::Span;
use crate::units::{parse_percent, parse_rate, parse_span};

/// How a measure is compared with its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Comparison {
    /// Whether `value` compares so with `bound`.
    pub fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Comparison::Less => value < bound,
            Comparison::AtMost => value <= bound,
            Comparison::More => value > bound,
            Comparison::AtLeast => value >= bound,
        }
    }
}

/// The heart of an expectation: `error_rate < 1%`.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// As written, with single blanks.
    pub text: String,
    /// What is measured.
    pub metric: Metric,
    /// How it is compared.
    pub comparison: Comparison,
    /// What it is compared with, in SI units; infinite for `never`.
    pub bound: f64,
}

/// What is wrong with a condition, what is allowed, and the fix.
pub type Complaint = (String, String, String);

/// Parses `metric < value`.
pub fn parse(text: &str) -> Result<Condition, Complaint> {
    let shape = || "expected `METRIC < VALUE`, with `<`, `<=`, `>` or `>=`".to_string();
    let example = || "for example `error_rate < 1%` or `latency_p99 <= 1s`".to_string();
    let Some(at) = text.find(['<', '>', '=', '!']) else {
        return Err((format!("`{}` compares nothing", short(text)), shape(), example()));
    };
    let (name, rest) = (text[..at].trim(), &text[at..]);
    let signs = [
        ("<=", Comparison::AtMost),
        (">=", Comparison::AtLeast),
        ("<", Comparison::Less),
        (">", Comparison::More),
    ];
    let sign = signs.into_iter().find_map(|(sign, comparison)| {
        rest.strip_prefix(sign).map(|value| (sign, comparison, value.trim()))
    });
    let Some((sign, comparison, value)) = sign.filter(|(.., value)| !value.starts_with('=')) else {
        let message = format!("`{}` asks for equality, which chance never gives", short(text));
        return Err((message, shape(), example()));
    };
    let Some(metric) = Metric::parse(name) else {
        let help = match nearest(name, Metric::all().map(Metric::name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`sim list metrics` names all metrics".into(),
        };
        let groups = "expected a metric such as `error_rate`, `goodput` or `latency_p99`";
        return Err((format!("unknown metric `{}`", short(name)), groups.into(), help));
    };
    let bound = bound(metric, comparison, value).map_err(|(found, expected)| {
        let example = format!("for example `{name} {sign} {}`", example_value(metric));
        (format!("`{name}`: {found}"), format!("expected {expected}"), example)
    })?;
    Ok(Condition { text: format!("{name} {sign} {value}"), metric, comparison, bound })
}

/// At most forty characters of a text.
pub fn short(text: &str) -> String {
    let mut short: String = text.trim().chars().take(40).collect();
    if short.len() < text.trim().len() {
        short.push('…');
    }
    short
}

/// A good value for a metric.
fn example_value(metric: Metric) -> &'static str {
    match (metric, metric.unit()) {
        (Metric::AttemptsPerRequest, _) => "1.5",
        (Metric::Recovery, _) => "60s",
        (_, "s") => "250ms",
        (_, "1/s") => "500/s",
        (_, "ratio") => "1%",
        _ => "100",
    }
}

/// The bound of a condition in SI units, or what was found and what is expected.
fn bound(
    metric: Metric,
    comparison: Comparison,
    text: &str,
) -> Result<f64, (String, &'static str)> {
    if text == "never" {
        return match (metric, comparison) {
            (Metric::Recovery, Comparison::AtLeast) => Ok(f64::INFINITY),
            _ => Err(("`never` stands only in `recovery >= never`".into(), "a value")),
        };
    }
    let plain = || match text.replace('_', "").parse::<f64>() {
        Ok(number) if number < 0.0 => Err(format!("`{}` is negative", short(text))),
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(format!("`{}` is not a plain number", short(text))),
    };
    let (bound, expected) = match (metric, metric.unit()) {
        (_, "s") => (parse_span(text).map(Span::seconds), "a duration such as `1s` or `250ms`"),
        (_, "1/s") => (parse_rate(text).map(|rate| rate.0), "a rate such as `500/s`"),
        (Metric::AttemptsPerRequest, _) => (plain(), "a plain number such as `1.5`"),
        (_, "ratio") => (share(text), "a share from 0 to 1 such as `1%` or `0.01`"),
        _ => (plain(), "a plain number such as `100`"),
    };
    bound.map_err(|found| (found, expected))
}

/// A share of a whole.
fn share(text: &str) -> Result<f64, String> {
    let share = parse_percent(text)?.0;
    match share {
        share if share < 0.0 => Err(format!("`{}` is negative", short(text))),
        share if share > 1.0 => Err(format!("`{}` is more than the whole", short(text))),
        share => Ok(share),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_parse_into_si_units() {
        use Comparison::*;
        for (text, metric, comparison, bound) in [
            ("error_rate < 1%", Metric::ErrorRate, Less, 0.01),
            ("error_rate<=0.5", Metric::ErrorRate, AtMost, 0.5),
            ("latency_p99 <= 250ms", Metric::LatencyP99, AtMost, 0.25),
            ("goodput > 9000/min", Metric::Goodput, More, 150.0),
            ("attempts_per_request < 1.5", Metric::AttemptsPerRequest, Less, 1.5),
            ("queue_max >= 1_000", Metric::QueueMax, AtLeast, 1000.0),
            ("recovery < 1m", Metric::Recovery, Less, 60.0),
            ("recovery >= never", Metric::Recovery, AtLeast, f64::INFINITY),
        ] {
            let condition = parse(text).unwrap();
            assert_eq!(
                (condition.metric, condition.comparison, condition.bound),
                (metric, comparison, bound),
                "{text}"
            );
        }
    }

    #[test]
    fn wrong_conditions_say_what_is_wrong() {
        for (text, complaint) in [
            ("", "`` compares nothing"),
            ("error_rate", "`error_rate` compares nothing"),
            ("error_rate == 0", "`error_rate == 0` asks for equality, which chance never gives"),
            ("error_rate <", "`error_rate`: `` is not a share"),
            ("errorrate < 1%", "unknown metric `errorrate`"),
            ("error_rate < 1s", "`error_rate`: `s` is not a percent sign"),
            ("error_rate < 150%", "`error_rate`: `150%` is more than the whole"),
            ("error_rate < -1%", "`error_rate`: `-1%` is negative"),
            ("latency_p99 < 1", "`latency_p99`: `1` has no unit"),
            ("goodput > 5s", "`goodput`: `s` is not a unit of rate"),
            ("queue_max < 5%", "`queue_max`: `5%` is not a plain number"),
            ("attempts_per_request < nan", "`attempts_per_request`: `nan` is not a plain number"),
            ("recovery < never", "`recovery`: `never` stands only in `recovery >= never`"),
        ] {
            assert_eq!(parse(text).unwrap_err().0, complaint, "{text}");
        }
    }
}

//! Expectations: conditions on the measures that must hold, such as `error_rate < 1%`.

use crate::config::{Fields, Setting, Value, nearest};
use crate::metrics::Metric;
use crate::time::Span;
use crate::units::{parse_percent, parse_rate, parse_span};

/// A condition on one measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// The condition as written, with its scope and window: `error_rate < 1% from 6m`.
    pub text: String,
    /// What is measured.
    pub metric: Metric,
    /// How it is compared.
    pub comparison: Comparison,
    /// What it is compared with, in SI units; infinite for `never`.
    pub bound: f64,
    /// The scope, such as `all` or `app.shop`.
    pub scope: String,
    /// Which of the scenario's windows is looked at; nothing for the whole measured time.
    pub window: Option<usize>,
    /// The names of the variants that it speaks of.
    pub variants: Vec<String>,
}

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

impl Expectation {
    /// Whether `value`, in SI units, satisfies the condition.
    pub fn holds(&self, value: f64) -> bool {
        match self.comparison {
            Comparison::Less => value < self.bound,
            Comparison::AtMost => value <= self.bound,
            Comparison::More => value > self.bound,
            Comparison::AtLeast => value >= self.bound,
        }
    }
}

/// What expectations are checked against.
pub(super) struct Known<'a> {
    /// The scopes that are measured.
    pub scopes: &'a [String],
    /// The names of all variants.
    pub variants: &'a [String],
    /// The variants that the scenario had before the command line changed its axes.
    pub former: &'a [String],
    /// The measured time.
    pub duration: Span,
}

/// Reads `[[expect]]`: the expectations, the windows that they look at, and warnings.
pub(super) fn read(
    fields: &mut Fields<'_>,
    known: &Known<'_>,
) -> (Vec<Expectation>, Vec<(Span, Span)>, Vec<String>) {
    let (mut windows, mut warnings) = (Vec::new(), Vec::new());
    let expectations = fields.list("expect", |fields| {
        let condition = condition(fields);
        let scope = scope(fields, known.scopes);
        let window = window(fields, known.duration, condition.metric);
        let variants = variants(fields, known, &condition.text, &mut warnings);
        let mut text = condition.text;
        if scope != "all" {
            text.push_str(&format!(" in {scope}"));
        }
        if let Some((from, to)) = window {
            text.push_str(&format!(" from {from}"));
            if to != known.duration {
                text.push_str(&format!(" to {to}"));
            }
        }
        let window = window.map(|window| {
            windows.iter().position(|known| *known == window).unwrap_or_else(|| {
                windows.push(window);
                windows.len() - 1
            })
        });
        let Condition { metric, comparison, bound, .. } = condition;
        Expectation { text, metric, comparison, bound, scope, window, variants }
    });
    (expectations, windows, warnings)
}

/// The heart of an expectation: `error_rate < 1%`.
#[derive(Clone, Debug, PartialEq)]
struct Condition {
    text: String,
    metric: Metric,
    comparison: Comparison,
    bound: f64,
}

/// What is wrong with a condition, what is allowed, and the fix.
type Complaint = (String, String, String);

/// Reads `that`; a placeholder stands in for a wrong one.
fn condition(fields: &mut Fields<'_>) -> Condition {
    let placeholder = Condition {
        text: String::new(),
        metric: Metric::Arrivals,
        comparison: Comparison::AtLeast,
        bound: 0.0,
    };
    if !fields.has("that") {
        fields.missing("that", "add `that = \"error_rate < 1%\"`");
        fields.take("that");
        return placeholder;
    }
    let text: String = fields.required("that");
    // A value that is no text is complained about already, and reads as an empty one.
    if text.is_empty() && !fields.reading.is_fine() {
        return placeholder;
    }
    match parse(&text) {
        Ok(condition) => condition,
        Err((message, allowed, help)) => {
            fields.complain("that", message, &allowed, &help);
            placeholder
        }
    }
}

/// Parses `metric < value`.
fn parse(text: &str) -> Result<Condition, Complaint> {
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
fn short(text: &str) -> String {
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

/// Reads `scope`.
fn scope(fields: &mut Fields<'_>, scopes: &[String]) -> String {
    let scope = fields.or("scope", "all".to_string());
    if !scopes.contains(&scope) {
        let near = nearest(&scope, scopes.iter().map(String::as_str));
        let help = near.map_or(String::new(), |near| format!("did you mean `{near}`?"));
        let message = format!("unknown scope `{}`", short(&scope));
        fields.complain("scope", message, &format!("expected one of {}", list(scopes)), &help);
    }
    scope
}

/// Names in backticks; of many only the first ones.
fn list(names: &[String]) -> String {
    let mut shown: Vec<String> = names.iter().take(12).map(|name| format!("`{name}`")).collect();
    if names.len() > shown.len() {
        shown.push(format!("and {} more", names.len() - shown.len()));
    }
    shown.join(", ")
}

/// Reads `from` and `to`, in measured time; nothing for all of it.
fn window(fields: &mut Fields<'_>, duration: Span, metric: Metric) -> Option<(Span, Span)> {
    let from: Option<Span> = fields.optional("from");
    let to: Option<Span> = fields.optional("to");
    if from.is_none() && to.is_none() {
        return None;
    }
    let key = if from.is_some() { "from" } else { "to" };
    if metric == Metric::Recovery {
        let message = format!("`recovery` takes no `{key}`");
        let allowed = "it is measured from the end of the last fault";
        fields.complain(key, message, allowed, &format!("remove `{key}`"));
        return None;
    }
    let window = (from.unwrap_or(Span::ZERO), to.unwrap_or(duration));
    if window.1 > duration {
        let message = format!("`to` is after the end of the run: `\"{}\"`", window.1);
        fields.complain("to", message, &format!("the run ends at `\"{duration}\"`"), "");
    } else if window.0 >= window.1 {
        let message = format!("the window from `\"{}\"` to `\"{}\"` is empty", window.0, window.1);
        fields.complain(key, message, "`from` must be before `to` and before the run's end", "");
    }
    (window != (Span::ZERO, duration)).then_some(window)
}

/// One name or a list of names.
struct Names(Vec<String>);

impl Setting for Names {
    const EXPECTS: &'static str = "a list of the names of variants";

    fn read(value: &Value) -> Result<Names, String> {
        let found = || format!("found {}", value.describe());
        match value {
            Value::List(items) if items.is_empty() => Err("found an empty list".into()),
            Value::List(items) => {
                let names = items.iter().map(|item| String::read(&item.value));
                names.collect::<Result<_, _>>().map(Names)
            }
            _ => Err(found()),
        }
    }

    fn write(&self) -> Value {
        let node = |name: &String| crate::config::Node {
            value: Value::Text(name.clone()),
            place: crate::config::Place::default(),
        };
        Value::List(self.0.iter().map(node).collect())
    }

    fn placeholder() -> Names {
        Names(Vec::new())
    }
}

/// Reads `variant` or `variants`; all of them when neither is there.
fn variants(
    fields: &mut Fields<'_>,
    known: &Known<'_>,
    text: &str,
    warnings: &mut Vec<String>,
) -> Vec<String> {
    let one: Option<String> = fields.optional("variant");
    let several: Option<Names> = fields.optional("variants");
    let (key, names) = match (one, several) {
        (None, None) => return known.variants.to_vec(),
        (Some(name), None) => ("variant", vec![name]),
        (None, Some(Names(names))) => ("variants", names),
        (Some(_), Some(_)) => {
            let message = "`variant` and `variants` stand together";
            fields.complain("variant", message, "exactly one is allowed", "keep `variants`");
            return Vec::new();
        }
    };
    let (there, absent): (Vec<_>, Vec<_>) =
        names.into_iter().partition(|name| known.variants.contains(name));
    for name in absent {
        if known.former.contains(&name) {
            warnings.push(format!(
                "`{text}` is not judged for `{name}`, which `--vary` took away; it is judged again \
                 without that argument"
            ));
            continue;
        }
        let near = nearest(&name, known.variants.iter().map(String::as_str));
        let help = near.map_or(String::new(), |near| format!("did you mean `{near}`?"));
        let message = format!("unknown variant `{}`", short(&name));
        fields.complain(key, message, &format!("expected one of {}", list(known.variants)), &help);
    }
    there
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

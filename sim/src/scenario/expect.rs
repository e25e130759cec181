//! Expectations: conditions on the measures that must hold, such as `error_rate < 1%`.

use crate::config::{Fields, Place, Setting, Value, nearest, one_of};
use crate::load::{Stage, can_see, only_load_tests_see};
use crate::metrics::{Comparison, Condition, Metric, parse, short};
use crate::time::Span;

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
    /// The stage of a load test that it is judged in; nothing for all of them, and for simulations.
    pub stage: Option<String>,
}

impl Expectation {
    /// Whether `value`, in SI units, satisfies the condition.
    pub fn holds(&self, value: f64) -> bool {
        self.comparison.holds(value, self.bound)
    }

    /// Why a simulation does not judge it, as a warning; nothing where it does.
    pub fn unjudged(&self) -> Option<String> {
        let why = match &self.stage {
            Some(_) => "it speaks of a stage of a load test",
            None if self.is_for_load_tests() => "only a load test measures it",
            None => return None,
        };
        Some(format!("`{}` is not judged by a simulation: {why}", self.text))
    }

    /// Whether only a load test can judge it: it names a stage, or what no simulator measures.
    pub fn is_for_load_tests(&self) -> bool {
        self.stage.is_some() || only_load_tests_see(self.metric)
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
    /// The stages of `[load]`.
    pub stages: &'a [Stage],
}

/// What `[[expect]]` says.
pub(super) struct Expected {
    pub expectations: Vec<Expectation>,
    /// Where the condition of each was written.
    pub places: Vec<Place>,
    /// The windows that they look at.
    pub windows: Vec<(Span, Span)>,
    pub warnings: Vec<String>,
}

/// Reads `[[expect]]`.
pub(super) fn read(fields: &mut Fields<'_>, known: &Known<'_>) -> Expected {
    let (mut places, mut windows, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
    let expectations = fields.list("expect", |fields| {
        let condition = condition(fields);
        places.push(fields.place_of("that"));
        let scope = scope(fields, known.scopes);
        let end = ["from", "to"].into_iter().find(|key| fields.has(key));
        let window = window(fields, known.duration, condition.metric);
        let stage = stage(fields, known.stages, condition.metric, end);
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
        if let Some(stage) = &stage {
            text.push_str(&format!(" during {stage}"));
        }
        let window = window.map(|window| {
            windows.iter().position(|known| *known == window).unwrap_or_else(|| {
                windows.push(window);
                windows.len() - 1
            })
        });
        let Condition { metric, comparison, bound, .. } = condition;
        Expectation { text, metric, comparison, bound, scope, window, variants, stage }
    });
    Expected { expectations, places, windows, warnings }
}

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
    let is_text = matches!(fields.peek("that"), Some(Value::Text(_)));
    let text: String = fields.required("that");
    if !is_text {
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

/// Reads `scope`.
fn scope(fields: &mut Fields<'_>, scopes: &[String]) -> String {
    let scope = fields.or("scope", "all".to_string());
    if !scopes.contains(&scope) {
        let named = |full: &&str| full.split_once('.').is_some_and(|(_, name)| name == scope);
        let all = || scopes.iter().map(String::as_str);
        let near = nearest(&scope, all()).or_else(|| all().find(named));
        let help = near.map_or(String::new(), |near| format!("did you mean `{near}`?"));
        let message = format!("unknown scope `{}`", short(&scope));
        fields.complain("scope", message, &one_of(scopes.iter().map(String::as_str)), &help);
    }
    scope
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

/// Reads `stage`, which must be one of `[load]`; `end` is the end of a window that is written.
fn stage(
    fields: &mut Fields<'_>,
    stages: &[Stage],
    metric: Metric,
    end: Option<&str>,
) -> Option<String> {
    let noted = fields.reading.problems();
    let stage: String = fields.optional("stage")?;
    if fields.reading.problems() > noted {
        return Some(stage);
    }
    let names = || stages.iter().map(|stage| stage.name.as_str());
    if !names().any(|name| name == stage) {
        let help = match nearest(&stage, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if stages.is_empty() => "add it to `stages` of `[load]`".into(),
            None => String::new(),
        };
        let message = format!("unknown stage `{}`", short(&stage));
        fields.complain("stage", message, &one_of(names()), &help);
    }
    if let Some(key) = end {
        let message = format!("`{key}` stands beside `stage`");
        fields.complain(key, message, "a stage is judged as a whole", &format!("remove `{key}`"));
    }
    if !can_see(metric) {
        let message = format!("a load test does not measure `{}`", metric.name());
        let allowed = "expected what a client sees, such as `latency_p99`";
        fields.complain("that", message, allowed, "remove `stage`: a simulation measures it");
    }
    Some(stage)
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
            place: Place::default(),
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
        fields.complain(key, message, &one_of(known.variants.iter().map(String::as_str)), &help);
    }
    there
}

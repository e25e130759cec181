//! The warm-up: a time that the scenario says, or one to be found.

use super::Variant;
use crate::config::{Place, Problem, Setting, Value};
use crate::time::Span;

/// What is simulated before the measured time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warmup {
    /// So long.
    At(Span),
    /// As long as pilot runs need to settle.
    Auto,
}

/// The word for a warm-up to be found.
const AUTO: &str = "auto";

impl Warmup {
    /// Its length; nothing while it is still to be found.
    pub fn span(self) -> Option<Span> {
        match self {
            Warmup::At(span) => Some(span),
            Warmup::Auto => None,
        }
    }
}

impl Setting for Warmup {
    const EXPECTS: &'static str = "a duration such as `\"30s\"`, or `\"auto\"`";

    fn read(value: &Value) -> Result<Warmup, String> {
        match value {
            Value::Text(text) if text == AUTO => Ok(Warmup::Auto),
            other => Span::read(other).map(Warmup::At),
        }
    }

    fn write(&self) -> Value {
        match self {
            Warmup::At(span) => span.write(),
            Warmup::Auto => Value::Text(AUTO.into()),
        }
    }

    fn placeholder() -> Warmup {
        Warmup::At(Span::placeholder())
    }
}

/// The problem of a warm-up to be found, said at `place`, where a variant replays a trace: nothing
/// says that its rows ever settle, and a longer warm-up takes more of them away.
pub(super) fn never_settles(place: Place, variants: &[Variant]) -> Option<Problem> {
    let (variant, client) =
        variants.iter().find_map(|variant| Some((variant, variant.platform.trace()?)))?;
    let message = format!(
        "`run.warmup` cannot be found for `{}`: `client.{client}` replays a trace",
        variant.name
    );
    let problem = Problem::at(place, message).allowed("expected a duration");
    Some(
        problem.help(
            "write how much of the trace is to pass before the measured time, such as `\"0s\"`",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warmup_is_a_time_or_the_word() {
        for (text, warmup) in [
            ("30s", Some(Warmup::At(Span::from_secs(30)))),
            ("auto", Some(Warmup::Auto)),
            ("Auto", None),
            ("", None),
        ] {
            let value = Value::Text(text.into());
            assert_eq!(Warmup::read(&value).ok(), warmup, "{text}");
            if let Some(warmup) = warmup {
                assert_eq!(warmup.write().to_string(), value.to_string());
            }
        }
    }
}

//! `on-error`: what becomes of a trace with wrong lines.

use crate::config::{Setting, Value};

/// What to do with a wrong line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// The trace is refused.
    Fail,
    /// The line is left out, with a warning.
    Skip,
}

impl Setting for OnError {
    const EXPECTS: &'static str = "`\"fail\"` or `\"skip\"`";

    fn read(value: &Value) -> Result<OnError, String> {
        match value {
            Value::Text(word) if word == "fail" => Ok(OnError::Fail),
            Value::Text(word) if word == "skip" => Ok(OnError::Skip),
            other => Err(format!("found {}", other.describe())),
        }
    }

    fn write(&self) -> Value {
        Value::Text(if *self == OnError::Fail { "fail" } else { "skip" }.into())
    }

    fn placeholder() -> OnError {
        OnError::Fail
    }
}

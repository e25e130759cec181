//! The types that one value of a scenario can have.

use super::{Node, Value};
use crate::time::Span;
use crate::units::{Bytes, Limit, Rate, Ratio, parse_bytes, parse_percent, parse_rate, parse_span};

/// A type that is read from one value and written back as one.
pub trait Setting: Sized {
    /// What is expected, with a good example: `a duration such as "250ms"`.
    const EXPECTS: &'static str;

    /// Reads the value; the error says what was found, such as `` `25` has no unit ``.
    fn read(value: &Value) -> Result<Self, String>;

    /// The value that reads back as this.
    fn write(&self) -> Value;

    /// Stands in where the scenario is wrong, so that reading goes on; it is never run.
    fn placeholder() -> Self;
}

/// `found ...` for a value of the wrong type.
fn found(value: &Value) -> String {
    format!("found {}", value.describe())
}

impl Setting for Span {
    const EXPECTS: &'static str = "a duration such as `\"250ms\"`";

    fn read(value: &Value) -> Result<Span, String> {
        match value {
            Value::Text(text) => parse_span(text),
            Value::Int(number) => Err(format!("`{number}` has no unit")),
            Value::Float(number) => Err(format!("`{number}` has no unit")),
            other => Err(found(other)),
        }
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn placeholder() -> Span {
        Span::from_secs(1)
    }
}

impl Setting for Rate {
    const EXPECTS: &'static str = "a rate such as `\"800/s\"` or `\"9000/min\"`";

    fn read(value: &Value) -> Result<Rate, String> {
        match value {
            Value::Text(text) => parse_rate(text),
            Value::Int(number) => Err(format!("`{number}` has no unit")),
            Value::Float(number) => Err(format!("`{number}` has no unit")),
            other => Err(found(other)),
        }
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn placeholder() -> Rate {
        Rate(1.0)
    }
}

impl Setting for Ratio {
    const EXPECTS: &'static str = "a share from 0 to 1 such as `0.05` or `\"5%\"`";

    fn read(value: &Value) -> Result<Ratio, String> {
        let ratio = match value {
            Value::Text(text) => parse_percent(text)?,
            Value::Int(number) => Ratio(*number as f64),
            Value::Float(number) => Ratio(*number),
            other => return Err(found(other)),
        };
        if ratio.0 >= 0.0 && ratio.0 <= 1.0 {
            Ok(ratio)
        } else if ratio.0 < 0.0 {
            Err(format!("{} is negative", value.describe()))
        } else {
            Err(format!("{} is more than the whole", value.describe()))
        }
    }

    fn write(&self) -> Value {
        Value::Float(self.0)
    }

    fn placeholder() -> Ratio {
        Ratio(0.5)
    }
}

impl Setting for Bytes {
    const EXPECTS: &'static str = "a size such as `\"512MiB\"`";

    fn read(value: &Value) -> Result<Bytes, String> {
        match value {
            Value::Text(text) => parse_bytes(text),
            Value::Int(number) => Err(format!("`{number}` has no unit")),
            Value::Float(number) => Err(format!("`{number}` has no unit")),
            other => Err(found(other)),
        }
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn placeholder() -> Bytes {
        Bytes(1 << 20)
    }
}

impl Setting for u32 {
    const EXPECTS: &'static str = "a whole number";

    fn read(value: &Value) -> Result<u32, String> {
        match value {
            Value::Int(number) if *number < 0 => Err(format!("`{number}` is negative")),
            Value::Int(number) => {
                u32::try_from(*number).map_err(|_| format!("`{number}` is more than {}", u32::MAX))
            }
            other => Err(found(other)),
        }
    }

    fn write(&self) -> Value {
        Value::Int(i64::from(*self))
    }

    fn placeholder() -> u32 {
        1
    }
}

impl Setting for u64 {
    const EXPECTS: &'static str = "a whole number";

    fn read(value: &Value) -> Result<u64, String> {
        match value {
            Value::Int(number) => {
                u64::try_from(*number).map_err(|_| format!("`{number}` is negative"))
            }
            other => Err(found(other)),
        }
    }

    fn write(&self) -> Value {
        Value::Int(i64::try_from(*self).unwrap_or(i64::MAX))
    }

    fn placeholder() -> u64 {
        1
    }
}

impl Setting for f64 {
    const EXPECTS: &'static str = "a number";

    fn read(value: &Value) -> Result<f64, String> {
        match value {
            Value::Int(number) => Ok(*number as f64),
            Value::Float(number) if number.is_finite() => Ok(*number),
            other => Err(found(other)),
        }
    }

    fn write(&self) -> Value {
        Value::Float(*self)
    }

    fn placeholder() -> f64 {
        1.0
    }
}

impl Setting for bool {
    const EXPECTS: &'static str = "`true` or `false`";

    fn read(value: &Value) -> Result<bool, String> {
        match value {
            Value::Bool(value) => Ok(*value),
            other => Err(found(other)),
        }
    }

    fn write(&self) -> Value {
        Value::Bool(*self)
    }

    fn placeholder() -> bool {
        false
    }
}

impl Setting for String {
    const EXPECTS: &'static str = "a text in quotes";

    fn read(value: &Value) -> Result<String, String> {
        match value {
            Value::Text(text) => Ok(text.clone()),
            other => Err(found(other)),
        }
    }

    fn write(&self) -> Value {
        Value::Text(self.clone())
    }

    fn placeholder() -> String {
        String::new()
    }
}

/// What may be bounded, and without a bound.
trait Bounded: Setting {
    /// What its bound expects.
    const LIMIT: &'static str;
}

impl Bounded for u32 {
    const LIMIT: &'static str = "a whole number, or `\"unlimited\"`";
}

impl Bounded for Span {
    const LIMIT: &'static str = "a duration such as `\"30s\"`, or `\"unlimited\"`";
}

impl Bounded for Rate {
    const LIMIT: &'static str = "a rate such as `\"10/s\"`, or `\"unlimited\"`";
}

/// A bound, or the word `"unlimited"`.
impl<T: Bounded> Setting for Limit<T> {
    const EXPECTS: &'static str = T::LIMIT;

    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Text(text) if text == "unlimited" => Ok(Limit::Unlimited),
            other => T::read(other).map(Limit::At),
        }
    }

    fn write(&self) -> Value {
        match self {
            Limit::At(bound) => bound.write(),
            Limit::Unlimited => Value::Text("unlimited".into()),
        }
    }

    fn placeholder() -> Self {
        Limit::Unlimited
    }
}

/// A list of exactly two, such as the ends of a range.
impl<T: Setting> Setting for (T, T) {
    const EXPECTS: &'static str = "a list of two, such as `[\"10ms\", \"30s\"]`";

    fn read(value: &Value) -> Result<(T, T), String> {
        match value {
            Value::List(items) => match items.as_slice() {
                [first, second] => Ok((T::read(&first.value)?, T::read(&second.value)?)),
                _ => Err(format!("found a list of {}", items.len())),
            },
            other => Err(found(other)),
        }
    }

    fn write(&self) -> Value {
        let node = |value| Node { value, place: super::Place::default() };
        Value::List(vec![node(self.0.write()), node(self.1.write())])
    }

    fn placeholder() -> (T, T) {
        (T::placeholder(), T::placeholder())
    }
}

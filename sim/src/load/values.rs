//! The types that one value of `[load]` can have, beside those of all settings.

use super::{Connections, Target, Template, target};
use crate::config::{Node, Place, Setting, Value, nearest};

/// The answers' statuses that HTTP knows.
const STATUSES: std::ops::RangeInclusive<u16> = 100..=599;

/// The most items of a list that is written here.
const MOST: usize = 1_000;

/// `found ...` for a value of the wrong type.
fn found(value: &Value) -> String {
    format!("found {}", value.describe())
}

/// The items of a list that is neither empty nor endless, each read by `read`.
fn items<T>(value: &Value, read: impl Fn(&Value) -> Result<T, String>) -> Result<Vec<T>, String> {
    match value {
        Value::List(items) if items.is_empty() => Err("found an empty list".into()),
        Value::List(items) if items.len() > MOST => {
            Err(format!("found a list of {}, at most {MOST} are allowed", items.len()))
        }
        Value::List(items) => items.iter().map(|item| read(&item.value)).collect(),
        other => Err(found(other)),
    }
}

/// A list of values.
fn list<T: Setting>(items: &[T]) -> Value {
    let node = |item: &T| Node { value: item.write(), place: Place::default() };
    Value::List(items.iter().map(node).collect())
}

impl Setting for Target {
    const EXPECTS: &'static str = "a URL such as `\"http://127.0.0.1:8080\"`";

    fn read(value: &Value) -> Result<Target, String> {
        match value {
            Value::Text(text) => Target::parse(text),
            other => Err(found(other)),
        }
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn placeholder() -> Target {
        Target { tls: false, host: "localhost".into(), port: 80, base: String::new() }
    }
}

/// A URL that is asked as it is, perhaps with a query.
pub(super) struct Url(pub Target);

impl Setting for Url {
    const EXPECTS: &'static str = "a URL such as `\"http://127.0.0.1:8404/stats;csv\"`";

    fn read(value: &Value) -> Result<Url, String> {
        match value {
            Value::Text(text) => Target::with_query(text).map(Url),
            other => Err(found(other)),
        }
    }

    fn write(&self) -> Value {
        self.0.write()
    }

    fn placeholder() -> Url {
        Url(Target::placeholder())
    }
}

impl Setting for Template {
    const EXPECTS: &'static str = "a text, in which `{name}` is a kept value, `${NAME}` a variable of the environment, \
         and `{{` or `}}` a brace";

    fn read(value: &Value) -> Result<Template, String> {
        match value {
            Value::Text(text) => Template::parse(text),
            other => Err(found(other)),
        }
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn placeholder() -> Template {
        Template::plain("/")
    }
}

impl Setting for Connections {
    const EXPECTS: &'static str = "`\"kept\"` or `\"closed\"`";

    fn read(value: &Value) -> Result<Connections, String> {
        match value {
            Value::Text(text) if text == "kept" => Ok(Connections::Kept),
            Value::Text(text) if text == "closed" => Ok(Connections::Closed),
            other => Err(found(other)),
        }
    }

    fn write(&self) -> Value {
        let name = match self {
            Connections::Kept => "kept",
            Connections::Closed => "closed",
        };
        Value::Text(name.into())
    }

    fn placeholder() -> Connections {
        Connections::Kept
    }
}

/// Hosts, in lower case and without ports.
pub(super) struct Hosts(pub Vec<String>);

impl Setting for Hosts {
    const EXPECTS: &'static str = "a list of hosts without ports, such as `[\"staging.example\"]`";

    fn read(value: &Value) -> Result<Hosts, String> {
        items(value, |item| target::host(&String::read(item)?)).map(Hosts)
    }

    fn write(&self) -> Value {
        list(&self.0)
    }

    fn placeholder() -> Hosts {
        Hosts(Vec::new())
    }
}

/// Names, of which there is at least one.
pub(super) struct Names(pub Vec<String>);

impl Setting for Names {
    const EXPECTS: &'static str = "a list of names";

    fn read(value: &Value) -> Result<Names, String> {
        items(value, String::read).map(Names)
    }

    fn write(&self) -> Value {
        list(&self.0)
    }

    fn placeholder() -> Names {
        Names(Vec::new())
    }
}

/// The statuses that an answer may have.
pub(super) struct Statuses(pub Vec<u16>);

impl Setting for Statuses {
    const EXPECTS: &'static str = "a list of statuses from 100 to 599, such as `[200, 404]`";

    fn read(value: &Value) -> Result<Statuses, String> {
        let status = |item: &Value| {
            let number = u32::read(item)?;
            let status = u16::try_from(number).ok().filter(|status| STATUSES.contains(status));
            status.ok_or_else(|| format!("`{number}` is not a status"))
        };
        items(value, status).map(Statuses)
    }

    fn write(&self) -> Value {
        let numbers: Vec<u32> = self.0.iter().map(|status| u32::from(*status)).collect();
        list(&numbers)
    }

    fn placeholder() -> Statuses {
        Statuses(vec![200])
    }
}

/// The methods of requests.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The method of a request.
pub(super) struct Method(pub String);

impl Setting for Method {
    const EXPECTS: &'static str =
        "`\"GET\"`, `\"HEAD\"`, `\"POST\"`, `\"PUT\"`, `\"PATCH\"`, `\"DELETE\"` or `\"OPTIONS\"`";

    fn read(value: &Value) -> Result<Method, String> {
        let Value::Text(text) = value else { return Err(found(value)) };
        if METHODS.contains(&text.as_str()) {
            return Ok(Method(text.clone()));
        }
        Err(match nearest(text, METHODS.into_iter()) {
            Some(near) => format!("{} (did you mean `{near}`?)", found(value)),
            None => found(value),
        })
    }

    fn write(&self) -> Value {
        Value::Text(self.0.clone())
    }

    fn placeholder() -> Method {
        Method("GET".into())
    }
}

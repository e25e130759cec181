//! Values that are kept from an answer, for later requests of the same user.

use super::answer::Answer;
use super::check::find;
use sim::load::{Keep, KeepFrom};
use std::collections::BTreeMap;

/// The longest value that is kept, in bytes.
const VALUE_MAX: usize = 4 << 10;

/// What a user kept, by name. As many values as the scenario names, each bounded.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    values: BTreeMap<String, String>,
}

impl Kept {
    /// A kept value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Keeps a value, in place of an earlier one of this name.
    pub fn insert(&mut self, name: &str, value: &str) {
        self.values.insert(name.into(), value.into());
    }

    /// Forgets all, as a new session does.
    pub fn clear(&mut self) {
        self.values.clear();
    }
}

/// Keeps what the rules say from an answer. An error names the first value that it does not have,
/// or has longer than 4 KiB; it is counted as `check`. What was found before it is kept.
pub fn keep(rules: &[Keep], answer: &Answer, kept: &mut Kept) -> Result<(), String> {
    let mut json = None;
    for rule in rules {
        let value = match &rule.from {
            KeepFrom::Header(name) => header(answer, name),
            KeepFrom::Between(before, after) => between(answer, before, after),
            KeepFrom::Json(pointer) => {
                // Read once for all rules, and refused when it nests more than 128 deep.
                let read = || serde_json::from_slice(&answer.body).unwrap_or_default();
                text_of(json.get_or_insert_with(read), pointer)
            }
        };
        let Some(value) = value.filter(|value| value.len() <= VALUE_MAX) else {
            return Err(rule.name.clone());
        };
        kept.insert(&rule.name, &value);
    }
    Ok(())
}

fn header(answer: &Answer, name: &str) -> Option<String> {
    let value = answer.headers.get(name)?;
    Some(str::from_utf8(value.as_bytes()).ok()?.to_string())
}

/// What stands between two texts in the body; with an empty second one, the rest of it.
fn between(answer: &Answer, before: &str, after: &str) -> Option<String> {
    let begin = find(&answer.body, before.as_bytes())? + before.len();
    let rest = &answer.body[begin..];
    let end = if after.is_empty() { rest.len() } else { find(rest, after.as_bytes())? };
    Some(str::from_utf8(&rest[..end]).ok()?.to_string())
}

/// A JSON value as text: a text without its quotes, numbers and truth values as they are written.
fn text_of(json: &serde_json::Value, pointer: &str) -> Option<String> {
    use serde_json::Value;
    match json.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use hyper::{HeaderMap, StatusCode};

    fn kept(body: &str, from: KeepFrom) -> Result<String, String> {
        let mut headers = HeaderMap::new();
        headers.insert("location", "/orders/7".parse().unwrap());
        let body = Bytes::copy_from_slice(body.as_bytes());
        let length = body.len() as u64;
        let answer = Answer { status: StatusCode::OK, headers, body, length };
        let mut kept = Kept::default();
        keep(&[Keep { name: "it".into(), from }], &answer, &mut kept)?;
        Ok(kept.get("it").unwrap().to_string())
    }

    #[test]
    fn values_are_found_where_the_scenario_says() {
        let json = r#"{"user": {"id": 7, "a/b": "x", "on": true, "no": null}, "list": ["p", "q"]}"#;
        for (pointer, value) in [
            ("/user/id", Some("7")),
            ("/user/a~1b", Some("x")),
            ("/user/on", Some("true")),
            ("/user/no", None),
            ("/user", None),
            ("/list/1", Some("q")),
            ("/list/2", None),
        ] {
            let found = kept(json, KeepFrom::Json(pointer.into()));
            assert_eq!(found.ok().as_deref(), value, "{pointer}");
        }
        let html = r#"<input name="token" value="abc"><p>"#;
        let between = |a: &str, b: &str| kept(html, KeepFrom::Between(a.into(), b.into())).ok();
        assert_eq!(between("value=\"", "\"").as_deref(), Some("abc"));
        assert_eq!(between("<p", "").as_deref(), Some(">"));
        assert_eq!(between("value='", "'"), None);
        assert_eq!(between("value=\"", "nowhere"), None);
        assert_eq!(kept("", KeepFrom::Header("location".into())).as_deref(), Ok("/orders/7"));
        assert_eq!(kept("", KeepFrom::Header("etag".into())), Err("it".into()));
        assert_eq!(kept("no json", KeepFrom::Json("/a".into())), Err("it".into()));
    }

    #[test]
    fn values_and_nesting_are_bounded() {
        let long = format!("<{}>", "x".repeat(VALUE_MAX + 1));
        assert_eq!(kept(&long, KeepFrom::Between("<".into(), ">".into())), Err("it".into()));
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(kept(&deep, KeepFrom::Json("/0".into())), Err("it".into()));
    }
}

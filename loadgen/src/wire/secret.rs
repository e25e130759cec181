//! Secrets: values from the environment that must not be seen again, not in a report, an error, a
//! log or the output of `Debug`.

use sim::load::{Load, Payload, Template};
use std::collections::BTreeMap;
use std::fmt;
use thiserror::Error;

/// A shorter value is not looked for in texts: it would be found in innocent words.
const SCRUBBED_FROM: usize = 4;

/// The secrets that a scenario names, with their values.
#[derive(Clone, Default)]
pub struct Secrets {
    values: BTreeMap<String, String>,
}

/// Secrets that the environment does not have.
#[derive(Debug, Error)]
#[error(
    "the environment has no {}\nhelp: set each before the run, as in `export {}=...`",
    listed(names),
    names[0]
)]
pub struct MissingSecrets {
    /// Their names, each once, in the order of the alphabet; at least one.
    pub names: Vec<String>,
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl Secrets {
    /// Reads all secrets that a scenario's `[load]` names; `variable` gives a variable of the
    /// environment. An empty value counts as missing: it is what a forgotten secret looks like.
    pub fn read(
        load: &Load,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Secrets, MissingSecrets> {
        let (mut values, mut names) = (BTreeMap::new(), Vec::new());
        for name in templates(load).flat_map(Template::secrets) {
            match variable(name).filter(|value| !value.is_empty()) {
                Some(value) => drop(values.insert(name.to_string(), value)),
                None => names.push(name.to_string()),
            }
        }
        names.sort();
        names.dedup();
        if names.is_empty() { Ok(Secrets { values }) } else { Err(MissingSecrets { names }) }
    }

    /// A secret's value.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A text with `${NAME}` in place of every secret's value: for what came from outside and is
    /// shown.
    pub fn scrub(&self, text: &str) -> String {
        let mut scrubbed = text.to_string();
        for (name, value) in self.values.iter().filter(|(_, value)| value.len() >= SCRUBBED_FROM) {
            let shown = format!("${{{name}}}");
            scrubbed = scrubbed.replace(value, &shown).replace(&value.to_ascii_lowercase(), &shown);
        }
        scrubbed
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The names alone: the values are why this type exists.
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// All templates of a load test.
fn templates(load: &Load) -> impl Iterator<Item = &Template> {
    let of_requests = load.requests.iter().flat_map(|request| {
        let body = match &request.body {
            Payload::Text(text) => Some(text),
            Payload::Empty | Payload::File(_) => None,
        };
        let headers = request.headers.iter().map(|(_, value)| value);
        std::iter::once(&request.path).chain(headers).chain(body)
    });
    load.headers.iter().map(|(_, value)| value).chain(of_requests)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load() -> Load {
        let header = |name: &str, value: &str| (name.into(), Template::parse(value).unwrap());
        Load {
            headers: vec![header("a", "Bearer ${KEY}"), header("b", "${OTHER}${KEY}")],
            ..Load::default()
        }
    }

    #[test]
    fn missing_secrets_are_all_told_before_the_start() {
        let missing = Secrets::read(&load(), |_| None).unwrap_err().to_string();
        assert!(missing.contains("`KEY`, `OTHER`") && missing.contains("help: "), "{missing}");
        let missing = Secrets::read(&load(), |name| (name == "KEY").then(|| "x".into()));
        assert_eq!(missing.unwrap_err().names, ["OTHER"]);
        let missing = Secrets::read(&load(), |_| Some(String::new()));
        assert_eq!(missing.unwrap_err().names, ["KEY", "OTHER"]);
    }

    #[test]
    fn values_are_not_seen_again() {
        let value = |name: &str| Some(format!("S3cret-{name}"));
        let secrets = Secrets::read(&load(), value).unwrap();
        assert_eq!(format!("{secrets:?}"), r#"{"KEY", "OTHER"}"#);
        assert_eq!(secrets.scrub("at s3cret-key.test!"), "at ${KEY}.test!");
        assert_eq!(secrets.scrub("S3cret-OTHER"), "${OTHER}");
    }
}

//! Settings that have an option of their own on the command line, such as `--target URL`: what a user
//! who never wrote `--set` is told of in the words that he wrote.
//!
//! `sim` has none; `loadgen` fills them in. To add one: an argument there, and its path beside it.

use super::change::Change;
use super::path::Path;
use super::source::Source;
use super::toml;
use crate::config::{Node, Place, Problem, Value};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A setting that has an option of its own: `--target URL` for `load.target`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opted {
    /// The option as it is written: `--target`.
    pub option: String,
    /// The dotted path of the setting.
    pub path: String,
    /// What was given.
    pub given: Given,
}

/// What an option was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Given {
    /// One value, TOML or a text without quotes.
    One(String),
    /// Texts, each by the option anew, for a setting that is a list.
    Each(Vec<String>),
}

impl Opted {
    /// Adds it to the sources as it was written; gives the change that it stands for.
    pub(super) fn change(&self, sources: &mut Vec<Source>) -> Result<Change, Problem> {
        let Opted { option, path, given } = self;
        let (text, source) = (self.to_string(), sources.len() as u32);
        let whole = Place { source, start: 0, end: text.len() as u32 };
        sources.push(Source { file: None, text });
        let node = match given {
            Given::One(value) => toml::parse_value(value, source, option.len() + 1)?,
            Given::Each(values) => {
                let text =
                    |value: &String| Node { value: Value::Text(value.clone()), place: whole };
                Node { value: Value::List(values.iter().map(text).collect()), place: whole }
            }
        };
        let place = Place { end: option.len() as u32, ..whole };
        let path = Path::parse(path).map_err(|message| Problem::at(place, message))?;
        Ok(Change { path, place, node })
    }
}

impl fmt::Display for Opted {
    /// As it was written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = match &self.given {
            Given::One(value) => std::slice::from_ref(value),
            Given::Each(values) => values.as_slice(),
        };
        let words: Vec<String> =
            values.iter().map(|value| format!("{} {value}", self.option)).collect();
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_a_source_and_a_change() {
        for (given, shown, value) in [
            (Given::One("http://h".into()), "--to http://h", "\"http://h\""),
            (Given::One("12".into()), "--to 12", "12"),
            (
                Given::Each(vec!["[::1]".into(), "7".into()]),
                "--to [::1] --to 7",
                "[\"[::1]\", \"7\"]",
            ),
        ] {
            let mut sources = Vec::new();
            let opted = Opted { option: "--to".into(), path: "load.target".into(), given };
            let change = opted.change(&mut sources).unwrap();
            assert_eq!((sources[0].text.as_str(), opted.to_string().as_str()), (shown, shown));
            let found = (change.path.to_string(), change.node.value.to_string());
            assert_eq!(found, ("load.target".into(), value.to_string()));
            let Place { start, end, .. } = change.node.place;
            let marked = &shown[start as usize..end as usize];
            assert!(marked == shown || format!("--to {marked}") == shown, "{marked}");
        }
        let wrong =
            Opted { option: "--to".into(), path: "a..b".into(), given: Given::Each(vec![]) };
        assert!(wrong.change(&mut Vec::new()).is_err());
    }
}

//! TOML text to a tree of settings; the one file that names the `toml` crate.
//!
//! All syntax errors of a text are found at once. A text with an error gives no tree, because what
//! the parser makes of the rest is a guess.

use crate::config::{Entry, Node, Place, Problem, Table, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

/// The most bytes that a scenario may have.
pub(super) const LARGEST: usize = 4 << 20;

/// Where a parsed text stands: in which source, and how many bytes after its start.
#[derive(Clone, Copy)]
struct Origin {
    source: u32,
    offset: usize,
}

impl Origin {
    fn place(self, span: std::ops::Range<usize>) -> Place {
        let byte = |at: usize| u32::try_from(at + self.offset).unwrap_or(u32::MAX);
        Place { source: self.source, start: byte(span.start), end: byte(span.end) }
    }
}

/// Parses a whole scenario from its bytes; the places are in source 0. The errors are all that
/// keeps the text from being TOML.
pub(super) fn parse(bytes: &[u8]) -> Result<Node, Vec<Problem>> {
    let text = check(bytes).map_err(|problem| vec![problem])?;
    let origin = Origin { source: 0, offset: 0 };
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut problems: Vec<Problem> =
        errors.iter().map(|error| syntax_problem(text, error, origin)).collect();
    let node = Node {
        value: Value::Table(table_of(table.get_ref(), origin, &mut problems)),
        place: origin.place(0..0),
    };
    if problems.is_empty() { Ok(node) } else { Err(problems) }
}

/// Parses one value that stands `offset` bytes into source number `source`. What is not TOML is a
/// text (`p2c`, `1ms`), unless it begins like a list, a table or a quoted text.
pub(super) fn parse_value(text: &str, source: u32, offset: usize) -> Result<Node, Problem> {
    let origin = Origin { source, offset };
    let plain = || Node { value: Value::Text(text.into()), place: origin.place(0..text.len()) };
    match DeValue::parse(text) {
        Ok(value) if matches!(value.get_ref(), DeValue::Datetime(_)) => Ok(plain()),
        Ok(value) => {
            let mut problems = Vec::new();
            let node = node_of(&value, origin, &mut problems);
            problems.pop().map_or(Ok(node), Err)
        }
        Err(error) if text.starts_with(['[', '{', '"', '\'']) => {
            Err(syntax_problem(text, &error, origin))
        }
        Err(_) => Ok(plain()),
    }
}

/// The text of a scenario, unless its bytes cannot be one.
fn check(bytes: &[u8]) -> Result<&str, Problem> {
    let whole =
        |message: String| Problem { place: None, message, ..Problem::at(Place::default(), "") };
    if bytes.len() > LARGEST {
        let problem = whole("the file is too large: a scenario is at most 4 MiB".into());
        return Err(problem.help("keep long traces and tables in files of their own"));
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        let problem = whole(format!("the file is not a text: its byte {at} is zero"));
        return Err(problem.help("a scenario is a text in TOML"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let problem = whole(format!("the file is not a text in UTF-8: its byte {at} is wrong"));
        problem.help("a scenario is a text in TOML; save it as UTF-8")
    })?;
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        let problem = whole("the scenario is empty".into());
        return Err(problem.help("begin with `schema = 1`, then `[run]` with `duration = \"10m\"`"));
    }
    Ok(text)
}

/// A syntax error in the words of this program.
fn syntax_problem(text: &str, error: &Error, origin: Origin) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let found = text.get(span.clone()).unwrap_or_default();
    let place = origin.place(span);
    if error.message() == "duplicate key" {
        let problem = Problem::at(place, format!("`{found}` is set twice"));
        return problem.allowed("already set above").help("keep one of the two");
    }
    let (what, expected) = match error.message().split_once(", expected ") {
        Some((what, expected)) => (what, format!("expected {expected}")),
        None => (error.message(), String::new()),
    };
    Problem::at(place, format!("this is not TOML: {what}")).allowed(expected)
}

fn table_of(table: &DeTable<'_>, origin: Origin, problems: &mut Vec<Problem>) -> Table {
    // The parser sorts by name; people read in the order in which they wrote.
    let mut written: Vec<_> = table.iter().collect();
    written.sort_by_key(|(key, _)| key.span().start);
    let entries = written.into_iter().map(|(key, value)| Entry {
        key: key.get_ref().to_string(),
        key_place: origin.place(key.span()),
        node: node_of(value, origin, problems),
    });
    Table { entries: entries.collect() }
}

fn node_of(spanned: &Spanned<DeValue<'_>>, origin: Origin, problems: &mut Vec<Problem>) -> Node {
    let place = origin.place(spanned.span());
    let mut refuse = |message: String, help: &str| {
        problems.push(Problem::at(place, message).help(help));
        Value::Bool(false)
    };
    let value = match spanned.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Integer(digits) => match i64::from_str_radix(digits.as_str(), digits.radix()) {
            Ok(number) => Value::Int(number),
            Err(_) => refuse(
                format!("the number `{digits}` is too large"),
                "whole numbers go up to 9223372036854775807",
            ),
        },
        DeValue::Float(digits) => match digits.as_str().parse::<f64>() {
            Ok(number) if number.is_finite() => Value::Float(number),
            _ => refuse(
                format!("the number `{digits}` is not a finite one"),
                "where a bound may be absent, write `\"unlimited\"`",
            ),
        },
        DeValue::Datetime(_) => refuse(
            "a date is no value of any setting".into(),
            "times count from the end of the warm-up: write a duration such as `\"3m\"`",
        ),
        DeValue::Array(items) => {
            Value::List(items.iter().map(|item| node_of(item, origin, problems)).collect())
        }
        DeValue::Table(table) => Value::Table(table_of(table, origin, problems)),
    };
    Node { value, place }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands at a place of `text`.
    fn at(text: &str, place: Place) -> &str {
        &text[place.start as usize..place.end as usize]
    }

    #[test]
    fn a_tree_keeps_the_order_and_the_places() {
        let text = "b = 1\na.x = \"two\"\n[c]\nd = [0x10, { e = 1.5 }]\n[[f]]\ng = true\n";
        let tree = parse(text.as_bytes()).unwrap();
        assert_eq!(
            tree.value.to_string(),
            "{ b = 1, a = { x = \"two\" }, c = { d = [16, { e = 1.5 }] }, f = [{ g = true }] }"
        );
        let Value::Table(top) = &tree.value else { panic!("a scenario is a table") };
        let places: Vec<_> =
            top.entries.iter().map(|e| (at(text, e.key_place), at(text, e.node.place))).collect();
        assert_eq!(places, [("b", "1"), ("a", "a"), ("c", "[c]"), ("f", "[[f]]")]);
    }

    #[test]
    fn all_mistakes_are_found_at_once() {
        let text = "a = \nb = 1\nb = 2\nc = 2020-01-01\nd = 99999999999999999999\ne = nan\n";
        let problems = parse(text.as_bytes()).unwrap_err();
        let messages: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "this is not TOML: string values must be quoted",
                "`b` is set twice",
                "a date is no value of any setting",
                "the number `99999999999999999999` is too large",
                "the number `nan` is not a finite one",
            ]
        );
    }

    #[test]
    fn deep_nesting_is_refused_and_not_a_crash() {
        for (open, close) in [("[", "]"), ("{a=", "}")] {
            let text = format!("a = {}1{}", open.repeat(100_000), close.repeat(100_000));
            assert!(!parse(text.as_bytes()).unwrap_err().is_empty());
        }
        let dotted = format!("{}a = 1", "a.".repeat(100_000));
        assert!(!parse(dotted.as_bytes()).unwrap_err().is_empty());
    }

    #[test]
    fn values_of_arguments_need_no_quotes() {
        for (text, value) in [
            ("4", "4"),
            ("0.5", "0.5"),
            ("p2c", "\"p2c\""),
            ("1ms", "\"1ms\""),
            ("true", "true"),
            ("5%", "\"5%\""),
            ("", "\"\""),
            ("2020-01-01", "\"2020-01-01\""),
            ("[1, 2]", "[1, 2]"),
            ("{ a = 1 }", "{ a = 1 }"),
        ] {
            assert_eq!(parse_value(text, 1, 0).unwrap().value.to_string(), value);
        }
        assert!(parse_value("[1, 2", 1, 0).is_err());
    }
}

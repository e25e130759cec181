//! The axes of `[vary]`: settings that take one value after the other.

use super::change::{Change, changes};
use crate::config::{Node, Problem, Reading, Table, Value};
use crate::time::Span;
use crate::units::{parse_bytes, parse_percent, parse_rate, parse_span};
use std::collections::{BTreeMap, BTreeSet};

/// The most axes: with two values each, ten of them are a thousand variants.
const MOST_AXES: usize = 32;

/// The tables that all variants share.
const SHARED: [&str; 6] = ["schema", "run", "expect", "load", "vary", "variant"];

/// One axis of `[vary]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The dotted path of the setting.
    pub path: String,
    /// The values as text, in their order.
    pub values: Vec<String>,
    /// The values as numbers in SI units, when all are numbers, durations, rates, shares or sizes.
    pub numbers: Option<Vec<f64>>,
}

/// Refuses a change of what all variants share.
pub(super) fn refuse_shared(reading: &Reading<'_>, change: &Change) {
    let first = change.path.first();
    if SHARED.contains(&first) {
        let message = format!("`{}` cannot differ between variants", change.path);
        let problem = Problem::at(change.place, message);
        reading.complain(problem.allowed(format!("all variants share `{first}`")));
    }
}

/// An axis with the change that each of its values is.
pub(super) type FullAxis = (Axis, Vec<Change>);

/// The axes of `[vary]`, each with at least one value.
pub(super) fn axes(reading: &Reading<'_>, table: Table) -> Vec<FullAxis> {
    let mut axes: Vec<FullAxis> = Vec::new();
    let changes = changes(&table);
    if let Some(change) = changes.get(MOST_AXES) {
        let message = format!("`vary` has {} axes", changes.len());
        let problem = Problem::at(change.place, message);
        reading.complain(problem.allowed(format!("at most {MOST_AXES} axes are allowed")));
        return axes;
    }
    for change in changes {
        refuse_shared(reading, &change);
        let Change { path, place, node } = change;
        let complain = |place, message: String, allowed: &str| {
            let example = format!("write `\"{path}\" = [A, B]`");
            reading.complain(Problem::at(place, message).allowed(allowed).help(example));
        };
        let Value::List(items) = &node.value else {
            let message =
                format!("`vary` of `{path}` must be a list, found {}", node.value.describe());
            complain(node.place, message, "expected a list of values");
            continue;
        };
        if items.is_empty() {
            complain(
                node.place,
                format!("`vary` of `{path}` is empty"),
                "expected at least one value",
            );
            continue;
        }
        let (mut seen, mut again) = (BTreeSet::new(), BTreeSet::new());
        let value = |item: &Node| item.value.to_string();
        let repeated = |item: &&Node| !seen.insert(value(item)) && again.insert(value(item));
        for item in items.iter().filter(repeated) {
            let message = format!("`vary` of `{path}` has {} twice", item.value.describe());
            let problem = Problem::at(item.place, message).allowed("already listed");
            reading.complain(problem.help("remove one of the two"));
        }
        if axes.iter().any(|(_, changes)| changes[0].path == path) {
            complain(place, format!("`{path}` is varied twice"), "already an axis");
            continue;
        }
        let axis = Axis {
            path: path.to_string(),
            values: labels(items),
            numbers: items.iter().map(|item| number(&item.value)).collect::<Option<Vec<_>>>(),
        };
        let changes =
            items.iter().map(|item| Change { path: path.clone(), place, node: item.clone() });
        axes.push((axis, changes.collect()));
    }
    axes
}

/// A value for people: a text without quotes, anything else as TOML.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The values of an axis for people: a table is called by its kind where that tells it from the
/// others.
fn labels(items: &[Node]) -> Vec<String> {
    let short = |node: &Node| match &node.value {
        Value::Table(Table { entries }) if entries.len() == 1 => entries[0].key.clone(),
        value => plain(value),
    };
    let all: Vec<String> = items.iter().map(short).collect();
    let mut counts = BTreeMap::new();
    all.iter().for_each(|label| *counts.entry(label.clone()).or_insert(0) += 1);
    let label = |(label, node): (String, &Node)| {
        if counts[&label] == 1 { label } else { node.value.to_string() }
    };
    all.into_iter().zip(items).map(label).collect()
}

/// A value as a number in SI units.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::Text(text) => parse_span(text)
            .map(Span::seconds)
            .or_else(|_| parse_rate(text).map(|rate| rate.0))
            .or_else(|_| parse_percent(text).map(|ratio| ratio.0))
            .or_else(|_| parse_bytes(text).map(|bytes| bytes.0 as f64))
            .ok(),
        _ => None,
    }
}

/// The last word of each axis' path, or the whole path where another axis has the same last word.
pub(super) fn axis_words(axes: &[FullAxis]) -> Vec<String> {
    let last = |axis: &FullAxis| axis.1[0].path.last().to_string();
    let all: Vec<String> = axes.iter().map(last).collect();
    let unique = |word: &String| all.iter().filter(|other| *other == word).count() == 1;
    let word = |(word, (axis, _)): (&String, &FullAxis)| {
        if unique(word) { word.clone() } else { axis.path.clone() }
    };
    all.iter().zip(axes).map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::super::toml::parse;
    use super::*;

    #[test]
    fn axes_of_quantities_are_numbers() {
        for (text, number_expected) in [
            ("4", Some(4.0)),
            ("\"250ms\"", Some(0.25)),
            ("\"30/min\"", Some(0.5)),
            ("\"5%\"", Some(0.05)),
            ("\"1KiB\"", Some(1024.0)),
            ("\"p2c\"", None),
            ("true", None),
        ] {
            let tree = parse(format!("a = {text}").as_bytes()).unwrap();
            let Value::Table(table) = tree.value else { panic!("a table") };
            assert_eq!(number(&table.entries[0].node.value), number_expected, "{text}");
        }
    }
}

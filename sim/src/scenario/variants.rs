//! Which variants a scenario has: the product of the axes of `[vary]`, then each `[variant.NAME]`.

use super::change::{Change, changes};
use crate::config::{Entry, Fields, Node, Problem, Reading, Table, Value};
use crate::time::Span;
use crate::units::{parse_bytes, parse_percent, parse_rate, parse_span};
use std::collections::{BTreeMap, BTreeSet};

/// The most variants that a scenario may have.
const MOST: usize = 10_000;

/// The tables that all variants share.
const SHARED: [&str; 5] = ["schema", "run", "expect", "vary", "variant"];

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

/// A variant before its platform is read.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub name: String,
    /// For each axis the index of the value; empty for `[variant.NAME]`.
    pub coordinates: Vec<usize>,
    pub changes: Vec<Change>,
}

/// Reads `[vary]` and `[variant.NAME]`: the axes and all variants, at least one.
pub(super) fn read(fields: &mut Fields<'_>) -> (Vec<Axis>, Vec<Plan>) {
    let reading = fields.reading;
    let axes = axes(reading, take_table(fields, "vary"));
    let mut plans = product(reading, &axes);
    let named = take_table(fields, "variant").entries;
    if plans.len() + named.len() > MOST {
        let message = format!("the scenario has {} variants", plans.len() + named.len());
        let problem = Problem::at(fields.place_of("variant"), message);
        reading.complain(problem.allowed(format!("at most {MOST} variants are allowed")));
        return (Vec::new(), Vec::new());
    }
    for Entry { key, key_place, node } in named {
        let Value::Table(table) = &node.value else {
            let found = node.value.describe();
            let message = format!("`variant.{key}` must be a table, found {found}");
            let problem = Problem::at(node.place, message).allowed("expected a table");
            reading.complain(problem.help("a variant is named: `[variant.NAME]`"));
            continue;
        };
        if plans.iter().any(|plan| plan.name == key) {
            let problem = Problem::at(key_place, format!("two variants are called `{key}`"));
            reading.complain(problem.allowed("this name is taken").help("choose another name"));
        }
        let changes = changes(table);
        changes.iter().for_each(|change| refuse_shared(reading, change));
        plans.push(Plan { name: key, coordinates: Vec::new(), changes });
    }
    (axes.into_iter().map(|(axis, ..)| axis).collect(), plans)
}

/// Takes a table as it was written; it stays so in the resolved scenario.
fn take_table(fields: &mut Fields<'_>, key: &str) -> Table {
    let Some(entry) = fields.take(key) else { return Table::default() };
    fields.put(key, entry.key_place, entry.node.clone());
    let found = entry.node.value.describe();
    let Value::Table(table) = entry.node.value else {
        let problem =
            Problem::at(entry.node.place, format!("`{key}` must be a table, found {found}"));
        fields.reading.complain(problem.allowed("expected a table"));
        return Table::default();
    };
    table
}

/// Refuses a change of what all variants share.
fn refuse_shared(reading: &Reading<'_>, change: &Change) {
    let first = change.path.first();
    if SHARED.contains(&first) {
        let message = format!("`{}` cannot differ between variants", change.path);
        let problem = Problem::at(change.place, message);
        reading.complain(problem.allowed(format!("all variants share `{first}`")));
    }
}

/// An axis with the change that each of its values is.
type FullAxis = (Axis, Vec<Change>);

/// The axes of `[vary]`, each with at least one value.
fn axes(reading: &Reading<'_>, table: Table) -> Vec<FullAxis> {
    let mut axes: Vec<FullAxis> = Vec::new();
    for change in changes(&table) {
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
        let mut seen = BTreeSet::new();
        for item in items.iter().filter(|item| !seen.insert(item.value.to_string())) {
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

/// The variants that the axes make, the last axis changing fastest; `base` where there is no axis.
fn product(reading: &Reading<'_>, axes: &[FullAxis]) -> Vec<Plan> {
    let sizes = axes.iter().map(|(axis, _)| axis.values.len());
    let count = sizes.fold(1_usize, usize::saturating_mul);
    if count > MOST {
        let (_, changes) = axes.last().expect("no axis makes one variant");
        let message = format!("the axes of `vary` make {count} variants");
        let problem = Problem::at(changes[0].place, message);
        let problem = problem.allowed(format!("at most {MOST} variants are allowed"));
        reading.complain(problem.help("take values away, or set them in `[variant.NAME]` tables"));
        return Vec::new();
    }
    let words = axis_words(axes);
    let plans = (0..count).map(|index| {
        let mut coordinates = vec![0; axes.len()];
        let mut rest = index;
        for (coordinate, (axis, _)) in coordinates.iter_mut().zip(axes).rev() {
            *coordinate = rest % axis.values.len();
            rest /= axis.values.len();
        }
        let chosen = || axes.iter().zip(&coordinates);
        let name = match axes {
            [] => "base".into(),
            [(axis, _)] => axis.values[coordinates[0]].clone(),
            _ => {
                let pairs = chosen().zip(&words);
                let pairs =
                    pairs.map(|(((axis, _), &at), word)| format!("{word}={}", axis.values[at]));
                pairs.collect::<Vec<_>>().join(", ")
            }
        };
        let changes = chosen().map(|((_, changes), &at)| changes[at].clone()).collect();
        Plan { name, coordinates, changes }
    });
    let mut plans: Vec<Plan> = plans.collect();
    number_equal_names(&mut plans);
    plans
}

/// The last word of each axis' path, or the whole path where another axis has the same last word.
fn axis_words(axes: &[FullAxis]) -> Vec<String> {
    let last = |axis: &FullAxis| axis.1[0].path.last().to_string();
    let all: Vec<String> = axes.iter().map(last).collect();
    let unique = |word: &String| all.iter().filter(|other| *other == word).count() == 1;
    let word = |(word, (axis, _)): (&String, &FullAxis)| {
        if unique(word) { word.clone() } else { axis.path.clone() }
    };
    all.iter().zip(axes).map(word).collect()
}

/// Makes names unique: `1` and `"1"` are two values and look the same.
fn number_equal_names(plans: &mut [Plan]) {
    let mut seen = BTreeMap::new();
    for plan in plans {
        let count = seen.entry(plan.name.clone()).or_insert(0_u32);
        *count += 1;
        if *count > 1 {
            plan.name = format!("{} ({count})", plan.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::toml::parse;
    use super::*;

    /// The variants of a text: names, and what each sets.
    fn check(text: &str, expected: &[(&str, &str)]) {
        let tree = parse(text.as_bytes()).unwrap();
        let open = |_: &str| Err("there are no files".to_string());
        let reading = Reading::new(&open);
        let mut fields = Fields::of(&reading, "", &tree);
        let (_, plans) = read(&mut fields);
        assert_eq!(reading.finish(), []);
        let found: Vec<(String, String)> = plans
            .iter()
            .map(|plan| {
                let sets = plan.changes.iter().map(|c| format!("{}={}", c.path, c.node.value));
                (plan.name.clone(), sets.collect::<Vec<_>>().join(" "))
            })
            .collect();
        let found: Vec<(&str, &str)> =
            found.iter().map(|(name, sets)| (name.as_str(), sets.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn variants_are_the_product_and_the_named_ones() {
        check("schema = 1", &[("base", "")]);
        check(
            "[vary]\n\"mesh.balancer\" = [\"random\", { p2c = { choices = 3 } }]\n\
             [variant.calm]\n\"client.b.retry\" = { attempts = 1 }\nmesh.limit = 5\n",
            &[
                ("random", "mesh.balancer=\"random\""),
                ("p2c", "mesh.balancer={ p2c = { choices = 3 } }"),
                ("calm", "client.b.retry={ attempts = 1 } mesh.limit=5"),
            ],
        );
        check(
            "[vary]\nmesh.limit = [1, 2]\nclient.a.timeout = [\"1s\"]\n",
            &[
                ("limit=1, timeout=1s", "mesh.limit=1 client.a.timeout=\"1s\""),
                ("limit=2, timeout=1s", "mesh.limit=2 client.a.timeout=\"1s\""),
            ],
        );
        check(
            "[vary]\n\"a.x\" = [1]\n\"b.x\" = [2]\n[variant.late]\nevent.0.at = \"5m\"",
            &[("a.x=1, b.x=2", "a.x=1 b.x=2"), ("late", "event.0.at=\"5m\"")],
        );
        check(
            "[vary]\n\"a.b\" = [{ p2c = { choices = 2 } }, { p2c = { choices = 3 } }, 1, \"1\"]",
            &[
                ("{ p2c = { choices = 2 } }", "a.b={ p2c = { choices = 2 } }"),
                ("{ p2c = { choices = 3 } }", "a.b={ p2c = { choices = 3 } }"),
                ("1", "a.b=1"),
                ("\"1\"", "a.b=\"1\""),
            ],
        );
    }

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

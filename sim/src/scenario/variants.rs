//! Which variants a scenario has: the product of the axes of `[vary]`, then each `[variant.NAME]`.

use super::axes::{Axis, FullAxis, axes, axis_words, refuse_shared};
use super::change::{Change, changes};
use crate::config::{Entry, Fields, Problem, Reading, Table, Value};
use std::collections::BTreeMap;

/// The most variants that a scenario may have.
const MOST: usize = 10_000;

/// The most settings that a variant may change.
const MOST_CHANGES: usize = 1_000;

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
        if changes.len() > MOST_CHANGES {
            let message = format!("`variant.{key}` changes {} settings", changes.len());
            let problem = Problem::at(key_place, message);
            reading.complain(problem.allowed(format!("at most {MOST_CHANGES} are allowed")));
            continue;
        }
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
}

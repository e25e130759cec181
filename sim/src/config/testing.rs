//! How tests read settings from a few lines of TOML.

use super::{Entry, Fields, Node, Place, Problem, Reading, Table, Value};
use toml::de::{DeTable, DeValue};

/// Reads the fields of a table written as TOML, with files from `open`; gives what was read, the
/// problems and the resolved table. Places are all the same.
pub fn read_table<T>(
    text: &str,
    open: &dyn Fn(&str) -> Result<Vec<u8>, String>,
    read: impl FnOnce(&mut Fields<'_>) -> T,
) -> (T, Vec<Problem>, String) {
    let parsed = DeTable::parse(text).unwrap();
    let reading = Reading::new(open);
    let mut fields = Fields::of(&reading, "", &node(Value::Table(table(parsed.get_ref()))));
    let result = read(&mut fields);
    let resolved = fields.finish().value.to_string();
    (result, reading.finish(), resolved)
}

fn node(value: Value) -> Node {
    Node { value, place: Place::default() }
}

fn table(table: &DeTable<'_>) -> Table {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let entries = entries.into_iter().map(|(key, value)| Entry {
        key: key.get_ref().to_string(),
        key_place: Place::default(),
        node: node(self::value(value.get_ref())),
    });
    Table { entries: entries.collect() }
}

fn value(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Integer(value) => Value::Int(value.as_str().parse().unwrap()),
        DeValue::Float(value) => Value::Float(value.as_str().parse().unwrap()),
        DeValue::String(value) => Value::Text(value.to_string()),
        DeValue::Array(items) => {
            Value::List(items.iter().map(|item| node(self::value(item.get_ref()))).collect())
        }
        DeValue::Table(table) => Value::Table(self::table(table)),
        DeValue::Datetime(_) => unreachable!("no test writes one"),
    }
}

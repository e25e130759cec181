//! `set`: numeric settings change in mid-run, as an operator turns a knob.
//!
//! Written as `set = { "client.browsers.retry.budget" = "10%" }`. Which settings can change is the
//! platform's to say; with `for` the old value comes back at the end.

use super::Fault;
use crate::config::{Entry, Kind, Page, Place, Value};

/// The registry's row.
pub const KIND: Kind<Fault> = Kind {
    name: "set",
    summary: "numeric settings change, such as a retry budget or a limit",
    page: Page {
        settings: &[],
        sections: &[
            (
                "Rule",
                "Settings change in mid-run, each written as its path and its new value; at the end of `for` what the scenario says comes back. Time-outs that already run keep their time. What can change: `mesh.limit`, `mesh.backlog`, `mesh.first-byte`, `manager.launch-limit`, and of a client `timeout`, `deadline`, `retry.attempts` and the share of `retry.budget`. It is a remedy and no fault.",
            ),
            (
                "Source",
                "The knobs that an operator turns, such as Heroku's limits that change in mid-flight.",
            ),
            (
                "Example",
                "[[event]]\nat = \"2m\"\nfor = \"45s\"\nset = { \"mesh.limit\" = 10, \"client.browsers.timeout\" = \"2s\" }",
            ),
        ],
    },
    read: |body| {
        let (place, is_table) = (body.place, body.is_table());
        let changes = body.fields(|fields| {
            let mut changes = Vec::new();
            for key in fields.unread() {
                let Some(Entry { key, key_place, node }) = fields.take(&key) else { continue };
                flatten(&key, key_place, &node, &mut changes);
                fields.put(&key, key_place, node);
            }
            changes
        });
        if changes.is_empty() && is_table {
            body.complain(
                format!("`{}` changes nothing", body.path),
                "expected paths and their new values",
                "write `set = { \"mesh.limit\" = 10 }`",
            );
        }
        Fault::Set(Set { changes, place })
    },
};

/// Turned knobs.
#[derive(Clone, Debug)]
pub struct Set {
    /// What changes to what.
    pub changes: Vec<Change>,
    /// Where the event was written.
    pub place: Place,
}

/// One setting's new value.
#[derive(Clone, Debug)]
pub struct Change {
    /// The dotted path.
    pub path: String,
    /// Where the path was written.
    pub path_place: Place,
    /// The new value.
    pub value: Value,
    /// Where the value was written.
    pub place: Place,
}

impl Change {
    /// For a label: the last word of the path and the value.
    pub fn label(&self) -> String {
        let last = self.path.rsplit('.').next().unwrap_or(&self.path);
        match &self.value {
            Value::Text(text) => format!("{last} = {text}"),
            other => format!("{last} = {other}"),
        }
    }
}

/// An unquoted dotted path arrives as nested tables; its leaves are the changes.
fn flatten(path: &str, path_place: Place, node: &crate::config::Node, changes: &mut Vec<Change>) {
    match &node.value {
        Value::Table(table) => {
            for entry in &table.entries {
                let path = format!("{path}.{}", entry.key);
                flatten(&path, entry.key_place, &entry.node, changes);
            }
        }
        value => changes.push(Change {
            path: path.into(),
            path_place,
            value: value.clone(),
            place: node.place,
        }),
    }
}

//! Changes of settings: what a variant or an argument writes over a scenario.

use super::path::Path;
use crate::config::{Entry, Node, Place, Reading, Table, Value};
use std::collections::BTreeMap;

/// A setting that a variant changes.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub path: Path,
    /// Where the path was written.
    pub place: Place,
    pub node: Node,
}

/// Where a scenario chooses one of several kinds, and their names.
pub(super) struct Kinds(BTreeMap<Vec<String>, Vec<&'static str>>);

impl Kinds {
    /// The kinds that a reading came across.
    pub fn of(reading: &Reading<'_>) -> Kinds {
        let words = |path: &str| Path::parse(path).map_or_else(|_| Vec::new(), |path| path.0);
        Kinds(reading.kinds().iter().map(|(path, names)| (words(path), names.clone())).collect())
    }
}

impl Change {
    /// Writes this change over the settings of a scenario. A path through a kind, such as
    /// `mesh.balancer.p2c.choices`, takes the kind away that was chosen there before. The error says
    /// why the path leads nowhere.
    pub fn write(&self, kinds: &Kinds, tree: &mut Table) -> Result<(), String> {
        for (above, next) in (0..self.path.0.len()).map(|at| self.path.0.split_at(at)) {
            let Some(names) = kinds.0.get(above) else { continue };
            if names.contains(&next[0].as_str())
                && let Some(table) = tree.table_at(above)
            {
                let chosen = |key: &str| key == next[0] || !names.contains(&key);
                table.entries.retain(|entry| chosen(&entry.key));
            }
        }
        tree.set_path(&self.path.0, self.place, self.node.clone())
    }
}

/// The settings in a table of changes. A quoted key with dots is a path and its value is taken
/// whole; nested tables, which dots without quotes make, are followed down to their values.
pub(super) fn changes(table: &Table) -> Vec<Change> {
    let mut found = Vec::new();
    collect(table, &[], &mut found);
    found
}

fn collect(table: &Table, above: &[String], found: &mut Vec<Change>) {
    for Entry { key, key_place, node } in &table.entries {
        // A key that is no path is taken as one word, and refused later as an unknown setting.
        let dotted = if key.contains(['.', '[']) { Path::parse(key).ok() } else { None };
        let words = dotted.as_ref().map_or_else(|| vec![key.clone()], |path| path.0.clone());
        let path = [above, &words].concat();
        match &node.value {
            Value::Table(inner) if dotted.is_none() && !inner.entries.is_empty() => {
                collect(inner, &path, found);
            }
            _ => found.push(Change { path: Path(path), place: *key_place, node: node.clone() }),
        }
    }
}

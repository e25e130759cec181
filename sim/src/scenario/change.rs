//! Changes of settings: what a variant or an argument writes over a scenario.

use super::path::Path;
use crate::config::{Entry, Node, Place, Problem, Reading, Table, Value, nearest, one_of};
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
    fn write(&self, kinds: &Kinds, tree: &mut Table) -> Result<(), String> {
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

/// The named things of a scenario: the path of their table, where `*` is any name; what one is
/// called; and the settings of which a new one must have one.
const NAMED: [(&[&str], &str, &[&str]); 3] = [
    (&["app"], "app", &["endpoint"]),
    (&["client"], "client", &["arrivals", "users"]),
    (&["app", "*", "endpoint"], "endpoint", &["work"]),
];

/// Writes changes over the settings of a scenario, those whose path leads somewhere. Gives what is
/// wrong with the others.
pub(super) fn write_all(changes: &[Change], kinds: &Kinds, tree: &mut Table) -> Vec<Problem> {
    let strangers: Vec<_> = changes.iter().map(|change| stranger(change, changes, tree)).collect();
    let write = |(change, stranger): (&Change, Option<Problem>)| match stranger {
        Some(problem) => Some(problem),
        None => change.write(kinds, tree).err().map(|message| Problem::at(change.place, message)),
    };
    changes.iter().zip(strangers).filter_map(write).collect()
}

/// The problem of a change inside a named thing that is not there: a misspelt name, as long as the
/// changes together do not make a new thing.
fn stranger(change: &Change, changes: &[Change], tree: &Table) -> Option<Problem> {
    NAMED.iter().find_map(|(pattern, what, needs)| {
        let words = &change.path.0;
        let mut above = pattern.iter().zip(words);
        if words.len() < pattern.len() + 2
            || !above.all(|(known, word)| ["*", word].contains(known))
        {
            return None;
        }
        let (above, rest) = words.split_at(pattern.len());
        let name = &rest[0];
        let there = above.iter().try_fold(tree, |table, word| table.get(word)?.table());
        let makes = |other: &Change| {
            other.path.0.starts_with(&words[..=pattern.len()])
                && other.path.0.get(pattern.len() + 1).is_none_or(|w| needs.contains(&w.as_str()))
        };
        if there.is_some_and(|table| table.get(name).is_some()) || changes.iter().any(makes) {
            return None;
        }
        let names =
            || there.iter().flat_map(|table| &table.entries).map(|entry| entry.key.as_str());
        let owner = (above.len() > 1).then(|| Path(above[..2].to_vec()));
        let message = match owner {
            Some(owner) => format!("`{owner}` has no {what} `{name}`"),
            None => format!("there is no {what} `{name}`"),
        };
        let problem = Problem::at(change.place, message);
        let problem = problem.allowed(one_of(names()));
        Some(match nearest(name, names()) {
            Some(near) => {
                let mut meant = change.path.clone();
                meant.0[pattern.len()] = near.into();
                problem.help(format!("did you mean `{meant}`?"))
            }
            None => {
                let needs: Vec<String> = needs.iter().map(|key| format!("`{key}`")).collect();
                problem.help(format!("a new {what} needs {}", needs.join(" or ")))
            }
        })
    })
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

//! Kinds: settings of which exactly one is chosen, by name, from a registry.

use super::{Fields, Node, Place, Problem, Reading, Setting, Table, Value};

/// One row of a registry: a kind's name, what it is in one line, and how its config is read.
pub struct Kind<T: 'static> {
    /// The name in TOML; equal to the name of the kind's file.
    pub name: &'static str,
    /// One line for lists and help.
    pub summary: &'static str,
    /// Reads the config that stands behind the name.
    pub read: fn(&mut Body<'_>) -> T,
}

/// What stands behind a kind's name: `{ choices = 2 }`, `"20ms"`, or nothing for a bare name.
pub struct Body<'r> {
    /// Problems and files.
    pub reading: &'r Reading<'r>,
    /// The dotted path of the kind, for messages.
    pub path: String,
    /// Where the body was written.
    pub place: Place,
    node: Option<Node>,
    resolved: Option<Node>,
}

impl<'r> Body<'r> {
    /// The body as a table of fields; a bare name has none and takes the defaults.
    pub fn fields<T>(&mut self, read: impl FnOnce(&mut Fields<'r>) -> T) -> T {
        let empty = || Node { value: Value::Table(Table::default()), place: self.place };
        let node = self.node.take().unwrap_or_else(empty);
        let mut fields = Fields::of(self.reading, &self.path, &node);
        let result = read(&mut fields);
        self.resolved = Some(fields.finish());
        result
    }

    /// The body as one value, such as the mean in `exponential = "20ms"`.
    pub fn value<S: Setting>(&mut self) -> S {
        let Some(node) = self.node.take() else {
            let problem = Problem::at(self.place, format!("`{}` needs a value", self.path));
            self.reading.complain(problem.allowed(format!("expected {}", S::EXPECTS)));
            return S::placeholder();
        };
        match S::read(&node.value) {
            Ok(setting) => {
                self.resolved = Some(Node { value: setting.write(), place: node.place });
                setting
            }
            Err(found) => {
                let problem = Problem::at(node.place, format!("`{}`: {found}", self.path));
                self.reading.complain(problem.allowed(format!("expected {}", S::EXPECTS)));
                self.resolved = Some(node);
                S::placeholder()
            }
        }
    }

    /// The body as a list of tables, each read by `read`.
    pub fn list<T>(&mut self, mut read: impl FnMut(&mut Fields<'r>) -> T) -> Vec<T> {
        let node = self.node.take();
        let Some(Node { value: Value::List(items), place }) = node else {
            let found = node.map_or("nothing".to_string(), |node| node.value.describe());
            let message = format!("`{}` must be a list, found {found}", self.path);
            let problem = Problem::at(self.place, message).allowed("expected a list of tables");
            self.reading.complain(problem);
            return Vec::new();
        };
        let (mut result, mut resolved) = (Vec::new(), Vec::new());
        for (index, item) in items.iter().enumerate() {
            let path = format!("{}[{index}]", self.path);
            let mut fields = Fields::of(self.reading, &path, item);
            result.push(read(&mut fields));
            resolved.push(fields.finish());
        }
        self.resolved = Some(Node { value: Value::List(resolved), place });
        result
    }

    /// Whether the body is a table (and not one value or a list).
    pub fn is_table(&self) -> bool {
        matches!(&self.node, Some(Node { value: Value::Table(_), .. }))
    }

    /// Complains about the whole body.
    pub fn complain(&self, message: impl Into<String>, allowed: &str, help: &str) {
        let problem = Problem::at(self.place, message).allowed(allowed);
        self.reading.complain(if help.is_empty() { problem } else { problem.help(help) });
    }
}

/// Reads a value that holds a kind: a bare name, or a table with the kind's name as its key and
/// perhaps fields beside it. Gives the resolved value and the config.
pub(super) fn read<'r, T, U>(
    reading: &'r Reading<'r>,
    path: &str,
    node: &Node,
    what: &str,
    kinds: &[Kind<T>],
    beside: impl FnOnce(&mut Fields<'r>, T) -> U,
) -> (Node, Option<U>) {
    let table = match &node.value {
        Value::Text(name) => {
            let Some(kind) = kinds.iter().find(|kind| kind.name == name) else {
                reading.complain(unknown(node.place, name, what, kinds));
                return (node.clone(), None);
            };
            let mut body = Body {
                reading,
                path: format!("{path}.{name}"),
                place: node.place,
                node: None,
                resolved: None,
            };
            let config = (kind.read)(&mut body);
            let empty = Node { value: Value::Table(Table::default()), place: node.place };
            let mut fields = Fields::of(reading, path, &empty);
            fields.put(name, node.place, body.resolved.unwrap_or(empty));
            let result = beside(&mut fields, config);
            return (fields.finish(), Some(result));
        }
        Value::Table(_) => node,
        other => {
            let message = format!("`{path}` must be {what}, found {}", other.describe());
            let problem = Problem::at(node.place, message);
            reading.complain(problem.allowed(format!("expected one of {}", names(kinds))));
            return (node.clone(), None);
        }
    };
    let mut fields = Fields::of(reading, path, table);
    let config = one_of(&mut fields, what, kinds);
    match config {
        Some(config) => {
            let result = beside(&mut fields, config);
            (fields.finish(), Some(result))
        }
        None => (node.clone(), None),
    }
}

/// Reads the one kind among the fields of a table.
pub(super) fn one_of<'r, T>(fields: &mut Fields<'r>, what: &str, kinds: &[Kind<T>]) -> Option<T> {
    fields.reading.note_kinds(&fields.path, kinds.iter().map(|kind| kind.name));
    let present: Vec<usize> = (0..kinds.len())
        .filter(|&kind| fields.unread_entries().iter().any(|e| e.key == kinds[kind].name))
        .collect();
    fields.expect_keys(kinds.iter().map(|kind| kind.name));
    let &[chosen] = present.as_slice() else {
        let path = if fields.path.is_empty() { "this" } else { &fields.path };
        match (present.as_slice(), fields.unread_entries()) {
            ([], []) => {
                let problem = Problem::at(fields.place, format!("`{path}` names no {what}"));
                fields.reading.complain(problem.allowed(format!("one of {}", names(kinds))));
            }
            ([], unread) => {
                let entry = &unread[0];
                fields.reading.complain(unknown(entry.key_place, &entry.key, what, kinds));
                for key in fields.unread() {
                    fields.take(&key);
                }
            }
            (several, _) => {
                let found: Vec<_> =
                    several.iter().map(|&kind| format!("`{}`", kinds[kind].name)).collect();
                let message = format!("`{path}` has two kinds at once: {}", found.join(" and "));
                let second = fields.unread_entries().iter();
                let second = second.filter(|e| kinds.iter().any(|kind| kind.name == e.key)).nth(1);
                let place = second.map_or(fields.place, |entry| entry.key_place);
                let problem = Problem::at(place, message)
                    .allowed(format!("exactly one {what} is allowed"))
                    .help(format!("keep one of {} and remove the others", found.join(", ")));
                fields.reading.complain(problem);
                for &kind in several {
                    fields.take(kinds[kind].name);
                }
            }
        }
        return None;
    };
    let kind = &kinds[chosen];
    let entry = fields.take(kind.name)?;
    let mut body = Body {
        reading: fields.reading,
        path: fields.path_of(kind.name),
        place: entry.node.place,
        node: Some(entry.node.clone()),
        resolved: None,
    };
    let config = (kind.read)(&mut body);
    fields.put(kind.name, entry.key_place, body.resolved.unwrap_or(entry.node));
    Some(config)
}

/// An unknown kind, with the nearest name.
fn unknown<T>(place: Place, name: &str, what: &str, kinds: &[Kind<T>]) -> Problem {
    let problem = Problem::at(place, format!("unknown {what} `{name}`"))
        .allowed(format!("expected one of {}", names(kinds)));
    match nearest(name, kinds.iter().map(|kind| kind.name)) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem,
    }
}

/// The names of a registry, in backticks.
fn names<T>(kinds: &[Kind<T>]) -> String {
    kinds.iter().map(|kind| format!("`{}`", kind.name)).collect::<Vec<_>>().join(", ")
}

/// The candidate that `word` most likely means, if one is near.
pub fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().min(word.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

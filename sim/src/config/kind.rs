//! Kinds: settings of which exactly one is chosen, by name, from a registry.

use super::fields::Fields;
use super::words::{self, nearest, suggestion, with_article};
use super::{Node, Place, Problem, Reading, Setting, Table, Value};

/// One row of a registry: a kind's name, what it is in one line, and how its config is read.
pub struct Kind<T: 'static> {
    /// The name in TOML; equal to the name of the kind's file.
    pub name: &'static str,
    /// One line for lists and help.
    pub summary: &'static str,
    /// What `sim explain` tells beyond that line.
    pub page: Page,
    /// Reads the config that stands behind the name.
    pub read: fn(&mut Body<'_>) -> T,
}

/// What there is to know of a kind beyond its one line.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Each setting, and what it means. Defaults are not told here: they are read from the kind.
    pub settings: &'static [(&'static str, &'static str)],
    /// Titles with their paragraphs, in the order of reading.
    pub sections: &'static [(&'static str, &'static str)],
}

impl Page {
    /// Nothing beyond the one line.
    pub const BARE: Page = Page { settings: &[], sections: &[] };
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
    /// The body of a bare name.
    pub(super) fn empty(reading: &'r Reading<'r>, path: &str, place: Place) -> Body<'r> {
        Body { reading, path: path.into(), place, node: None, resolved: None }
    }

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
            self.reading.hear_value(&self.path, S::EXPECTS);
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
                let problem = problem.allowed(format!("expected {}", S::EXPECTS));
                self.reading.complain(match suggestion::<S>(&node.value) {
                    Some(help) => problem.help(help),
                    None => problem,
                });
                self.resolved = Some(node);
                S::placeholder()
            }
        }
    }

    /// The same where a bare name is enough, too.
    pub fn optional_value<S: Setting>(&mut self) -> Option<S> {
        self.node.is_some().then(|| self.value())
    }

    /// The body as a list of tables, each read by `read`.
    pub fn list<T>(&mut self, mut read: impl FnMut(&mut Fields<'r>) -> T) -> Vec<T> {
        let mut node = self.node.take();
        if self.reading.listens() {
            // An outline is that of an item with nothing in it.
            let item = Node { value: Value::Table(Table::default()), place: self.place };
            node = Some(Node { value: Value::List(vec![item]), place: self.place });
        }
        let Some(Node { value: Value::List(items), place }) = node else {
            let message = match node {
                Some(node) => {
                    format!("`{}` must be a list, found {}", self.path, node.value.describe())
                }
                None => format!("`{}` needs a value", self.path),
            };
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

    /// The body as one of several kinds, such as `aperture = "deterministic"`; a bare name takes the
    /// kind called `default`.
    pub fn kind<T>(&mut self, what: &str, kinds: &[Kind<T>], default: &str) -> Option<T> {
        let bare = || Node { value: Value::Text(default.into()), place: self.place };
        let node = self.node.take().unwrap_or_else(bare);
        let (resolved, config) =
            read(self.reading, &self.path, &node, what, kinds, |_, config| config);
        self.resolved = Some(resolved);
        config
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
            let mut body = Body::empty(reading, &format!("{path}.{name}"), node.place);
            let config = (kind.read)(&mut body);
            let empty = Node { value: Value::Table(Table::default()), place: node.place };
            let mut fields = Fields::of(reading, path, &empty);
            fields.put(name, node.place, body.resolved.unwrap_or(empty));
            let result = beside(&mut fields, config);
            return (shortest(fields.finish()), Some(result));
        }
        Value::Table(_) => node,
        other => {
            let what = with_article(what);
            let message = format!("`{path}` must be {what}, found {}", other.describe());
            let problem = Problem::at(node.place, message);
            reading.complain(problem.allowed(expected(kinds)));
            return (node.clone(), None);
        }
    };
    let mut fields = Fields::of(reading, path, table);
    let config = one_of(&mut fields, what, kinds);
    match config {
        Some(config) => {
            let result = beside(&mut fields, config);
            (shortest(fields.finish()), Some(result))
        }
        None => (node.clone(), None),
    }
}

/// A kind without any setting as its bare name: `"random"` for `{ random = {} }`.
fn shortest(node: Node) -> Node {
    let bare = node.table().and_then(|table| match table.entries.as_slice() {
        [only] if only.node.table().is_some_and(|body| body.entries.is_empty()) => {
            Some(only.key.clone())
        }
        _ => None,
    });
    match bare {
        Some(name) => Node { value: Value::Text(name), ..node },
        None => node,
    }
}

/// Reads the one kind among the fields of a table.
pub(super) fn one_of<'r, T>(fields: &mut Fields<'r>, what: &str, kinds: &[Kind<T>]) -> Option<T> {
    fields.reading.note_kinds(&fields.path, kinds.iter().map(|kind| kind.name));
    let present: Vec<&Kind<T>> =
        kinds.iter().filter(|kind| fields.peek(kind.name).is_some()).collect();
    let &[kind] = present.as_slice() else {
        match present.as_slice() {
            [] => no_kind(fields, what, kinds),
            several => two_kinds(fields, what, several),
        }
        fields.expect_keys(kinds.iter().map(|kind| kind.name));
        return None;
    };
    fields.expect_keys(kinds.iter().map(|kind| kind.name));
    among(fields, kind)
}

/// Reads a kind if it is among the fields of a table.
pub(super) fn among<'r, T>(fields: &mut Fields<'r>, kind: &Kind<T>) -> Option<T> {
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

/// Complains about a table that names no known kind: about the key that is nearest to one, or the
/// first. The other keys may belong to it and are let pass, but for those that are misspelt fields
/// of the table, which are refused later.
fn no_kind<T>(fields: &mut Fields<'_>, what: &str, kinds: &[Kind<T>]) {
    let near = |key: &str| nearest(key, kinds.iter().map(|kind| kind.name)).is_some();
    let meant = fields.unread_entries().find(|entry| near(&entry.key));
    let misspelt = |key: &str| nearest(key, fields.asked()).is_some();
    let other = || fields.unread_entries().find(|entry| !misspelt(&entry.key));
    if !fields.is_table() {
        return;
    }
    let Some((key, place)) = meant.or_else(other).map(|e| (e.key.clone(), e.key_place)) else {
        let path = if fields.path.is_empty() { "this" } else { &fields.path };
        let problem = Problem::at(fields.place, format!("`{path}` names no {what}"));
        fields.reading.complain(problem.allowed(expected(kinds)));
        return;
    };
    fields.reading.complain(unknown(place, &key, what, kinds));
    let passed: Vec<String> = fields
        .unread_entries()
        .map(|entry| entry.key.clone())
        .filter(|other| *other == key || nearest(other, fields.asked()).is_none())
        .collect();
    for key in passed {
        fields.take(&key);
    }
}

/// Complains about a table that names several kinds, at the second of them.
fn two_kinds<T>(fields: &mut Fields<'_>, what: &str, several: &[&Kind<T>]) {
    let is_kind = |key: &str| several.iter().any(|kind| kind.name == key);
    let found: Vec<_> = fields.unread_entries().filter(|entry| is_kind(&entry.key)).collect();
    let found: Vec<_> =
        found.into_iter().map(|entry| (entry.key.clone(), entry.key_place)).collect();
    let list: Vec<String> = found.iter().map(|(key, _)| format!("`{key}`")).collect();
    let path = if fields.path.is_empty() { "this" } else { &fields.path };
    let count =
        if found.len() == 2 { "two kinds".into() } else { format!("{} kinds", found.len()) };
    let problem =
        Problem::at(found[1].1, format!("`{path}` has {count} at once: {}", list.join(" and ")))
            .allowed(format!("exactly one {what} is allowed"))
            .help("keep one of them and remove the others");
    fields.reading.complain(problem);
    for (key, _) in found {
        fields.take(&key);
    }
}

/// An unknown kind, with the nearest name.
fn unknown<T>(place: Place, name: &str, what: &str, kinds: &[Kind<T>]) -> Problem {
    let problem = Problem::at(place, format!("unknown {what} `{name}`")).allowed(expected(kinds));
    match nearest(name, kinds.iter().map(|kind| kind.name)) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem,
    }
}

/// What is allowed of a registry.
fn expected<T>(kinds: &[Kind<T>]) -> String {
    words::one_of(kinds.iter().map(|kind| kind.name))
}

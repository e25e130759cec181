//! Reading the fields of one table; `nested` has those that are tables and lists themselves.

use super::words::{nearest, one_of, suggestion};
use super::{Entry, Node, Place, Problem, Reading, Setting, Table, Value};
use std::collections::BTreeMap;

/// The most unknown keys of one table that are complained about one by one.
const MOST_UNKNOWN: usize = 20;

/// The fields of one table, each read once. Call [`Fields::finish`] at the end: it refuses the keys
/// that nobody asked for and gives the table with all defaults filled in.
pub struct Fields<'r> {
    /// Problems and files.
    pub reading: &'r Reading<'r>,
    /// The dotted path of this table, for messages; empty at the top.
    pub path: String,
    /// Where the table was written.
    pub place: Place,
    /// What was written; nothing where it was taken.
    input: Vec<Option<Entry>>,
    /// Where each key stands in the input: a hostile table has many.
    index: BTreeMap<String, usize>,
    output: Vec<Entry>,
    asked: Vec<String>,
    /// What was complained of as missing, which an unknown key may turn out to be.
    missing: BTreeMap<String, Problem>,
    is_table: bool,
}

impl<'r> Fields<'r> {
    /// The fields of `node`, which must be a table.
    pub fn of(reading: &'r Reading<'r>, path: &str, node: &Node) -> Fields<'r> {
        let input = match &node.value {
            Value::Table(table) => table.entries.clone(),
            other => {
                reading.complain(
                    Problem::at(
                        node.place,
                        format!("`{path}` must be a table, found {}", other.describe()),
                    )
                    .allowed("expected a table"),
                );
                Vec::new()
            }
        };
        let keys = input.iter().enumerate().map(|(at, entry)| (entry.key.clone(), at));
        Fields {
            reading,
            path: path.into(),
            place: node.place,
            index: keys.collect(),
            input: input.into_iter().map(Some).collect(),
            output: Vec::new(),
            asked: Vec::new(),
            missing: BTreeMap::new(),
            is_table: matches!(node.value, Value::Table(_)),
        }
    }

    /// The same table with other entries, for whoever takes its fields out and reads them anew.
    pub fn with(&self, entries: Vec<Entry>) -> Fields<'r> {
        let node = Node { value: Value::Table(Table { entries }), place: self.place };
        let fields = Fields::of(self.reading, &self.path, &node);
        Fields { is_table: self.is_table, ..fields }
    }

    /// Whether this is a table; what is not has been complained of and has no fields.
    pub fn is_table(&self) -> bool {
        self.is_table
    }

    /// The dotted path of a field of this table.
    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.into() } else { format!("{}.{key}", self.path) }
    }

    /// Where `key` was written, or where this table was when it was not.
    pub fn place_of(&self, key: &str) -> Place {
        let read = || self.output.iter().find(|entry| entry.key == key);
        self.written(key).or_else(read).map_or(self.place, |entry| entry.node.place)
    }

    /// Where the thing called `name` of a table that [`Fields::named`] read was written.
    pub fn place_of_named(&self, key: &str, name: &str) -> Place {
        let table = self.output.iter().find(|entry| entry.key == key);
        let thing = table.and_then(|entry| entry.node.table()?.get(name));
        thing.map_or(self.place, |node| node.place)
    }

    /// Whether the table has `key` as written by the user (read already or not).
    pub fn has(&self, key: &str) -> bool {
        self.written(key).is_some()
            || self.output.iter().any(|entry| entry.key == key && entry.key_place != self.place)
    }

    /// The keys that were written and not yet read, in their order.
    pub fn unread(&self) -> Vec<String> {
        self.unread_entries().map(|entry| entry.key.clone()).collect()
    }

    /// What was written as `key` and is not yet read.
    fn written(&self, key: &str) -> Option<&Entry> {
        self.input[*self.index.get(key)?].as_ref()
    }

    /// The value of a field as written, before it is read.
    pub fn peek(&self, key: &str) -> Option<&Value> {
        self.written(key).map(|entry| &entry.node.value)
    }

    /// Replaces a short form by the table that it stands for, before it is read: `"20%"` by
    /// `{ share = "20%" }` under the path `["share"]`.
    pub fn expand(&mut self, key: &str, path: &[&str]) {
        let at = self.index.get(key).copied();
        if let Some(entry) = at.and_then(|at| self.input[at].as_mut()) {
            for name in path.iter().rev() {
                let place = entry.node.place;
                let inner =
                    Entry { key: (*name).into(), key_place: place, node: entry.node.clone() };
                entry.node = Node { value: Value::Table(Table { entries: vec![inner] }), place };
            }
        }
    }

    /// Takes a field's raw value out; whoever takes it puts its resolved form back with `put`.
    pub fn take(&mut self, key: &str) -> Option<Entry> {
        self.reading.hear(|| self.path_of(key), |_| ());
        self.asked.push(key.into());
        self.input[*self.index.get(key)?].take()
    }

    /// Writes a field of the resolved table.
    pub fn put(&mut self, key: &str, key_place: Place, node: Node) {
        // Where nothing is written, all that is resolved is a default.
        let value = &node.value;
        self.reading.hear(|| self.path_of(key), |asked| asked.default = Some(value.to_string()));
        self.output.push(Entry { key: key.into(), key_place, node });
    }

    /// Complains about the value of `key`.
    pub fn complain(&self, key: &str, message: impl Into<String>, allowed: &str, help: &str) {
        let problem = Problem::at(self.place_of(key), message).allowed(allowed);
        self.reading.complain(if help.is_empty() { problem } else { problem.help(help) });
    }

    /// A field that may be absent.
    pub fn optional<T: Setting>(&mut self, key: &str) -> Option<T> {
        let Entry { key_place, node, .. } = self.take(key)?;
        match T::read(&node.value) {
            Ok(setting) => {
                let value = setting.write();
                self.put(key, key_place, Node { value, place: node.place });
                Some(setting)
            }
            Err(found) => {
                let message = format!("`{}`: {found}", self.path_of(key));
                let problem =
                    Problem::at(node.place, message).allowed(format!("expected {}", T::EXPECTS));
                self.reading.complain(match suggestion::<T>(&node.value) {
                    Some(help) => problem.help(help),
                    None => problem,
                });
                self.put(key, key_place, node);
                Some(T::placeholder())
            }
        }
    }

    /// A field with a default, which is written into the resolved table.
    pub fn or<T: Setting>(&mut self, key: &str, default: T) -> T {
        match self.optional(key) {
            Some(setting) => setting,
            None => {
                let node = Node { value: default.write(), place: self.place };
                self.put(key, self.place, node);
                default
            }
        }
    }

    /// A field that must be there.
    pub fn required<T: Setting>(&mut self, key: &str) -> T {
        match self.optional(key) {
            Some(setting) => setting,
            None => {
                self.missing(key, &format!("add `{key}`: {}", T::EXPECTS));
                T::placeholder()
            }
        }
    }

    /// Complains that `key` is missing. Of what is no table, which is complained about already,
    /// nothing is missing.
    pub fn missing(&mut self, key: &str, help: &str) {
        if !self.is_table {
            return;
        }
        self.reading.hear(|| self.path_of(key), |asked| asked.required = true);
        let message = format!("`{}` is missing", self.path_of(key));
        let allowed = format!("`{key}` must be set in this table");
        let problem = Problem::at(self.place, message).allowed(allowed).help(help);
        self.reading.complain(problem.clone());
        self.missing.insert(key.into(), problem);
    }

    /// Refuses a value of `key` unless `holds`. `limits` says what is allowed: `at least 1`.
    pub fn require(&self, key: &str, holds: bool, limits: &str) {
        if !holds {
            let value = self.output.iter().find(|entry| entry.key == key);
            let found = value.map_or_else(String::new, |e| format!(", found `{}`", e.node.value));
            let message = format!("`{}` must be {limits}{found}", self.path_of(key));
            self.complain(key, message, &format!("must be {limits}"), "");
        }
    }

    /// Refuses the keys that nobody asked for; gives the resolved table.
    pub fn finish(mut self) -> Node {
        let unknown: Vec<Entry> = self.input.drain(..).flatten().collect();
        for entry in unknown.iter().take(MOST_UNKNOWN) {
            self.refuse(entry);
        }
        if let Some(entry) = unknown.get(MOST_UNKNOWN) {
            let more = unknown.len() - MOST_UNKNOWN;
            let of = if self.path.is_empty() { "".into() } else { format!(" of `{}`", self.path) };
            let message = format!("{more} more settings{of} are unknown");
            self.reading.complain(Problem::at(entry.key_place, message));
        }
        Node { value: Value::Table(Table { entries: self.output }), place: self.place }
    }

    /// Refuses a key that nobody asked for. Where it is a missing one misspelt, that is not missing.
    fn refuse(&self, entry: &Entry) {
        let message = format!("unknown setting `{}`", self.path_of(&entry.key));
        let mut asked: Vec<&str> = Vec::new();
        for key in &self.asked {
            if !asked.contains(&key.as_str()) {
                asked.push(key);
            }
        }
        let allowed = match asked.len() {
            0 => "no settings are allowed here".to_string(),
            _ => one_of(asked.iter().copied()),
        };
        let problem = Problem::at(entry.key_place, message).allowed(allowed);
        let near = nearest(&entry.key, asked.into_iter());
        if let Some(missing) = near.and_then(|near| self.missing.get(near)) {
            self.reading.retract(missing);
        }
        self.reading.complain(match near {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem,
        });
    }

    /// What was written and not yet read.
    pub(super) fn unread_entries(&self) -> impl Iterator<Item = &Entry> {
        self.input.iter().flatten()
    }

    /// The keys that were asked for so far.
    pub(super) fn asked(&self) -> impl Iterator<Item = &str> {
        self.asked.iter().map(String::as_str)
    }

    /// Tells the keys that a later reader of the same table may ask for.
    pub(super) fn expect_keys<'k>(&mut self, keys: impl Iterator<Item = &'k str>) {
        self.asked.extend(keys.map(String::from));
    }
}

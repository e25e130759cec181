//! Reading the fields of one table.

use super::{Entry, Kind, Node, Place, Problem, Setting, Table, Value, kind, nearest};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What is shared by all that reads one scenario: the problems found so far, where kinds are chosen,
/// and the way to files.
pub struct Reading<'r> {
    problems: RefCell<Vec<Problem>>,
    kinds: RefCell<BTreeMap<String, Vec<&'static str>>>,
    open: &'r dyn Fn(&str) -> Result<Vec<u8>, String>,
}

impl<'r> Reading<'r> {
    /// A reading that finds files through `open`, whose error says why a file cannot be had.
    pub fn new(open: &'r dyn Fn(&str) -> Result<Vec<u8>, String>) -> Reading<'r> {
        Reading { problems: RefCell::default(), kinds: RefCell::default(), open }
    }

    /// Notes a problem.
    pub fn complain(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// The dotted paths at which one of several kinds was chosen, with the names of those kinds. A
    /// setting written over a scenario needs them to replace the kind that was there.
    pub fn kinds(&self) -> BTreeMap<String, Vec<&'static str>> {
        self.kinds.borrow().clone()
    }

    /// Notes that the table called `path` holds one of these kinds.
    pub(super) fn note_kinds(&self, path: &str, names: impl Iterator<Item = &'static str>) {
        self.kinds.borrow_mut().insert(path.into(), names.collect());
    }

    /// The bytes of a file that the scenario names, or why they cannot be had.
    pub fn file(&self, path: &str) -> Result<Vec<u8>, String> {
        (self.open)(path)
    }

    /// Whether nothing is wrong so far.
    pub fn is_fine(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// How many problems were noted so far: whoever compares two counts learns whether what was
    /// read in between is to be trusted.
    pub fn problems(&self) -> usize {
        self.problems.borrow().len()
    }

    /// All problems, in the order of their places.
    pub fn finish(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| problem.place);
        problems.dedup();
        problems
    }
}

/// The fields of one table, each read once. Call [`Fields::finish`] at the end: it refuses the keys
/// that nobody asked for and gives the table with all defaults filled in.
pub struct Fields<'r> {
    /// Problems and files.
    pub reading: &'r Reading<'r>,
    /// The dotted path of this table, for messages; empty at the top.
    pub path: String,
    /// Where the table was written.
    pub place: Place,
    input: Vec<Entry>,
    output: Vec<Entry>,
    asked: Vec<String>,
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
        Fields {
            reading,
            path: path.into(),
            place: node.place,
            input,
            output: Vec::new(),
            asked: Vec::new(),
            is_table: matches!(node.value, Value::Table(_)),
        }
    }

    /// The dotted path of a field of this table.
    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.into() } else { format!("{}.{key}", self.path) }
    }

    /// Where `key` was written, or where this table was when it was not.
    pub fn place_of(&self, key: &str) -> Place {
        let entry = self.input.iter().chain(&self.output).find(|entry| entry.key == key);
        entry.map_or(self.place, |entry| entry.node.place)
    }

    /// Whether the table has `key` as written by the user (read already or not).
    pub fn has(&self, key: &str) -> bool {
        self.input.iter().any(|entry| entry.key == key)
            || self.output.iter().any(|entry| entry.key == key && entry.key_place != self.place)
    }

    /// The keys that were written and not yet read, in their order.
    pub fn unread(&self) -> Vec<String> {
        self.input.iter().map(|entry| entry.key.clone()).collect()
    }

    /// The value of a field as written, before it is read.
    pub fn peek(&self, key: &str) -> Option<&Value> {
        self.input.iter().find(|entry| entry.key == key).map(|entry| &entry.node.value)
    }

    /// Replaces a short form by the table that it stands for, before it is read: `"20%"` by
    /// `{ share = "20%" }` under the path `["share"]`.
    pub fn expand(&mut self, key: &str, path: &[&str]) {
        if let Some(entry) = self.input.iter_mut().find(|entry| entry.key == key) {
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
        self.asked.push(key.into());
        let at = self.input.iter().position(|entry| entry.key == key)?;
        Some(self.input.remove(at))
    }

    /// Writes a field of the resolved table.
    pub fn put(&mut self, key: &str, key_place: Place, node: Node) {
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
    pub fn missing(&self, key: &str, help: &str) {
        if !self.is_table {
            return;
        }
        let message = format!("`{}` is missing", self.path_of(key));
        let allowed = format!("`{key}` must be set in this table");
        self.reading.complain(Problem::at(self.place, message).allowed(allowed).help(help));
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

    /// A table below this one, read by `read`; absent, it reads as an empty one.
    pub fn table<T>(&mut self, key: &str, read: impl FnOnce(&mut Fields<'r>) -> T) -> T {
        let (key_place, node) = match self.take(key) {
            Some(entry) => (entry.key_place, entry.node),
            None => (self.place, Node { value: Value::Table(Table::default()), place: self.place }),
        };
        let mut fields = Fields::of(self.reading, &self.path_of(key), &node);
        let result = read(&mut fields);
        let resolved = fields.finish();
        self.put(key, key_place, resolved);
        result
    }

    /// A table below this one, or nothing where it is absent.
    pub fn optional_table<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&mut Fields<'r>) -> T,
    ) -> Option<T> {
        self.input.iter().any(|entry| entry.key == key).then(|| self.table(key, read)).or_else(
            || {
                self.asked.push(key.into());
                None
            },
        )
    }

    /// A table of named things (`[app.shop]`), each read by `read` with its name.
    pub fn named<T>(
        &mut self,
        key: &str,
        mut read: impl FnMut(&str, &mut Fields<'r>) -> T,
    ) -> Vec<(String, T)> {
        let Some(Entry { key_place, node, .. }) = self.take(key) else { return Vec::new() };
        let mut things = Fields::of(self.reading, &self.path_of(key), &node);
        let mut result = Vec::new();
        for name in things.unread() {
            let thing = things.table(&name, |fields| read(&name, fields));
            result.push((name, thing));
        }
        let resolved = things.finish();
        self.put(key, key_place, resolved);
        result
    }

    /// A list of tables (`[[event]]`), each read by `read`.
    pub fn list<T>(&mut self, key: &str, mut read: impl FnMut(&mut Fields<'r>) -> T) -> Vec<T> {
        let Some(Entry { key_place, node, .. }) = self.take(key) else { return Vec::new() };
        let Value::List(items) = &node.value else {
            let message =
                format!("`{}` must be a list, found {}", self.path_of(key), node.value.describe());
            let problem = Problem::at(node.place, message).allowed("expected a list of tables");
            self.reading.complain(problem);
            return Vec::new();
        };
        let (mut result, mut resolved) = (Vec::new(), Vec::new());
        for (index, item) in items.iter().enumerate() {
            let path = format!("{}[{index}]", self.path_of(key));
            let mut fields = Fields::of(self.reading, &path, item);
            result.push(read(&mut fields));
            resolved.push(fields.finish());
        }
        self.put(key, key_place, Node { value: Value::List(resolved), place: node.place });
        result
    }

    /// A field that holds a kind: `balancer = "p2c"` or `balancer.p2c = { choices = 2 }`.
    pub fn kind<T>(&mut self, key: &str, what: &str, kinds: &[Kind<T>]) -> Option<T> {
        self.kind_with(key, what, kinds, |_, config| config)
    }

    /// A field that holds a kind, or the kind called `default`, all of whose own defaults are then
    /// written into the resolved table.
    pub fn kind_or<T>(
        &mut self,
        key: &str,
        what: &str,
        kinds: &[Kind<T>],
        default: &str,
    ) -> Option<T> {
        if !self.has(key) {
            let node = Node { value: Value::Text(default.into()), place: self.place };
            self.input.push(Entry { key: key.into(), key_place: self.place, node });
        }
        self.kind(key, what, kinds)
    }

    /// The same, where fields may stand beside the kind (`clip` beside a distribution).
    pub fn kind_with<T, U>(
        &mut self,
        key: &str,
        what: &str,
        kinds: &[Kind<T>],
        beside: impl FnOnce(&mut Fields<'r>, T) -> U,
    ) -> Option<U> {
        let Entry { key_place, node, .. } = self.take(key)?;
        let path = self.path_of(key);
        let (resolved, config) = kind::read(self.reading, &path, &node, what, kinds, beside);
        self.put(key, key_place, resolved);
        config
    }

    /// The one kind that this table itself holds, such as `slow` in an event.
    pub fn one_kind<T>(&mut self, what: &str, kinds: &[Kind<T>]) -> Option<T> {
        kind::one_of(self, what, kinds)
    }

    /// Refuses the keys that nobody asked for; gives the resolved table.
    pub fn finish(self) -> Node {
        for entry in &self.input {
            let path = self.path_of(&entry.key);
            let problem = Problem::at(entry.key_place, format!("unknown setting `{path}`"));
            let allowed = list_of(&self.asked);
            let problem = problem.allowed(if self.asked.is_empty() {
                "no settings are allowed here".to_string()
            } else {
                format!("expected one of {allowed}")
            });
            let near = nearest(&entry.key, self.asked.iter().map(String::as_str));
            self.reading.complain(match near {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem,
            });
        }
        Node { value: Value::Table(Table { entries: self.output }), place: self.place }
    }

    /// Ends the reading of a table that somebody else finishes: gives back what was not read.
    pub(super) fn unread_entries(&self) -> &[Entry] {
        &self.input
    }

    /// Tells the keys that a later reader of the same table may ask for.
    pub(super) fn expect_keys<'k>(&mut self, keys: impl Iterator<Item = &'k str>) {
        self.asked.extend(keys.map(String::from));
    }
}

/// Names in backticks, joined by commas; repeats are dropped.
fn list_of(names: &[String]) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        if !seen.contains(&name.as_str()) {
            seen.push(name);
        }
    }
    seen.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The most likely meant value, where a number lacks its unit.
fn suggestion<T: Setting>(value: &Value) -> Option<String> {
    // What takes any text takes a number with any unit: none is likely meant.
    if T::read(&Value::Text("?".into())).is_ok() {
        return None;
    }
    let number = match value {
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) if text.parse::<f64>().is_ok() => text.clone(),
        _ => return None,
    };
    let with_unit = ["ms", "/s", "MiB"].map(|unit| format!("{number}{unit}"));
    let valid = with_unit.iter().find(|text| T::read(&Value::Text((*text).clone())).is_ok())?;
    Some(if valid.ends_with("ms") {
        format!("write `\"{valid}\"` or `\"{number}s\"`")
    } else {
        format!("write `\"{valid}\"`")
    })
}

//! Fields that hold more than one value: tables, lists of tables, named things, and kinds.

use super::{Entry, Fields, Kind, Node, Problem, Table, Value, kind};

/// The most things that a table of named things may hold.
const MOST_NAMES: usize = 10_000;

impl<'r> Fields<'r> {
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
        if self.peek(key).is_some() {
            return Some(self.table(key, read));
        }
        self.take(key);
        None
    }

    /// A table of named things (`[app.shop]`), each read by `read` with its name.
    pub fn named<T>(
        &mut self,
        key: &str,
        mut read: impl FnMut(&str, &mut Fields<'r>) -> T,
    ) -> Vec<(String, T)> {
        let Some(Entry { key_place, node, .. }) = self.take(key) else { return Vec::new() };
        let path = self.path_of(key);
        if node.table().is_none() {
            let message = format!("`{path}` must be a table, found {}", node.value.describe());
            let problem = Problem::at(node.place, message).allowed("expected a table of names");
            self.reading.complain(problem.help(format!("give each a name: `[{path}.NAME]`")));
            return Vec::new();
        }
        let mut things = Fields::of(self.reading, &path, &node);
        let mut result = Vec::new();
        let mut names = things.unread();
        if names.len() > MOST_NAMES {
            let message = format!("`{}` has {} names", things.path, names.len());
            let problem = Problem::at(things.place, message);
            self.reading.complain(problem.allowed(format!("at most {MOST_NAMES} are allowed")));
            names.drain(..).for_each(|name| drop(things.take(&name)));
        }
        for name in names {
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
            self.reading.complain(if self.path.is_empty() {
                problem.help(format!("begin each with `[[{key}]]`"))
            } else {
                problem
            });
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

    /// The same; absent, it is the kind called `default` with its own defaults, which are written into
    /// the resolved table.
    pub fn kind_or<T>(
        &mut self,
        key: &str,
        what: &str,
        kinds: &[Kind<T>],
        default: &str,
    ) -> Option<T> {
        if self.peek(key).is_some() {
            return self.kind(key, what, kinds);
        }
        self.take(key);
        let node = Node { value: Value::Text(default.into()), place: self.place };
        let path = self.path_of(key);
        let (resolved, config) =
            kind::read(self.reading, &path, &node, what, kinds, |_, config| config);
        self.put(key, self.place, resolved);
        config
    }

    /// The same as [`Fields::kind`], where fields may stand beside the kind (`clip` beside a distribution).
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

    /// All of the kinds that this table holds, in the registry's order: settings that may each be
    /// there or not, such as what stands around a balancer.
    pub fn all_kinds<T>(&mut self, kinds: &[Kind<T>]) -> Vec<T> {
        kinds.iter().filter_map(|kind| kind::among(self, kind)).collect()
    }
}

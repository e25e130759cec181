//! The tree of settings: TOML's values, each with its place.

use super::Place;
use std::fmt;

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it was written; a default's place is that of the table it was filled into.
    pub place: Place,
}

/// A value of a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A table.
    Table(Table),
}

/// Named values in the order in which they were written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The entries.
    pub entries: Vec<Entry>,
}

/// A named value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The name.
    pub key: String,
    /// Where the name was written.
    pub key_place: Place,
    /// The value.
    pub node: Node,
}

impl Table {
    /// The value called `key`.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// The value called `key`, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.node)
    }

    /// Writes `key`, over an older value if there is one.
    pub fn set(&mut self, key: &str, key_place: Place, node: Node) {
        match self.get_mut(key) {
            Some(old) => *old = node,
            None => self.entries.push(Entry { key: key.into(), key_place, node }),
        }
    }

    /// The table at a path, to change; a number steps into a list.
    pub fn table_at(&mut self, path: &[String]) -> Option<&mut Table> {
        match path.split_first() {
            Some((first, rest)) => self.get_mut(first)?.table_at(rest),
            None => Some(self),
        }
    }

    /// Writes the value at a path, making tables on the way; a number steps into a list. A value
    /// that is neither table nor list is replaced by a table, so that `balancer.p2c.choices`
    /// overrides `balancer = "random"`. The error says which item a list does not have.
    pub fn set_path(&mut self, path: &[String], place: Place, node: Node) -> Result<(), String> {
        let Some((first, rest)) = path.split_first() else { return Ok(()) };
        if rest.is_empty() {
            self.set(first, place, node);
            return Ok(());
        }
        if self.get(first).is_none() && rest[0].parse::<usize>().is_ok() {
            return Err(format!("`{first}` has no item `{}`: it is empty", rest[0]));
        }
        if !matches!(self.get(first), Some(Node { value: Value::Table(_) | Value::List(_), .. })) {
            let empty = Node { value: Value::Table(Table::default()), place };
            self.set(first, place, empty);
        }
        self.get_mut(first).expect("it was just put there").set_path(first, rest, place, node)
    }
}

impl Node {
    /// The table that this is, if it is one.
    pub fn table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The table at a path below this node.
    fn table_at(&mut self, path: &[String]) -> Option<&mut Table> {
        match &mut self.value {
            Value::Table(table) => table.table_at(path),
            Value::List(items) => {
                let (first, rest) = path.split_first()?;
                items.get_mut(first.parse::<usize>().ok()?)?.table_at(rest)
            }
            _ => None,
        }
    }

    /// Writes the value at a path below this node, which `name` calls in the error.
    fn set_path(
        &mut self,
        name: &str,
        path: &[String],
        place: Place,
        node: Node,
    ) -> Result<(), String> {
        let Some((first, rest)) = path.split_first() else {
            *self = node;
            return Ok(());
        };
        match &mut self.value {
            Value::List(items) => {
                let length = items.len();
                let item = first.parse::<usize>().ok().and_then(|index| items.get_mut(index));
                let item = item.ok_or_else(|| match length {
                    0 => format!("`{name}` has no item `{first}`: it is empty"),
                    _ => format!("`{name}` has no item `{first}`, only 0 to {}", length - 1),
                })?;
                item.set_path(&format!("{name}.{first}"), rest, place, node)
            }
            Value::Table(table) => table.set_path(path, place, node),
            _ => {
                let mut table = Table::default();
                table.set_path(path, place, node)?;
                *self = Node { value: Value::Table(table), place };
                Ok(())
            }
        }
    }
}

impl Value {
    /// What this is, for "found ..." in a message.
    pub fn describe(&self) -> String {
        match self {
            Value::Bool(value) => format!("`{value}`"),
            Value::Int(value) => format!("the number `{value}`"),
            Value::Float(value) => format!("the number `{value}`"),
            Value::Text(value) => format!("`\"{}\"`", shortened(value)),
            Value::List(_) => "a list".into(),
            Value::Table(_) => "a table".into(),
        }
    }
}

/// At most forty characters of a text, so that a message stays one line.
fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short.escape_debug().to_string()
}

impl fmt::Display for Value {
    /// As TOML writes it inside a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(value) => write!(f, "{value}"),
            Value::Float(value) if value.is_finite() => write!(f, "{value:?}"),
            Value::Float(value) => {
                let infinite = if *value > 0.0 { "inf" } else { "-inf" };
                f.write_str(if value.is_nan() { "nan" } else { infinite })
            }
            Value::Text(value) => write_text(f, value),
            Value::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    item.value.fmt(f)?;
                }
                f.write_str("]")
            }
            Value::Table(table) if table.entries.is_empty() => f.write_str("{}"),
            Value::Table(table) => {
                f.write_str("{ ")?;
                for (index, entry) in table.entries.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{} = {}", Key(&entry.key), entry.node.value)?;
                }
                f.write_str(" }")
            }
        }
    }
}

/// A key as TOML writes it: bare where it can be, quoted otherwise.
pub struct Key<'a>(pub &'a str);

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !self.0.is_empty() && self.0.chars().all(bare) {
            f.write_str(self.0)
        } else {
            write_text(f, self.0)
        }
    }
}

/// A TOML basic string.
fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() => write!(f, "\\u{:04X}", c as u32)?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

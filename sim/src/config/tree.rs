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

    /// Writes the value at a dotted path, making tables on the way. A value that is not a table is
    /// replaced by one, so that `balancer.p2c.choices` overrides `balancer = "random"`; a kind
    /// written as a bare name keeps its name.
    pub fn set_path(&mut self, path: &[&str], place: Place, node: Node) {
        let Some((first, rest)) = path.split_first() else { return };
        if rest.is_empty() {
            self.set(first, place, node);
            return;
        }
        if !matches!(self.get(first), Some(Node { value: Value::Table(_), .. })) {
            let empty = Node { value: Value::Table(Table::default()), place };
            self.set(first, place, empty);
        }
        let Some(Node { value: Value::Table(table), .. }) = self.get_mut(first) else {
            unreachable!("a table was just put there")
        };
        table.set_path(rest, place, node);
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
                f.write_str(if value.is_nan() { "nan" } else { "inf" }).and(Ok(()))
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

//! A tree of settings as TOML that people like to read: short tables on one line, the others under
//! headers, in the order of the tree.

use crate::config::{Entry, Key, Node, Table, Value};
use std::fmt::Write;

/// The longest line; what is longer gets a header or one line an item.
const WIDEST: usize = 100;

/// The tree as TOML. Read again it gives the same settings in the same order.
pub(super) fn toml(tree: &Node) -> String {
    let mut text = String::new();
    if let Value::Table(table) = &tree.value {
        write_table(&mut text, &[], 0, table);
    }
    text
}

/// Writes what stands in the table called `path`: first what fits on lines, then what needs headers.
/// `floor` is how deep it stands, and more for an item of a list.
fn write_table(text: &mut String, path: &[&str], floor: u32, table: &Table) {
    // Once a table has a header the tables after it need one too: a line after a header would
    // belong to the header, and a line before it would change the order of names.
    let mut headers: Vec<&Entry> = Vec::new();
    for entry in &table.entries {
        let is_table = matches!(entry.node.value, Value::Table(_));
        if needs_header(floor, entry) || (is_table && !headers.is_empty()) {
            headers.push(entry);
        } else {
            write_line(text, entry);
        }
    }
    for entry in headers {
        let path = [path, &[entry.key.as_str()]].concat();
        match &entry.node.value {
            Value::List(items) => {
                for item in items {
                    write_header(text, "[[", &path, "]]");
                    if let Value::Table(table) = &item.value {
                        write_table(text, &path, 2, table);
                    }
                }
            }
            Value::Table(table) => {
                // A table of nothing but tables needs no header of its own.
                let mut entries = table.entries.iter();
                if table.entries.is_empty() || !entries.all(|e| needs_header(floor + 1, e)) {
                    write_header(text, "[", &path, "]");
                }
                write_table(text, &path, floor + 1, table);
            }
            _ => unreachable!("only lists and tables need headers"),
        }
    }
}

/// Whether an entry of a table on this floor stands under a header of its own: lists of tables at
/// the top, the first two floors of tables (`[app.shop]`), and tables that do not fit on a line.
fn needs_header(floor: u32, entry: &Entry) -> bool {
    match &entry.node.value {
        Value::List(items) => {
            let mut tables = items.iter().map(|item| matches!(item.value, Value::Table(_)));
            floor == 0 && !items.is_empty() && tables.all(|is_table| is_table)
        }
        Value::Table(table) => {
            let named = floor == 1 && !table.entries.is_empty() && !is_kind(table);
            floor == 0 || named || line(entry).chars().count() > WIDEST
        }
        _ => false,
    }
}

/// Whether a table holds one table, as a kind does: `balancer.p2c = { choices = 2 }`.
fn is_kind(table: &Table) -> bool {
    matches!(table.entries.as_slice(), [Entry { node: Node { value: Value::Table(_), .. }, .. }])
}

fn write_header(text: &mut String, open: &str, path: &[&str], close: &str) {
    let keys: Vec<String> = path.iter().map(|key| Key(key).to_string()).collect();
    if !text.is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "{open}{}{close}", keys.join("."));
}

/// An entry on one line; tables of one entry become dots.
fn line(entry: &Entry) -> String {
    let (mut key, mut node) = (Key(&entry.key).to_string(), &entry.node);
    while let Value::Table(Table { entries }) = &node.value
        && let [only] = entries.as_slice()
    {
        key = format!("{key}.{}", Key(&only.key));
        node = &only.node;
    }
    format!("{key} = {}", node.value)
}

/// Writes an entry; a long list takes a line an item.
fn write_line(text: &mut String, entry: &Entry) {
    let line = line(entry);
    match &entry.node.value {
        Value::List(items) if line.chars().count() > WIDEST => {
            let _ = writeln!(text, "{} = [", Key(&entry.key));
            for item in items {
                let _ = writeln!(text, "  {},", item.value);
            }
            text.push_str("]\n");
        }
        _ => {
            let _ = writeln!(text, "{line}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::toml::parse;
    use super::*;

    #[test]
    fn what_is_shown_reads_back() {
        let long = "x".repeat(90);
        for text in [
            "a = 1\nb = \"two\\n\"\n",
            "schema = 1\n\n[run]\nduration = \"1m\"\n\n[mesh]\nbalancer.p2c.choices = 2\nlimit = 50\n",
            "[app.shop]\ndynos = 4\nendpoint.a = { share = 1.0, work.constant = \"1s\" }\n",
            "[vary]\n\"mesh.balancer\" = [\"random\", { p2c = { choices = 3 } }]\n\n[variant.\"a b\"]\nx.y = 1\n",
            &format!("[app.shop]\na = {{ b = 1, c = \"{long}\" }}\nz = {{ d = 1, e = 2 }}\n"),
            &format!(
                "[[event]]\nat = \"3m\"\nslow = {{ app = \"shop\", factor = 4.0 }}\n\n[[event]]\nat = \"4m\"\nnote = [\"{long}\", \"{long}\"]\n"
            ),
            "[client]\n",
            "e = []\n\n[f]\ng = {}\n",
        ] {
            let tree = parse(text.as_bytes()).unwrap();
            let shown = toml(&tree);
            let again = parse(shown.as_bytes()).unwrap();
            assert_eq!(again.value.to_string(), tree.value.to_string(), "{shown}");
            assert_eq!(toml(&again), shown);
        }
    }

    #[test]
    fn short_tables_stay_on_their_line() {
        let text = "[run]\nseed = 1\n\n[mesh]\nlimit = 50\nbalancer.p2c.choices = 2\n\n[client.a]\napp = \"shop\"\n\
                    retry = { attempts = 3, budget = 0.2 }\n";
        assert_eq!(toml(&parse(text.as_bytes()).unwrap()), text);
    }
}

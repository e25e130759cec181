//! Reading a distribution from a scenario.

use super::plus::Plus;
use super::{Distribution, KINDS, Law};
use crate::config::{Entry, Fields, Node, Problem, Setting, Table, Value};
use crate::time::Span;
use std::sync::Arc;

const WHAT: &str = "distribution";

impl Distribution {
    /// Reads `key`, such as `work.exponential = "20ms"`, with an optional `plus` and `clip` beside the
    /// kind or inside its table. Gives nothing when `key` is absent (which is no problem) and when it is
    /// wrong (which is noted).
    pub fn read(fields: &mut Fields<'_>, key: &str) -> Option<Distribution> {
        let Entry { key_place, mut node, .. } = fields.take(key)?;
        if let Some(problem) = bare_duration(&fields.path_of(key), &node) {
            fields.reading.complain(problem);
            fields.put(key, key_place, node);
            return None;
        }
        lift(&mut node);
        read_lifted(fields, key, Entry { key: key.into(), key_place, node })
    }

    /// Reads `key`, which must be there; where it is missing or wrong, that is noted and a constant
    /// stands in.
    pub fn read_required(fields: &mut Fields<'_>, key: &str) -> Distribution {
        if !fields.has(key) {
            fields.take(key);
            fields.missing(
                key,
                &format!("add a distribution such as `{key}.exponential = \"20ms\"`"),
            );
        }
        Distribution::read(fields, key).unwrap_or_else(Distribution::stand_in)
    }

    /// Reads `key`, which may also be a bare duration: always that long. Absent, it is `default`,
    /// which is written into the resolved table.
    pub fn read_span_or(fields: &mut Fields<'_>, key: &str, default: Span) -> Distribution {
        let Some(entry) = fields.take(key) else {
            let node = Node { value: default.write(), place: fields.place };
            fields.put(key, fields.place, node);
            return Distribution::constant(default);
        };
        if is_duration(&entry.node.value) {
            let span = through(fields, vec![entry], |fields| fields.or(key, default));
            return Distribution::constant(span);
        }
        let Entry { key_place, mut node, .. } = entry;
        lift(&mut node);
        let read = read_lifted(fields, key, Entry { key: key.into(), key_place, node });
        read.unwrap_or_else(Distribution::stand_in)
    }

    /// What stands in where a scenario is wrong; it is never run.
    fn stand_in() -> Distribution {
        Distribution::constant(Span::placeholder())
    }

    /// Reads the kind, the `plus` and the clip that this table itself holds, after `before` took what else it
    /// holds. Gives nothing when something is wrong.
    pub(super) fn read_inside<T>(
        fields: &mut Fields<'_>,
        before: impl FnOnce(&mut Fields<'_>) -> T,
    ) -> (T, Option<Distribution>) {
        let keys = fields.unread();
        let entries: Vec<Entry> = keys.iter().filter_map(|key| fields.take(key)).collect();
        let mut node = Node { value: Value::Table(Table { entries }), place: fields.place };
        lift(&mut node);
        let Value::Table(Table { entries }) = node.value else {
            unreachable!("what stands beside a kind is lifted inside a table")
        };
        let noted = fields.reading.problems();
        let (other, law) = through(fields, entries, |fields| {
            let other = before(fields);
            let law = fields.one_kind(WHAT, KINDS);
            (other, law.map(|law| with_rest(fields, law)))
        });
        (other, law.filter(|_| fields.reading.problems() == noted))
    }
}

/// Lets `read` read `entries` as fields of this same table, and keeps what they resolve to.
fn through<'r, T>(
    fields: &mut Fields<'r>,
    entries: Vec<Entry>,
    read: impl FnOnce(&mut Fields<'r>) -> T,
) -> T {
    let mut inner = fields.with(entries);
    let result = read(&mut inner);
    if let Value::Table(Table { entries }) = inner.finish().value {
        for Entry { key, key_place, node } in entries {
            fields.put(&key, key_place, node);
        }
    }
    result
}

/// Reads a kind whose `plus` and clip stand beside it.
fn read_lifted(fields: &mut Fields<'_>, key: &str, entry: Entry) -> Option<Distribution> {
    let noted = fields.reading.problems();
    let read = through(fields, vec![entry], |fields| fields.kind_with(key, WHAT, KINDS, with_rest));
    read.filter(|_| fields.reading.problems() == noted)
}

/// Reads the `plus` and the clip that stand beside a kind.
fn with_rest(fields: &mut Fields<'_>, law: Law) -> Distribution {
    let law = match fields.optional::<Span>("plus") {
        Some(plus) if !plus.is_zero() => Arc::new(Plus::new(law, plus.seconds())),
        _ => law,
    };
    let clip = fields.optional::<(Span, Span)>("clip");
    if let Some((low, high)) = clip {
        fields.require("clip", low <= high, "two durations, the smaller one first");
        fields.require("clip", !high.is_zero() || low > high, "more than zero at its upper end");
    }
    Distribution { law, clip }
}

/// Moves a `plus` or a clip that was written inside a kind's table to the kind's side, unless one is
/// there.
fn lift(node: &mut Node) {
    let Value::Table(table) = &mut node.value else { return };
    for key in ["plus", "clip"] {
        if table.get(key).is_some() {
            continue;
        }
        let is_kind = |entry: &&mut Entry| KINDS.iter().any(|kind| kind.name == entry.key);
        let Some(kind) = table.entries.iter_mut().find(is_kind) else { return };
        let Value::Table(body) = &mut kind.node.value else { return };
        if let Some(at) = body.entries.iter().position(|entry| entry.key == key) {
            let lifted = body.entries.remove(at);
            table.entries.push(lifted);
        }
    }
}

/// Whether a value was meant as a duration and not as the name of a kind.
fn is_duration(value: &Value) -> bool {
    match value {
        Value::Int(_) | Value::Float(_) => true,
        Value::Text(text) => {
            text.trim_start().starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
        }
        _ => false,
    }
}

/// The problem of a duration that stands where only a distribution may.
fn bare_duration(path: &str, node: &Node) -> Option<Problem> {
    is_duration(&node.value).then(|| {
        let message = format!("`{path}` must be a distribution, found {}", node.value.describe());
        let span = match &node.value {
            Value::Int(number) => format!("{number}ms"),
            value => Span::read(value).map_or("40ms".into(), |span| span.to_string()),
        };
        Problem::at(node.place, message)
            .allowed("expected a kind of distribution with its parameters")
            .help(format!("write `{path}.constant = \"{span}\"`"))
    })
}

//! Settings from the command line, written into the tree before anything reads it.
//!
//! Each argument is a source text of its own, so that a problem with its value points at it.

use super::change::{Change, Kinds, changes, write_all};
use super::opted::Opted;
use super::path::Path;
use super::source::Source;
use super::toml;
use crate::config::{Node, Place, Problem, Table, Value};
use serde::{Deserialize, Serialize};

/// What the command line changes in a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overrides {
    /// `--set PATH=VALUE`: the path and the value, TOML or a text without quotes.
    pub set: Vec<(String, String)>,
    /// Settings that have an option of their own; written over those of `--set`.
    pub options: Vec<Opted>,
    /// `--vary PATH=A,B`: the path and the values. It adds an axis, or replaces the one of that path.
    pub vary: Vec<(String, String)>,
    /// `--only VARIANT`: the names of the variants to run; empty for all.
    pub only: Vec<String>,
    /// `--seed N`.
    pub seed: Option<u64>,
    /// `--replications N`.
    pub replications: Option<u32>,
    /// `--precision SHARE`: TOML or a text without quotes.
    pub precision: Option<String>,
}

/// An argument as a source text, and where its parts stand in it.
struct Argument<'a> {
    option: &'a str,
    path: &'a str,
    value: &'a str,
    source: u32,
}

impl<'a> Argument<'a> {
    /// Adds `option path=value` to the sources.
    fn new(sources: &mut Vec<Source>, option: &'a str, path: &'a str, value: &'a str) -> Self {
        let source = sources.len() as u32;
        sources.push(Source { file: None, text: format!("{option} {path}={value}") });
        Argument { option, path, value, source }
    }

    fn place_of_path(&self) -> Place {
        let start = self.option.len() as u32 + 1;
        Place { source: self.source, start, end: start + self.path.len() as u32 }
    }

    fn path(&self) -> Result<Path, Problem> {
        Path::parse(self.path).map_err(|message| {
            let problem = Problem::at(self.place_of_path(), message);
            problem.allowed("expected a path such as `mesh.balancer`")
        })
    }

    /// How many bytes stand before the value.
    fn offset(&self) -> usize {
        self.option.len() + 1 + self.path.len() + 1
    }
}

/// Writes all overrides but `--only` into the tree of a scenario; gives what is wrong with them.
pub(super) fn apply(
    overrides: &Overrides,
    kinds: &Kinds,
    tree: &mut Table,
    sources: &mut Vec<Source>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut changes = Vec::new();
    for (path, value) in &overrides.set {
        match set(&Argument::new(sources, "--set", path, value)) {
            Ok(change) => changes.push(change),
            Err(problem) => problems.push(problem),
        }
    }
    for opted in &overrides.options {
        match opted.change(sources) {
            Ok(change) => changes.push(change),
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(write_all(&changes, kinds, tree));
    for (path, values) in &overrides.vary {
        let argument = Argument::new(sources, "--vary", path, values);
        problems.extend(vary(&argument, tree).err());
    }
    let numbers = [
        ("--seed", "seed", overrides.seed),
        ("--replications", "replications", overrides.replications.map(u64::from)),
    ];
    for (option, key, number) in numbers {
        let Some(number) = number else { continue };
        let place = Place { source: sources.len() as u32, start: option.len() as u32 + 1, end: 99 };
        sources.push(Source { file: None, text: format!("{option} {number}") });
        let Ok(number) = i64::try_from(number) else {
            let problem = Problem::at(place, format!("`{number}` is too large for `run.{key}`"));
            problems.push(problem.allowed(format!("at most {}", i64::MAX)));
            continue;
        };
        write_run(tree, key, Node { value: Value::Int(number), place });
    }
    if let Some(precision) = &overrides.precision {
        let (option, source) = ("--precision", sources.len() as u32);
        sources.push(Source { file: None, text: format!("{option} {precision}") });
        match toml::parse_value(precision, source, option.len() + 1) {
            Ok(node) => write_run(tree, "precision", node),
            Err(problem) => problems.push(problem),
        }
    }
    problems
}

/// Writes a setting of `[run]`. Without that table there is a greater problem, which this must not
/// hide.
fn write_run(tree: &mut Table, key: &str, node: Node) {
    if let Some(Node { value: Value::Table(run), .. }) = tree.get_mut("run") {
        run.set(key, node.place, node);
    }
}

/// `--set`: one value at one path.
fn set(argument: &Argument<'_>) -> Result<Change, Problem> {
    let path = argument.path()?;
    let node = toml::parse_value(argument.value, argument.source, argument.offset())?;
    Ok(Change { path, place: argument.place_of_path(), node })
}

/// `--vary`: one axis, in place of the scenario's own of that path if there is one.
fn vary(argument: &Argument<'_>, tree: &mut Table) -> Result<(), Problem> {
    let path = argument.path()?;
    let mut values = Vec::new();
    for (at, text) in split(argument.value) {
        values.push(toml::parse_value(text, argument.source, argument.offset() + at)?);
    }
    let place = argument.place_of_path();
    let end = (argument.offset() + argument.value.len()) as u32;
    let whole = Place { start: argument.offset() as u32, end, ..place };
    let list = match values.as_slice() {
        // `--vary "PATH=[A, B]"` is the list itself.
        [Node { value: Value::List(_), .. }] => values.remove(0),
        _ => Node { value: Value::List(values), place: whole },
    };
    let mut axes = Table::default();
    match tree.get("vary") {
        Some(Node { value: Value::Table(table), .. }) => {
            for change in changes(table) {
                axes.set(&change.path.to_string(), change.place, change.node);
            }
        }
        None => {}
        // What is not a table is refused where `[vary]` is read.
        Some(_) => return Ok(()),
    }
    axes.set(&path.to_string(), place, list);
    let table_place = tree.get("vary").map_or(place, |node| node.place);
    tree.set("vary", place, Node { value: Value::Table(axes), place: table_place });
    Ok(())
}

/// The parts of `A,B` between the commas that stand in no bracket and no quotes, each with the byte
/// at which it begins; nothing for a blank text.
fn split(text: &str) -> Vec<(usize, &str)> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0_u32, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push((start, &text[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push((start, &text[start..]));
    let trimmed = parts.into_iter().map(|(at, part)| {
        let blank = part.len() - part.trim_start().len();
        (at + blank, part.trim())
    });
    trimmed.filter(|(_, part)| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::opted::Given;
    use super::*;

    #[test]
    fn lists_split_at_outer_commas() {
        for (text, parts) in [
            ("", vec![]),
            ("a", vec![(0, "a")]),
            ("a,b", vec![(0, "a"), (2, "b")]),
            ("a, b,", vec![(0, "a"), (3, "b")]),
            ("{ a = 1, b = 2 },\"c,d\"", vec![(0, "{ a = 1, b = 2 }"), (17, "\"c,d\"")]),
            ("[1, 2],3", vec![(0, "[1, 2]"), (7, "3")]),
        ] {
            assert_eq!(split(text), parts, "{text}");
        }
    }

    fn opted(option: &str, path: &str, given: Given) -> Opted {
        Opted { option: option.into(), path: path.into(), given }
    }

    #[test]
    fn arguments_are_written_into_the_tree() {
        let overrides = Overrides {
            set: vec![("mesh.limit".into(), "7".into()), ("client.a.x".into(), "1ms".into())],
            vary: vec![("mesh.balancer".into(), "p2c,random".into())],
            seed: Some(9),
            options: vec![
                opted("--target", "load.target", Given::One("http://h".into())),
                opted("--allow", "load.allow", Given::Each(vec!["[::1]".into(), "b".into()])),
            ],
            ..Overrides::default()
        };
        let text = b"[run]\nseed = 1\n[vary]\nmesh.balancer = [1]\nx = [2]\n[client.a]\n";
        let Value::Table(mut tree) = toml::parse(text).unwrap().value else { panic!("a table") };
        let mut sources = Vec::new();
        let open = |_: &str| Err("there are no files".to_string());
        let kinds = Kinds::of(&crate::config::Reading::new(&open));
        assert_eq!(apply(&overrides, &kinds, &mut tree, &mut sources), []);
        assert_eq!(
            Value::Table(tree).to_string(),
            "{ run = { seed = 9 }, vary = { \"mesh.balancer\" = [\"p2c\", \"random\"], x = [2] }, \
             client = { a = { x = \"1ms\" } }, mesh = { limit = 7 }, \
             load = { target = \"http://h\", allow = [\"[::1]\", \"b\"] } }"
        );
        let texts: Vec<&str> = sources.iter().map(|source| source.text.as_str()).collect();
        assert_eq!(texts[0], "--set mesh.limit=7");
        assert_eq!(texts[2..4], ["--target http://h", "--allow [::1] --allow b"]);
        assert_eq!(texts[4], "--vary mesh.balancer=p2c,random");
    }
}

//! The houses of `sim` and `loadgen`: which room may import from which, and what no file may do.
//!
//! A room is a module at the top of a crate's `src`. The tables below are the plan; the tests compare it
//! with the source.

use crate::source::{closing, line_of, none, sources, without_tests, words, workspace};

/// A crate and its floors from the ground up. A room imports only from lower floors.
///
/// To add a room: write it on its floor.
struct House {
    /// The crate's name, which is its folder's.
    name: &'static str,
    floors: &'static [(&'static str, &'static [&'static str])],
}

/// The houses.
const HOUSES: [House; 2] = [SIM, LOADGEN];

const LOADGEN: House = House {
    name: "loadgen",
    floors: &[
        ("base", &["clock"]),
        ("machine", &["machine"]),
        ("wire", &["wire"]),
        ("plan", &["plan"]),
        ("attack", &["user", "attack", "crew"]),
        ("shard", &["shard"]),
        ("stage", &["stage"]),
        ("judge", &["judge"]),
        ("watch", &["watch"]),
        ("campaign", &["campaign"]),
        ("face", &["cli", "main"]),
    ],
};

const SIM: House = House {
    name: "sim",
    floors: &[
        ("base", &["time", "units", "rng", "config", "dist"]),
        ("engine", &["engine"]),
        ("metrics", &["metrics"]),
        ("parts", &["workload", "balance", "fault", "protect"]),
        ("platform", &["platform"]),
        ("load", &["load"]),
        ("scenario", &["scenario"]),
        ("experiment", &["experiment"]),
        ("report", &["report"]),
        ("face", &["cli", "main"]),
    ],
};

/// On these floors a room may import from the rooms that stand before it in their row.
const ORDERED: &[&str] = &["attack", "base", "face"];

/// A crate that only one file may name, and where: everybody else goes through that file.
const ONE_FILE: &[(&str, &str)] =
    &[("plotters", "sim/src"), ("toml", "sim/src"), ("goose", "loadgen/src")];

impl House {
    /// The room that a file belongs to; none for `lib.rs`, which only names the rooms.
    fn room_of<'a>(&self, path: &'a str) -> Option<&'a str> {
        let within = path.strip_prefix(self.name)?.strip_prefix("/src/")?;
        let room = within.split('/').next()?.trim_end_matches(".rs");
        (room != "lib").then_some(room)
    }

    /// A room's floor and its place on the floor.
    fn place(&self, room: &str) -> Option<(usize, usize)> {
        self.floors.iter().enumerate().find_map(|(floor, (_, rooms))| {
            rooms.iter().position(|found| *found == room).map(|at| (floor, at))
        })
    }

    /// The rule that an import breaks, if it breaks one.
    fn broken_rule(&self, from: &str, to: &str) -> Option<String> {
        if from == to {
            return None;
        }
        let unknown =
            |room: &str| format!("`{room}` is not a room: write it on a floor of its house");
        let Some((from_floor, from_at)) = self.place(from) else { return Some(unknown(from)) };
        let Some((to_floor, to_at)) = self.place(to) else { return Some(unknown(to)) };
        let (name, rooms) = self.floors[from_floor];
        if to_floor > from_floor {
            let above = self.floors[to_floor].0;
            return Some(format!(
                "`{above}` is above `{name}`: a room imports only from lower floors"
            ));
        }
        if to_floor < from_floor {
            return None;
        }
        if !ORDERED.contains(&name) {
            return Some(format!("both are on floor `{name}`: its rooms do not import each other"));
        }
        let order = rooms.join(", ");
        (to_at > from_at)
            .then(|| format!("floor `{name}` is ordered: {order}; import only leftwards"))
    }
}

/// The rooms that a file's code names, each with its line. Understands `crate::a`, `sim::a` (in
/// `main.rs`), `crate::{a, b::c}` and chains of `super::` that lead to the top.
fn imports(path: &str, code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let depth = path.matches('/').count() - "sim/src".matches('/').count();
    let own = format!("{}::", path.split('/').next().unwrap_or_default());
    let up = if path.ends_with("/mod.rs") { depth - 1 } else { depth };
    let to_top = "super::".repeat(up);
    let mut prefixes = vec!["crate::", to_top.as_str()];
    if path.ends_with("/src/main.rs") {
        prefixes.push(&own);
    }
    for prefix in prefixes.into_iter().filter(|prefix| !prefix.is_empty()) {
        for (at, _) in code.match_indices(prefix) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let start = at + prefix.len();
            for (offset, name) in heads(&code[start..]) {
                found.push((line_of(code, start + offset), name));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The first words of what follows a path's prefix: one, or each of a braced list. Words that are
/// no modules (`Type`, `*`) stand at the top of the crate and are given too.
fn heads(rest: &str) -> Vec<(usize, String)> {
    let name = |text: &str| -> String {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == '*').collect()
    };
    if !rest.starts_with('{') {
        return vec![(0, name(rest))];
    }
    let (mut result, mut depth, mut fresh) = (Vec::new(), 0, false);
    for (at, c) in rest[..closing(rest, 0)].char_indices() {
        match c {
            '{' => (depth, fresh) = (depth + 1, depth == 0),
            '}' => depth -= 1,
            ',' if depth == 1 => fresh = true,
            c if fresh && !c.is_whitespace() => {
                result.push((at, name(&rest[at..])));
                fresh = false;
            }
            _ => {}
        }
    }
    result
}

/// Whether the code names a crate, and not a module of its own that has the crate's name.
fn names_crate(code: &str, name: &str) -> bool {
    let uses_local = code.split(';').any(|statement| {
        let statement = statement.trim_start();
        let local = ["use super::", "use crate::", "use self::"];
        let local = local.iter().any(|start| statement.contains(start));
        local && words(statement, name).next().is_some()
    });
    let declares = words(code, name).any(|at| code[..at].ends_with("mod "));
    words(code, name).any(|at| {
        let absolute =
            code[..at].ends_with("::") && !code[..at - 2].ends_with(char::is_alphanumeric);
        let path = code[at + name.len()..].starts_with("::");
        let head = !code[..at].ends_with("::");
        let imported = code[..at].ends_with("use ") && code[at + name.len()..].starts_with(';');
        (path && absolute) || ((path || imported) && head && !uses_local && !declares)
    })
}

#[test]
fn every_room_imports_only_from_below() {
    let mut findings = Vec::new();
    for house in HOUSES {
        let sources = sources(&format!("{}/src", house.name));
        for source in sources.iter().filter(|source| !source.is_test) {
            let Some(from) = house.room_of(&source.path) else { continue };
            for (line, to) in imports(&source.path, &without_tests(&source.code)) {
                if let Some(rule) = house.broken_rule(from, &to) {
                    let place = format!("{}:{line}", source.path);
                    findings.push(format!("{place}: `{from}` imports `{to}`: {rule}"));
                }
            }
            if house.place(from).is_none() {
                findings.push(format!("{}: `{from}` stands on no floor", source.path));
            }
        }
    }
    none(&findings);
}

#[test]
fn one_file_names_an_outside_crate_that_matters() {
    let mut findings = Vec::new();
    for (name, folder) in ONE_FILE {
        let naming: Vec<_> = sources(folder)
            .into_iter()
            .filter(|source| !source.is_test && names_crate(&source.code, name))
            .map(|source| source.path)
            .collect();
        if naming.len() > 1 {
            findings.push(format!("only one file may name `{name}`: {}", naming.join(", ")));
        }
    }
    none(&findings);
}

#[test]
fn nothing_is_unsafe_and_no_lint_is_silenced_without_a_reason() {
    let mut findings = Vec::new();
    for source in workspace() {
        for (word, instead) in [
            ("unsafe", "write it safely"),
            ("allow", "mend it, or use `#[expect(lint, reason = \"...\")]`"),
        ] {
            for at in words(&source.code, word) {
                let attribute =
                    source.code[..at].ends_with("#[") || source.code[..at].ends_with("#![");
                if word == "unsafe" || attribute {
                    let line = line_of(&source.code, at);
                    findings.push(format!("{}:{line}: `{word}`: {instead}", source.path));
                }
            }
        }
    }
    none(&findings);
}

#[test]
fn the_rules_catch_what_they_are_for() {
    for (from, to, part) in [
        ("engine", "platform", Some("above")),
        ("platform", "engine", None),
        ("balance", "fault", Some("do not import each other")),
        ("units", "time", None),
        ("rng", "config", Some("leftwards")),
        ("report", "report", None),
        ("attic", "time", Some("not a room")),
        ("cli", "Type", Some("not a room")),
    ] {
        let rule = SIM.broken_rule(from, to);
        assert_eq!(rule.is_some(), part.is_some(), "{from} -> {to}: {rule:?}");
        assert!(part.is_none_or(|part| rule.unwrap().contains(part)), "{from} -> {to}");
    }
}

#[test]
fn imports_are_found_however_they_are_written() {
    let found = |path: &str, code: &str| -> Vec<String> {
        imports(path, code).into_iter().map(|(_, name)| name).collect()
    };
    let inner = "sim/src/report/text.rs";
    assert_eq!(found(inner, "use crate::time::Span;"), ["time"]);
    assert_eq!(found(inner, "use crate::{rng, dist::{a, b}};"), ["dist", "rng"]);
    assert_eq!(found(inner, "fn f(x: crate::cli::Exit) {}"), ["cli"]);
    assert_eq!(found(inner, "use super::super::cli;"), ["cli"]);
    assert_eq!(found(inner, "use super::table;"), [""; 0]);
    assert_eq!(found("sim/src/report/mod.rs", "use super::cli;"), ["cli"]);
    assert_eq!(found("sim/src/rng.rs", "use super::cli;"), ["cli"]);
    assert_eq!(found("sim/src/main.rs", "use sim::cli::{self, Exit};"), ["cli"]);
    assert_eq!(imports(inner, "\n\nuse crate::{\n    time,\n};")[0], (4, "time".to_string()));
}

#[test]
fn a_crate_is_told_from_a_module_of_its_name() {
    for (code, names) in [
        ("use toml::de::DeTable;", true),
        ("let x = ::toml::de::parse();", true),
        ("use super::toml;\nfn f() { toml::parse() }", false),
        ("use super::{a, toml};\nfn f() { toml::parse() }", false),
        ("mod toml;\npub use toml::Table;", false),
        ("mod toml;\nuse ::toml::Table;", true),
        ("let toml = 1;", false),
        ("crate::scenario::toml::parse()", false),
    ] {
        assert_eq!(names_crate(code, "toml"), names, "{code}");
    }
}

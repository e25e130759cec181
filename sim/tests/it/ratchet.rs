//! The ratchet: how large files and functions may be.

use crate::source::{closing, line_of, none, words, workspace};

/// No file is longer, in lines.
const FILE_LIMIT: usize = 300;

/// No function is longer, in lines.
const FUNCTION_LIMIT: usize = 70;

/// The ratchet: what is longer than its limit today, with its length. A row may only shrink, and
/// goes when it is no longer needed. A function is written `path::name`.
const LONGER: &[(&str, usize)] =
    &[("sim/src/dist/numeric.rs::normal_quantile", 78), ("sim/src/dist/tests.rs", 326)];

/// The functions of a file: line, name and length in lines.
fn functions(code: &str) -> Vec<(usize, String, usize)> {
    let mut found = Vec::new();
    for at in words(code, "fn") {
        let after = code[at + 2..].trim_start();
        let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if name.is_empty() {
            // A type such as `fn(u32)`.
            continue;
        }
        let mut cursor = at;
        let open = loop {
            let Some(step) = code[cursor..].find(['{', ';', '(', '[']) else { break None };
            cursor += step;
            match code.as_bytes()[cursor] {
                b'{' => break Some(cursor),
                b';' => break None,
                _ => cursor = closing(code, cursor),
            }
        };
        if let Some(open) = open {
            let first = line_of(code, at);
            let last = line_of(code, closing(code, open) - 1);
            found.push((first, name, last - first + 1));
        }
    }
    found
}

/// What the ratchet says of one length: nothing when all is well.
fn ratchet(what: &str, length: usize, limit: usize, allowed: Option<usize>) -> Option<String> {
    match allowed {
        None if length > limit => {
            Some(format!("{what} has {length} lines; the limit is {limit}: split it"))
        }
        Some(most) if length > most => {
            Some(format!("{what} grew from {most} to {length} lines: make it shorter, not longer"))
        }
        Some(_) if length <= limit => {
            Some(format!("{what} has {length} lines and needs no exception: remove it from LONGER"))
        }
        Some(most) if length < most => {
            Some(format!("{what} shrank to {length} lines: write {length} into LONGER"))
        }
        _ => None,
    }
}

#[test]
fn files_and_functions_stay_short() {
    let (mut findings, mut used) = (Vec::new(), Vec::new());
    let mut judge = |place: String, key: String, length: usize, limit: usize| {
        let row = LONGER.iter().find(|(name, _)| *name == key);
        used.extend(row.map(|(name, _)| *name));
        findings.extend(ratchet(&place, length, limit, row.map(|(_, most)| *most)));
    };
    for source in workspace() {
        let path = &source.path;
        judge(path.clone(), path.clone(), source.text.lines().count(), FILE_LIMIT);
        for (line, name, length) in functions(&source.code) {
            let place = format!("{path}:{line}: `{name}`");
            judge(place, format!("{path}::{name}"), length, FUNCTION_LIMIT);
        }
    }
    for (name, _) in LONGER.iter().filter(|(name, _)| !used.contains(name)) {
        findings.push(format!("{name} does not exist: remove it from LONGER"));
    }
    none(&findings);
}

#[test]
fn functions_are_measured_and_the_ratchet_turns_one_way() {
    let code = "fn a() {\n}\ntype F = fn(u8);\nfn b(x: [u8; 4]) -> u8 {\n  x[0]\n}\nfn c();\n";
    let expected = [(1, "a".to_string(), 2), (4, "b".to_string(), 3)];
    assert_eq!(functions(code), expected);
    for (length, allowed, part) in [
        (10, None, None),
        (11, None, Some("split it")),
        (20, Some(20), None),
        (21, Some(20), Some("grew")),
        (19, Some(20), Some("write 19")),
        (10, Some(20), Some("remove it")),
    ] {
        let said = ratchet("it", length, 10, allowed);
        assert_eq!(said.is_some(), part.is_some(), "{said:?}");
        assert!(part.is_none_or(|part| said.unwrap().contains(part)), "{length}");
    }
}

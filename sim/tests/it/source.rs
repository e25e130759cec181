//! Looking at the source as text: comments and strings blanked out, so that what is found is code.

use crate::command::root;
use std::fs;
use std::path::Path;

/// A file of the workspace.
pub struct Source {
    /// Its path from the workspace's folder, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Its text with comments and the insides of strings blanked out; every line is where it was.
    pub code: String,
    /// Whether it is compiled for tests alone: its parent declares it under `#[cfg(test)]`.
    pub is_test: bool,
}

/// All Rust files below a folder of the workspace, in the order of their paths.
pub fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root().join(folder), folder, &mut found);
    assert!(!found.is_empty(), "{folder} has no Rust files");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    let tests: Vec<String> = found.iter().flat_map(test_files).collect();
    for source in &mut found {
        source.is_test = tests.contains(&source.path);
    }
    found
}

/// The files that a file declares as modules for tests: `#[cfg(test)] mod tests;`.
fn test_files(source: &Source) -> Vec<String> {
    let below = ["/mod.rs", "/lib.rs", "/main.rs"];
    let whole = below.iter().find_map(|end| source.path.strip_suffix(end));
    let folder = whole.unwrap_or(source.path.trim_end_matches(".rs"));
    let declared = source.code.split("#[cfg(test)]").skip(1).filter_map(|after| {
        let (visibility, module) = after.split([';', '{']).next()?.split_once("mod ")?;
        let visible = visibility.trim().is_empty() || visibility.trim().starts_with("pub");
        visible.then(|| format!("{folder}/{}.rs", module.trim()))
    });
    declared.collect()
}

fn collect(folder: &Path, shown: &str, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{shown}/{}", entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &path, found);
        } else if path.ends_with(".rs") {
            let text = fs::read_to_string(entry.path()).unwrap();
            let code = blank(&text);
            found.push(Source { path, text, code, is_test: false });
        }
    }
}

/// Every Rust file of the workspace.
pub fn workspace() -> Vec<Source> {
    ["sim/src", "sim/tests", "loadgen/src"].into_iter().flat_map(sources).collect()
}

/// Fails with all findings at once.
pub fn none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

/// The line of a byte, from one.
pub fn line_of(text: &str, at: usize) -> usize {
    1 + text[..at].matches('\n').count()
}

/// Where `word` stands in `code` as a whole word.
pub fn words<'c>(code: &'c str, word: &'c str) -> impl Iterator<Item = usize> + 'c {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        !code[..at].ends_with(is_part) && !code[at + word.len()..].starts_with(is_part)
    })
}

/// One past the bracket that closes the one at `open`.
pub fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code[open..].char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return open + at + 1;
        }
    }
    panic!("the bracket at byte {open} is never closed");
}

/// The code without its test modules; every line stays where it was.
pub fn without_tests(code: &str) -> String {
    let mut result = code.to_string();
    for (at, _) in code.match_indices("#[cfg(test)]") {
        let after = &code[at + "#[cfg(test)]".len()..];
        if !after.trim_start().starts_with("mod ") {
            continue;
        }
        let Some(open) = code[at..].find(['{', ';']).map(|open| at + open) else { continue };
        let end = if code[open..].starts_with(';') { open + 1 } else { closing(code, open) };
        let blanked: String = code[at..end].chars().map(blank_char).collect();
        result.replace_range(at..end, &blanked);
    }
    result
}

/// A space as long as the character, so that all bytes stay where they were; line ends stay.
fn blank_char(c: char) -> String {
    if c == '\n' { "\n".into() } else { " ".repeat(c.len_utf8()) }
}

/// Blanks out comments and the insides of strings and characters.
pub fn blank(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = skipped(rest, code.chars().next_back());
        if length == 0 {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            code.extend(rest[..length].chars().map(blank_char));
            rest = &rest[length..];
        }
    }
    code
}

/// How many bytes at the start of `rest` are a comment, a string or a character; none for code.
fn skipped(rest: &str, before: Option<char>) -> usize {
    let inside_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return comment(rest);
    }
    if rest.starts_with('"') {
        return quoted(rest, '"');
    }
    if let Some(after) = rest.strip_prefix('\'') {
        // A character closes at once or is escaped; all else is a lifetime.
        let first = after.chars().next().map_or(0, char::len_utf8);
        let is_char = after.starts_with('\\') || after[first..].starts_with('\'');
        return if is_char { quoted(rest, '\'') } else { 0 };
    }
    if !inside_word && (rest.starts_with('r') || rest.starts_with("br")) {
        let hashes = &rest[rest.find('r').expect("it was just seen") + 1..];
        let count = hashes.len() - hashes.trim_start_matches('#').len();
        if hashes[count..].starts_with('"') {
            let open = rest.len() - hashes.len() + count + 1;
            let end = format!("\"{}", "#".repeat(count));
            return rest[open..].find(&end).map_or(rest.len(), |at| open + at + end.len());
        }
    }
    0
}

/// The length of a block comment, which may hold others.
fn comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let step = &rest.as_bytes()[at..];
        if step.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if step.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The length of a string or character, which may hold escaped quotes.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[test]
fn only_code_is_left() {
    for (text, code) in [
        ("a // b", "a     "),
        ("a /* b /* c */ d */ e", "a                   e"),
        ("f(\"crate::x\", 'c')", "f(          ,    )"),
        ("f('\\'', \"\\\"\")", "f(    ,     )"),
        ("r#\"a \"b\" c\"#;", "            ;"),
        ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
        ("r.x; br; for_r\"\"", "r.x; br; for_r  "),
        ("\"a\nb\"", "  \n  "),
    ] {
        assert_eq!(blank(text), code, "{text}");
    }
}

#[test]
fn test_modules_are_left_out() {
    let code = "a\n#[cfg(test)]\nmod tests {\n  fn b() {}\n}\nc\n#[cfg(test)]\nuse d;\n";
    let kept = without_tests(code);
    assert_eq!(kept.lines().count(), code.lines().count());
    assert!(kept.contains("use d;") && kept.contains('c') && !kept.contains("fn b"));
}

//! The README is true: its commands parse and name files that exist, its scenario loads.

use crate::command::{Expect, check, root};
use clap::Parser;
use clap::error::ErrorKind;
use sim::cli::Cli;
use std::fs;

/// What the reader of the README saves the example scenario as.
const EXAMPLE: &str = "shop.toml";

/// The fenced blocks of a page in one of these languages.
fn blocks(page: &str, languages: &[&str]) -> Vec<String> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let (mut found, mut open): (Vec<String>, Option<bool>) = (Vec::new(), None);
    for line in text.lines() {
        match (line.trim_start().strip_prefix("```"), open) {
            (Some(language), None) => {
                open = Some(languages.contains(&language.trim()));
                if open == Some(true) {
                    found.push(String::new());
                }
            }
            (Some(_), Some(_)) => open = None,
            (None, Some(true)) => {
                let block = found.last_mut().expect("a block is open");
                *block += line;
                *block += "\n";
            }
            _ => {}
        }
    }
    assert_eq!(open, None, "{page} has a block that is not closed");
    found
}

/// The arguments of a `sim` command as a shell would split it, without a comment or a pipe behind
/// it; nothing for other commands.
fn arguments(line: &str) -> Option<Vec<String>> {
    let line = line.trim_start().trim_start_matches("$ ");
    let command = line.strip_prefix("cargo ").unwrap_or(line);
    let rest = command.strip_prefix("sim ")?;
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in rest.chars().chain([' ']) {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('#' | '|' | '>', None) if word.is_empty() => break,
            (' ', None) => words.extend(Some(std::mem::take(&mut word)).filter(|w| !w.is_empty())),
            (c, _) => word.push(c),
        }
    }
    assert_eq!(quote, None, "a quote is not closed: {line}");
    Some(words)
}

/// Whether a word that names a scenario file names one that exists.
fn exists(word: &str) -> bool {
    match word.split_once('*') {
        None => word == EXAMPLE || root().join(word).is_file(),
        Some((folder, ending)) => fs::read_dir(root().join(folder)).is_ok_and(|mut entries| {
            entries.any(|entry| entry.unwrap().file_name().to_string_lossy().ends_with(ending))
        }),
    }
}

#[test]
fn every_command_of_the_readme_parses() {
    let mut count = 0;
    for block in blocks("README.md", &["sh", "bash", "shell", "console"]) {
        for line in block.lines() {
            let Some(words) = arguments(line) else { continue };
            count += 1;
            let command = std::iter::once("sim").chain(words.iter().map(String::as_str));
            if let Err(error) = Cli::try_parse_from(command) {
                let answers = [ErrorKind::DisplayHelp, ErrorKind::DisplayVersion];
                assert!(answers.contains(&error.kind()), "`{line}`: {error}");
            }
            for word in words.iter().filter(|word| word.ends_with(".toml")) {
                assert!(exists(word), "`{line}`: there is no `{word}`");
            }
        }
    }
    assert!(count >= 5, "the README shows how to use `sim`; found {count} commands");
}

#[test]
fn the_scenario_of_the_readme_is_right() {
    let scenarios = blocks("README.md", &["toml"]);
    assert!(!scenarios.is_empty(), "the README shows a scenario");
    for scenario in scenarios {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(EXAMPLE);
        fs::write(&file, scenario).unwrap();
        let file = file.to_str().unwrap();
        check(&["check", file], &Expect { code: 0, stdout: &["ok "], stderr: &[] });
    }
}

#[test]
fn pages_link_only_to_what_exists() {
    for page in ["README.md", "docs/ARCHITECTURE.md", "CHANGELOG.md"] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let folder = root().join(page).parent().unwrap().to_path_buf();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap().split('#').next().unwrap();
            if !target.is_empty() && !target.contains("://") {
                assert!(folder.join(target).exists(), "{page} links to `{target}`");
            }
        }
    }
}

#[test]
fn commands_split_like_in_a_shell() {
    for (line, words) in [
        ("cargo sim run a.toml", Some(&["run", "a.toml"][..])),
        ("$ sim list   # what there is", Some(&["list"])),
        ("sim run x --set 'a=\"1 s\"' | jq .", Some(&["run", "x", "--set", "a=\"1 s\""])),
        ("cargo test --workspace", None),
        ("simulate", None),
    ] {
        let expected = words.map(|words| words.iter().map(ToString::to_string).collect());
        assert_eq!(arguments(line), expected, "{line}");
    }
}

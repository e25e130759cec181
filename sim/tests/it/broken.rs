//! Scenarios broken by chance: whatever a file says, it loads or it is refused, and nothing panics.

use sim::rng::{Seed, Stream};
use sim::scenario::{LoadError, Overrides, load};
use std::fs;
use std::path::Path;

/// How many broken texts are tried for each right one.
const TRIES: usize = 300;

/// What is written into a text: marks of TOML, words of scenarios, and values that are hardly right.
const PIECES: [&str; 40] = [
    "",
    "",
    " ",
    "\n",
    "\"",
    "'",
    "[",
    "]",
    "{",
    "}",
    "[[",
    "]]",
    "=",
    ".",
    ",",
    "#",
    "-",
    "é",
    "\\",
    "\u{0}",
    "0",
    "-1",
    "1e30",
    "99999999999999999999",
    "inf",
    "nan",
    "true",
    "\"\"",
    "\"0s\"",
    "\"-5s\"",
    "\"1e9/s\"",
    "\"unlimited\"",
    "[]",
    "{}",
    "[[event]]\n",
    "p2c",
    "shop",
    "share",
    "recovery",
    "client.browsers",
];

/// Writes something else over a few words or bytes of a text, or deletes or repeats a stretch.
fn broken(text: &str, chance: &mut Stream) -> String {
    let mut broken = text.to_string();
    for _ in 0..1 + chance.below(4) {
        let boundary = |at: usize| broken.floor_char_boundary(at.min(broken.len()));
        let (from, to) = if chance.below(2) == 0 {
            let from = chance.below(broken.len() + 1);
            (boundary(from), boundary(from + chance.below(12)))
        } else {
            let words = words(&broken);
            words[chance.below(words.len())]
        };
        let (from, to) = (from.min(to), from.max(to));
        let piece = match chance.below(4) {
            0 => broken[from..to].repeat(2),
            1 => {
                let words = words(&broken);
                let (start, end) = words[chance.below(words.len())];
                broken[start..end].to_string()
            }
            _ => PIECES[chance.below(PIECES.len())].to_string(),
        };
        broken.replace_range(from..to, &piece);
    }
    broken
}

/// The stretches of a text between blanks and marks, at least one.
fn words(text: &str) -> Vec<(usize, usize)> {
    let (mut words, mut start) = (vec![(0, 0)], 0);
    for (at, c) in text.char_indices() {
        if c.is_whitespace() || "[]{}=.,\"".contains(c) {
            if at > start {
                words.push((start, at));
            }
            start = at + c.len_utf8();
        }
    }
    words
}

/// A new folder with the files and folders that stand beside a scenario, but no scenario.
pub fn folder_of(file: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(file.parent().unwrap(), folder.path());
    folder
}

/// Copies what is in a folder, but no scenario.
fn copy(from: &Path, to: &Path) {
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap().path();
        let other = to.join(file.file_name().unwrap());
        if file.is_dir() {
            fs::create_dir(&other).unwrap();
            copy(&file, &other);
        } else if file.extension().is_none_or(|ending| ending != "toml") {
            fs::copy(&file, other).unwrap();
        }
    }
}

/// Breaks a scenario again and again; gives how many of the broken texts loaded.
fn try_all(file: &Path) -> usize {
    let text = fs::read_to_string(file).unwrap();
    let folder = folder_of(file);
    let copy = folder.path().join("broken.toml");
    let name = copy.to_str().unwrap();
    let mut chance = Stream::named(Seed { scenario: 20, replication: 0 }, "broken", 0);
    let mut right = 0;
    for _ in 0..TRIES {
        let broken = broken(&text, &mut chance);
        fs::write(&copy, &broken).unwrap();
        let loaded = std::panic::catch_unwind(|| load(name, &Overrides::default(), false));
        match loaded {
            Ok(Ok(scenario)) => {
                assert!(!scenario.variants.is_empty(), "no variants:\n{broken}");
                right += 1;
            }
            Ok(Err(LoadError::Wrong { report, count })) => {
                assert!(count > 0 && report.contains("error: "), "no problem:\n{broken}");
                assert!(report.len() < 60_000, "{} bytes:\n{broken}", report.len());
            }
            Ok(Err(LoadError::World(error))) => panic!("{error}:\n{broken}"),
            Err(_) => panic!("this text makes `load` panic:\n{broken}"),
        }
    }
    right
}

#[test]
fn broken_scenarios_load_or_are_refused() {
    for file in crate::shown::files() {
        let right = try_all(&file);
        // Some changes do no harm, as in a comment; many do.
        assert!((1..TRIES * 3 / 4).contains(&right), "{}: {right} of {TRIES}", file.display());
    }
}

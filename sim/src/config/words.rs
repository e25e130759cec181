//! The words of messages: lists of names, and what somebody probably meant.

use super::{Setting, Value};

/// The most names that a list in a message holds; a longer one is not read.
const LISTED: usize = 24;

/// The most candidates that are compared with a misspelt word, and the longest word: a hostile file
/// has many long ones.
const COMPARED: usize = 1_000;
const LONGEST_WORD: usize = 64;

/// Names in backticks, joined by commas; of many only the first ones and how many more there are.
pub fn list_of<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut text = String::new();
    let mut more = 0_usize;
    for (index, name) in names.enumerate() {
        if index >= LISTED {
            more += 1;
            continue;
        }
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(&format!("`{name}`"));
    }
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// The same after "expected": `expected one of ...`, or `expected ...` where there is one name.
pub fn one_of<'n>(names: impl Iterator<Item = &'n str> + Clone) -> String {
    match names.clone().count() {
        0 => "there is none".into(),
        1 => format!("expected {}", list_of(names)),
        _ => format!("expected one of {}", list_of(names)),
    }
}

/// A name with its article: `a balancer`, `an arrival process`.
pub(super) fn with_article(what: &str) -> String {
    let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {what}")
}

/// The candidate that `word` most likely means, if one is near: few letters are wrong, more than half
/// are right, and case does not count.
pub fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    if word.len() > LONGEST_WORD {
        return None;
    }
    let word = word.to_lowercase();
    let letters = word.chars().count();
    candidates
        .take(COMPARED)
        .filter_map(|candidate| {
            let shorter = letters.min(candidate.chars().count());
            let most = (1 + shorter / 4).min(shorter.saturating_sub(1) / 2);
            if candidate.chars().count().abs_diff(letters) > most {
                return None;
            }
            let distance = strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
            (distance <= most).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The most likely meant value, where a number lacks its unit.
pub fn suggestion<T: Setting>(value: &Value) -> Option<String> {
    // What takes any text takes a number with any unit: none is likely meant.
    if T::read(&Value::Text("?".into())).is_ok() {
        return None;
    }
    let number = match value {
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) if text.parse::<f64>().is_ok() => text.clone(),
        _ => return None,
    };
    let with_unit = ["ms", "/s", "MiB"].map(|unit| format!("{number}{unit}"));
    let valid = with_unit.iter().find(|text| T::read(&Value::Text((*text).clone())).is_ok())?;
    Some(if valid.ends_with("ms") {
        format!("write `\"{valid}\"` or `\"{number}s\"`")
    } else {
        format!("write `\"{valid}\"`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_has_most_letters_right() {
        for (word, candidates, expected) in [
            ("blancer", &["balancer", "backlog"][..], Some("balancer")),
            ("P2C", &["random", "p2c"], Some("p2c")),
            ("first_byte", &["first-byte"], Some("first-byte")),
            ("least-load", &["least-loaded", "random"], Some("least-loaded")),
            ("fro", &["at", "for"], Some("for")),
            ("a", &["b", "c"], None),
            ("", &["b"], None),
            ("ab", &["cd"], None),
            ("p3", &["p2"], None),
            ("p3c", &["random", "p2c"], Some("p2c")),
            ("warp", &["vary"], None),
            ("kangaroo", &["random", "p2c"], None),
        ] {
            assert_eq!(nearest(word, candidates.iter().copied()), expected, "{word}");
        }
        let long = "x".repeat(3 << 20);
        assert_eq!(nearest(&long, [long.as_str()].into_iter()), None);
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = (0..30).map(|n| n.to_string()).collect();
        let list = list_of(names.iter().map(String::as_str));
        assert!(list.starts_with("`0`, `1`, ") && list.ends_with("`23` and 6 more"), "{list}");
        assert_eq!(one_of(["a"].into_iter()), "expected `a`");
        assert_eq!(one_of(["a", "b"].into_iter()), "expected one of `a`, `b`");
    }
}

//! Paths to settings: `mesh.balancer`, `client."a.b".timeout`, `event[0].at`.

use crate::config::Key;
use std::fmt;

/// The words from the top of a scenario to one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path(pub Vec<String>);

impl Path {
    /// Reads a dotted path; a word may be quoted, and `[0]` or `.0` picks from a list. The error
    /// says what is wrong with it.
    pub fn parse(text: &str) -> Result<Path, String> {
        let mut words = Vec::new();
        let mut rest = text.trim();
        loop {
            let (word, after) = next_word(rest).ok_or_else(|| not_a_path(text))?;
            words.push(word);
            rest = after;
            while let Some(inside) = rest.strip_prefix('[') {
                let (index, after) = inside.split_once(']').ok_or_else(|| not_a_path(text))?;
                words.push(index.trim().into());
                rest = after;
            }
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if rest.is_empty() => return Ok(Path(words)),
                None => return Err(not_a_path(text)),
            }
        }
    }

    /// The first word: the table at the top that the setting is in.
    pub fn first(&self) -> &str {
        &self.0[0]
    }

    /// The last word.
    pub fn last(&self) -> &str {
        self.0.last().expect("a path has a word")
    }

    /// Whether `other` is this setting or one inside it.
    pub fn covers(&self, other: &Path) -> bool {
        other.0.starts_with(&self.0)
    }
}

/// The first word of `text` and what follows it.
fn next_word(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some(quote) = quote {
        let (word, rest) = text[1..].split_once(quote)?;
        return Some((word.into(), rest));
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let word = text[..end].trim();
    (!word.is_empty()).then(|| (word.into(), &text[end..]))
}

fn not_a_path(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    format!("`{short}` is not the path of a setting")
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.0.iter().enumerate() {
            let dot = if index > 0 { "." } else { "" };
            write!(f, "{dot}{}", Key(word))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_parse() {
        for (text, words) in [
            ("mesh", vec!["mesh"]),
            ("mesh.balancer", vec!["mesh", "balancer"]),
            ("client.\"a.b\".timeout", vec!["client", "a.b", "timeout"]),
            ("event[0].at", vec!["event", "0", "at"]),
            ("event.0.at", vec!["event", "0", "at"]),
        ] {
            let path = Path::parse(text).unwrap();
            assert_eq!(path.0, words);
            assert_eq!(Path::parse(&path.to_string()).unwrap(), path);
        }
        for text in ["", ".", "a.", ".a", "a..b", "a[0", "a[0]b", "\"a", "\"a\"b"] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}

//! Texts with holes: `${NAME}` is a secret from the environment, `{name}` a value that was kept from
//! an earlier answer. A template keeps the holes: secrets are filled in by `loadgen` when it sends,
//! and never stand in a report.

use std::fmt;

/// A text with holes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// Its parts, in their order.
    pub pieces: Vec<Piece>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// `${NAME}`: from the environment.
    Secret(String),
    /// `{name}`: kept from an earlier answer of the same user.
    Value(String),
}

impl Template {
    /// Reads a template: `{{` and `}}` are braces. The message says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Template, String> {
        let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find(['{', '}', '$']) {
            plain.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
                plain.push_str(&rest[..1]);
                rest = after;
            } else if rest.starts_with('{') || rest.starts_with("${") {
                let open = rest.find('{').expect("it starts with one") + 1;
                let Some(end) = rest.find('}') else {
                    return Err(format!("`{rest}` has no `}}`"));
                };
                let name = &rest[open..end];
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                if name.is_empty() || !name.chars().all(is_name) {
                    return Err(format!("`{name}` is no name"));
                }
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                let name = name.to_string();
                pieces.push(if open == 2 { Piece::Secret(name) } else { Piece::Value(name) });
                rest = &rest[end + 1..];
            } else if rest.starts_with('}') {
                return Err("a `}` closes nothing".into());
            } else {
                plain.push('$');
                rest = &rest[1..];
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Template { pieces })
    }

    /// A text without holes.
    pub fn plain(text: &str) -> Template {
        let pieces = if text.is_empty() { vec![] } else { vec![Piece::Text(text.into())] };
        Template { pieces }
    }

    /// The names of the values that it needs.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Value(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The names of the secrets that it needs.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Secret(name) => Some(name.as_str()),
            _ => None,
        })
    }
}

impl fmt::Display for Template {
    /// As it is written, with its holes open.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(&text.replace('{', "{{").replace('}', "}}")),
            Piece::Secret(name) => write!(f, "${{{name}}}"),
            Piece::Value(name) => write!(f, "{{{name}}}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_secrets_and_values() {
        let text = |text: &str| Piece::Text(text.into());
        for (written, pieces) in [
            ("", vec![]),
            ("/a/b", vec![text("/a/b")]),
            ("$5", vec![text("$5")]),
            ("{{x}}", vec![text("{x}")]),
            ("/{id}", vec![text("/"), Piece::Value("id".into())]),
            ("Bearer ${KEY}!", vec![text("Bearer "), Piece::Secret("KEY".into()), text("!")]),
        ] {
            assert_eq!(Template::parse(written), Ok(Template { pieces }), "{written}");
            assert_eq!(Template::parse(written).unwrap().to_string(), written);
        }
        for wrong in ["{", "}", "{}", "{a b}", "${", "${}"] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
    }
}

//! Filling templates: with secrets, and with what a user kept from earlier answers.

use super::keep::Kept;
use super::secret::Secrets;
use hyper::header::HeaderValue;
use sim::load::{Piece, Template};
use thiserror::Error;

/// Why a template could not be filled.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Missing {
    /// No earlier answer gave the value.
    #[error("no earlier answer gave `{0}`")]
    Value(String),
    /// The secrets were not read for this scenario.
    #[error("the environment's `{0}` was not read")]
    Secret(String),
    /// What came out cannot stand in a header: it holds a line's end or the like.
    #[error("what was filled in cannot stand in a header")]
    Header,
}

/// The text of a template, as for a body.
pub fn fill(template: &Template, secrets: &Secrets, kept: &Kept) -> Result<String, Missing> {
    filled(template, secrets, kept, |value, text| text.push_str(value))
}

/// The text of a template for a path: what is filled in is percent-encoded, so that it stays within
/// its place, whatever a server put into it.
pub fn fill_path(template: &Template, secrets: &Secrets, kept: &Kept) -> Result<String, Missing> {
    filled(template, secrets, kept, |value, text| {
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                text.push(char::from(byte));
            } else {
                text.push_str(&format!("%{byte:02X}"));
            }
        }
    })
}

/// The value of a header. One with a secret in it does not show itself in `Debug`.
pub fn header(template: &Template, secrets: &Secrets, kept: &Kept) -> Result<HeaderValue, Missing> {
    let text = fill(template, secrets, kept)?;
    let mut value = HeaderValue::try_from(text).map_err(|_| Missing::Header)?;
    value.set_sensitive(template.secrets().next().is_some());
    Ok(value)
}

/// The text, with what is filled in put there by `push`.
fn filled(
    template: &Template,
    secrets: &Secrets,
    kept: &Kept,
    push: impl Fn(&str, &mut String),
) -> Result<String, Missing> {
    let mut text = String::new();
    for piece in &template.pieces {
        match piece {
            Piece::Text(plain) => text.push_str(plain),
            Piece::Secret(name) => {
                push(secrets.value(name).ok_or_else(|| Missing::Secret(name.clone()))?, &mut text);
            }
            Piece::Value(name) => {
                push(kept.get(name).ok_or_else(|| Missing::Value(name.clone()))?, &mut text);
            }
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::load::Load;

    #[test]
    fn what_is_filled_in_stays_in_its_place() {
        let parse = |text: &str| Template::parse(text).unwrap();
        let load = Load { headers: vec![("a".into(), parse("${KEY}"))], ..Load::default() };
        let secrets = Secrets::read(&load, |_| Some("s3cret".into())).unwrap();
        let mut kept = Kept::default();
        kept.insert("id", "a/b?c\r\nd");
        let path = fill_path(&parse("/x/{id}?k=${KEY}"), &secrets, &kept);
        assert_eq!(path.unwrap(), "/x/a%2Fb%3Fc%0D%0Ad?k=s3cret");
        assert_eq!(fill(&parse("{id}!"), &secrets, &kept).unwrap(), "a/b?c\r\nd!");
        assert_eq!(header(&parse("{id}"), &secrets, &kept), Err(Missing::Header));
        let bearer = header(&parse("Bearer ${KEY}"), &secrets, &kept).unwrap();
        assert_eq!(bearer, "Bearer s3cret");
        assert!(!format!("{bearer:?}").contains("s3cret"));
        let missing = fill(&parse("{none}"), &secrets, &kept);
        assert_eq!(missing, Err(Missing::Value("none".into())));
    }
}

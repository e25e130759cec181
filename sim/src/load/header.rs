//! Headers that requests carry.

use super::Template;
use super::template::Piece;
use crate::config::Fields;
use crate::metrics::short;

/// The most headers in one table.
const MOST: usize = 100;

/// What stands between requests and their connection; the generator writes these itself.
const OWN: [&str; 8] = [
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What the names of the headers begin with that tell a dyno of ours its work.
const TELLS: &str = "dynomesh-";

/// Reads a table of headers: names in lower case, in the order of writing.
pub(super) fn read_headers(fields: &mut Fields<'_>, key: &str) -> Vec<(String, Template)> {
    if !fields.has(key) {
        fields.take(key);
        return Vec::new();
    }
    fields.table(key, |fields| {
        let names = fields.unread();
        if names.len() > MOST {
            fields.complain(
                &names[MOST],
                format!("`{}` has {} headers", fields.path, names.len()),
                &format!("at most {MOST} are allowed"),
                "",
            );
        }
        let mut headers: Vec<(String, Template)> = Vec::new();
        for name in names {
            let noted = fields.reading.problems();
            let value: Template = fields.required(&name);
            if fields.reading.problems() == noted {
                check_value(fields, &name, &value);
            }
            let lower = name.to_ascii_lowercase();
            check_name(fields, &name, &lower);
            if headers.iter().any(|(known, _)| *known == lower) {
                let message = format!("`{}` stands there twice", fields.path_of(&lower));
                fields.complain(&name, message, "names of headers have no case", "remove one");
            }
            headers.push((lower, value));
        }
        headers
    })
}

/// Refuses what is no name of a header, or one that the generator writes itself.
fn check_name(fields: &Fields<'_>, written: &str, lower: &str) {
    if !is_token(lower) {
        let message = format!("`{}` is no name of a header", short(written));
        fields.complain(written, message, "expected letters, digits and `-`", "");
    } else if OWN.contains(&lower) || lower.starts_with(TELLS) {
        let message = format!("`{lower}` is not for the scenario to say");
        let help = if lower == "connection" {
            "`load.connections` says what becomes of a connection"
        } else {
            "remove it"
        };
        fields.complain(written, message, "the load generator writes this header itself", help);
    }
}

/// Refuses characters that would end a header's line.
fn check_value(fields: &Fields<'_>, name: &str, value: &Template) {
    let is_wrong = |piece: &Piece| matches!(piece, Piece::Text(text) if text.chars().any(|c| c.is_control() && c != '\t'));
    if value.pieces.iter().any(is_wrong) {
        let message = format!("`{}` has a control character in it", fields.path_of(name));
        fields.complain(name, message, "a header is one line", "");
    }
}

/// Whether a text is a token of HTTP (RFC 9110, section 5.6.2).
pub(super) fn is_token(text: &str) -> bool {
    let marks = b"!#$%&'*+-.^_`|~";
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric() || marks.contains(&c))
}

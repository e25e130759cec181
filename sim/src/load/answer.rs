//! What must come back: checks of an answer, and values that are kept from it.

use super::header::is_token;
use super::stream::Stream;
use super::values::Statuses;
use crate::config::{Body, Fields, Kind, Page, Value};
use crate::metrics::short;

/// What must be true of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// Its status is one of these; without this check any from 200 to 399.
    Status(Vec<u16>),
    /// It has the header, containing the text (empty: with any value).
    Header {
        /// Lower case.
        name: String,
        /// What its value contains.
        contains: String,
    },
    /// Its body contains the text.
    Body(String),
}

/// A value that is kept from an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Keep {
    /// What later requests call it: `{token}`.
    pub name: String,
    /// Where it stands in the answer.
    pub from: KeepFrom,
}

/// Where a kept value stands.
#[derive(Clone, Debug, PartialEq)]
pub enum KeepFrom {
    /// In a header; lower case.
    Header(String),
    /// In the body as JSON, by its pointer (RFC 6901): `/user/id`.
    Json(String),
    /// In the body, between two texts.
    Between(String, String),
}

/// The places in an answer that a value can be kept from, by name.
pub const PLACES: &[Kind<KeepFrom>] = &[
    Kind {
        name: "header",
        summary: "the value of a header",
        page: Page::BARE,
        read: |body: &mut Body<'_>| {
            let name: String = body.value();
            if !name.is_empty() && !is_token(&name) {
                let message = format!("`{}`: `{}` is no name of a header", body.path, short(&name));
                body.complain(message, "expected letters, digits and `-`", "");
            }
            KeepFrom::Header(name.to_ascii_lowercase())
        },
    },
    Kind {
        name: "json",
        summary: "a value in a JSON body, by its pointer",
        page: Page::BARE,
        read: |body: &mut Body<'_>| {
            let pointer: String = body.value();
            if !is_pointer(&pointer) {
                let message = format!("`{}`: `{}` is no pointer", body.path, short(&pointer));
                let help = "a pointer names each step after a `/`: `/user/id`, `/items/0`";
                body.complain(message, "expected a JSON pointer (RFC 6901)", help);
            }
            KeepFrom::Json(pointer)
        },
    },
    Kind {
        name: "between",
        summary: "what stands between two texts in the body",
        page: Page::BARE,
        read: |body: &mut Body<'_>| {
            let (before, after): (String, String) = body.value();
            KeepFrom::Between(before, after)
        },
    },
];

/// Whether a text is a JSON pointer.
fn is_pointer(text: &str) -> bool {
    let escaped = |part: &str| !part.split('~').skip(1).any(|rest| !rest.starts_with(['0', '1']));
    (text.is_empty() || text.starts_with('/')) && escaped(text)
}

/// Reads `status`, `has-header` and `contains`.
pub(super) fn read_checks(fields: &mut Fields<'_>, stream: Option<&Stream>) -> Vec<Check> {
    let mut checks = Vec::new();
    checks.extend(fields.optional("status").map(|Statuses(statuses)| Check::Status(statuses)));
    if matches!(fields.peek("has-header"), Some(Value::List(_))) {
        checks.extend(fields.list("has-header", read_header));
    } else {
        checks.extend(fields.optional_table("has-header", read_header));
    }
    let text: Option<String> = fields.optional("contains");
    if text.is_some() && stream.is_some() {
        let message = format!("`{}` looks at a body that does not end", fields.path_of("contains"));
        let allowed = "not beside `sse` or `websocket`";
        fields.complain("contains", message, allowed, "remove `contains`");
    }
    checks.extend(text.map(Check::Body));
    checks
}

fn read_header(fields: &mut Fields<'_>) -> Check {
    let noted = fields.reading.problems();
    let name: String = fields.required("name");
    let contains = fields.or("contains", String::new());
    if fields.reading.problems() == noted && !is_token(&name) {
        let message = format!("`{}`: `{}` is no name of a header", fields.path, short(&name));
        fields.complain("name", message, "expected letters, digits and `-`", "");
    }
    Check::Header { name: name.to_ascii_lowercase(), contains }
}

/// Reads `keep`.
pub(super) fn read_keeps(fields: &mut Fields<'_>) -> Vec<Keep> {
    fields
        .optional_table("keep", |fields| {
            let mut kept = Vec::new();
            for name in fields.unread() {
                let letter = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                if name.is_empty() || !name.chars().all(letter) {
                    let message = format!("`{}` is no name of a value", short(&name));
                    fields.complain(&name, message, "expected letters, digits, `_` and `-`", "");
                }
                let from = fields.kind(&name, "place in an answer", PLACES);
                kept.extend(from.map(|from| Keep { name, from }));
            }
            kept
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::is_pointer;

    #[test]
    fn pointers_are_those_of_the_standard() {
        for (text, is) in [
            ("", true),
            ("/", true),
            ("/a/0", true),
            ("/a~1b/m~0n", true),
            ("a", false),
            ("/a~", false),
            ("/a~2", false),
        ] {
            assert_eq!(is_pointer(text), is, "{text}");
        }
    }
}

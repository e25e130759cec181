//! What is sent for an endpoint: `[load.request.NAME]`. What must come back stands in `answer`.

use super::answer::{Check, Keep, read_checks, read_keeps};
use super::header::read_headers;
use super::stream::{Stream, read_stream};
use super::template::Piece;
use super::values::Method;
use super::{Template, target};
use crate::config::{Fields, Value};
use std::fmt::Write;

/// The largest body that is sent, in bytes.
const LARGEST_BODY: usize = 64 << 20;

/// What is sent for one endpoint, and what must come back.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The endpoint's name; it may be one of several apps.
    pub endpoint: String,
    /// `GET`, `POST` ...
    pub method: String,
    /// Below the target's base; begins with `/`.
    pub path: Template,
    /// Beside those of `[load]`; names in lower case.
    pub headers: Vec<(String, Template)>,
    /// What is sent with it.
    pub body: Payload,
    /// What must be true of the answer.
    pub checks: Vec<Check>,
    /// Values that later requests of the same user may use.
    pub keep: Vec<Keep>,
    /// Whether it stays connected.
    pub stream: Option<Stream>,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// None.
    Empty,
    /// Text with values in it.
    Text(Template),
    /// The bytes of a file, read with the scenario.
    File(Vec<u8>),
}

impl Request {
    /// What is sent for an endpoint of which `[load.request]` says nothing: `GET /<endpoint>`.
    pub fn plain(endpoint: &str) -> Request {
        Request {
            endpoint: endpoint.into(),
            method: "GET".into(),
            path: Template::plain(&path_of(endpoint)),
            headers: Vec::new(),
            body: Payload::Empty,
            checks: Vec::new(),
            keep: Vec::new(),
            stream: None,
        }
    }

    /// The names of the values that it needs.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        let body = match &self.body {
            Payload::Text(body) => Some(body),
            Payload::Empty | Payload::File(_) => None,
        };
        let headers = self.headers.iter().map(|(_, value)| value);
        [&self.path].into_iter().chain(body).chain(headers).flat_map(Template::values)
    }

    /// Reads `[load.request.<endpoint>]`.
    pub(super) fn read(endpoint: &str, fields: &mut Fields<'_>) -> Request {
        let Method(method) = fields.or("method", Method("GET".into()));
        let path = read_path(fields, endpoint);
        let headers = read_headers(fields, "headers");
        let body = read_body(fields);
        let stream = read_stream(fields);
        if matches!(stream, Some(Stream::WebSocket { .. })) {
            if method != "GET" {
                let message = format!("`{}` opens a WebSocket with `{method}`", fields.path);
                fields.complain("method", message, "a WebSocket is opened with `GET`", "");
            }
            if body != Payload::Empty {
                let key = if matches!(body, Payload::Text(_)) { "body" } else { "body-file" };
                let message = format!("`{}` opens a WebSocket with a body", fields.path);
                let help = "`websocket.send` is what is sent once it is open";
                fields.complain(key, message, "the request has no body", help);
            }
        }
        let checks = read_checks(fields, stream.as_ref());
        let keep = read_keeps(fields);
        Request { endpoint: endpoint.into(), method, path, headers, body, checks, keep, stream }
    }
}

/// The path of an endpoint's name: what a URL cannot hold is escaped, braces and `$` too.
fn path_of(endpoint: &str) -> String {
    let mut path = String::from("/");
    for byte in endpoint.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            write!(path, "%{byte:02X}").expect("a text takes any length");
        }
    }
    path
}

/// Reads `path`.
fn read_path(fields: &mut Fields<'_>, endpoint: &str) -> Template {
    let noted = fields.reading.problems();
    let path = fields.or("path", Template::plain(&path_of(endpoint)));
    if fields.reading.problems() > noted {
        return path;
    }
    let begins = matches!(path.pieces.first(), Some(Piece::Text(text)) if text.starts_with('/'));
    if !begins {
        let message = format!("`{}` does not begin with `/`", fields.path_of("path"));
        let help = format!("write `\"/{}\"`", path.to_string().trim_start_matches('/'));
        fields.complain("path", message, "it is added to the target's URL", &help);
    }
    let is_wrong = |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains('#') || !target::is_of_a_url(text));
    if path.pieces.iter().any(is_wrong) {
        let message = format!("`{}` has characters that no path has", fields.path_of("path"));
        fields.complain("path", message, "a blank is written `%20`, a `#` is `%23`", "");
    }
    path
}

/// Reads `body` or `body-file`.
fn read_body(fields: &mut Fields<'_>) -> Payload {
    if fields.has("body") && fields.has("body-file") {
        let message = format!("`{}` has both `body` and `body-file`", fields.path);
        fields.complain("body-file", message, "a request has one body", "keep one of them");
    }
    let text: Option<Template> = fields.optional("body");
    let is_text = matches!(fields.peek("body-file"), Some(Value::Text(_)));
    let file: Option<String> = fields.optional("body-file");
    match (text, file) {
        (Some(text), _) => Payload::Text(text),
        (None, Some(name)) if is_text => Payload::File(read_file(fields, "body-file", &name)),
        (None, _) => Payload::Empty,
    }
}

/// The bytes of a file that the scenario names at `key`; none where it cannot be had.
pub(super) fn read_file(fields: &Fields<'_>, key: &str, name: &str) -> Vec<u8> {
    match fields.reading.file(name) {
        Ok(bytes) if bytes.len() <= LARGEST_BODY => bytes,
        Ok(_) => {
            let message = format!("`{}`: `{name}` is larger than 64 MiB", fields.path_of(key));
            fields.complain(key, message, "at most 64 MiB are sent", "");
            Vec::new()
        }
        Err(why) => {
            let message = format!("`{}`: {why}", fields.path_of(key));
            fields.complain(key, message, "expected a file beside the scenario", "");
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_request_asks_for_its_endpoint() {
        for (endpoint, path) in
            [("browse", "/browse"), ("a b", "/a%20b"), ("{x}/$é", "/%7Bx%7D%2F%24%C3%A9")]
        {
            let request = Request::plain(endpoint);
            assert_eq!((request.method.as_str(), request.path.to_string().as_str()), ("GET", path));
            assert_eq!(Template::parse(path), Ok(request.path));
        }
    }
}

//! The head of a request, as it goes over the wire.

use super::answer::Message;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE,
    HOST, HeaderName, TRANSFER_ENCODING, USER_AGENT,
};
use hyper::{HeaderMap, Method};

/// What frames a message or belongs to a connection is ours to say.
const OURS: [HeaderName; 3] = [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING];

/// All that a redirect carries to another origin: nothing that could be a secret.
const HARMLESS: [HeaderName; 5] =
    [ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_TYPE, USER_AGENT];

/// One sending of a request: the first, or one after a redirect.
pub(super) struct Hop<'a> {
    /// What the user wants sent.
    pub message: &'a Message<'a>,
    /// The method, which a redirect may have changed.
    pub method: &'a Method,
    /// What the `host` header says.
    pub authority: &'a str,
    /// What stands before the path.
    pub base: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// Whether the body goes along; a redirect may have dropped it.
    pub with_body: bool,
    /// Whether it goes to another origin than the target.
    pub abroad: bool,
    /// Whether the connection is closed afterwards.
    pub close: bool,
    /// The user's cookies.
    pub cookies: Option<String>,
    /// What asks for another protocol, with the connection's `upgrade`.
    pub upgrade: Option<&'a HeaderMap>,
}

impl Hop<'_> {
    /// The body that goes along.
    pub fn body(&self) -> &[u8] {
        if self.with_body { &self.message.body } else { &[] }
    }

    /// The head, as bytes, with room for a short body.
    pub fn head(&self) -> Vec<u8> {
        let mut head = Vec::with_capacity(512);
        head.extend_from_slice(self.method.as_str().as_bytes());
        head.push(b' ');
        escape(self.base, &mut head);
        escape(self.path, &mut head);
        head.extend_from_slice(b" HTTP/1.1\r\n");
        // A name that the user gave is for the target's virtual hosts, not for others.
        let named = self.message.headers.get(HOST).filter(|_| !self.abroad);
        let host = named.map_or(self.authority.as_bytes(), |name| name.as_bytes());
        line(&mut head, "host", host);
        for (name, value) in self.message.headers {
            if self.goes(name) {
                line(&mut head, name.as_str(), value.as_bytes());
            }
        }
        self.cookie(&mut head);
        let body = self.body();
        let expects_body = [Method::POST, Method::PUT, Method::PATCH].contains(self.method);
        if !body.is_empty() || expects_body {
            line(&mut head, "content-length", body.len().to_string().as_bytes());
        }
        for (name, value) in self.upgrade.into_iter().flatten() {
            line(&mut head, name.as_str(), value.as_bytes());
        }
        match (self.upgrade, self.close) {
            (Some(_), _) => line(&mut head, "connection", b"upgrade"),
            (None, true) => line(&mut head, "connection", b"close"),
            (None, false) => {}
        }
        head.extend_from_slice(b"\r\n");
        head
    }

    /// Whether one of the user's headers goes along as it is.
    fn goes(&self, name: &HeaderName) -> bool {
        let framing = OURS.contains(name) || *name == HOST || *name == COOKIE;
        let of_body = *name == CONTENT_TYPE && !self.with_body && !self.message.body.is_empty();
        !framing && !of_body && (!self.abroad || HARMLESS.contains(name))
    }

    /// The cookies of the user's headers and of the jar in one line.
    fn cookie(&self, head: &mut Vec<u8>) {
        let written = self.message.headers.get(COOKIE).filter(|_| !self.abroad);
        match (written, &self.cookies) {
            (None, None) => {}
            (Some(written), None) => line(head, "cookie", written.as_bytes()),
            (None, Some(jar)) => line(head, "cookie", jar.as_bytes()),
            (Some(written), Some(jar)) => {
                line(head, "cookie", &[written.as_bytes(), b"; ", jar.as_bytes()].concat());
            }
        }
    }
}

/// A header line.
fn line(head: &mut Vec<u8>, name: &str, value: &[u8]) {
    head.extend_from_slice(name.as_bytes());
    head.extend_from_slice(b": ");
    head.extend_from_slice(value);
    head.extend_from_slice(b"\r\n");
}

/// A path with everything percent-encoded that a request line may not hold: blanks, control
/// characters, `#` and what is not ASCII. No value can end the line and begin another request.
fn escape(path: &str, head: &mut Vec<u8>) {
    for byte in path.bytes() {
        if matches!(byte, b'!'..=b'~') && byte != b'#' {
            head.push(byte);
        } else {
            head.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn text(message: &Message<'_>, change: impl FnOnce(&mut Hop<'_>)) -> String {
        let mut hop = Hop {
            message,
            method: message.method,
            authority: "a.test",
            base: "/base",
            path: message.path,
            with_body: true,
            abroad: false,
            close: false,
            cookies: None,
            upgrade: None,
        };
        change(&mut hop);
        String::from_utf8(hop.head()).unwrap()
    }

    fn headers() -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("authorization", "Bearer s3cret"),
            ("x-api-key", "s3cret"),
            ("accept", "*/*"),
            ("cookie", "a=1"),
            ("connection", "close"),
            ("content-length", "7"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn framing_is_ours_and_a_path_cannot_end_the_line() {
        let (headers, path) = (headers(), "/a b\r\nevil: 1/ü?q=1#x");
        let message = Message {
            method: &Method::POST,
            path,
            headers: &headers,
            body: Bytes::from_static(b"hi"),
            wants_body: false,
        };
        let head = text(&message, |hop| hop.cookies = Some("b=2".into()));
        let expected = "POST /base/a%20b%0D%0Aevil:%201/%C3%BC?q=1%23x HTTP/1.1\r\n\
            host: a.test\r\nauthorization: Bearer s3cret\r\nx-api-key: s3cret\r\naccept: */*\r\n\
            cookie: a=1; b=2\r\ncontent-length: 2\r\n\r\n";
        assert_eq!(head, expected);
    }

    #[test]
    fn nothing_that_could_be_a_secret_goes_abroad() {
        let headers = headers();
        let message = Message {
            method: &Method::GET,
            path: "/",
            headers: &headers,
            body: Bytes::new(),
            wants_body: false,
        };
        let head = text(&message, |hop| (hop.abroad, hop.base, hop.close) = (true, "", true));
        let expected = "GET / HTTP/1.1\r\nhost: a.test\r\naccept: */*\r\nconnection: close\r\n\r\n";
        assert_eq!(head, expected);
    }
}

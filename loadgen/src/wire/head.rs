//! The head of an answer: where it ends, what it says, and how its body is framed.
//!
//! Framing follows RFC 9112 section 6.3, strictly: what could be read in two ways is malformed. A
//! head may hold 128 headers.

use super::loss::Loss;
use bytes::Bytes;
use httparse::{ParserConfig, Response, Status};
use hyper::header::{CONNECTION, CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::{HeaderMap, Method, StatusCode};
use sim::metrics::Cause;
use std::mem::MaybeUninit;

/// The most headers of an answer.
const HEADERS_MAX: usize = 128;

/// How a body is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is none.
    Empty,
    /// So many bytes.
    Length(u64),
    /// In chunks.
    Chunked,
    /// It ends with the connection.
    UntilClose,
}

/// The head of an answer.
#[derive(Debug)]
pub(super) struct Head {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// How its body is framed.
    pub framing: Framing,
    /// Whether the connection may be used again after it.
    pub keeps: bool,
}

/// Where a head ends, behind its empty line; `scanned` bytes were looked at before.
pub(super) fn end(bytes: &[u8], scanned: usize) -> Option<usize> {
    // The empty line may begin in what was looked at before.
    let from = scanned.saturating_sub(3);
    let lines = bytes[from..].iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    lines.map(|(at, _)| from + at + 1).find_map(|next| match bytes[next..] {
        [b'\n', ..] => Some(next + 1),
        [b'\r', b'\n', ..] => Some(next + 2),
        _ => None,
    })
}

/// Whether this can become an answer: who sends something else is not waited for.
pub(super) fn is_beginning(bytes: &[u8]) -> bool {
    let expected = b"HTTP/1.";
    let shared = bytes.len().min(expected.len());
    bytes[..shared] == expected[..shared]
}

/// Reads a whole head.
pub(super) fn parse(bytes: &[u8], method: &Method) -> Result<Head, Loss> {
    let shared = Bytes::copy_from_slice(bytes);
    let mut slots = [const { MaybeUninit::uninit() }; HEADERS_MAX];
    let mut response = Response::new(&mut []);
    let config = ParserConfig::default();
    let parsed = config.parse_response_with_uninit_headers(&mut response, &shared, &mut slots);
    match parsed {
        Ok(Status::Complete(length)) if length == bytes.len() => {}
        Err(httparse::Error::TooManyHeaders) => {
            return Err(Loss::new(Cause::TooLarge, "the answer has more than 128 headers"));
        }
        _ => return Err(malformed("the answer's head is no HTTP")),
    }
    let status = response.code.and_then(|code| StatusCode::from_u16(code).ok());
    let status = status.ok_or_else(|| malformed("the answer's status is no HTTP"))?;
    let mut headers = HeaderMap::with_capacity(response.headers.len());
    for header in &*response.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes());
        let value = HeaderValue::from_maybe_shared(shared.slice_ref(header.value));
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(malformed("one of the answer's headers is no HTTP"));
        };
        headers.append(name, value);
    }
    let is_1_1 = response.version == Some(1);
    let framing = framing(status, &headers, method, is_1_1)?;
    let says = |word: &str| lists(&headers, &CONNECTION, word);
    let keeps = if is_1_1 { !says("close") } else { says("keep-alive") && !says("close") };
    Ok(Head { status, headers, framing, keeps: keeps && framing != Framing::UntilClose })
}

/// How the body is framed.
fn framing(
    status: StatusCode,
    headers: &HeaderMap,
    method: &Method,
    is_1_1: bool,
) -> Result<Framing, Loss> {
    let length = content_length(headers)?;
    let coding = headers.get_all(TRANSFER_ENCODING).iter().collect::<Vec<_>>();
    let coded = !coding.is_empty();
    if coded && (length.is_some() || !is_1_1) {
        return Err(malformed("the answer says in two ways where its body ends"));
    }
    if coded && !(coding.len() == 1 && coding[0].as_bytes().eq_ignore_ascii_case(b"chunked")) {
        return Err(malformed("the answer has a transfer coding that nobody asked for"));
    }
    let bodiless = status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if bodiless || *method == Method::HEAD {
        return Ok(Framing::Empty);
    }
    Ok(match (coded, length) {
        (true, _) => Framing::Chunked,
        (false, Some(0)) => Framing::Empty,
        (false, Some(length)) => Framing::Length(length),
        (false, None) => Framing::UntilClose,
    })
}

/// The content length: digits only; several must be equal.
fn content_length(headers: &HeaderMap) -> Result<Option<u64>, Loss> {
    let mut found = None;
    for value in headers.get_all(CONTENT_LENGTH) {
        for written in value.as_bytes().split(|byte| *byte == b',') {
            let length = number(written.trim_ascii());
            if length.is_none() || found.is_some_and(|before| Some(before) != length) {
                return Err(malformed("the answer's content length is no one number"));
            }
            found = length;
        }
    }
    Ok(found)
}

/// A number of digits alone: `+5`, which Rust's own reader takes, is none.
fn number(text: &[u8]) -> Option<u64> {
    let text = str::from_utf8(text).ok()?;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Whether a header that holds a list names a word.
pub(super) fn lists(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let values = headers.get_all(name).iter();
    let words = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    words.map(<[u8]>::trim_ascii).any(|found| found.eq_ignore_ascii_case(word.as_bytes()))
}

/// An answer that breaks the protocol.
pub(super) fn malformed(detail: &str) -> Loss {
    Loss::new(Cause::Malformed, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_with_its_empty_line_however_it_arrives() {
        let whole = b"HTTP/1.1 200 OK\r\na: b\r\n\r\nbody\r\n\r\n";
        assert_eq!(end(whole, 0), Some(25));
        let found = (1..whole.len()).find_map(|length| end(&whole[..length], length - 1));
        assert_eq!(found, Some(25));
        assert_eq!(end(b"HTTP/1.1 200 OK\n\nx", 0), Some(17));
        assert_eq!(end(b"HTTP/1.1 200 OK\r\n", 0), None);
    }

    #[test]
    fn framing_is_strict() {
        use Framing::{Chunked, Empty, Length, UntilClose};
        let check = |method: Method, lines: &str, expected: Option<Framing>| {
            let head = format!("{}\r\n\r\n", lines.replace('|', "\r\n"));
            let found =
                parse(head.as_bytes(), &method).map(|head| head.framing).map_err(|loss| loss.cause);
            assert_eq!(found, expected.ok_or(Cause::Malformed), "{lines}");
        };
        check(Method::GET, "HTTP/1.1 200 OK|content-length: 5", Some(Length(5)));
        check(Method::GET, "HTTP/1.1 200 OK|content-length: 5, 5", Some(Length(5)));
        check(Method::GET, "HTTP/1.1 200 OK|content-length: 0", Some(Empty));
        check(Method::HEAD, "HTTP/1.1 200 OK|content-length: 5", Some(Empty));
        check(Method::GET, "HTTP/1.1 204 No|content-length: 5", Some(Empty));
        check(Method::GET, "HTTP/1.1 304 Same|content-length: 5", Some(Empty));
        check(Method::GET, "HTTP/1.1 200 OK|transfer-encoding: Chunked", Some(Chunked));
        check(Method::GET, "HTTP/1.1 200 OK", Some(UntilClose));
        check(Method::GET, "HTTP/1.1 200 OK|content-length: 5|content-length: 6", None);
        check(Method::GET, "HTTP/1.1 200 OK|content-length: +5", None);
        check(Method::GET, "HTTP/1.1 200 OK|content-length: -5", None);
        check(Method::GET, "HTTP/1.1 200 OK|content-length:", None);
        check(Method::GET, "HTTP/1.1 200 OK|content-length: 99999999999999999999", None);
        check(Method::GET, "HTTP/1.1 200 OK|content-length: 5|transfer-encoding: chunked", None);
        check(Method::GET, "HTTP/1.1 200 OK|transfer-encoding: gzip, chunked", None);
        check(Method::GET, "HTTP/1.0 200 OK|transfer-encoding: chunked", None);
        check(Method::GET, "HTTP/1.1 200 OK|no colon", None);
        check(Method::GET, "HTTP/1.1 200 OK|a: b| folded", None);
        check(Method::GET, "HTTP/1.1 99 Low", None);
        check(Method::GET, "HTTP/2.0 200 OK", None);
    }

    #[test]
    fn a_connection_is_kept_as_both_versions_say() {
        for (lines, keeps) in [
            ("HTTP/1.1 200 OK|content-length: 0", true),
            ("HTTP/1.1 200 OK|content-length: 0|connection: x, Close", false),
            ("HTTP/1.0 200 OK|content-length: 0", false),
            ("HTTP/1.0 200 OK|content-length: 0|connection: keep-alive", true),
            ("HTTP/1.1 200 OK", false),
        ] {
            let head = format!("{}\r\n\r\n", lines.replace('|', "\r\n"));
            assert_eq!(parse(head.as_bytes(), &Method::GET).unwrap().keeps, keeps, "{lines}");
        }
    }

    #[test]
    fn headers_are_counted() {
        let head = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(HEADERS_MAX));
        assert_eq!(parse(head.as_bytes(), &Method::GET).unwrap().headers.len(), HEADERS_MAX);
        let head = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(HEADERS_MAX + 1));
        assert_eq!(parse(head.as_bytes(), &Method::GET).unwrap_err().cause, Cause::TooLarge);
    }
}

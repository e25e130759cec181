//! What goes in and what comes out: the shapes of a request and of its end.

use super::loss::Loss;
use bytes::Bytes;
use hyper::{HeaderMap, Method, StatusCode};
use tokio::time::Instant;

/// A request as its user wants it sent.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Path and query below the target's base; begins with `/`. What no request line may hold is
    /// percent-encoded on the way.
    pub path: &'a str,
    /// Its headers. `host` may stand among them; what frames a message (`content-length`,
    /// `transfer-encoding`, `connection`) is ours and is passed over.
    pub headers: &'a HeaderMap,
    /// Its body; may be empty.
    pub body: Bytes,
    /// Whether the answer's body is wanted. It is read whole, unpacked and bounded in any case; one
    /// that is not wanted is not stored.
    pub wants_body: bool,
}

/// What became of a request.
#[derive(Clone, Debug)]
pub struct Sent {
    /// When it was handed over: connecting, where that was needed, came after it.
    pub sent: Instant,
    /// When the first byte of the last answer came, if one came.
    pub first_byte: Option<Instant>,
    /// When the last byte of the answer had come, or when it was given up.
    pub end: Instant,
    /// The answer, or why there is none.
    pub result: Result<Answer, Loss>,
}

/// An answer, read whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, unpacked; empty where it was not wanted.
    pub body: Bytes,
    /// How long its body was, unpacked, in bytes; also where it was not wanted.
    pub length: u64,
}

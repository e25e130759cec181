//! One request and its answer over one connection.

use super::answer::Answer;
use super::body::Body;
use super::head::{self, Framing, Head, malformed};
use super::link::{FIRST_READ, Link};
use super::loss::Loss;
use super::request::Hop;
use super::unpack::{Sink, too_large};
use hyper::StatusCode;
use sim::load::Bounds;
use sim::metrics::Cause;
use std::io;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

/// A body up to here goes out with its head, in one packet where it fits.
const JOINED_MAX: usize = 8 << 10;

/// The room for further reads of a long body.
const LATER_READ: usize = 16 << 10;

/// What is known of an exchange also when it was broken off.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// When the first byte of the answer came.
    pub first_byte: Option<Instant>,
    /// Bytes of the request that the system took.
    pub written: u64,
    /// Bytes of the answer that were read.
    pub read: u64,
    /// Bytes of its body, unpacked.
    pub body: u64,
}

/// What was read from a connection and not yet used.
#[derive(Debug, Default)]
pub(super) struct Reader {
    buffer: Vec<u8>,
    used: usize,
}

impl Reader {
    /// What is not yet used.
    pub fn unread(&self) -> &[u8] {
        &self.buffer[self.used..]
    }

    /// Uses bytes up.
    pub fn use_up(&mut self, count: usize) {
        self.used += count;
        debug_assert!(self.used <= self.buffer.len());
    }

    /// Waits for more; 0 at the end.
    pub async fn more(
        &mut self,
        link: &mut Link,
        room: usize,
        marks: &mut Marks,
    ) -> io::Result<usize> {
        self.buffer.drain(..self.used);
        self.used = 0;
        let count = link.read(&mut self.buffer, room).await?;
        if marks.first_byte.is_none() && count > 0 {
            marks.first_byte = Some(Instant::now());
        }
        marks.read += count as u64;
        Ok(count)
    }

    /// What is left over, to be read by another protocol.
    pub fn into_unread(mut self) -> Vec<u8> {
        self.buffer.split_off(self.used)
    }
}

/// Sends a request and reads its answer whole. Says whether the connection may be kept: not when the
/// answer says otherwise, and not when bytes follow it that nobody asked for.
pub(super) async fn exchange(
    link: &mut Link,
    hop: &Hop<'_>,
    bounds: &Bounds,
    marks: &mut Marks,
) -> Result<(Answer, bool), Loss> {
    let mut reader = Reader::default();
    let head = begin(link, hop, bounds, &mut reader, marks).await?;
    if head.status == StatusCode::SWITCHING_PROTOCOLS {
        return Err(malformed("the answer switches to a protocol that nobody asked for"));
    }
    let (body, length) = if head.framing == Framing::Empty {
        Default::default()
    } else {
        read_body(link, &head, hop.message.wants_body, bounds, &mut reader, marks).await?
    };
    let keeps = head.keeps && reader.unread().is_empty();
    Ok((Answer { status: head.status, headers: head.headers, body, length }, keeps))
}

/// Sends a request and reads the head of its answer. What follows it is left in the reader.
pub(super) async fn begin(
    link: &mut Link,
    hop: &Hop<'_>,
    bounds: &Bounds,
    reader: &mut Reader,
    marks: &mut Marks,
) -> Result<Head, Loss> {
    // A server that has heard enough may answer and close before all was sent: its answer counts.
    let sent = write(link, hop, marks).await;
    if sent.is_err() && marks.written == 0 {
        return Err(Loss::of_stream(&sent.expect_err("it was looked at above")));
    }
    match read_head(link, hop, bounds, reader, marks).await {
        Err(loss) if marks.first_byte.is_none() => {
            Err(sent.err().map_or(loss, |error| Loss::of_stream(&error)))
        }
        read => read,
    }
}

/// Writes the request.
async fn write(link: &mut Link, hop: &Hop<'_>, marks: &mut Marks) -> io::Result<()> {
    let (mut first, mut rest) = (hop.head(), hop.body());
    if rest.len() <= JOINED_MAX {
        first.extend_from_slice(rest);
        rest = &[];
    }
    for mut data in [&first[..], rest] {
        while !data.is_empty() {
            let count = link.write(data).await?;
            if count == 0 {
                return Err(io::Error::from(io::ErrorKind::WriteZero));
            }
            marks.written += count as u64;
            data = &data[count..];
        }
    }
    link.flush().await
}

/// Reads heads until one is final: those of 1xx only announce it.
async fn read_head(
    link: &mut Link,
    hop: &Hop<'_>,
    bounds: &Bounds,
    reader: &mut Reader,
    marks: &mut Marks,
) -> Result<Head, Loss> {
    let most = usize::try_from(bounds.head.0).unwrap_or(usize::MAX);
    let (mut spent, mut scanned) = (0, 0);
    loop {
        let unread = reader.unread();
        if !head::is_beginning(unread) {
            return Err(malformed("the answer is no HTTP/1"));
        }
        let end = head::end(unread, scanned);
        if spent + end.unwrap_or(unread.len()) > most {
            return Err(Loss::new(Cause::TooLarge, "the answer's head is longer than its bound"));
        }
        if let Some(end) = end {
            let head = head::parse(&unread[..end], hop.method)?;
            reader.use_up(end);
            let announces = head.status.is_informational();
            if !announces || head.status == StatusCode::SWITCHING_PROTOCOLS {
                return Ok(head);
            }
            (spent, scanned) = (spent + end, 0);
            continue;
        }
        scanned = unread.len();
        let count = reader.more(link, FIRST_READ, marks).await;
        if count.map_err(|error| Loss::of_stream(&error))? == 0 {
            let detail = match marks.first_byte {
                None => "the connection was closed without an answer",
                Some(_) => "the connection was closed in the answer's head",
            };
            return Err(Loss::new(Cause::Reset, detail));
        }
    }
}

/// Reads a body to its end.
pub(super) async fn read_body(
    link: &mut Link,
    head: &Head,
    wanted: bool,
    bounds: &Bounds,
    reader: &mut Reader,
    marks: &mut Marks,
) -> Result<(bytes::Bytes, u64), Loss> {
    if matches!(head.framing, Framing::Length(length) if length > bounds.body.0) {
        return Err(too_large());
    }
    let mut body = Body::new(head.framing);
    let mut sink = Sink::new(&head.headers, wanted, bounds.body.0);
    // Packed bytes have the same bound: what unpacks to nothing must end, too.
    let mut packed = 0;
    loop {
        let (used, data) = body.take(reader.unread())?;
        packed += data.len() as u64;
        let taken = if packed > bounds.body.0 { Err(too_large()) } else { sink.take(data) };
        marks.body = sink.length();
        taken?;
        reader.use_up(used);
        if body.is_done() {
            return sink.finish();
        }
        if used > 0 && !reader.unread().is_empty() {
            continue;
        }
        let count = reader.more(link, LATER_READ, marks).await;
        if count.map_err(|error| Loss::of_stream(&error))? == 0 {
            if body.may_close() {
                return sink.finish();
            }
            return Err(Loss::new(Cause::Reset, "the connection was closed in the answer's body"));
        }
    }
}

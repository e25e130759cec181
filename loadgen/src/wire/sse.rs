//! Server-Sent Events, as the WHATWG's standard for HTML has them: lines, and an event at each empty
//! line after one with `data`. Events are counted, not stored; a line is bounded like a head.

use super::body::Body;
use super::exchange::Marks;
use super::head::malformed;
use super::loss::Loss;
use super::stay::{Opened, Tally};
use hyper::HeaderMap;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE};
use sim::metrics::Cause;
use tokio::time::{Instant, timeout_at};

/// The room for a read: events are short.
const READ: usize = 2 << 10;

/// What a line is looked at for: the field's name `data`, behind a byte order mark at most.
const LOOKED_AT: usize = 8;

/// Counts the events in a stream of bytes, in whatever pieces it comes.
#[derive(Debug)]
pub(super) struct Events {
    body: Option<Body>,
    /// The beginning of the line.
    line: Vec<u8>,
    length: u64,
    most: u64,
    is_first_line: bool,
    after_return: bool,
    has_data: bool,
}

impl Events {
    /// None yet; a line of more than `most` bytes is too long.
    pub fn new(most: u64) -> Events {
        let line = Vec::new();
        let (is_first_line, after_return, has_data) = (true, false, false);
        Events { body: None, line, length: 0, most, is_first_line, after_return, has_data }
    }

    /// How many events end in these bytes.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<u64, Loss> {
        let mut count = 0;
        for byte in bytes {
            let after_return = std::mem::replace(&mut self.after_return, *byte == b'\r');
            match byte {
                b'\n' if after_return => {}
                b'\r' | b'\n' => count += u64::from(self.end_line()),
                byte => {
                    self.length += 1;
                    if self.length > self.most {
                        return Err(Loss::new(Cause::TooLarge, "an event's line is too long"));
                    }
                    if self.line.len() < LOOKED_AT {
                        self.line.push(*byte);
                    }
                }
            }
        }
        Ok(count)
    }

    /// Ends a line; whether an event ends with it.
    fn end_line(&mut self) -> bool {
        let mark = b"\xef\xbb\xbf".as_slice();
        let mut line = self.line.as_slice();
        if std::mem::take(&mut self.is_first_line) {
            line = line.strip_prefix(mark).unwrap_or(line);
        }
        let ends = line.is_empty() && self.has_data;
        let is_data = line == b"data" || line.starts_with(b"data:");
        self.has_data = !line.is_empty() && (self.has_data || is_data);
        self.line.clear();
        self.length = 0;
        ends
    }
}

/// Whether an answer is a stream of events.
pub(super) fn is_stream(headers: &HeaderMap) -> Result<(), Loss> {
    let kind = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if !kind.eq_ignore_ascii_case(b"text/event-stream") {
        return Err(Loss::new(Cause::Check, "the answer is no event stream"));
    }
    match headers.get(CONTENT_ENCODING) {
        Some(packing) if !packing.as_bytes().eq_ignore_ascii_case(b"identity") => {
            Err(malformed("the event stream is packed, and nobody asked for that"))
        }
        _ => Ok(()),
    }
}

/// Reads up to the first event.
pub(super) async fn first(
    opened: &mut Opened,
    events: &mut Events,
    tally: &mut Tally,
    marks: &mut Marks,
) -> Result<(), Loss> {
    events.body = Some(Body::new(opened.head.framing));
    while tally.received == 0 {
        let ended = !read(opened, events, tally, marks).await?;
        if ended && tally.received == 0 {
            return Err(Loss::new(Cause::Reset, "the stream ended before its first event"));
        }
    }
    Ok(())
}

/// Reads on until the user leaves; why it ended before, if it did.
pub(super) async fn stay(
    mut opened: Opened,
    mut events: Events,
    leave: Instant,
    tally: &mut Tally,
) -> Option<Loss> {
    let mut marks = Marks::default();
    loop {
        match timeout_at(leave, read(&mut opened, &mut events, tally, &mut marks)).await {
            Err(_) => return None,
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => {
                return Some(Loss::new(Cause::Reset, "the server ended the stream"));
            }
            Ok(Err(loss)) => return Some(loss),
        }
    }
}

/// Counts what has come, and waits for more where that is used up. Whether the stream goes on.
async fn read(
    opened: &mut Opened,
    events: &mut Events,
    tally: &mut Tally,
    marks: &mut Marks,
) -> Result<bool, Loss> {
    let body = events.body.as_mut().expect("a stream is begun before it is read");
    let (used, data) = body.take(opened.reader.unread())?;
    let (is_done, may_close) = (body.is_done(), body.may_close());
    tally.received += events.feed(data)?;
    opened.reader.use_up(used);
    if is_done {
        return Ok(false);
    }
    if used > 0 && !opened.reader.unread().is_empty() {
        return Ok(true);
    }
    let count = opened.reader.more(&mut opened.link, READ, marks).await;
    match count.map_err(|error| Loss::of_stream(&error))? {
        0 if may_close => Ok(false),
        0 => Err(Loss::new(Cause::Reset, "the connection was closed in the stream")),
        _ => Ok(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_however_they_arrive() {
        for (text, count) in [
            ("", 0),
            ("data: a\n\n", 1),
            ("\u{feff}data: a\n\ndata\n\n", 2),
            ("data: a\r\n\r\ndata: b\r\n\r\n", 2),
            ("data: a\r\rdata: b\r\r", 2),
            ("data: a\ndata: b\nid: 7\n\n", 1),
            (": comment\n\nevent: x\n\nid: 3\n\n", 0),
            ("database: no\n\n", 0),
            ("data: unfinished\n", 0),
            ("\n\n\n", 0),
        ] {
            for step in 1..=text.len().max(1) {
                let mut events = Events::new(100);
                let pieces = text.as_bytes().chunks(step);
                let found: u64 = pieces.map(|piece| events.feed(piece).unwrap()).sum();
                assert_eq!(found, count, "{step} of {text:?}");
            }
        }
    }

    #[test]
    fn a_line_is_bounded_and_takes_no_memory() {
        let mut events = Events::new(1000);
        let line = [b'x'; 100];
        let outcome = (0..20).map(|_| events.feed(&line)).find_map(Result::err);
        assert_eq!(outcome.unwrap().cause, Cause::TooLarge);
        assert!(events.line.capacity() <= 2 * LOOKED_AT);
    }
}

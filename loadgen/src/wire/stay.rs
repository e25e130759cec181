//! Connections that stay: the request succeeds at its first sign of life, and is then read on.
//!
//! They are of their own: the user's kept connection waits beside them. Redirects are not followed.

use super::answer::{Answer, Message, Sent};
use super::connect;
use super::exchange::{Marks, Reader, begin, read_body};
use super::head::{Framing, Head};
use super::link::Link;
use super::loss::Loss;
use super::redirect::Way;
use super::request::Hop;
use super::send::Wire;
use super::{sse, websocket};
use hyper::{HeaderMap, Method, StatusCode};
use sim::load::Stream;
use sim::metrics::Cause;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// What became of a request that was to stay connected.
#[derive(Clone, Debug)]
pub struct Stayed {
    /// How it began. Its answer has no body where it opened; else it is one to be judged as any.
    pub first: Sent,
    /// Whether it opened: then it has succeeded, whatever its status.
    pub opened: bool,
    /// Events or messages that came.
    pub received: u64,
    /// Messages that were sent.
    pub sent: u64,
    /// When the user left, or had to.
    pub end: Instant,
    /// Why it ended before its time, if it did after it had opened.
    pub lost: Option<Loss>,
}

/// A connection on which a stream has opened, and its answer's head.
pub(super) struct Opened {
    pub link: Link,
    pub reader: Reader,
    pub head: Head,
}

/// What a stream counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub received: u64,
    pub sent: u64,
}

/// What came of opening.
enum Start {
    /// It stays.
    Open(Box<Opened>, sse::Events),
    /// An answer like any other.
    Answer(Answer),
}

impl Wire {
    /// Sends a request and stays connected as the stream says, from its opening on. It opens at
    /// `until` at the latest; `on_open` is told at once when it has opened.
    pub async fn stay(
        &mut self,
        message: &Message<'_>,
        stream: &Stream,
        until: Instant,
        on_open: &mut (dyn FnMut(&Sent) + Send),
    ) -> Stayed {
        let sent = Instant::now();
        let (mut marks, mut tally) = (Marks::default(), Tally::default());
        let started = timeout_at(until, self.start(message, stream, until, &mut marks, &mut tally));
        let started = started.await.unwrap_or_else(|_| Err(Loss::of_time(false)));
        let (result, open) = match started {
            Ok(Start::Open(opened, events)) => {
                (Ok(answer_of(&opened.head)), Some((opened, events)))
            }
            Ok(Start::Answer(answer)) => (Ok(answer), None),
            Err(loss) => (Err(loss), None),
        };
        let first = Sent { sent, first_byte: marks.first_byte, end: Instant::now(), result };
        let opened = open.is_some();
        let mut lost = None;
        if let Some((open, events)) = open {
            on_open(&first);
            let bounds = &self.net.bounds;
            lost = match stream {
                Stream::Sse { stay } => {
                    let leave = first.end + Duration::from_nanos(stay.nanos());
                    sse::stay(*open, events, leave, &mut tally).await
                }
                Stream::WebSocket { send, stay } => {
                    let leave = first.end + Duration::from_nanos(stay.nanos());
                    websocket::stay(*open, send.as_ref(), bounds, leave, &mut tally).await
                }
            };
        }
        let Tally { received, sent } = tally;
        Stayed { first, opened, received, sent, end: Instant::now(), lost }
    }

    /// Connects, sends the request, and reads up to the first sign of life.
    async fn start(
        &mut self,
        message: &Message<'_>,
        stream: &Stream,
        until: Instant,
        marks: &mut Marks,
        tally: &mut Tally,
    ) -> Result<Start, Loss> {
        let net = self.net.clone();
        let way = Way::new(&net, message);
        let mut link = connect::to_target(&net, self.user, until).await?;
        let key = websocket::key();
        let upgrade = matches!(stream, Stream::WebSocket { .. }).then(|| websocket::asks(&key));
        let hop = self.hop(message, &way, upgrade.as_ref());
        let mut reader = Reader::default();
        let head = begin(&mut link, &hop, &net.bounds, &mut reader, marks).await?;
        self.store_cookies(&way, &head.headers);
        let switches = head.status == StatusCode::SWITCHING_PROTOCOLS;
        let opens = match stream {
            Stream::Sse { .. } => head.status == StatusCode::OK && head.framing != Framing::Empty,
            Stream::WebSocket { .. } => switches,
        };
        if !opens {
            return not_opened(link, reader, head, message, &net, marks).await;
        }
        let mut opened = Box::new(Opened { link, reader, head });
        let mut events = sse::Events::new(net.bounds.head.0);
        match stream {
            Stream::Sse { .. } => {
                sse::is_stream(&opened.head.headers)?;
                sse::first(&mut opened, &mut events, tally, marks).await?;
            }
            Stream::WebSocket { .. } => websocket::is_accepted(&opened.head.headers, &key)?,
        }
        net.count.streams.fetch_add(1, Ordering::Relaxed);
        Ok(Start::Open(opened, events))
    }

    /// The request as it is sent.
    fn hop<'a>(
        &self,
        message: &'a Message<'a>,
        way: &'a Way<'a>,
        upgrade: Option<&'a HeaderMap>,
    ) -> Hop<'a> {
        Hop {
            message,
            method: if upgrade.is_some() { &Method::GET } else { message.method },
            authority: way.authority(),
            base: way.base(),
            path: way.path(),
            with_body: upgrade.is_none(),
            abroad: false,
            close: false,
            cookies: self.cookie_header(way),
            upgrade,
        }
    }
}

/// An answer without a body.
fn answer_of(head: &Head) -> Answer {
    let (status, headers) = (head.status, head.headers.clone());
    Answer { status, headers, body: bytes::Bytes::new(), length: 0 }
}

/// The answer of a server that does not open a stream, read whole. One that seems to be well is
/// none, for nothing has opened.
async fn not_opened(
    mut link: Link,
    mut reader: Reader,
    head: Head,
    message: &Message<'_>,
    net: &super::net::Net,
    marks: &mut Marks,
) -> Result<Start, Loss> {
    if head.status.as_u16() < 400 {
        return Err(Loss::new(Cause::Status, "the answer opens no stream"));
    }
    let mut answer = answer_of(&head);
    if head.framing != Framing::Empty {
        let wanted = message.wants_body;
        let read = read_body(&mut link, &head, wanted, &net.bounds, &mut reader, marks).await;
        net.count.answer(marks.read, marks.body);
        (answer.body, answer.length) = read?;
    }
    Ok(Start::Answer(answer))
}

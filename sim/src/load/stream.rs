//! Requests whose users stay: Server-Sent Events and WebSockets.

use crate::config::{Body, Fields, Kind, Page};
use crate::time::Span;

/// The longest stay.
const LONGEST: Span = Span::from_secs(24 * 3_600);

/// A connection that stays.
#[derive(Clone, Debug, PartialEq)]
pub enum Stream {
    /// Server-Sent Events: the request succeeds with the first event and is then read on.
    Sse {
        /// How long the user stays.
        stay: Span,
    },
    /// A WebSocket: the request succeeds when it is open.
    WebSocket {
        /// What is sent, and how often; nothing to listen only.
        send: Option<(String, Span)>,
        /// How long the user stays.
        stay: Span,
    },
}

/// The kinds of connections that stay, by name.
pub const STREAMS: &[Kind<Stream>] = &[
    Kind {
        name: "sse",
        summary: "Server-Sent Events, read for as long as the user stays",
        page: Page::BARE,
        read: |body: &mut Body<'_>| body.fields(|fields| Stream::Sse { stay: read_stay(fields) }),
    },
    Kind {
        name: "websocket",
        summary: "a WebSocket that stays open, and what is sent over it",
        page: Page::BARE,
        read: |body: &mut Body<'_>| {
            body.fields(|fields| Stream::WebSocket {
                send: read_send(fields),
                stay: read_stay(fields),
            })
        },
    },
];

fn read_stay(fields: &mut Fields<'_>) -> Span {
    let stay = fields.required("stay");
    fields.require("stay", stay > Span::ZERO && stay <= LONGEST, "more than 0s, at most 1d");
    stay
}

/// Reads `send` and `every`, which stand together.
fn read_send(fields: &mut Fields<'_>) -> Option<(String, Span)> {
    let send: Option<String> = fields.optional("send");
    let every: Option<Span> = fields.optional("every");
    match (send, every) {
        (Some(send), Some(every)) => {
            let millisecond = Span::from_millis(1);
            fields.require("every", every >= millisecond && every <= LONGEST, "from 1ms to 1d");
            Some((send, every))
        }
        (None, None) => None,
        (Some(_), None) => {
            fields.missing("every", "say how often it is sent: `every = \"1s\"`");
            None
        }
        (None, Some(_)) => {
            fields.missing("send", "say what is sent: `send = \"ping\"`");
            None
        }
    }
}

/// Reads `sse` or `websocket`; nothing where neither is there.
pub(super) fn read_stream(fields: &mut Fields<'_>) -> Option<Stream> {
    let mut streams = fields.all_kinds(STREAMS);
    if streams.len() > 1 {
        let message = format!("`{}` has both `sse` and `websocket`", fields.path);
        fields.complain("websocket", message, "exactly one is allowed", "keep one of them");
    }
    streams.pop()
}

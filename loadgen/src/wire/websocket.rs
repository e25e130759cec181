//! WebSockets (RFC 6455): the one file that names `tokio_tungstenite`. Messages are counted, not
//! stored; one is bounded like a body.

use super::head::{lists, malformed};
use super::link::Link;
use super::loss::Loss;
use super::stay::{Opened, Tally};
use futures_util::{SinkExt, StreamExt};
use hyper::HeaderMap;
use hyper::header::{
    CONNECTION, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use sim::load::Bounds;
use sim::metrics::Cause;
use sim::time::Span;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

/// How long a user who leaves waits for its farewell to go out.
const FAREWELL: Duration = Duration::from_secs(1);

/// A key for a handshake: it proves that the server speaks the protocol, and is no secret.
pub(super) fn key() -> String {
    generate_key()
}

/// The headers that ask for a WebSocket.
pub(super) fn asks(key: &str) -> HeaderMap {
    let key = HeaderValue::try_from(key).expect("a key is base64");
    let headers: [(HeaderName, HeaderValue); 3] = [
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
        (SEC_WEBSOCKET_KEY, key),
    ];
    headers.into_iter().collect()
}

/// Whether an answer of status 101 accepts the handshake.
pub(super) fn is_accepted(headers: &HeaderMap, key: &str) -> Result<(), Loss> {
    let accept = headers.get(SEC_WEBSOCKET_ACCEPT).map(HeaderValue::as_bytes);
    let proves = accept == Some(derive_accept_key(key.as_bytes()).as_bytes());
    let upgrades = lists(headers, &UPGRADE, "websocket") && lists(headers, &CONNECTION, "upgrade");
    if proves && upgrades { Ok(()) } else { Err(malformed("the answer accepts no WebSocket")) }
}

/// Sends and listens until the user leaves; why it ended before, if it did.
pub(super) async fn stay(
    opened: Opened,
    send: Option<&(String, Span)>,
    bounds: &Bounds,
    leave: Instant,
    tally: &mut Tally,
) -> Option<Loss> {
    let Opened { link, reader, .. } = opened;
    let most = usize::try_from(bounds.body.0).unwrap_or(usize::MAX);
    let text = send.map_or("", |(text, _)| text);
    let config = WebSocketConfig::default()
        .read_buffer_size(4 << 10)
        .write_buffer_size(0)
        // Answers to pings wait here beside a message of ours.
        .max_write_buffer_size(text.len() + (64 << 10))
        .max_message_size(Some(most))
        .max_frame_size(Some(most));
    let part = reader.into_unread();
    let mut socket =
        WebSocketStream::from_partially_read(link, part, Role::Client, Some(config)).await;
    let lost = talk(&mut socket, send, leave, tally).await;
    if lost.is_none() {
        // Whether the farewell arrives makes no difference to what was measured.
        let _ = timeout(FAREWELL, socket.close(None)).await;
    }
    lost
}

/// Sends at its times and counts what comes.
async fn talk(
    socket: &mut WebSocketStream<Link>,
    send: Option<&(String, Span)>,
    leave: Instant,
    tally: &mut Tally,
) -> Option<Loss> {
    let every = send.map_or(Span::from_secs(1), |(_, every)| *every);
    let every = Duration::from_nanos(every.nanos().max(1));
    let mut turns = interval_at(Instant::now() + every, every);
    // What a slow server missed is not made up for in one burst.
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let left = sleep_until(leave);
    tokio::pin!(left);
    loop {
        let result = tokio::select! {
            () = &mut left => return None,
            _ = turns.tick(), if send.is_some() => {
                let text = send.map_or("", |(text, _)| text);
                match timeout_at(leave, socket.send(Message::text(text))).await {
                    Ok(result) => result.map(|()| tally.sent += 1),
                    Err(_) => return None,
                }
            }
            next = socket.next() => match next {
                Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                    tally.received += 1;
                    Ok(())
                }
                Some(Ok(_)) => Ok(()),
                Some(Err(error)) => Err(error),
                None => Err(Error::ConnectionClosed),
            },
        };
        if let Err(error) = result {
            return Some(of_error(&error));
        }
    }
}

/// Why a WebSocket ended.
fn of_error(error: &Error) -> Loss {
    match error {
        Error::Io(error) => Loss::of_stream(error),
        Error::Capacity(_) => Loss::new(Cause::TooLarge, "a message is longer than its bound"),
        Error::ConnectionClosed | Error::AlreadyClosed => {
            Loss::new(Cause::Reset, "the server ended the WebSocket")
        }
        Error::Protocol(
            tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        ) => Loss::new(Cause::Reset, "the connection was closed in the WebSocket"),
        _ => malformed("the server broke the WebSocket's protocol"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_that_speaks_the_protocol_is_accepted() {
        // The key and its answer are the example of RFC 6455, section 1.3.
        let key = "dGhlIHNhbXBsZSBub25jZQ==";
        let accepted = |accept: &str, upgrade: &str, connection: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(SEC_WEBSOCKET_ACCEPT, accept.parse().unwrap());
            headers.insert(UPGRADE, upgrade.parse().unwrap());
            headers.insert(CONNECTION, connection.parse().unwrap());
            is_accepted(&headers, key).is_ok()
        };
        let proof = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
        assert!(accepted(proof, "websocket", "Upgrade"));
        assert!(accepted(proof, "WebSocket", "keep-alive, Upgrade"));
        assert!(!accepted("c2VjcmV0", "websocket", "upgrade"));
        assert!(!accepted(proof, "h2c", "upgrade"));
        assert!(!accepted(proof, "websocket", "close"));
    }
}

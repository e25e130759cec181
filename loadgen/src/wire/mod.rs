//! One request over one connection, with every bound: HTTP/1.1, TLS, streams.
//!
//! A [`Net`] is what all users of a process share: the target, resolved once and allowed, and what a
//! hostile server may cost. A [`Wire`] is one user's way to it: a connection that is kept or closed,
//! and a jar of cookies. Whatever the other side does, a request ends as an [`Answer`] or as a
//! [`Loss`] with a counted cause, at the latest when its time is up, and in bounded memory.
//!
//! The codec is our own, over `httparse`: strict framing (RFC 9112), every byte bounded where it comes
//! in, no buffer while idle (3 KB a user with a plain connection, all in), and a tenth to a fifth less
//! processor time than hyper's client in the same run. It may not judge an answer's meaning (`check` does,
//! for whoever sent the request), or look a name up during a run. To add a way to stay
//! connected: a file beside `sse.rs`, and its arm in `stay.rs`.

mod allowed;
mod answer;
mod body;
mod check;
mod connect;
mod cookies;
mod exchange;
mod head;
mod keep;
mod link;
mod loss;
mod net;
mod origin;
mod redirect;
mod request;
mod secret;
mod send;
mod sse;
mod stay;
mod template;
mod tls;
mod unpack;
mod websocket;

pub use allowed::Allowed;
pub use answer::{Answer, Message, Sent};
pub use check::judge;
pub use cookies::Jar;
pub use keep::{Kept, keep};
pub use loss::Loss;
pub use net::{Count, Error, Net};
pub use secret::{MissingSecrets, Secrets};
pub use send::Wire;
pub use stay::Stayed;
pub use template::{Missing, fill, fill_path, header};

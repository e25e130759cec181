//! What came of connections that stayed: the users of event streams and WebSockets.

use serde::{Deserialize, Serialize};

/// What came of connections that stayed, after their requests had succeeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streams {
    /// How many opened.
    pub opened: u64,
    /// Events and messages that came.
    pub received: u64,
    /// Messages that were sent.
    pub sent: u64,
    /// How many were lost before their users left.
    pub lost: u64,
}

impl Streams {
    /// Adds what came of others.
    pub fn add(&mut self, other: &Streams) {
        self.opened += other.opened;
        self.received += other.received;
        self.sent += other.sent;
        self.lost += other.lost;
    }
}

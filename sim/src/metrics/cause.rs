//! Why a request failed.

use std::fmt;

/// The cause of a failure, as the client saw it: Heroku's error codes and the client's own clocks.
/// Source: Heroku's error-codes documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Cause {
    /// The client waited for an attempt as long as its `timeout` says, and had no try left.
    Timeout,
    /// The request's overall `deadline` passed.
    Deadline,
    /// H10: every dyno of the app has crashed.
    H10,
    /// H11: the router's backlog for the app is full.
    H11,
    /// H12: no first byte from the dyno in time; the dyno works on.
    H12,
    /// H13: the dyno closed the connection without an answer, because it crashed or shut down.
    H13,
    /// H14: the app has no dynos.
    H14,
    /// H19: connecting to dynos timed out.
    H19,
    /// H20: the app did not boot in time.
    H20,
    /// H21: dynos refused the connection.
    H21,
    /// H99: all dynos stayed in quarantine; a platform error.
    H99,
}

impl Cause {
    /// All causes, in the order of reports.
    pub const ALL: [Cause; 11] = [
        Cause::Timeout,
        Cause::Deadline,
        Cause::H10,
        Cause::H11,
        Cause::H12,
        Cause::H13,
        Cause::H14,
        Cause::H19,
        Cause::H20,
        Cause::H21,
        Cause::H99,
    ];

    /// The name in metrics: `errors_<name>`.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::Timeout => "timeout",
            Cause::Deadline => "deadline",
            Cause::H10 => "h10",
            Cause::H11 => "h11",
            Cause::H12 => "h12",
            Cause::H13 => "h13",
            Cause::H14 => "h14",
            Cause::H19 => "h19",
            Cause::H20 => "h20",
            Cause::H21 => "h21",
            Cause::H99 => "h99",
        }
    }

    /// One line for people.
    pub const fn summary(self) -> &'static str {
        match self {
            Cause::Timeout => "client timeout",
            Cause::Deadline => "client deadline",
            Cause::H10 => "H10 app crashed",
            Cause::H11 => "H11 backlog too deep",
            Cause::H12 => "H12 request timeout",
            Cause::H13 => "H13 connection closed without response",
            Cause::H14 => "H14 no dynos running",
            Cause::H19 => "H19 backend connection timeout",
            Cause::H20 => "H20 app boot timeout",
            Cause::H21 => "H21 backend connection refused",
            Cause::H99 => "H99 platform error",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

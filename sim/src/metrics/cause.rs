//! Why a request failed.

use std::fmt;

/// The cause of a failure, as the client saw it: Heroku's error codes, what protects routers and
/// clients, and the client's own clocks.
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
    /// The dyno answered with an error of its own, an HTTP 5xx.
    Failed,
    /// H22: the router holds as many attempts as it may.
    H22,
    /// The router's token bucket for the app was empty: an HTTP 429.
    RateLimited,
    /// The router's adaptive concurrency limit for the app was reached.
    Concurrency,
    /// The router's queue stood for too long and CoDel dropped the attempt.
    Codel,
    /// Nobody waited any more when the attempt left the router's queue.
    Stale,
    /// The router sheds load and the request's criticality was too low.
    Shed,
    /// The client's circuit breaker was open: nothing was sent.
    Breaker,
    /// The client's adaptive throttling held the request back: nothing was sent.
    Throttled,
    /// The load generator had no free user for an arrival: nothing was sent.
    Dropped,
    /// The connection to the target was refused, or not made in time.
    Connect,
    /// The target closed or reset the connection before its answer ended.
    Reset,
    /// The target's TLS handshake failed, or its certificate is not trusted.
    Tls,
    /// The answer broke the protocol.
    Malformed,
    /// The answer's head or body was longer than its bound.
    TooLarge,
    /// A redirect led outside the allowed hosts, or to too many others.
    Redirect,
    /// The answer had another status than expected, below 500.
    Status,
    /// The answer had the right status, but a header or its body failed a check.
    Check,
}

impl Cause {
    /// All causes, in the order of reports.
    pub const ALL: [Cause; 29] = [
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
        Cause::Failed,
        Cause::H22,
        Cause::RateLimited,
        Cause::Concurrency,
        Cause::Codel,
        Cause::Stale,
        Cause::Shed,
        Cause::Breaker,
        Cause::Throttled,
        Cause::Dropped,
        Cause::Connect,
        Cause::Reset,
        Cause::Tls,
        Cause::Malformed,
        Cause::TooLarge,
        Cause::Redirect,
        Cause::Status,
        Cause::Check,
    ];

    /// Whether only a load test can meet it: a simulated network breaks no protocol.
    pub const fn is_of_load_test(self) -> bool {
        self as u8 >= Cause::Dropped as u8
    }

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
            Cause::Failed => "failed",
            Cause::H22 => "h22",
            Cause::RateLimited => "rate_limited",
            Cause::Concurrency => "concurrency",
            Cause::Codel => "codel",
            Cause::Stale => "stale",
            Cause::Shed => "shed",
            Cause::Breaker => "breaker",
            Cause::Throttled => "throttled",
            Cause::Dropped => "dropped",
            Cause::Connect => "connect",
            Cause::Reset => "reset",
            Cause::Tls => "tls",
            Cause::Malformed => "malformed",
            Cause::TooLarge => "too_large",
            Cause::Redirect => "redirect",
            Cause::Status => "status",
            Cause::Check => "check",
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
            Cause::Failed => "the app answered with an error",
            Cause::H22 => "H22 connection limit reached",
            Cause::RateLimited => "over the app's admission rate",
            Cause::Concurrency => "over the adaptive concurrency limit",
            Cause::Codel => "dropped by CoDel",
            Cause::Stale => "dropped after its deadline",
            Cause::Shed => "shed by priority",
            Cause::Breaker => "the client's breaker is open",
            Cause::Throttled => "held back by the client",
            Cause::Dropped => "an arrival found no free user",
            Cause::Connect => "the connection was not made",
            Cause::Reset => "the connection was lost before the answer ended",
            Cause::Tls => "TLS failed",
            Cause::Malformed => "the answer was no HTTP",
            Cause::TooLarge => "the answer was longer than its bound",
            Cause::Redirect => "a redirect led too far",
            Cause::Status => "the answer had another status than expected",
            Cause::Check => "the answer failed a check",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metric;

    #[test]
    fn every_cause_is_named_like_its_metric() {
        for (at, cause) in Cause::ALL.into_iter().enumerate() {
            assert_eq!(Metric::Errors(cause).name(), format!("errors_{cause}"));
            assert_eq!(cause.to_string(), cause.name());
            assert!(cause as usize == at && !cause.summary().is_empty());
        }
    }
}

//! Why there is no answer.

use sim::metrics::Cause;
use std::io::{Error, ErrorKind};

/// A request that ended without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The cause that it is counted under.
    pub cause: Cause,
    /// What happened, for people: one of few texts, and never with a secret or a header in it.
    pub detail: String,
    /// Whether this machine was at fault (no open file, port or memory left) and not the target.
    pub ours: bool,
}

/// Error numbers that have no kind of their own and say that this machine has run out: `EMFILE`,
/// `ENFILE`, and `ENOBUFS` of Linux.
const RUN_OUT: [i32; 3] = [24, 23, 105];

impl Loss {
    /// A loss that the other side caused.
    pub(super) fn new(cause: Cause, detail: &str) -> Loss {
        Loss { cause, detail: detail.into(), ours: false }
    }

    /// The connection could not be made.
    pub(super) fn of_connect(error: &Error) -> Loss {
        if error.kind() == ErrorKind::ConnectionReset {
            // It was made, and reset before we were told so.
            return Loss::of_stream(error);
        }
        let ours = has_run_out(error);
        let detail = if ours {
            format!("this machine could not connect: {}", of_kind(error))
        } else {
            format!("the connection was not made: {}", of_kind(error))
        };
        Loss { cause: Cause::Connect, detail, ours }
    }

    /// The connection broke while a request or an answer was on it.
    pub(super) fn of_stream(error: &Error) -> Loss {
        match error.kind() {
            // What rustls has to say comes as invalid data.
            ErrorKind::InvalidData => Loss::new(Cause::Tls, "TLS broke in mid-connection"),
            _ => Loss::new(Cause::Reset, &format!("the connection was lost: {}", of_kind(error))),
        }
    }

    /// Its time was up.
    pub(super) fn of_time(started: bool) -> Loss {
        let when = if started { "the answer did not end in time" } else { "no answer in time" };
        Loss::new(Cause::Timeout, when)
    }
}

/// Whether this machine has no open file, port or memory left.
fn has_run_out(error: &Error) -> bool {
    let kinds = [ErrorKind::AddrNotAvailable, ErrorKind::OutOfMemory, ErrorKind::WouldBlock];
    let number = error.raw_os_error();
    kinds.contains(&error.kind()) || number.is_some_and(|number| RUN_OUT.contains(&number))
}

/// The error in the few words of its kind: what the system adds may name addresses and numbers.
fn of_kind(error: &Error) -> String {
    error.kind().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_has_run_out_is_told_from_a_target_that_refuses() {
        for number in RUN_OUT {
            let run_out = Loss::of_connect(&Error::from_raw_os_error(number));
            assert_eq!((run_out.cause, run_out.ours), (Cause::Connect, true));
        }
        assert!(Loss::of_connect(&Error::from(ErrorKind::AddrNotAvailable)).ours);
        let refused = Loss::of_connect(&Error::from(ErrorKind::ConnectionRefused));
        assert_eq!((refused.cause, refused.ours), (Cause::Connect, false));
        assert!(refused.detail.contains("connection refused"), "{}", refused.detail);
    }
}

//! The two ways out: results to stdout, everything else to stderr.

use super::exit::Failure;
use std::io::{self, IsTerminal, Write};

/// Prints a result. A reader that went away (`sim list | head -1`) has seen enough: that is no
/// failure.
pub fn say(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if !is_closed(&error) => {
            Err(Failure::world(&format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// Whether the reader of a pipe went away.
pub fn is_closed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// Tells the user something that is not a result. When stderr is gone there is nobody to tell.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Warns, once for each.
pub fn warn(warnings: &[String]) {
    for warning in warnings {
        complain(&format!("warning: {warning}"));
    }
}

/// Whether messages may be coloured: on a terminal, unless the user said no (<https://no-color.org>).
pub fn colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !refused
}

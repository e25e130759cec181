//! What can go wrong with a stage: the world, not the scenario.

use std::io;

/// Why a stage cannot be set up or has fallen down.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refused something.
    #[error("cannot {what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The router's program is not there.
    #[error("`{program}` is not installed\nhelp: {install}, or use `--router builtin`")]
    Missing {
        /// The program.
        program: &'static str,
        /// The command that installs it.
        install: &'static str,
    },
    /// The router cannot do what the scenario says.
    #[error("the router `{router}` has no {what} `{found}`; it has {has}\nhelp: {help}")]
    Cannot {
        /// The router's kind.
        router: &'static str,
        /// What kind of thing it lacks.
        what: &'static str,
        /// What the scenario says.
        found: String,
        /// What the router has.
        has: String,
        /// What to do about it.
        help: &'static str,
    },
    /// Two apps answer at the same path.
    #[error(
        "`app.{first}` and `app.{second}` both have the endpoint `{endpoint}`: on one stage a path \
         names one app\nhelp: give one of the endpoints another name"
    )]
    Ambiguous {
        /// The first app.
        first: String,
        /// The other.
        second: String,
        /// The endpoint of both.
        endpoint: String,
    },
    /// A name that cannot stand in a path or in a header.
    #[error(
        "the stage cannot have the {what} {name:?}: its name stands in paths and headers\nhelp: use \
         letters, digits, `.`, `_` and `-`"
    )]
    Name {
        /// What has the name.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The router's program did not start.
    #[error("`{program}` did not start: {why}{}", told(log))]
    Start {
        /// The program.
        program: &'static str,
        /// What was seen of it.
        why: String,
        /// The last lines of its log.
        log: String,
    },
    /// The router's program ended while it was needed.
    #[error("`{program}` has ended: {status}{}", told(log))]
    Ended {
        /// The program.
        program: &'static str,
        /// How.
        status: String,
        /// The last lines of its log.
        log: String,
    },
    /// More dynos than this machine has files for.
    #[error(
        "the stage needs about {needed} open files, and may have {limit}\nhelp: raise it with \
         `ulimit -n {needed}`, or take fewer dynos"
    )]
    Files {
        /// What is needed at least.
        needed: u64,
        /// What is allowed.
        limit: u64,
    },
}

/// A log behind a message; nothing where there is none.
fn told(log: &str) -> String {
    if log.is_empty() { String::new() } else { format!("\nits log ends:\n{log}") }
}

/// Wraps what the system said.
pub(super) fn system(what: &'static str) -> impl Fn(io::Error) -> Error {
    move |source| Error::System { what, source }
}

//! Why shards cannot be written, read or put together.

use super::Shard;
use std::io;
use std::path::PathBuf;

/// What went wrong, and what helps.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is none that a shard wrote.
    #[error(
        "`{}` is no measures of a shard: {reason}\n\
         help: give the files that `loadgen run --shard` wrote, and no others",
        path.display()
    )]
    Damaged {
        /// Where.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// A file is of another version of this program.
    #[error(
        "`{}` has schema {found}; this `loadgen` reads schema {known}\n\
         help: merge with the version of `loadgen` that ran the shards",
        path.display()
    )]
    Schema {
        /// Where.
        path: PathBuf,
        /// What was found.
        found: u64,
        /// What is read.
        known: u32,
    },
    /// Two shards did not run the same.
    #[error(
        "`{}` and `{}` ran different plans: {difference}\n\
         help: give all shards the same scenario, the same arguments and their own `--shard I/N`",
        first.display(),
        second.display()
    )]
    Plans {
        /// One of them.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// What differs.
        difference: String,
    },
    /// The shards ran another scenario than the one that is to be reported.
    #[error(
        "`{}` ran another scenario than the one given\n\
         help: give the scenario file that the shards were given, as it was then",
        first.display()
    )]
    Scenario {
        /// One of the files.
        first: PathBuf,
    },
    /// A shard is there twice.
    #[error(
        "`{}` and `{}` are both shard {shard}\n\
         help: leave one of them out; when a shard ran twice, only one run had the others beside it",
        first.display(),
        second.display()
    )]
    Twice {
        /// Which.
        shard: Shard,
        /// One of its files.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// Shards are missing.
    #[error(
        "of {of} shards {} missing: {}\n\
         help: wait until all have ended, and give all their files; without them the load was another",
        if shards.len() == 1 { "one is".to_string() } else { format!("{} are", shards.len()) },
        listed(shards)
    )]
    Missing {
        /// Which, from 0.
        shards: Vec<u32>,
        /// How many there should be.
        of: u32,
    },
    /// There is nothing to merge.
    #[error(
        "no step was run by all shards\nhelp: look at what the shards printed; they were interrupted"
    )]
    Nothing,
    /// The instant to begin at is of no use.
    #[error("`--start-at {given}` {what}\nhelp: {help}")]
    Start {
        /// What was given, in seconds since 1970.
        given: f64,
        /// What is wrong with it.
        what: String,
        /// What helps.
        help: &'static str,
    },
}

/// The first few numbers.
fn listed(shards: &[u32]) -> String {
    const SHOWN: usize = 8;
    let mut words: Vec<String> = shards.iter().take(SHOWN).map(ToString::to_string).collect();
    if shards.len() > SHOWN {
        words.push("...".into());
    }
    words.join(", ")
}

impl Error {
    /// Whether what was given is wrong, and not the outside world.
    pub fn is_usage(&self) -> bool {
        !matches!(self, Error::Read { .. } | Error::Write { .. })
    }
}

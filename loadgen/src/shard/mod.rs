//! More than one generator: each is a shard of one load, on a machine of its own.
//!
//! All shards read the same scenario, send their parts of it, and begin each step at the same instant by
//! the wall clock ([`Timetable`]); they never speak to each other. Each writes what it measured into one
//! file ([`write()`]), with what it was given on its command line, and [`merge()`] puts the files together:
//! histograms and counts add up exactly, so the result is that of one generator as large as all of them.
//! What does not fit together is refused, with the reason. How load is divided among shards stands in `crew`; this room sends nothing.

mod error;
mod file;
mod given;
mod merge;
mod number;
mod timetable;

pub use error::Error;
pub use file::{ShardFile, ShardStep, fingerprint, read, write};
pub use merge::{Merged, MergedStep, agreed, merge};
pub use number::Shard;
pub use timetable::Timetable;

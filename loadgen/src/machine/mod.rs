//! What this machine allows, and what it did to us.
//!
//! [`Limits`] are read before a run, so that a plan fits them or is refused with the reason; [`Gaps`]
//! watches during a run how well we were scheduled, so that what was measured without a core can be
//! declared void. Everything is read from the system's own files; nothing is changed.

mod cgroup;
mod gaps;
mod limits;
mod root;
mod text;

pub use gaps::{Gaps, GapsReport, Sleeps};
pub use limits::{Limits, UNLIMITED, open_files};
pub use root::Root;

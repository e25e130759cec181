//! What this machine allows, and what it did to us.
//!
//! [`Limits`] are read before a run, so that a plan fits them or is refused with the reason; [`Gaps`]
//! watches during a run how well we were scheduled, so that what was measured without a core can be
//! declared void; [`doctor`] says what that means and how to mend it. Everything is read from the system's own files; nothing is changed.

mod cgroup;
pub mod doctor;
mod gaps;
mod limits;
mod root;
mod text;

pub use gaps::{Gaps, GapsReport, Sleeps};
pub use limits::{Limits, UNLIMITED};
pub use root::Root;

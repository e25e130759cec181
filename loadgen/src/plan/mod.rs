//! Stages to steps, and what a machine needs for them: before anything is sent.
//!
//! A [`Step`] is one level of load, held for a time; a plain stage is one step, and a search is many
//! of which the next depends on the last. [`Peak`] is the most that any step of a run asks for, and
//! [`Layout`] how worker processes, connections and addresses bear it within the limits of this
//! machine, or why they cannot: a run that would break on a limit is refused before it starts.
//!
//! Nothing here starts, reads or sends anything.

mod layout;
mod peak;
mod step;
#[cfg(test)]
pub(crate) mod testing;

pub use layout::{Layout, Refusal};
pub use peak::Peak;
pub use step::{At, Step, Steps, stages};

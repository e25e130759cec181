//! The experiment: variants times replications, their statistics and their comparison.
//!
//! `run` hands out the runs to threads, `tally` collects what they measured in a fixed order, and
//! `estimate` turns it into means with intervals, paired differences and verdicts. What comes out
//! does not depend on the number of threads.

mod estimate;
mod results;
mod run;
mod statistics;
mod tally;

pub use crate::scenario::Axis;
pub use results::{Estimate, Mark, Results, SeriesEstimate, VariantResult, Verdict};
pub use run::{Control, Progress, run};
pub use statistics::{mean, student_t, variance};

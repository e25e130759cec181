//! The experiment: variants times replications, their statistics and their comparison.
//!
//! `run` goes through the stages: `pilot` finds the warm-up where that is asked for, and `rounds`
//! says whether more replications are needed. `jobs` hands out the runs to threads, `tally` collects
//! what they measured in a fixed order (`outcome` does for a load test), and `estimate` turns it into means with intervals (from
//! replications, or from the `batches` of one), paired differences and verdicts. `warnings` says what
//! a reader should know, `growth` among it, and `against` compares with an earlier run. What comes
//! out does not depend on the number of threads.

mod against;
mod batches;
mod beside;
mod estimate;
mod growth;
mod jobs;
mod measured;
mod outcome;
mod pilot;
mod results;
mod rounds;
mod run;
mod statistics;
mod tally;
mod warnings;

pub use crate::scenario::Axis;
pub use against::{Against, Baseline, Change, Turn};
pub use beside::{Beside, Course, Second, TargetSeries};
pub use jobs::{Control, Progress};
pub use outcome::{Outcome, collect, step_windows};
pub use results::{
    Basis, Estimate, MEASURED, Mark, PREDICTED, Results, SOURCE, SeriesEstimate, VariantResult,
    Verdict,
};
pub use run::run;
pub use statistics::{mean, student_t, variance};

//! The experiment: variants times replications, their statistics and their comparison.

mod results;

pub use results::{Axis, Estimate, Mark, Results, SeriesEstimate, VariantResult, Verdict};

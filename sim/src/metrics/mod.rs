//! Measures: what is recorded during a run and what a run says of itself.

mod cause;
mod metric;
mod summary;

pub use cause::Cause;
pub use metric::Metric;
pub use summary::{CURVE, Scope, Series, Summary};

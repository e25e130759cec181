//! Measures: what is recorded during a run and what a run says of itself.

mod cause;
mod condition;
mod histogram;
mod metric;
mod recorder;
mod recovery;
mod scopes;
mod summary;
mod totals;

pub use cause::Cause;
pub use condition::{Comparison, Complaint, Condition, parse, short};
pub use metric::Metric;
pub use recorder::{Entry, Plan, Recorder};
pub use recovery::recovery;
pub use summary::{CURVE, Scope, Series, Summary};

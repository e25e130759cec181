//! Measures: what is recorded during a run and what a run says of itself.
//!
//! Two record: `Recorder` a simulated run, whose events come in their order, and `Ledger` a real one,
//! whose parts are measured by several processes and added up. Both end as a `Summary`.

mod cause;
mod condition;
mod histogram;
mod ledger;
mod metric;
mod recorder;
mod recovery;
mod scopes;
mod summary;
mod totals;

pub use cause::Cause;
pub use condition::{Comparison, Complaint, Condition, parse, short};
pub use histogram::Counts;
pub use ledger::{Counted, Ledger};
pub use metric::Metric;
pub use recorder::{Entry, Plan, Recorder};
pub use recovery::recovery;
pub use summary::{CURVE, Scope, Series, Summary};

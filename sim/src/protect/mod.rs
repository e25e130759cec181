//! What protects a router and the dynos behind it from more than they can do: pure rules, one file a
//! kind, that know no router.
//!
//! ```text
//! bucket       how many attempts of an app are admitted a second
//! shedding     which are turned away first when it gets tight     one row in shedding::KINDS a kind
//! concurrency  how many may be under way at once, as learned      one row in concurrency::KINDS
//! fairness     whose place a newcomer takes in a full router      one row in fairness::KINDS
//! queue        which queued attempt is next, and which is dropped one row in queue::KINDS
//! ```
//!
//! A rule is told what a router knows and says what it would do; the router does it. To add a kind: a
//! file with its config, its checks, its behaviour and its tests, a `mod` line and a row.

mod bucket;
mod choice;
pub mod concurrency;
pub mod criticality;
pub mod fairness;
pub mod queue;
pub mod shedding;

pub use bucket::Bucket;
pub use choice::Choice;
pub use criticality::Criticality;

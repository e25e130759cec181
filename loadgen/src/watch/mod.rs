//! What can be seen of a run while it goes on: the live view, exports, the target's own measures.
//!
//! Everything here reads one [`Snapshot`] a second and disturbs nothing: what cannot be shown, served or
//! pushed in time is dropped and counted, and never fails a run. Each has a thread of its own, so that
//! the generator's threads wait for none. To add a measure to all exports: a row in `measures`. To add a
//! source of the target's measures: a file in `target/`, and its row there.

mod course;
mod http;
mod live;
mod measures;
mod otlp;
mod prometheus;
mod snapshot;
mod target;
mod words;

pub use course::Courses;
pub use live::Live;
pub use otlp::{Otlp, Pushed};
pub use prometheus::Endpoint;
pub use snapshot::{Board, Snapshot};
pub use target::{Asked, Watchers};

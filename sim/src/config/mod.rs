//! Reading settings: a tree of values that knows where each was written, and a reader that turns
//! tables into configs.
//!
//! A kind's config lives in the kind's file and is read through [`Fields`]. One pass does four
//! things that must never disagree: it reads a value, checks its type, fills in the default, and
//! learns which keys exist (so that a misspelt one is refused with the nearest right word). It never
//! stops at the first mistake: it notes a [`Problem`], puts a placeholder in its place and reads on.
//! A tree with a problem is never run.
//!
//! What the reader leaves behind is the *resolved* tree, with every default written out. This room
//! does no I/O: files that a scenario names come through [`Reading::file`].

mod fields;
mod kind;
mod nested;
mod outline;
mod problem;
mod reading;
mod setting;
mod sheet;
#[cfg(test)]
pub(crate) mod testing;
mod tree;
mod words;

pub use fields::Fields;
pub use kind::{Body, Kind, Page};
pub use outline::{Asked, Outline};
pub use problem::{Place, Problem};
pub use reading::Reading;
pub use setting::Setting;
pub use sheet::{Cells, Sheet, WrongLines, count_cell, duration_cell};
pub use tree::{Entry, Key, Node, Table, Value};
pub use words::{list_of, nearest, one_of, suggestion};

//! The integration tests of `loadgen`, one binary.
#![expect(clippy::unwrap_used, reason = "all of this is tests, its helpers too")]

mod attack;
mod face;
mod hostile;
mod stage;

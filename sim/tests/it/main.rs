//! The integration tests of `sim`, one binary.
#![expect(clippy::unwrap_used, reason = "all of this is tests, its helpers too")]

mod around;
mod broken;
mod callers;
mod command;
mod determinism;
mod explain;
mod face;
mod house;
mod invariants;
mod load;
mod memory;
mod problems;
mod ratchet;
mod readme;
mod reference;
mod routers;
mod shown;
mod source;
mod statistics;
mod theory;
mod traffic;

//! The integration tests of `sim`, one binary.
#![expect(clippy::unwrap_used, reason = "all of this is tests, its helpers too")]

mod broken;
mod command;
mod determinism;
mod face;
mod house;
mod invariants;
mod problems;
mod ratchet;
mod readme;
mod reference;
mod shown;
mod source;
mod statistics;
mod theory;

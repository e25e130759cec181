//! The integration tests of `sim`, one binary.
#![expect(clippy::unwrap_used, reason = "all of this is tests, its helpers too")]

mod command;
mod face;
mod house;
mod problems;
mod ratchet;
mod readme;
mod reference;
mod source;

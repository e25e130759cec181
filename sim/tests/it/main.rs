//! The integration tests of `sim`, one binary.

mod problems;

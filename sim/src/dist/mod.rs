//! Distributions of times.

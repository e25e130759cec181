//! A deterministic discrete-event simulator of a multi-tenant web platform.
//!
//! The data goes one straight way: a scenario is read and checked, its variants are run many times,
//! the runs are summarized and compared, and the comparison is written as reports.

pub mod balance;
pub mod cli;
pub mod config;
pub mod dist;
pub mod engine;
pub mod experiment;
pub mod fault;
pub mod load;
pub mod metrics;
pub mod platform;
pub mod protect;
pub mod report;
pub mod rng;
pub mod scenario;
pub mod time;
pub mod units;
pub mod workload;

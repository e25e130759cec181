//! Small simulations, written against the queue alone.

pub mod bank;
pub mod mm8;
pub mod time_outs;

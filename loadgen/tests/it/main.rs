//! Tests that need more than one room, or a real server. One binary.

mod attack;
mod hostile;

//! The platform: clients, routers, dynos and the manager, and the run in which they meet.
//!
//! A component owns all instances of its kind and changes nothing else. It is told what happens by
//! `message` and speaks through `Cx` alone. To add one: a file with its settings, its state and its
//! `handle`, a variant in `message`, and an arm in `World::handle`.
//!
//! The core does no I/O, reads no clock and cannot fail: all that can be wrong with a scenario was
//! refused when it was read. What can be wrong with us is asserted, in release too.

mod app;
mod attempt;
mod client;
mod config;
mod cx;
mod dyno;
mod hardware;
mod ids;
mod knob;
mod knowledge;
mod manager;
mod mesh;
mod message;
mod names;
mod packed;
mod protection;
mod reports;
mod router;
mod slab;
mod steady;
mod world;

pub use client::{BREAKERS, BUDGETS, KEYS, Source};
pub use config::{Mark, Platform, Timing};
pub use dyno::PROCESSES;
pub use knob::KNOBS;
pub use mesh::KNOWLEDGE;
pub use router::{ROUTERS, Router};
pub use world::{rehearse, simulate};

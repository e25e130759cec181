//! The platform: clients, routers, dynos and the manager, and the run in which they meet.
//!
//! A component owns all instances of its kind and changes nothing else. It is told what happens by
//! `message` and speaks through `Cx` alone. To add one: a file with its settings, its state and its
//! `handle`, a variant in `message`, and an arm in `World::handle`.
//!
//! What a load test must know is public: the settings, as the scenario reads them, `traffic`, which draws
//! the requests of simulated and of real runs, and what routers and dynos in real time share with these:
//! whom a router may choose (`View`), whom it admits (`RouterGuards`), what a dyno keeps in mind (`Mind`).
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
mod levels;
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

pub use app::{App, Endpoint, Memory, Restart};
pub use attempt::Admitted;
pub use client::{
    BREAKERS, BUDGETS, Backoff, Breaker, Budget, Client, Ended, Guards, Jitter, Journey, KEYS,
    Keys, Portion, Retry, Source, Throttle, traffic,
};
pub use config::{Bus, Mark, Platform, Scheduled, Timing};
pub use dyno::{Alternation, Cpu, Mind, PROCESSES, Process, Sharing};
pub use hardware::{Antagonist, Hardware, Placement, Spot};
pub use ids::{AppId, ClientId, DynoId, EndpointId, RouterId};
pub use knob::{KNOBS, Knob};
pub use mesh::{KNOWLEDGE, Knowledge, Mesh};
pub use router::{ROUTERS, Room, Router, RouterGuards, View};
pub use world::{rehearse, simulate, simulate_with_diary};

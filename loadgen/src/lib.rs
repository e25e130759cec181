//! A load tester that runs the scenarios of `sim` against a real deployment.
//!
//! It walks the same line as `sim` and replaces the middle: a scenario is read and checked, its
//! stages are planned for this machine, worker processes attack the target, what they measured is
//! merged into the `Summary` that `sim` has too, and the same reports are drawn. Rooms import only
//! from those before them:
//!
//! | floor | rooms | what lives there |
//! |---|---|---|
//! | base | `clock` | the time of a run, and sleeping to the tenth of a millisecond |
//! | machine | `machine` | what this machine allows and what it did to us; `doctor` |
//! | wire | `wire` | HTTP, TLS, streams: one request over one connection, with every bound |
//! | plan | `plan` | stages to steps; processes, connections, addresses |
//! | attack | `user`, `attack`, `crew` | what users do; goose; worker processes and their ledgers |
//! | shard | `shard` | more than one generator: who sends what, when, and how it is put together |
//! | stage | `stage` | a staging platform in a box: dynos and a router |
//! | judge | `judge` | boundaries, blind quantiles, scaling laws, predictions |
//! | watch | `watch` | the live view, exports, the target's own measures |
//! | face | `cli` | arguments to exit code |
//!
//! One file names goose: `attack.rs`. Load goes only to hosts that the user allowed.

pub mod attack;
pub mod clock;
pub mod crew;
pub mod judge;
pub mod machine;
pub mod plan;
pub mod shard;
pub mod stage;
pub mod user;
pub mod watch;
pub mod wire;

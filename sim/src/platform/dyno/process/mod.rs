//! Process models: how a dyno serves attempts. One file a kind, one row in [`PROCESSES`].
//!
//! A model says how many attempts a dyno serves at once, how many wait in its listen backlog, and who
//! gets the CPU. The dyno does the rest alike for all of them. To add one: a file with its row, its
//! page, its settings and their checks, a `mod` line and a row; and a `Cpu` if it shares in a new way.

mod event_loop;
mod processes;
mod threads;
mod workers;

use crate::config::{Fields, Kind};
use crate::units::Limit;

/// The kinds of process models, by name.
pub const PROCESSES: &[Kind<Process>] =
    &[workers::KIND, threads::KIND, event_loop::KIND, processes::KIND];

/// The settings of a process model, as a dyno uses them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// How many attempts are served at once.
    pub most: u32,
    /// How many connections wait for that before more are refused.
    pub backlog: Limit<u32>,
    /// Who gets the CPU.
    pub cpu: Sharing,
}

/// Who gets the CPU of a dyno.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Each attempt has a worker that does nothing else, CPU or wait, and has a core when it needs
    /// one.
    Own,
    /// All bursts share this many cores evenly; none has more than one core.
    Cores(u32),
    /// One burst at a time, to its end, in the order in which they came.
    Turns,
}

impl Process {
    /// How many workers, or cores, can be busy at once: what `utilization` is a share of.
    pub fn width(&self) -> u32 {
        match self.cpu {
            Sharing::Own => self.most,
            Sharing::Cores(cores) => cores,
            Sharing::Turns => 1,
        }
    }
}

impl Default for Process {
    /// Thin, the server of Heroku's first years: one request at a time.
    fn default() -> Process {
        Process { most: 1, backlog: Limit::At(1024), cpu: Sharing::Own }
    }
}

/// Most connections that a dyno serves at once: each costs a few dozen bytes once it was used.
const MOST_CONNECTIONS: u32 = 1_000_000;

/// Reads `backlog`, which every model has.
fn read_backlog(fields: &mut Fields<'_>) -> Limit<u32> {
    fields.or("backlog", Limit::At(1024))
}

/// Reads `connections`, for models that serve many at once.
fn read_connections(fields: &mut Fields<'_>) -> u32 {
    let connections = fields.or("connections", 10_000_u32);
    let allowed = 1..=MOST_CONNECTIONS;
    fields.require("connections", allowed.contains(&connections), "from 1 to 1000000");
    connections
}

#[cfg(test)]
mod testing {
    use super::{PROCESSES, Process};
    use crate::config::testing::read_table;

    /// A process model and what is wrong with it.
    pub fn read(text: &str) -> (Process, Vec<String>) {
        let (process, problems, _) = read_table(text, &|_| unreachable!(), |fields| {
            fields.kind_or("process", "process model", PROCESSES, "workers")
        });
        let messages = problems.into_iter().map(|problem| problem.message).collect();
        (process.unwrap_or_default(), messages)
    }
}

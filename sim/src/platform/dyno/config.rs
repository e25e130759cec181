//! Process models: how a dyno serves requests.

use crate::config::{Kind, Page};
use crate::units::Limit;

/// The kinds of process models, by name.
pub const PROCESSES: &[Kind<Process>] = &[Kind {
    name: "workers",
    summary: "pre-forked workers, one request each; the others wait in the listen backlog (unicorn)",
    page: Page::BARE,
    read: |body| {
        body.fields(|fields| {
            let workers = fields.or("count", 1_u32);
            fields.require("count", (1..=100_000).contains(&workers), "from 1 to 100000");
            let backlog = fields.or("backlog", Limit::At(1024));
            Process { workers, backlog }
        })
    },
}];

/// The settings of a process model.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    /// How many requests are served at once.
    pub workers: u32,
    /// How many connections wait for a worker before more are refused.
    pub backlog: Limit<u32>,
}

impl Default for Process {
    /// Thin, the server of Heroku's first years: one request at a time.
    fn default() -> Process {
        Process { workers: 1, backlog: Limit::At(1024) }
    }
}

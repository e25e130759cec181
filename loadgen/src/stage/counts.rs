//! What the stage has counted: the other side of what a generator measures.

use std::collections::BTreeMap;

use sim::metrics::Cause;

/// The counts of a stage since its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Of each dyno, app by app.
    pub dynos: Vec<DynoCounts>,
    /// Of the router.
    pub router: RouterCounts,
}

/// What a dyno has counted. `arrived` = `finished` + `failed` + `refused` + `lost` + `held`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DynoCounts {
    /// Its app's name.
    pub app: String,
    /// Its number in the app, from 0.
    pub dyno: u32,
    /// Requests that came.
    pub arrived: u64,
    /// Those whose work has begun.
    pub begun: u64,
    /// Those that were answered well.
    pub finished: u64,
    /// Those that came to a bad end, by an event of the scenario.
    pub failed: u64,
    /// Those for which there was no room.
    pub refused: u64,
    /// Those that a crash has ended.
    pub lost: u64,
    /// Those that are served or wait.
    pub held: u64,
    /// Requests finished in each second of the measured time; a day at most.
    pub seconds: Vec<u64>,
}

/// What a router has counted; fields that its program does not tell are 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouterCounts {
    /// Requests that came.
    pub requests: u64,
    /// Those that a dyno answered, well or badly.
    pub answered: u64,
    /// Times that a request was handed to a dyno.
    pub dispatches: u64,
    /// Requests that the router answered itself, by cause.
    pub causes: BTreeMap<Cause, u64>,
    /// The last lines of the program's log, where the router is a program.
    pub log: String,
}

impl DynoCounts {
    /// Nothing yet.
    pub(super) fn of(app: &str, dyno: u32) -> DynoCounts {
        DynoCounts { app: app.to_owned(), dyno, ..DynoCounts::default() }
    }

    /// A request was answered well in this second of the measured time.
    pub(super) fn finish(&mut self, second: usize, most: usize) {
        self.finished += 1;
        if second < most {
            if self.seconds.len() <= second {
                self.seconds.resize(second + 1, 0);
            }
            self.seconds[second] += 1;
        }
    }
}

impl Counts {
    /// Requests that dynos answered well.
    pub fn finished(&self) -> u64 {
        self.dynos.iter().map(|dyno| dyno.finished).sum()
    }
}

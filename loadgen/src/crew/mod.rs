//! The crew: worker processes on this machine that attack together, and their ledgers, added up.
//!
//! One process holds about as many connections as it may have open files, and its users share one
//! core. So [`Crew::start`] starts copies of this program, [`Crew::step`] runs a step in all of them at
//! once, and what they measured is merged exactly: the result is the same as that of one process.
//!
//! A worker that dies in a step ends the step: the error names it, and keeps what the others measured.
//! Nothing outlives the crew: a worker ends when the line to its parent does.

mod frame;
mod health;
mod line;
mod member;
mod message;
mod step;
mod worker;

pub use frame::{Frame, Frames};
pub use health::Health;
pub use message::Selected;
pub use step::{StepMeasures, Stopper};
pub use worker::work;

use crate::plan::Layout;
use member::{Heard, Member};
use message::{Command, VERSION, Word, Work};
use sim::load::Target;
use sim::scenario::{Overrides, Scenario, Variant};
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

/// Words that may wait to be heard.
const WAITING: usize = 256;
/// How long workers have to get ready.
const LONGEST_READY: Duration = Duration::from_secs(150);

/// What a crew is to do.
#[derive(Clone, Debug)]
pub struct Job {
    /// The program to start; this one where none is named.
    pub program: Option<PathBuf>,
    /// The scenario and the variant of it.
    pub scenario: Selected,
    /// Where requests go.
    pub target: Target,
    /// Hosts that were allowed on the command line.
    pub allow: Vec<String>,
    /// The processes, and what each is given.
    pub layout: Layout,
    /// Which part of the load this machine sends, from 0, and of how many parts of the same size.
    pub shard: (u32, u32),
}

/// Why a crew cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A process cannot be started.
    #[error("cannot start worker {worker}: {source}")]
    Start {
        /// Which, from 0.
        worker: usize,
        /// Why.
        source: io::Error,
    },
    /// A worker says that it cannot go on.
    #[error("worker {worker} cannot go on: {reason}")]
    Failed {
        /// Which, from 0.
        worker: usize,
        /// In its own words.
        reason: String,
    },
    /// A worker ended by itself, or says nothing any more.
    #[error("worker {worker} (process {process}) was lost: it {how}")]
    Lost {
        /// Which, from 0.
        worker: usize,
        /// Its process number.
        process: u32,
        /// How it ended, and what it last printed.
        how: String,
        /// What the others measured in the step, where one ran.
        kept: Option<Box<StepMeasures>>,
    },
}

/// Worker processes that wait for a step, or run one.
pub struct Crew {
    members: Vec<Member>,
    heard: Receiver<Heard>,
    stopper: Stopper,
}

impl Selected {
    /// A variant of a scenario that was loaded from `file` with these changes.
    pub fn of(
        file: &str,
        overrides: &Overrides,
        scenario: &Scenario,
        variant: &Variant,
    ) -> Selected {
        Selected {
            file: file.into(),
            overrides: overrides.clone(),
            variant: variant.name.clone(),
            resolved: scenario.resolved.clone(),
        }
    }
}

impl Crew {
    /// Starts all workers, and returns when each has its users and waits for a step.
    pub fn start(job: &Job) -> Result<Crew, Error> {
        let failed = |worker| move |source| Error::Start { worker, source };
        let program = match &job.program {
            Some(program) => program.clone(),
            None => std::env::current_exe().map_err(failed(0))?,
        };
        let (sender, heard) = sync_channel(WAITING);
        let mut crew = Crew { members: Vec::new(), heard, stopper: Stopper::default() };
        let processes = job.layout.processes();
        let (shard, shards) = job.shard;
        for (worker, sources) in job.layout.sources.iter().enumerate() {
            let mut member =
                Member::start(&program, worker, sender.clone()).map_err(failed(worker))?;
            let work = Work {
                version: VERSION,
                index: shard * processes + worker as u32,
                workers: shards * processes,
                scenario: job.scenario.clone(),
                target: (&job.target).into(),
                allow: job.allow.clone(),
                sources: sources.clone(),
                users: job.layout.users.clone(),
            };
            // If the line is lost already, that is heard below.
            let _ = member.say(&Command::Work(Box::new(work)));
            crew.members.push(member);
        }
        crew.wait_until_ready()?;
        Ok(crew)
    }

    fn wait_until_ready(&mut self) -> Result<(), Error> {
        let until = Instant::now() + LONGEST_READY;
        let mut waits: Vec<bool> = self.members.iter().map(|_| true).collect();
        while let Some(slow) = waits.iter().position(|waits| *waits) {
            let wait = until.saturating_duration_since(Instant::now());
            let Ok(Heard { worker, word }) = self.heard.recv_timeout(wait) else {
                return Err(self.lost(slow, None));
            };
            match word {
                Some(Word::Ready) => waits[worker] = false,
                Some(Word::Failed(reason)) => return Err(Error::Failed { worker, reason }),
                Some(Word::Frame(_) | Word::Done(_)) | None => return Err(self.lost(worker, None)),
            }
        }
        Ok(())
    }

    /// Ends a step early, from any thread.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// The process numbers of the workers.
    pub fn processes(&self) -> Vec<u32> {
        self.members.iter().map(Member::id).collect()
    }

    /// Ends all workers and waits until they have ended.
    pub fn end(mut self) {
        for member in self.members.iter_mut().filter(|member| member.lives) {
            // A line that is lost already needs no end.
            let _ = member.say(&Command::End);
        }
        self.members.iter_mut().for_each(Member::end);
    }

    /// A worker is lost: ends it and says so.
    fn lost(&mut self, worker: usize, kept: Option<Box<StepMeasures>>) -> Error {
        let member = &mut self.members[worker];
        Error::Lost { worker, process: member.id(), how: member.lost(), kept }
    }
}

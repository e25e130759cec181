//! One step in all workers at once.

use super::frame::{Frame, Frames};
use super::health::Health;
use super::member::Heard;
use super::message::{Command, Done, Word};
use super::{Crew, Error};
use crate::clock::Clock;
use crate::plan::Step;
use crate::user::{Reasons, Streams};
use sim::metrics::{Counted, Counts, Entry, Ledger};
use sim::time::Span;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// From a command to the start or the end that it is about: workers have to hear of it, and all of them
/// start and end at one time.
const LEAD: Duration = Duration::from_millis(500);
/// A step that ends early ends at a whole one.
const TENTH: Span = Span::from_millis(100);
/// How often the stopper is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// A worker that says nothing for so long while a step runs is lost.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);

/// What a crew measured in a step.
#[derive(Clone, Debug)]
pub struct StepMeasures {
    /// What all requests came to.
    pub ledger: Ledger,
    /// Whether the generator was fit to measure it.
    pub health: Health,
    /// The books of the whole step, its warm-up included.
    pub counted: Counted,
    /// Why attempts failed.
    pub reasons: Reasons,
    /// What came of connections that stayed.
    pub streams: Streams,
    /// Attempts that nobody waited for and whose connections were closed for want of room: their target
    /// saw a client leave.
    pub cut_off: u64,
    /// Request by request, the successes of open clients in the measured time, up to a bound.
    pub diary: Vec<Entry>,
    /// How long it ran: shorter than planned when it was stopped.
    pub ran: Span,
    /// When it started, in nanoseconds since the beginning of 1970.
    pub start: u64,
}

/// Ends a step early. Clones stop the same crew.
#[derive(Clone, Debug, Default)]
pub struct Stopper {
    stops: Arc<AtomicBool>,
}

impl Stopper {
    /// Stops the step that runs, and those that would follow.
    pub fn stop(&self) {
        self.stops.store(true, Ordering::Relaxed);
    }

    /// Whether it was stopped.
    pub fn is_stopped(&self) -> bool {
        self.stops.load(Ordering::Relaxed)
    }
}

/// What has been heard of a step so far.
struct Hearing {
    done: Vec<Option<Done>>,
    frames: Frames,
    /// When each worker was last heard.
    heard: Vec<Instant>,
    start: u64,
    /// How long the step takes as planned.
    whole: Span,
    /// When it ends, after its start, once it is to end early.
    ends: Option<Span>,
}

impl Crew {
    /// The start of a step that is commanded now, in nanoseconds since the beginning of 1970.
    pub fn soon() -> u64 {
        Clock::unix_in(LEAD)
    }

    /// Runs a step that starts at `start`, best at least half a second ahead, and gives what all workers
    /// measured. `on_frame` sees every second of it and may stop it; so may a [`Stopper`].
    pub fn step(
        &mut self,
        step: &Step,
        start: u64,
        on_frame: &mut dyn FnMut(&Frame) -> ControlFlow<()>,
    ) -> Result<StepMeasures, Error> {
        let command = Command::Step { step: Box::new(step.clone()), start };
        for worker in 0..self.members.len() {
            if !self.members[worker].lives || self.members[worker].say(&command).is_err() {
                return Err(self.lost(worker, None));
            }
        }
        // Until the start and from the end on, workers have nothing to say.
        let starts = Clock::starting_at_unix(start).origin();
        let mut hearing = Hearing {
            done: self.members.iter().map(|_| None).collect(),
            frames: Frames::new(),
            heard: vec![starts.max(Instant::now()); self.members.len()],
            start,
            whole: step.whole(),
            ends: None,
        };
        while hearing.done.iter().any(Option::is_none) {
            if self.stopper.is_stopped() {
                self.stop_all(&mut hearing);
            }
            let heard = self.heard.recv_timeout(LOOK).ok();
            let lost = match heard {
                None => hearing.silent(),
                Some(Heard { worker, word: Some(Word::Failed(reason)) }) => {
                    return Err(Error::Failed { worker, reason });
                }
                Some(Heard { worker, word }) => hearing.take(worker, word).err(),
            };
            if let Some(worker) = lost {
                return Err(self.lost_in_step(worker, hearing));
            }
            while let Some(frame) = hearing.next_frame() {
                if on_frame(&frame).is_break() {
                    self.stop_all(&mut hearing);
                }
            }
        }
        Ok(hearing.measures().expect("each worker has told what it measured"))
    }

    /// Ends the step in all workers at one time soon; a second time says nothing new.
    fn stop_all(&mut self, hearing: &mut Hearing) {
        if hearing.ends.is_some() {
            return;
        }
        let at = Clock::starting_at_unix(hearing.start).at(Instant::now() + LEAD);
        // People read it.
        let at = TENTH * at.nanos().div_ceil(TENTH.nanos());
        let at = at.min(hearing.whole);
        hearing.ends = Some(at);
        for member in self.members.iter_mut().filter(|member| member.lives) {
            // A line that is lost is heard of anyway.
            let _ = member.say(&Command::Stop(at));
        }
    }

    /// Ends a step in which a worker was lost; what the others measured is kept.
    fn lost_in_step(&mut self, worker: usize, mut hearing: Hearing) -> Error {
        let error = self.lost(worker, None);
        self.stop_all(&mut hearing);
        let until = Instant::now() + LONGEST_SILENCE;
        while (0..self.members.len())
            .any(|other| self.members[other].lives && hearing.done[other].is_none())
        {
            let wait = until.saturating_duration_since(Instant::now());
            let Ok(Heard { worker, word }) = self.heard.recv_timeout(wait) else { break };
            if hearing.take(worker, word).is_err() {
                self.members[worker].lives = false;
            }
        }
        match error {
            Error::Lost { worker, process, how, .. } => {
                let mut kept = hearing.measures();
                if let Some(kept) = &mut kept {
                    let reason = format!("worker {worker} of the generator was lost");
                    kept.health.starved = Some(reason);
                }
                Error::Lost { worker, process, how, kept: kept.map(Box::new) }
            }
            other => other,
        }
    }
}

impl Hearing {
    /// Takes what a worker says; gives the worker back when it is lost.
    fn take(&mut self, worker: usize, word: Option<Word>) -> Result<(), usize> {
        self.heard[worker] = self.heard[worker].max(Instant::now());
        match word {
            Some(Word::Frame(frame)) => self.frames.add(worker, *frame),
            Some(Word::Done(done)) => self.done[worker] = Some(*done),
            Some(Word::Ready | Word::Failed(_)) | None => return Err(worker),
        }
        Ok(())
    }

    /// A worker that should speak and does not.
    fn silent(&self) -> Option<usize> {
        let now = Instant::now();
        let silent = |worker: &usize| {
            let since = now.saturating_duration_since(self.heard[*worker]);
            self.done[*worker].is_none() && since > LONGEST_SILENCE
        };
        (0..self.done.len()).find(silent)
    }

    fn next_frame(&mut self) -> Option<Frame> {
        let running: Vec<usize> =
            (0..self.done.len()).filter(|worker| self.done[*worker].is_none()).collect();
        self.frames.next(&running)
    }

    /// What all workers that told measured together; nothing when none has.
    fn measures(self) -> Option<StepMeasures> {
        let start = self.start;
        let done: Vec<Done> = self.done.into_iter().flatten().collect();
        let mut latency = Counts::new(2);
        done.iter().for_each(|done| latency.merge(&done.latency));
        let health = Health::of(&done, &latency);
        let mut streams = Streams::default();
        done.iter().for_each(|done| streams.add(&done.streams));
        let mut reasons = Reasons::default();
        done.iter().for_each(|done| reasons.merge(&done.reasons));
        let diary = done.iter().flat_map(|done| &done.diary).copied().collect();
        let cut_off = done.iter().map(|done| done.cut_off).sum();
        let ran = done.iter().map(|done| done.ran).min()?;
        let mut ledgers = done.into_iter().map(|done| {
            let mut ledger = done.ledger;
            // A worker that was done with its step before it heard of an early end is not told apart.
            ledger.end_at(ran);
            ledger
        });
        let mut ledger = ledgers.next()?;
        ledgers.for_each(|other| ledger.merge(&other));
        let counted = ledger.totals();
        Some(StepMeasures { ledger, health, counted, reasons, streams, cut_off, diary, ran, start })
    }
}

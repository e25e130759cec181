//! What a dyno does with its requests, in virtual time: the process model at work.
//!
//! Pure: it knows no clock and no sockets. It is told what arrives and what time it is, and says what
//! has ended by then. Ends happen at their intended instants, however late it is asked: a worker takes
//! its next request when the one before it *should* have ended, so that late timers never add up.
//! The CPU of `threads`, `event-loop` and `processes` is the simulator's own.

use std::collections::{BTreeSet, VecDeque};

use sim::platform::{Cpu, Process};
use sim::time::{SimTime, Span};

/// A request that a dyno may serve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Job {
    /// Names it in what has ended.
    pub ticket: u64,
    /// The service time on a dyno that has nothing else to do and is well.
    pub work: Span,
    /// The share of it that is CPU, from 0 to 1.
    pub cpu: f64,
}

/// A request that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    /// Which.
    pub ticket: u64,
    /// Whether its work was done; else it came to a bad end.
    pub good: bool,
}

/// Why a request was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// The backlog is full.
    Refused,
    /// The backlog is full and nobody is there to refuse.
    Frozen,
}

/// How long work takes that begins, and whether it comes to a bad end.
pub(super) type Lot<'a> = &'a mut dyn FnMut(SimTime, Span) -> (Span, bool);

/// The requests of one dyno. Bounded by the process model: `most` are served and `backlog` wait.
#[derive(Debug)]
pub(super) struct Service {
    process: Process,
    backlog: VecDeque<Job>,
    seats: Vec<Seat>,
    free: Vec<u32>,
    /// What seats do by the clock: when it ends, and which seat.
    ends: BTreeSet<(SimTime, u32)>,
    /// The cores, where they are shared.
    cpu: Option<Cpu>,
    frozen: bool,
    /// How many requests have begun.
    begun: u64,
}

/// A worker, a thread or a connection.
#[derive(Clone, Copy, Debug)]
struct Seat {
    ticket: u64,
    doing: Doing,
    /// When what it does by the clock ends; while frozen, counted from the freeze.
    ends: SimTime,
    /// What follows the first burst: a wait, and another burst.
    wait: Span,
    last: Span,
}

/// What a seat does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Nothing,
    /// By the clock: all of its work, well or badly ended.
    Work {
        good: bool,
    },
    /// A burst of CPU before a wait.
    First,
    /// By the clock: a wait for others.
    Wait,
    /// The last burst of CPU.
    Last,
}

impl Service {
    /// A dyno of this process model, with nothing to do.
    pub fn new(process: Process) -> Service {
        Service {
            process,
            backlog: VecDeque::new(),
            seats: Vec::new(),
            free: Vec::new(),
            ends: BTreeSet::new(),
            cpu: Cpu::new(process.cpu),
            frozen: false,
            begun: 0,
        }
    }

    /// How many requests have begun.
    pub fn begun(&self) -> u64 {
        self.begun
    }

    /// Whether it stands still.
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// How many requests it has, served or waiting.
    pub fn held(&self) -> usize {
        self.backlog.len() + self.seats.len() - self.free.len()
    }

    /// How many more the backlog takes.
    pub fn room(&self) -> u32 {
        self.process.backlog.count().saturating_sub(self.backlog.len() as u32)
    }

    /// When something ends next, if nothing arrives.
    pub fn next(&self) -> Option<SimTime> {
        if self.frozen {
            return None;
        }
        let clock = self.ends.first().map(|(at, _)| *at);
        let burst = self.cpu.as_ref().and_then(Cpu::next_end);
        clock.into_iter().chain(burst).min()
    }

    /// Lets everything happen that happens until `now`, each at its instant.
    pub fn advance(&mut self, now: SimTime, lot: Lot<'_>, ended: &mut Vec<Ended>) {
        while let Some(at) = self.next().filter(|at| *at <= now) {
            self.step(at, lot, ended);
        }
    }

    /// A request arrives; all that ended before must have been let happen.
    pub fn arrive(&mut self, now: SimTime, job: Job, lot: Lot<'_>) -> Result<(), Full> {
        if !self.frozen
            && let Some(seat) = self.seat()
        {
            self.begin(now, seat, job, lot);
        } else if self.backlog.len() < self.process.backlog.count() as usize {
            self.backlog.push_back(job);
        } else if self.frozen {
            return Err(Full::Frozen);
        } else {
            return Err(Full::Refused);
        }
        Ok(())
    }

    /// Stands still from now on; all that ended before must have been let happen.
    pub fn freeze(&mut self, now: SimTime) {
        if self.frozen {
            return;
        }
        self.frozen = true;
        for &(at, seat) in &self.ends {
            self.seats[seat as usize].ends = SimTime::ZERO + at.since(now);
        }
        if let Some(cpu) = &mut self.cpu {
            cpu.stop(now);
        }
    }

    /// Goes on where it stopped.
    pub fn thaw(&mut self, now: SimTime, lot: Lot<'_>) {
        if !self.frozen {
            return;
        }
        self.frozen = false;
        let stood: Vec<u32> = self.ends.iter().map(|(_, seat)| *seat).collect();
        self.ends.clear();
        for seat in stood {
            let left = self.seats[seat as usize].ends.since(SimTime::ZERO);
            self.seats[seat as usize].ends = now + left;
            self.ends.insert((now + left, seat));
        }
        if let Some(cpu) = &mut self.cpu {
            cpu.go(now);
        }
        while !self.backlog.is_empty()
            && let Some(seat) = self.seat()
        {
            self.leave(now, seat, lot);
        }
    }

    /// Loses all that it has, and is as new.
    pub fn clear(&mut self) {
        let begun = self.begun;
        *self = Service::new(self.process);
        self.begun = begun;
    }

    /// A free seat, which is free no more.
    fn seat(&mut self) -> Option<u32> {
        if let Some(seat) = self.free.pop() {
            return Some(seat);
        }
        let number = self.seats.len() as u32;
        if number == self.process.most {
            return None;
        }
        let (doing, ends) = (Doing::Nothing, SimTime::ZERO);
        self.seats.push(Seat { ticket: 0, doing, ends, wait: Span::ZERO, last: Span::ZERO });
        Some(number)
    }

    /// A request begins. The CPU comes in two halves, before and after the wait, as in the simulator.
    fn begin(&mut self, now: SimTime, number: u32, job: Job, lot: Lot<'_>) {
        self.begun += 1;
        let (time, fails) = lot(now, job.work);
        self.seats[number as usize].ticket = job.ticket;
        if fails || self.cpu.is_none() {
            self.by_clock(now, number, Doing::Work { good: !fails }, time);
            return;
        }
        let cpu = time.scaled(job.cpu).min(time);
        let wait = time - cpu;
        let first = if wait.is_zero() { Span::ZERO } else { Span::from_nanos(cpu.nanos() / 2) };
        let seat = &mut self.seats[number as usize];
        (seat.wait, seat.last) = (wait, cpu - first);
        if wait.is_zero() {
            self.burst(now, number, Doing::Last, cpu);
        } else if first.is_zero() {
            self.by_clock(now, number, Doing::Wait, wait);
        } else {
            self.burst(now, number, Doing::First, first);
        }
    }

    fn by_clock(&mut self, now: SimTime, number: u32, doing: Doing, time: Span) {
        let seat = &mut self.seats[number as usize];
        (seat.doing, seat.ends) = (doing, now + time);
        self.ends.insert((seat.ends, number));
    }

    fn burst(&mut self, now: SimTime, number: u32, doing: Doing, burst: Span) {
        self.seats[number as usize].doing = doing;
        let cpu = self.cpu.as_mut().expect("bursts are for a shared CPU");
        cpu.join(now, number, burst);
    }

    /// The next thing happens, at this instant.
    fn step(&mut self, at: SimTime, lot: Lot<'_>, ended: &mut Vec<Ended>) {
        if let Some(&(ends, number)) = self.ends.first()
            && ends == at
        {
            self.ends.pop_first();
            match self.seats[number as usize].doing {
                Doing::Work { good } => self.end(at, number, good, lot, ended),
                Doing::Wait if self.seats[number as usize].last.is_zero() => {
                    self.end(at, number, true, lot, ended);
                }
                Doing::Wait => {
                    let last = self.seats[number as usize].last;
                    self.burst(at, number, Doing::Last, last);
                }
                Doing::First | Doing::Last | Doing::Nothing => {
                    unreachable!("only work and waits go by the clock")
                }
            }
            return;
        }
        let cpu = self.cpu.as_mut().expect("what does not go by the clock is a burst");
        let number = cpu.ended(at).expect("a burst ends at the instant that the CPU named");
        cpu.leave(at, number);
        let seat = self.seats[number as usize];
        if seat.doing == Doing::First {
            self.by_clock(at, number, Doing::Wait, seat.wait);
        } else {
            self.end(at, number, true, lot, ended);
        }
    }

    fn end(&mut self, at: SimTime, number: u32, good: bool, lot: Lot<'_>, to: &mut Vec<Ended>) {
        let seat = &mut self.seats[number as usize];
        seat.doing = Doing::Nothing;
        to.push(Ended { ticket: seat.ticket, good });
        self.leave(at, number, lot);
    }

    /// A seat takes the oldest of the backlog, or is free.
    fn leave(&mut self, at: SimTime, number: u32, lot: Lot<'_>) {
        match self.backlog.pop_front() {
            Some(job) => self.begin(at, number, job, lot),
            None => self.free.push(number),
        }
    }
}

#[cfg(test)]
mod tests;

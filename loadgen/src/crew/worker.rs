//! A worker process: the same program, started by a parent and led over its standard input.
//!
//! The main thread runs all users. One thread hears what the parent says and ends the process at once
//! when the line is lost, so that no load outlives who asked for it. One leads the steps and tells how
//! they go.

use super::frame::Frame;
use super::line;
use super::message::{Command, Done, Selected, VERSION, Word, Work};
use crate::attack::{self, Population};
use crate::clock::Clock;
use crate::machine::{Gaps, GapsReport};
use crate::plan::Step;
use crate::user::{Field, GRACE, Measured, Recent, Round, Share};
use crate::wire::{Allowed, Net, Secrets};
use sim::scenario::{self, Scenario};
use sim::time::Span;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// Between two frames.
const SECOND: Duration = Duration::from_secs(1);
/// How often the leader looks whether requests are still under way after a step.
const LOOK: Duration = Duration::from_millis(20);
/// How long users have to be born, and to end their lives.
const LONGEST_BIRTH: Duration = Duration::from_secs(120);
const LONGEST_END: Duration = Duration::from_secs(10);
/// A worker that was asked to end by a signal ends so.
const ENDED_BY_SIGNAL: i32 = 143;

/// What the main thread needs to run the users.
struct Ready {
    field: Arc<Field>,
    populations: Vec<Population>,
}

/// Does what the parent says, until it says that it is over: what `loadgen worker` does.
pub fn work() -> ExitCode {
    // The parent alone decides when to stop; what a signal ends was not asked for, and is reported.
    let _ = ctrlc::set_handler(|| process::exit(ENDED_BY_SIGNAL));
    let stdin = io::stdin().as_fd().try_clone_to_owned();
    let Ok(mut line) = stdin.map(UnixStream::from) else { return ExitCode::FAILURE };
    let Ok(Some(Command::Work(work))) = line::receive::<Command>(&mut line) else {
        eprintln!("error: `worker` is a part of `loadgen run`, which starts it by itself");
        return ExitCode::from(2);
    };
    let ready = match prepare(&work) {
        Ok(ready) => ready,
        Err(reason) => {
            let _ = line::send(&mut line, &Word::Failed(reason));
            return ExitCode::FAILURE;
        }
    };
    let (Ok(runtime), Ok(hears)) =
        (tokio::runtime::Builder::new_current_thread().enable_all().build(), line.try_clone())
    else {
        return ExitCode::FAILURE;
    };
    let (sender, commands) = sync_channel(16);
    thread::spawn(move || hear(hears, &sender));
    let leader = Leader { line, commands, field: ready.field.clone(), gaps: Gaps::start() };
    let leader = thread::spawn(move || leader.lead());
    let field = ready.field;
    let birth = Arc::new(move |population, slot| field.life(population, slot));
    match runtime.block_on(attack::attack(&ready.populations, birth)) {
        Ok(()) => {
            // Where no user fell to this process, it still has to take part in the steps.
            let _ = leader.join();
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Hears the parent; without one there is nothing left to do.
fn hear(mut line: UnixStream, commands: &SyncSender<Command>) {
    while let Ok(Some(command)) = line::receive(&mut line) {
        if commands.send(command).is_err() {
            return;
        }
    }
    process::exit(1);
}

/// Reads the scenario again and gets ready; the error is for people.
fn prepare(work: &Work) -> Result<Ready, String> {
    if work.version != VERSION {
        let found = work.version;
        return Err(format!(
            "the parent speaks version {found} and this program version {VERSION}: \
             was it replaced while it ran?"
        ));
    }
    let scenario = load(&work.scenario)?;
    let name = &work.scenario.variant;
    let variant = scenario.variants.iter().find(|variant| variant.name == *name);
    let platform = &variant.ok_or_else(|| format!("there is no variant `{name}`"))?.platform;
    let load = &scenario.load;
    let secrets = Secrets::read(load, |name| std::env::var(name).ok());
    let secrets = Arc::new(secrets.map_err(|missing| missing.to_string())?);
    let allowed = Allowed::new(load, &work.allow);
    let target = work.target.clone().into();
    let net = Net::new(load, &target, &allowed, work.sources.clone(), secrets.clone());
    let net = Arc::new(net.map_err(|error| error.to_string())?);
    let share = Share { index: work.index, of: work.workers };
    let seed = scenario.run.seed;
    let field = Field::new(platform, load, seed, net, secrets, share, &work.users);
    let field = Arc::new(field.map_err(|error| error.to_string())?);
    let clients = platform.clients.iter().zip(field.users());
    let population = |(client, users): (&sim::platform::Client, &usize)| Population {
        name: client.name.clone(),
        users: *users,
    };
    let populations = clients.map(population).collect();
    Ok(Ready { field, populations })
}

fn load(selected: &Selected) -> Result<Scenario, String> {
    let loaded = scenario::load(&selected.file, &selected.overrides, false);
    let scenario = loaded.map_err(|error| error.to_string())?;
    if scenario.resolved != selected.resolved {
        let file = &selected.file;
        return Err(format!("`{file}` was changed while the run began\nhelp: run it again"));
    }
    Ok(scenario)
}

/// Leads the steps of a worker.
struct Leader {
    line: UnixStream,
    commands: Receiver<Command>,
    field: Arc<Field>,
    gaps: Gaps,
}

impl Leader {
    fn lead(mut self) {
        let all: usize = self.field.users().iter().sum();
        let born_by = Instant::now() + LONGEST_BIRTH;
        while self.field.born() < all {
            if Instant::now() > born_by {
                let born = self.field.born();
                self.fail(&format!("only {born} of {all} users could be started"));
            }
            thread::sleep(LOOK);
        }
        self.say(&Word::Ready);
        while let Ok(command) = self.commands.recv() {
            match command {
                Command::Step { step, start } => self.step(&step, start),
                // The step was over already.
                Command::Stop(_) => {}
                Command::End => break,
                Command::Work(_) => self.fail("the parent gave work twice"),
            }
        }
        self.field.end();
        // Users that still wait for an answer will not get it; everything was told.
        thread::spawn(|| {
            thread::sleep(LONGEST_END);
            process::exit(0);
        });
    }

    /// Runs a step from its start to its last answer.
    fn step(&mut self, step: &Step, start: u64) {
        let clock = Clock::starting_at_unix(start);
        let round = match self.field.begin(step, clock) {
            Ok(round) => round,
            Err(error) => self.fail(&error.to_string()),
        };
        let (mut gaps, mut second) = (GapsReport::default(), 0);
        self.gaps.take();
        let measured_from = clock.instant(step.warmup);
        while !round.is_over(Instant::now()) {
            let next = round.clock.origin() + SECOND * (second + 1);
            let next = next.min(clock.instant(round.length()));
            if let Some(at) = self.hear_until(next) {
                round.end_at(at);
                continue;
            }
            let taken = self.gaps.take();
            self.frame(&round, u64::from(second), &taken);
            // A second counts when it lies in the measured time.
            if Instant::now() >= measured_from + SECOND || step.warmup.is_zero() {
                gaps.merge(&taken);
            }
            second += 1;
        }
        let ran = clock.now().min(round.length());
        let cut = Instant::now() + GRACE;
        while Instant::now() < cut && round.is_busy() {
            if let Some(at) = self.hear_until(Instant::now() + LOOK) {
                round.end_at(at);
            }
        }
        self.field.shut();
        let Some(measured) = round.sheet.take() else { self.fail("a step was taken twice") };
        let Measured { ledger, late, latency, ours, cut_off, reasons, streams, diary } = measured;
        let done =
            Done { ledger, late, latency, gaps, ours, cut_off, reasons, streams, diary, ran };
        self.say(&Word::Done(Box::new(done)));
    }

    /// Waits until an instant; gives when the step is to end where the parent says so before.
    fn hear_until(&self, until: Instant) -> Option<Span> {
        match self.commands.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Err(RecvTimeoutError::Timeout) => None,
            Ok(Command::Stop(at)) => Some(at),
            Ok(_) | Err(RecvTimeoutError::Disconnected) => process::exit(1),
        }
    }

    fn frame(&mut self, round: &Round, second: u64, gaps: &GapsReport) {
        let Some((counted, recent)) = round.sheet.recent() else { return };
        let Recent { counted: recent, latency, late } = recent;
        let at = round.clock.now();
        let lasts = at.saturating_sub(Span::from_secs(second));
        let users = self.field.at_work(round);
        let gaps = gaps.clone();
        let frame = Frame { second, at, lasts, users, counted, recent, latency, late, gaps };
        self.say(&Word::Frame(Box::new(frame)));
    }

    fn say(&mut self, word: &Word) {
        if line::send(&mut self.line, word).is_err() {
            process::exit(1);
        }
    }

    /// Says why it cannot go on, and ends.
    fn fail(&mut self, reason: &str) -> ! {
        let _ = line::send(&mut self.line, &Word::Failed(reason.to_string()));
        process::exit(1)
    }
}

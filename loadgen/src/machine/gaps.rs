//! What the machine did to us while we measured: the times in which this process could not run.
//!
//! A thread sleeps for a millisecond, again and again, and counts how much longer each sleep took. A
//! generator that was kept from its cores sends late and reads answers late, and what it measured then
//! says nothing of the target. [`Gaps::take`] gives what happened since it was last asked; reports of
//! several seconds, processes and machines add up exactly. It judges nothing.

use super::root::Root;
use super::text::{self, Cores};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long each sleep should be.
const SLEEP: Duration = Duration::from_millis(1);

/// A sleep that took at most this much longer is no gap: clocks and wake-ups take their time.
const GRAIN: Duration = Duration::from_millis(1);

/// Buckets for each doubling of a length: neighbours differ by an eighth at most.
const BUCKET_BITS: u32 = 3;

/// A thread that watches this process being scheduled, until it is dropped.
#[derive(Debug)]
pub struct Gaps {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    since: Mutex<Reading>,
    root: Root,
}

#[derive(Debug, Default)]
struct Shared {
    ends: AtomicBool,
    sleeps: Mutex<Sleeps>,
}

/// What happened in a stretch of time, in nanoseconds. What the system does not tell is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GapsReport {
    /// How long was watched; of several processes, the sum.
    pub watched: u64,
    /// How far sleeps of a millisecond overshot.
    pub sleeps: Sleeps,
    /// The CPU time of this process; to 10 ms.
    pub cpu: Option<u64>,
    /// How long its threads were ready to run and had no core; threads that ended meanwhile are missing.
    pub run_wait: Option<u64>,
    /// The time of all cores of the machine: running something, whoever it was for.
    pub cores_busy: Option<u64>,
    /// The time of all cores in which they had nothing to do.
    pub cores_idle: Option<u64>,
    /// The time of all cores that a hypervisor gave to others; many hypervisors do not tell.
    pub cores_stolen: Option<u64>,
}

/// How far sleeps overshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sleeps {
    /// How many there were.
    pub count: u64,
    /// The sum of what each took beyond its length and a grain of 1 ms: time without a core.
    pub lost: u64,
    /// The longest overshoot.
    pub longest: u64,
    /// How many fell into each bucket, by the bucket's number.
    buckets: BTreeMap<u32, u64>,
}

/// The system's counters at one instant.
#[derive(Debug)]
struct Reading {
    at: Instant,
    cpu: Option<u64>,
    cores: Option<Cores>,
    run_waits: BTreeMap<String, u64>,
}

impl Gaps {
    /// Begins to watch.
    pub fn start() -> Gaps {
        let shared = Arc::new(Shared::default());
        let inner = Arc::clone(&shared);
        let watch = thread::Builder::new().name("gaps".into());
        let thread = watch.spawn(move || inner.watch());
        let root = Root::system();
        let since = Mutex::new(Reading::now(&root));
        // A process that may have no more threads is watched by its counters alone.
        Gaps { shared, thread: thread.ok(), since, root }
    }

    /// What happened since it was last taken, or since the start.
    pub fn take(&self) -> GapsReport {
        let mut since = lock(&self.since);
        let now = Reading::now(&self.root);
        let sleeps = mem::take(&mut *lock(&self.shared.sleeps));
        let report = now.report(&since, sleeps);
        *since = now;
        report
    }
}

impl Drop for Gaps {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It ends within a sleep; should it have panicked, there is nothing left to end.
            let _ = thread.join();
        }
    }
}

/// The counts are sums, right after every step: a thread that panicked elsewhere spoils none.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn watch(&self) {
        while !self.ends.load(Ordering::Relaxed) {
            let start = Instant::now();
            thread::sleep(SLEEP);
            let over = start.elapsed().saturating_sub(SLEEP);
            lock(&self.sleeps).add(nanos(over));
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl Reading {
    fn now(root: &Root) -> Reading {
        let cpu = root.text("/proc/self/stat").and_then(|stat| text::process_cpu(&stat));
        let cores = root.text("/proc/stat").and_then(|stat| text::all_cores(&stat));
        let wait_of = |thread: String| {
            let stat = root.text(&format!("/proc/self/task/{thread}/schedstat"))?;
            Some((thread, text::run_wait(&stat)?))
        };
        let run_waits = root.names("/proc/self/task").into_iter().filter_map(wait_of).collect();
        Reading { at: Instant::now(), cpu, cores, run_waits }
    }

    fn report(&self, before: &Reading, sleeps: Sleeps) -> GapsReport {
        let grown = |after: Option<u64>, before: Option<u64>| Some(after?.saturating_sub(before?));
        let core = |part: fn(Cores) -> u64| grown(self.cores.map(part), before.cores.map(part));
        let waited = |(thread, wait): (&String, &u64)| {
            wait.saturating_sub(before.run_waits.get(thread).copied().unwrap_or(0))
        };
        let run_wait = self.run_waits.iter().map(waited).sum();
        GapsReport {
            watched: nanos(self.at.saturating_duration_since(before.at)),
            sleeps,
            cpu: grown(self.cpu, before.cpu),
            run_wait: (!self.run_waits.is_empty()).then_some(run_wait),
            cores_busy: core(|cores| cores.busy),
            cores_idle: core(|cores| cores.idle),
            cores_stolen: core(|cores| cores.steal),
        }
    }
}

impl GapsReport {
    /// Adds what another process, or another stretch of time, says. What one of them does not know is
    /// unknown of both.
    pub fn merge(&mut self, other: &GapsReport) {
        if other.watched == 0 {
            return;
        }
        if self.watched == 0 {
            *self = other.clone();
            return;
        }
        let sum = |a: Option<u64>, b: Option<u64>| Some(a? + b?);
        self.watched += other.watched;
        self.sleeps.merge(&other.sleeps);
        self.cpu = sum(self.cpu, other.cpu);
        self.run_wait = sum(self.run_wait, other.run_wait);
        self.cores_busy = sum(self.cores_busy, other.cores_busy);
        self.cores_idle = sum(self.cores_idle, other.cores_idle);
        self.cores_stolen = sum(self.cores_stolen, other.cores_stolen);
    }

    /// The share of the time in which the watching thread wanted to run and could not, 0 to 1.
    pub fn lost_share(&self) -> f64 {
        share(self.sleeps.lost, self.watched)
    }

    /// The cores that this process kept busy; a sum over several is their mean.
    pub fn cpu_share(&self) -> Option<f64> {
        self.cpu.map(|cpu| share(cpu, self.watched))
    }

    /// The share of the machine's cores that a hypervisor gave to others, 0 to 1.
    pub fn stolen_share(&self) -> Option<f64> {
        let (busy, idle, stolen) = (self.cores_busy?, self.cores_idle?, self.cores_stolen?);
        Some(share(stolen, busy + idle + stolen))
    }

    /// The share of the machine's cores that ran something, whoever it was for, 0 to 1.
    pub fn busy_share(&self) -> Option<f64> {
        let (busy, idle, stolen) = (self.cores_busy?, self.cores_idle?, self.cores_stolen?);
        Some(share(busy, busy + idle + stolen))
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl Sleeps {
    /// Counts a sleep that took `over` nanoseconds too long.
    pub(super) fn add(&mut self, over: u64) {
        self.count += 1;
        self.lost += over.saturating_sub(nanos(GRAIN));
        self.longest = self.longest.max(over);
        *self.buckets.entry(bucket(over)).or_default() += 1;
    }

    fn merge(&mut self, other: &Sleeps) {
        self.count += other.count;
        self.lost += other.lost;
        self.longest = self.longest.max(other.longest);
        for (bucket, count) in &other.buckets {
            *self.buckets.entry(*bucket).or_default() += count;
        }
    }

    /// The overshoot that a share of sleeps did not exceed, in nanoseconds, at most an eighth too high;
    /// nothing without sleeps.
    pub fn quantile(&self, share: f64) -> Option<u64> {
        let rank = ((share * self.count as f64).ceil() as u64).max(1);
        let mut below = 0;
        let found = self.buckets.iter().find(|(_, count)| {
            below += **count;
            below >= rank
        });
        found.map(|(bucket, _)| longest_of(*bucket).min(self.longest))
    }
}

/// The bucket of a length: below 2^4 each length has its own, then eight share each doubling.
fn bucket(nanos: u64) -> u32 {
    let doublings = (nanos | 1 << BUCKET_BITS).ilog2() - BUCKET_BITS;
    (doublings << BUCKET_BITS) + u32::try_from(nanos >> doublings).expect("at most 4 bits are left")
}

/// The longest length of a bucket.
fn longest_of(bucket: u32) -> u64 {
    let doublings = (bucket >> BUCKET_BITS).saturating_sub(1);
    let top = u64::from(bucket - (doublings << BUCKET_BITS));
    (top << doublings) + ((1 << doublings) - 1)
}

#[cfg(test)]
mod tests;

//! Jobs on all cores: handed out in their order, ended in any, collected in their order.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How an experiment is steered from outside.
pub struct Control<'a> {
    /// How many threads to use; nothing for one a core.
    pub threads: Option<usize>,
    /// Set to stop: runs under way are finished, the others are left out.
    pub stop: &'a AtomicBool,
    /// Called after every run.
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

/// How far an experiment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Runs that are finished.
    pub done: usize,
    /// All runs that are known to be needed so far: it grows when a round is added.
    pub total: usize,
}

/// More threads than this are no use on any machine, and may stop it.
const MOST_THREADS: usize = 256;

/// Whoever does the jobs of an experiment, stage by stage.
pub(super) struct Crew<'a> {
    control: &'a Control<'a>,
    threads: usize,
    done: usize,
    total: usize,
}

impl<'a> Crew<'a> {
    pub fn new(control: &'a Control<'a>) -> Crew<'a> {
        let threads = control.threads.unwrap_or_else(rayon::current_num_threads).min(MOST_THREADS);
        Crew { control, threads, done: 0, total: 0 }
    }

    /// So many more jobs will come.
    pub fn expect(&mut self, jobs: usize) {
        self.total += jobs;
    }

    /// Does jobs that were expected; those that were done, in the order of their numbers, go to
    /// `collect`, even when some before them were left out. Whether all were done.
    pub fn work<T: Send>(
        &mut self,
        jobs: Range<usize>,
        job: &(dyn Fn(usize) -> T + Sync),
        collect: &mut (dyn FnMut(usize, T) + Send),
    ) -> bool {
        let (count, before) = (jobs.len(), self.done);
        let waiting = BTreeMap::new();
        let collector = Collector { next: jobs.start, waiting, collect, done: before };
        let stage = Stage {
            control: self.control,
            total: self.total,
            next: AtomicUsize::new(jobs.start),
            end: jobs.end,
            job,
            collector: Mutex::new(collector),
        };
        let threads = self.threads.min(count).max(1);
        // Where no threads can be had, this one does.
        match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
            Ok(pool) => drop(pool.broadcast(|_| stage.work())),
            Err(_) => stage.work(),
        }
        let collector = stage.collector.into_inner();
        self.done = collector.expect("a run that panics ends the experiment").finish();
        self.done - before == count
    }
}

/// The jobs of one stage, which threads take from.
struct Stage<'s, T> {
    control: &'s Control<'s>,
    total: usize,
    next: AtomicUsize,
    end: usize,
    job: &'s (dyn Fn(usize) -> T + Sync),
    collector: Mutex<Collector<'s, T>>,
}

impl<T> Stage<'_, T> {
    /// Does jobs until none is left or the experiment is stopped.
    fn work(&self) {
        while !self.control.stop.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.end {
                return;
            }
            let outcome = (self.job)(number);
            let mut collector =
                self.collector.lock().expect("a run that panics ends the experiment");
            collector.add(number, outcome);
            // Told under the lock, so that `done` never goes back.
            (self.control.progress)(Progress { done: collector.done, total: self.total });
        }
    }
}

/// Brings outcomes into the order of their jobs.
struct Collector<'s, T> {
    /// The next job to be collected; those that end before it wait.
    next: usize,
    waiting: BTreeMap<usize, T>,
    collect: &'s mut (dyn FnMut(usize, T) + Send),
    done: usize,
}

impl<T> Collector<'_, T> {
    fn add(&mut self, number: usize, outcome: T) {
        self.done += 1;
        self.waiting.insert(number, outcome);
        while let Some(outcome) = self.waiting.remove(&self.next) {
            (self.collect)(self.next, outcome);
            self.next += 1;
        }
    }

    /// Collects those that still wait for one that never came; how many were done in all.
    fn finish(mut self) -> usize {
        while let Some((number, outcome)) = self.waiting.pop_first() {
            (self.collect)(number, outcome);
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_collected_in_their_order_and_counted_over_stages() {
        let (stop, told) = (AtomicBool::new(false), Mutex::new(Vec::new()));
        let progress = |at: Progress| told.lock().unwrap().push((at.done, at.total));
        for threads in [1, 4] {
            told.lock().unwrap().clear();
            let control = Control { threads: Some(threads), stop: &stop, progress: &progress };
            let mut crew = Crew::new(&control);
            let mut found = Vec::new();
            crew.expect(3);
            let square = |number: usize| number * number;
            assert!(crew.work(0..3, &square, &mut |number, outcome| found.push((number, outcome))));
            crew.expect(2);
            assert!(crew.work(3..5, &square, &mut |number, outcome| found.push((number, outcome))));
            assert_eq!(found, [(0, 0), (1, 1), (2, 4), (3, 9), (4, 16)]);
            assert_eq!(*told.lock().unwrap(), [(1, 3), (2, 3), (3, 3), (4, 5), (5, 5)]);
        }
        stop.store(true, Ordering::Relaxed);
        let control = Control { threads: Some(2), stop: &stop, progress: &progress };
        let mut crew = Crew::new(&control);
        crew.expect(1);
        assert!(!crew.work(0..1, &|_| (), &mut |_, ()| panic!("nothing is done")));
    }
    #[test]
    fn what_is_done_is_collected_at_once_when_nothing_before_it_is_missing() {
        let (stop, collected) = (AtomicBool::new(false), AtomicUsize::new(0));
        let control = Control { threads: Some(1), stop: &stop, progress: &|_| {} };
        let mut crew = Crew::new(&control);
        crew.expect(5);
        let job = |number| assert_eq!(collected.load(Ordering::Relaxed), number);
        let mut collect = |number, ()| collected.store(number + 1, Ordering::Relaxed);
        assert!(crew.work(0..5, &job, &mut collect));
    }
}

//! Running all variants and replications on all cores.
//!
//! The runs are one list, replication by replication, handed out in order: an interrupted experiment
//! has runs of every variant. They end in any order and are collected in theirs, so the outcome does
//! not depend on the number of threads.

use super::estimate;
use super::results::{Mark, Results};
use super::statistics::Quantiles;
use super::tally::Tally;
use crate::metrics::Summary;
use crate::platform::simulate;
use crate::rng::Seed;
use crate::scenario::Scenario;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The experiment's digest is FNV-1a over the bytes of the runs' digests, in the order of the runs.
const FNV: (u64, u64) = (0xcbf2_9ce4_8422_2325, 0x0000_0100_0000_01b3);

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
    /// All runs.
    pub total: usize,
}

/// More threads than this are no use on any machine, and may stop it.
const MOST_THREADS: usize = 256;

/// Runs every variant of a scenario in every replication and compares them.
pub fn run(scenario: &Scenario, control: &Control<'_>) -> Results {
    let total = scenario.variants.len() * scenario.run.replications as usize;
    let threads = control.threads.unwrap_or_else(rayon::current_num_threads).min(MOST_THREADS);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.min(total)).build();
    let runs = Runs {
        scenario,
        control,
        total,
        next: AtomicUsize::new(0),
        collected: Mutex::new(Collected::new(scenario.variants.len())),
    };
    // Where no threads can be had, this one does.
    match pool {
        Ok(pool) => drop(pool.broadcast(|_| runs.work())),
        Err(_) => runs.work(),
    }
    let collected = runs.collected.into_inner().expect("a run that panics ends the experiment");
    results(scenario, collected.finish(scenario), total)
}

/// The runs that threads take from.
struct Runs<'a> {
    scenario: &'a Scenario,
    control: &'a Control<'a>,
    total: usize,
    next: AtomicUsize,
    collected: Mutex<Collected>,
}

impl Runs<'_> {
    /// Does runs until none is left or the experiment is stopped.
    fn work(&self) {
        while !self.control.stop.load(Ordering::Relaxed) {
            let job = self.next.fetch_add(1, Ordering::Relaxed);
            if job >= self.total {
                return;
            }
            let (variant, replication) = place_of(self.scenario, job);
            let platform = &self.scenario.variants[variant].platform;
            let seed = Seed { scenario: self.scenario.run.seed, replication };
            let summary = simulate(platform, seed, &self.scenario.windows);
            let mut collected =
                self.collected.lock().expect("a run that panics ends the experiment");
            collected.add(self.scenario, job, summary);
            // Told under the lock, so that `done` never goes back.
            (self.control.progress)(Progress { done: collected.done, total: self.total });
        }
    }
}

/// The variant and the replication of a run.
fn place_of(scenario: &Scenario, job: usize) -> (usize, u32) {
    let variants = scenario.variants.len();
    (job % variants, (job / variants) as u32)
}

/// What was measured so far.
struct Collected {
    tallies: Vec<Tally>,
    /// The next run to be tallied; those that end before it wait.
    next: usize,
    waiting: BTreeMap<usize, Summary>,
    done: usize,
    digest: u64,
}

impl Collected {
    fn new(variants: usize) -> Collected {
        let tallies = (0..variants).map(|_| Tally::default()).collect();
        Collected { tallies, next: 0, waiting: BTreeMap::new(), done: 0, digest: FNV.0 }
    }

    /// Takes a run in, and tallies all whose turn has come.
    fn add(&mut self, scenario: &Scenario, job: usize, summary: Summary) {
        self.done += 1;
        self.waiting.insert(job, summary);
        while let Some(summary) = self.waiting.remove(&self.next) {
            self.tally(scenario, self.next, &summary);
            self.next += 1;
        }
    }

    /// Tallies the runs that still wait for one that never came.
    fn finish(mut self, scenario: &Scenario) -> Collected {
        while let Some((job, summary)) = self.waiting.pop_first() {
            self.tally(scenario, job, &summary);
        }
        self
    }

    fn tally(&mut self, scenario: &Scenario, job: usize, summary: &Summary) {
        let (variant, replication) = place_of(scenario, job);
        let name = &scenario.variants[variant].name;
        self.tallies[variant].add(scenario, name, replication, summary);
        self.digest = summary
            .digest
            .to_le_bytes()
            .iter()
            .fold(self.digest, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(FNV.1));
    }
}

/// The results of what was collected of `total` runs.
fn results(scenario: &Scenario, collected: Collected, total: usize) -> Results {
    let mut quantiles = Quantiles::default();
    let tallies = &collected.tallies;
    let pairs = scenario.variants.iter().zip(tallies).enumerate();
    let variants = pairs.map(|(index, (variant, tally))| {
        let first = (index > 0).then(|| &tallies[0]);
        estimate::variant_result(&mut quantiles, variant, tally, first)
    });
    let variants = variants.collect();
    let verdicts = estimate::verdicts(&mut quantiles, scenario, tallies);
    let mut warnings = scenario.warnings.clone();
    if collected.done < total {
        warnings.push(format!(
            "stopped after {} of {total} runs: the intervals are wider than asked for; run again \
             to the end",
            collected.done
        ));
    }
    warnings.extend(estimate::warnings(scenario, &verdicts));
    let marks = scenario.variants.first().map_or(Vec::new(), |variant| variant.platform.marks());
    Results {
        scenario: scenario.name.clone(),
        question: scenario.question.clone(),
        answer: scenario.answer.clone(),
        seed: scenario.run.seed,
        replications: scenario.run.replications,
        duration: scenario.run.duration,
        warmup: scenario.run.warmup,
        interval: scenario.run.interval,
        axes: scenario.axes.clone(),
        marks: marks.into_iter().map(|m| Mark { label: m.label, from: m.from, to: m.to }).collect(),
        variants,
        verdicts,
        warnings,
        digest: collected.digest,
        interrupted: collected.done < total,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Overrides, load};

    const SCENARIO: &str = r#"
# Question: does it matter?
schema = 1

[run]
duration = "20s"
replications = 6

[mesh]
balancer = "random"

[app.shop]
dynos = 4
endpoint.browse = { share = 1, work.exponential = "20ms" }

[client.browsers]
app = "shop"
arrivals.poisson = { rate = "10/s" }
timeout = "3s"

[[expect]]
that = "error_rate <= 100%"
from = "10s"

[[expect]]
that = "goodput > 1000/s"
variant = "p2c"

[vary]
"mesh.balancer" = ["random", "p2c"]

[variant.small]
app.shop.dynos = 2
"#;

    fn scenario() -> Scenario {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("small.toml");
        std::fs::write(&file, SCENARIO).unwrap();
        load(file.to_str().unwrap(), &Overrides::default(), false)
            .unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// Runs the scenario and stops it after `stop_after` runs.
    fn results(threads: usize, stop_after: usize) -> Results {
        let stop = AtomicBool::new(false);
        let progress = |progress: Progress| {
            if progress.done >= stop_after {
                stop.store(true, Ordering::Relaxed);
            }
        };
        run(&scenario(), &Control { threads: Some(threads), stop: &stop, progress: &progress })
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let one = format!("{:?}", results(1, usize::MAX));
        for threads in [2, 3, 8] {
            assert_eq!(format!("{:?}", results(threads, usize::MAX)), one);
        }
    }

    #[test]
    fn every_variant_is_run_compared_and_judged() {
        let results = results(2, usize::MAX);
        let names: Vec<&str> = results.variants.iter().map(|v| v.name.as_str()).collect();
        assert_eq!(names, ["random", "p2c", "small"]);
        assert!(!results.interrupted);
        assert!(results.variants.iter().all(|variant| variant.replications == 6));
        assert!(results.variants[0].differences.is_empty());
        let metric = crate::metrics::Metric::Goodput;
        for variant in &results.variants[1..] {
            let difference = variant.difference("all", metric).unwrap();
            let means = [variant, &results.variants[0]].map(|v| v.estimate("all", metric).unwrap());
            assert!((difference.mean - (means[0].mean - means[1].mean)).abs() < 1e-9);
        }
        let verdicts: Vec<(&str, &str, bool)> = results
            .verdicts
            .iter()
            .map(|v| (v.expectation.as_str(), v.variant.as_str(), v.holds))
            .collect();
        assert_eq!(
            verdicts,
            [
                ("error_rate <= 100% from 10s", "random", true),
                ("error_rate <= 100% from 10s", "p2c", true),
                ("error_rate <= 100% from 10s", "small", true),
                ("goodput > 1000/s", "p2c", false),
            ]
        );
        assert_eq!(results.question, "does it matter?");
    }

    #[test]
    fn an_interrupted_experiment_keeps_what_was_finished() {
        let results = results(1, 7);
        assert!(results.interrupted);
        let finished: Vec<u32> = results.variants.iter().map(|v| v.replications).collect();
        assert_eq!(finished, [3, 2, 2]);
        let metric = crate::metrics::Metric::Goodput;
        assert_eq!(results.variants[1].difference("all", metric).unwrap().replications, 2);
        assert!(results.warnings.iter().any(|w| w.starts_with("stopped after 7 of 18 runs")));
        // Nothing at all is finished when it is stopped before it begins.
        let stop = AtomicBool::new(true);
        let control = Control { threads: Some(2), stop: &stop, progress: &|_| {} };
        let nothing = run(&scenario(), &control);
        assert!(nothing.interrupted && nothing.verdicts.iter().all(|v| v.observed.is_none()));
    }
}

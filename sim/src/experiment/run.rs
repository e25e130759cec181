//! The stages of an experiment: pilots, rounds of replications, results.
//!
//! The runs of all rounds are one list, replication by replication, handed out in order: an
//! interrupted experiment has runs of every variant. They end in any order and are collected in
//! theirs, so the outcome does not depend on the number of threads.

use super::jobs::{Control, Crew};
use super::measured::Measured;
use super::results::Results;
use super::statistics::Quantiles;
use super::{pilot, rounds};
use crate::platform::{Platform, simulate};
use crate::rng::Seed;
use crate::scenario::{Scenario, Warmup};
use crate::time::Span;

/// Runs every variant of a scenario in every replication and compares them.
pub fn run(scenario: &Scenario, control: &Control<'_>) -> Results {
    let mut crew = Crew::new(control);
    let mut measured = Measured::new(scenario);
    crew.expect(scenario.variants.len() * scenario.run.replications as usize);
    match scenario.run.warmup {
        Warmup::At(warmup) => measured.rounds(scenario, warmup, &mut crew),
        Warmup::Auto => {
            crew.expect(pilot::jobs(scenario));
            measured.pilot = pilot::find(scenario, &mut crew);
            if let Some(warmup) = measured.pilot.as_ref().map(|found| found.warmup) {
                measured.rounds(scenario, warmup, &mut crew);
            }
        }
    }
    measured.results(scenario)
}

impl Measured {
    /// Runs rounds until they are sure enough, or the most replications are done, or it is stopped.
    fn rounds(&mut self, scenario: &Scenario, warmup: Span, crew: &mut Crew<'_>) {
        let warmed = |platform: &Platform| {
            let mut platform = platform.clone();
            platform.timing.warmup = warmup;
            platform
        };
        let platforms: Vec<Platform> =
            scenario.variants.iter().map(|variant| warmed(&variant.platform)).collect();
        let mut quantiles = Quantiles::default();
        let mut before = 0;
        while self.round(scenario, &platforms, before, crew) {
            let Some(precision) = scenario.run.precision else { return };
            let tallies = &self.tallies;
            self.lacking = rounds::lacking(&mut quantiles, scenario, tallies, precision);
            let (most, now) = (scenario.run.replications_max, self.replications);
            let Some(worst) = self.lacking.first().filter(|_| now < most) else { return };
            before = now;
            self.replications = rounds::next(now, most, worst, precision);
            crew.expect(platforms.len() * (self.replications - before) as usize);
        }
    }

    /// Runs the replications from `before` on; false when it was stopped.
    fn round(
        &mut self,
        scenario: &Scenario,
        platforms: &[Platform],
        before: u32,
        crew: &mut Crew<'_>,
    ) -> bool {
        let variants = platforms.len();
        let place_of = |job: usize| (job % variants, (job / variants) as u32);
        let jobs = before as usize * variants..self.replications as usize * variants;
        let windows = std::mem::take(&mut self.windows);
        let job = |job: usize| {
            let (variant, replication) = place_of(job);
            let seed = Seed { scenario: scenario.run.seed, replication };
            simulate(&platforms[variant], seed, &windows)
        };
        let all = crew.work(jobs, &job, &mut |job, summary| {
            let (variant, replication) = place_of(job);
            self.tally(scenario, variant, replication, &summary);
        });
        self.windows = windows;
        all
    }
}

#[cfg(test)]
mod tests {
    use super::super::jobs::Progress;
    use super::*;
    use crate::scenario::{Overrides, load};
    use std::sync::atomic::{AtomicBool, Ordering};

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

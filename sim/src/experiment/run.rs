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
pub(super) mod tests;

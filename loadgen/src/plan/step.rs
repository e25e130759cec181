//! Steps: one level of load, held for a time.

use serde::{Deserialize, Serialize};
use sim::load::{Amount, Load, Stage};
use sim::metrics;
use sim::platform::{Platform, Timing};
use sim::rng::Seed;
use sim::scenario::Run;
use sim::time::Span;

/// How many users begin in a second, in all processes together, where users are new to a step: a
/// thousand connections at once would measure the backlog of the listening socket.
const BEGINNERS_A_SECOND: u32 = 5_000;

/// What is cut from the beginning of a step that is not the first.
const SETTLING: Span = Span::from_secs(1);

/// How high the load of a step is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum At {
    /// What the scenario's clients say.
    AsWritten,
    /// So many users in all closed clients together.
    Users(u32),
    /// So many requests a second of all open clients together.
    Rate(f64),
}

impl At {
    /// So many users, as far as there are whole ones: at least one for each client that has users.
    pub fn users(height: f64, platform: &Platform) -> At {
        At::Users((height as u32).max(platform.users_least()))
    }
}

/// One level of load, held for a time. The same step of the same scenario has the same requests in
/// every process and in the simulator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its place among the steps of the run, from 0.
    pub number: u32,
    /// The stage that it belongs to.
    pub stage: String,
    /// What reports call it: `100 users`, `500/s`, or its stage's name.
    pub name: String,
    /// How high it is.
    pub at: At,
    /// Which time this level is measured, from 0; chance is another each time.
    pub repeat: u32,
    /// Its beginning, which is not measured.
    pub warmup: Span,
    /// How long it is measured after that.
    pub lasts: Span,
    /// One interval of the series.
    pub interval: Span,
    /// Further stretches of the measured time that are summed up by themselves: the scenario's, then
    /// equal batches of the whole.
    pub windows: Vec<(Span, Span)>,
    /// How many users begin in a second, in all processes together.
    pub beginners_a_second: u32,
}

impl Step {
    /// The platform at this level and for this time: what the simulator runs to predict the step, and
    /// what the traffic of a load test is drawn for.
    pub fn platform(&self, platform: &Platform) -> Platform {
        let timing = Timing { duration: self.lasts, warmup: self.warmup, interval: self.interval };
        let platform = platform.with_timing(timing);
        match self.at {
            At::AsWritten => platform,
            At::Users(users) => platform.with_users(users),
            At::Rate(rate) => {
                let factor = rate / platform.rate();
                platform.with_rate(factor)
            }
        }
    }

    /// The shape of what is measured.
    pub fn shape(&self, platform: &Platform) -> metrics::Plan {
        self.platform(platform).plan(&self.windows)
    }

    /// Where its chance begins.
    pub fn seed(&self, scenario: u64) -> Seed {
        Seed { scenario, replication: self.repeat }
    }

    /// From its start to the end of what is measured.
    pub fn whole(&self) -> Span {
        self.warmup + self.lasts
    }
}

/// Makes the steps of a run, one after the other.
#[derive(Clone, Debug)]
pub struct Steps {
    next: u32,
    /// The warm-up of the scenario, for the first step.
    warmup: Span,
    interval: Span,
    windows: Vec<(Span, Span)>,
    batches: u32,
    users_before: u64,
}

impl Steps {
    /// The steps of a scenario that runs so and looks at these windows.
    pub fn new(run: &Run, windows: &[(Span, Span)]) -> Steps {
        Steps {
            next: 0,
            warmup: run.warmup.span().unwrap_or(Span::ZERO),
            interval: run.interval,
            windows: windows.to_vec(),
            batches: run.batches,
            users_before: 0,
        }
    }

    /// The next step: a level of a stage, `repeat` times measured before. Users that are new in it
    /// begin one after the other, and its measured time begins when all have.
    pub fn step(&mut self, stage: &Stage, platform: &Platform, at: At, repeat: u32) -> Step {
        let users = match at {
            At::Users(users) => u64::from(users),
            At::AsWritten | At::Rate(_) => platform.users(),
        };
        let beginners = users.saturating_sub(self.users_before);
        let spread = Span::from_seconds(beginners as f64 / f64::from(BEGINNERS_A_SECOND));
        let settling = if self.next == 0 { self.warmup } else { SETTLING };
        // Few begin so fast that the cut would be all that is seen of it.
        let spread = if spread < Span::from_millis(100) { Span::ZERO } else { spread };
        let step = Step {
            number: self.next,
            stage: stage.name.clone(),
            name: name(stage, at),
            at,
            repeat,
            warmup: settling + spread,
            lasts: stage.lasts,
            interval: interval(self.interval, stage.lasts),
            windows: self.windows(stage.lasts),
            beginners_a_second: BEGINNERS_A_SECOND,
        };
        self.next += 1;
        self.users_before = users;
        step
    }

    /// The scenario's windows, as far as they lie within a step that lasts so long, and its batches.
    fn windows(&self, lasts: Span) -> Vec<(Span, Span)> {
        let own = self.windows.iter().map(|(from, to)| (*from.min(&lasts), *to.min(&lasts)));
        let count = u64::from(self.batches);
        let at = |batch: u64| {
            let nanos = u128::from(lasts.nanos()) * u128::from(batch) / u128::from(count);
            Span::from_nanos(nanos as u64)
        };
        own.chain((0..count).map(|batch| (at(batch), at(batch + 1)))).collect()
    }
}

/// The scenario's interval, where it fits into a stage; else a fiftieth of the stage, or the stage.
fn interval(interval: Span, lasts: Span) -> Span {
    if interval <= lasts && !interval.is_zero() {
        return interval;
    }
    lasts.scaled(0.02).max(Span::from_nanos(1))
}

fn name(stage: &Stage, at: At) -> String {
    match at {
        At::AsWritten => stage.name.clone(),
        At::Users(1) => "1 user".into(),
        At::Users(users) => format!("{users} users"),
        At::Rate(rate) => format!("{rate}/s"),
    }
}

/// The stages of a scenario: those that it writes, or one of its own traffic for its own time.
pub fn stages(load: &Load, run: &Run) -> Vec<Stage> {
    if !load.stages.is_empty() {
        return load.stages.clone();
    }
    let amount = Amount::AsWritten;
    vec![Stage { name: "as written".into(), amount, lasts: run.duration }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing;

    #[test]
    fn new_users_begin_before_a_step_is_measured() {
        let scenario = testing::scenario("");
        let platform = &scenario.variants[0].platform;
        let mut steps = Steps::new(&scenario.run, &scenario.windows);
        let stage =
            Stage { name: "up".into(), amount: Amount::AsWritten, lasts: Span::from_secs(20) };
        let mut warmup = |at| {
            let step = steps.step(&stage, platform, at, 0);
            assert_eq!(step.platform(platform).timing.warmup, step.warmup);
            step.warmup.seconds()
        };
        // The scenario's own two seconds for the first, one for the others, and the time to begin.
        assert_eq!(warmup(At::Users(100)), 2.0);
        assert_eq!(warmup(At::Users(10_100)), 3.0);
        assert_eq!(warmup(At::Users(10_000)), 1.0);
        assert_eq!(warmup(At::Users(100_000)), 19.0);
    }

    #[test]
    fn a_step_is_the_platform_at_its_level() {
        let scenario = testing::scenario("");
        let platform = &scenario.variants[0].platform;
        let mut steps = Steps::new(&scenario.run, &[(Span::from_secs(1), Span::from_secs(9))]);
        let stage = stages(&scenario.load, &scenario.run).remove(0);
        assert_eq!(At::users(0.8, platform), At::Users(1), "the closed client has a user");
        assert_eq!(At::users(7.9, platform), At::Users(7));
        let step = steps.step(&stage, platform, At::Users(300), 1);
        let at_level = step.platform(platform);
        assert_eq!((at_level.users(), at_level.timing.duration), (300, scenario.run.duration));
        assert_eq!(step.name, "300 users");
        assert_eq!(step.seed(7), Seed { scenario: 7, replication: 1 });
        let windows = &step.windows;
        assert_eq!(windows[0], (Span::from_secs(1), Span::from_secs(4)), "cut at the end");
        assert_eq!(windows.len(), 1 + scenario.run.batches as usize);
        assert!(windows[1..].windows(2).all(|pair| pair[0].1 == pair[1].0));
        assert_eq!(windows.last().unwrap().1, scenario.run.duration);
        let rate = steps.step(&stage, platform, At::Rate(500.0), 0).platform(platform).rate();
        assert!((rate - 500.0).abs() < 1e-6, "{rate}");
        let written = serde_json::to_string(&step).unwrap();
        assert_eq!(serde_json::from_str::<Step>(&written).unwrap(), step);
    }
}

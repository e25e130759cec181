//! The highest steps that stages may come to, before any was done: what the machine must bear.

use crate::plan::{At, Step, Steps};
use sim::load::{Amount, Level, Stage};
use sim::platform::Platform;

/// For each stage the step at its highest level. A share of a boundary counts as that share of the
/// highest level that was searched.
pub fn highest(steps: &mut Steps, stages: &[Stage], platform: &Platform) -> Vec<Step> {
    let (mut users, mut rate) = (0.0, 0.0);
    let mut highest = Vec::new();
    for stage in stages {
        let at = match &stage.amount {
            Amount::AsWritten => At::AsWritten,
            Amount::Users(level) => At::users(top(level, &mut users), platform),
            Amount::Rate(level) => At::Rate(top(level, &mut rate)),
        };
        highest.push(steps.step(stage, platform, at, 0));
    }
    highest
}

fn top(level: &Level, searched: &mut f64) -> f64 {
    match level {
        Level::At(at) => *at,
        Level::OfBoundary(share) => *searched * share,
        Level::Search(search) => {
            *searched = search.to;
            search.to
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::load::{Growth, Search};
    use sim::scenario;
    use sim::time::Span;

    #[test]
    fn a_search_counts_with_its_last_level() {
        let loaded = scenario::load("cascade", &Default::default(), false);
        let scenario = loaded.unwrap_or_else(|error| panic!("{error}"));
        let search = Search {
            from: 100.0,
            to: 900.0,
            growth: Growth::Geometric(2.0),
            stop_when: Vec::new(),
        };
        let stage = |name: &str, level| Stage {
            name: name.into(),
            amount: Amount::Rate(level),
            lasts: Span::from_secs(1),
        };
        let stages = [
            stage("one", Level::At(50.0)),
            stage("two", Level::Search(search)),
            stage("three", Level::OfBoundary(0.5)),
        ];
        let mut steps = Steps::new(&scenario.run, &[]);
        let found = highest(&mut steps, &stages, &scenario.variants[0].platform);
        let levels: Vec<At> = found.iter().map(|step| step.at).collect();
        assert_eq!(levels, [At::Rate(50.0), At::Rate(900.0), At::Rate(450.0)]);
    }
}

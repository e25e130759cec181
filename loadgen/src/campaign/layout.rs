//! From steps to the variants of a report: each step is one that was measured and, where it was
//! simulated too, one that was predicted. What differs between them becomes axes, so that the charts
//! of `sim` draw both, and a search becomes a line over its levels.

use crate::crew::StepMeasures;
use crate::judge::blind::{Closed, Samples};
use crate::plan::{At, Step};
use sim::experiment::{MEASURED, Outcome, PREDICTED, SOURCE};
use sim::metrics::{Counted, Summary};
use sim::platform::Platform;
use sim::scenario::{Axis, Scenario};

/// One step of one variant, done.
pub struct Done {
    /// The scenario's variant, by its place.
    pub variant: usize,
    /// What was done.
    pub step: Step,
    /// Whether its stage holds one level, so that expectations are judged in it.
    pub judged: bool,
    /// What came of it.
    pub measured: Summary,
    /// Why it says nothing, if the generator was the bottleneck.
    pub void: Option<String>,
    /// What the simulator says of the same step.
    pub predicted: Option<Summary>,
    /// What a closed run saw, where all its clients are closed.
    pub closed: Option<(Closed, Samples)>,
    /// The books of the whole step, its warm-up included.
    pub counted: Counted,
}

/// The two sources.
const SOURCES: [&str; 2] = [MEASURED, PREDICTED];

impl Done {
    /// What a step came to, not predicted.
    pub fn of(
        variant: (usize, &Platform),
        step: Step,
        judged: bool,
        measures: StepMeasures,
    ) -> Done {
        let (variant, platform) = variant;
        let StepMeasures { ledger, health, counted, .. } = measures;
        let users = step.platform(platform).users() as f64;
        let all_closed = platform.clients.iter().all(|client| client.users() > 0);
        Done {
            variant,
            step,
            judged,
            measured: ledger.summary(),
            void: health.starved,
            predicted: None,
            closed: all_closed.then(|| Closed::of_step(&ledger, users)),
            counted,
        }
    }
}

/// The axes of a report, and its variants in the order in which they were done. A level that was
/// measured again is one variant of several runs. The names are those of the measured steps.
pub fn lay_out(scenario: &Scenario, done: &[Done]) -> (Vec<Axis>, Vec<Outcome>, Vec<String>) {
    let layout = Layout::new(scenario, done);
    let mut outcomes: Vec<Outcome> = Vec::new();
    for step in done {
        for source in [Some(&step.measured), step.predicted.as_ref()].into_iter().zip(0..) {
            let (Some(summary), source) = source else { continue };
            let outcome = layout.outcome(scenario, step, source);
            let known = outcomes.iter_mut().find(|known| known.name == outcome.name);
            let outcome = match known {
                Some(known) => known,
                None => {
                    outcomes.push(outcome);
                    outcomes.last_mut().expect("it was just pushed")
                }
            };
            outcome.runs.push(summary.clone());
            // A level that is void once is measured again; only when it always was, nothing is known.
            let void = step.void.clone().filter(|_| source == 0);
            let first = outcome.runs.len() == 1;
            outcome.void = if first { void } else { outcome.void.take().and(void) };
        }
    }
    let names = done.iter().map(|step| layout.outcome(scenario, step, 0).name).collect();
    (layout.axes(scenario), outcomes, names)
}

/// What differs between the steps.
struct Layout {
    variants: bool,
    stages: Vec<String>,
    levels: Vec<At>,
    sources: bool,
}

impl Layout {
    fn new(scenario: &Scenario, done: &[Done]) -> Layout {
        let (mut stages, mut levels) = (Vec::new(), Vec::new());
        for Done { step, .. } in done {
            if !stages.contains(&step.stage) {
                stages.push(step.stage.clone());
            }
            if !levels.contains(&step.at) {
                levels.push(step.at);
            }
        }
        levels.sort_by(|one, other| number(*one).total_cmp(&number(*other)));
        Layout {
            variants: scenario.variants.len() > 1,
            stages,
            levels,
            sources: done.iter().any(|step| step.predicted.is_some()),
        }
    }

    /// Whether the levels are numbers of one sort, and several.
    fn level_axis(&self) -> Option<Axis> {
        let users = self.levels.iter().all(|at| matches!(at, At::Users(_)));
        let rates = self.levels.iter().all(|at| matches!(at, At::Rate(_)));
        if self.levels.len() < 2 || !(users || rates) {
            return None;
        }
        let path = if users { "load.users" } else { "load.rate" };
        let values = self.levels.iter().map(|at| label(*at)).collect();
        let numbers = Some(self.levels.iter().map(|at| number(*at)).collect());
        Some(Axis { path: path.into(), values, numbers })
    }

    fn axes(&self, scenario: &Scenario) -> Vec<Axis> {
        let own = if self.variants { scenario.axes.clone() } else { Vec::new() };
        let words =
            |path: &str, values: Vec<String>| Axis { path: path.into(), values, numbers: None };
        let stages = (self.stages.len() > 1).then(|| words("load.stage", self.stages.clone()));
        let sources = self.sources.then(|| words(SOURCE, SOURCES.map(String::from).to_vec()));
        own.into_iter().chain(stages).chain(self.level_axis()).chain(sources).collect()
    }

    /// The variant that a step of a source belongs to, with no run yet.
    fn outcome(&self, scenario: &Scenario, done: &Done, source: usize) -> Outcome {
        let variant = &scenario.variants[done.variant];
        let step = &done.step;
        let stage = self.stages.iter().position(|stage| *stage == step.stage).unwrap_or_default();
        let level = self.levels.iter().position(|level| *level == step.at).unwrap_or_default();
        let level_axis = self.level_axis();
        let mut parts: Vec<(&str, String)> = Vec::new();
        let mut coordinates = if self.variants { variant.coordinates.clone() } else { Vec::new() };
        // A variant that lies on no axis of the scenario lies on none here.
        let on_axes = !self.variants || !variant.coordinates.is_empty() || scenario.axes.is_empty();
        if self.variants {
            match (scenario.axes.as_slice(), variant.coordinates.as_slice()) {
                ([axis], [_]) => parts.push((last_word(&axis.path), variant.name.clone())),
                _ => parts.push(("variant", variant.name.clone())),
            }
        }
        if self.stages.len() > 1 {
            parts.push(("stage", step.stage.clone()));
            coordinates.push(stage);
        }
        if let Some(axis) = &level_axis {
            parts.push((last_word(&axis.path), label(step.at)));
            coordinates.push(level);
        }
        if self.sources {
            parts.push(("source", SOURCES[source].into()));
            coordinates.push(source);
        }
        Outcome {
            name: name(&parts, step),
            coordinates: if on_axes { coordinates } else { Vec::new() },
            settings: variant.settings.clone(),
            runs: Vec::new(),
            // What the scenario expects is expected of the real thing.
            judged: done.judged && source == 0,
            stage: step.stage.clone(),
            duration: step.lasts,
            void: None,
        }
    }
}

/// As variants of several axes are named: `balancer=p2c, source=measured`; of one by the value alone.
fn name(parts: &[(&str, String)], step: &Step) -> String {
    match parts {
        [] => step.name.clone(),
        [(_, value)] => value.clone(),
        several => {
            let part = |(key, value): &(&str, String)| match *key {
                // It is named with its keys already, where it has several.
                "variant" => value.clone(),
                key => format!("{key}={value}"),
            };
            several.iter().map(part).collect::<Vec<_>>().join(", ")
        }
    }
}

fn last_word(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn number(at: At) -> f64 {
    match at {
        At::AsWritten => 0.0,
        At::Users(users) => f64::from(users),
        At::Rate(rate) => rate,
    }
}

fn label(at: At) -> String {
    match at {
        At::AsWritten => "as written".into(),
        At::Users(users) => users.to_string(),
        At::Rate(rate) => format!("{}/s", (rate * 100.0).round() / 100.0),
    }
}

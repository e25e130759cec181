//! The course of a load test beside what its target told of itself, on one time: what the chart `target`
//! shows. The measures that are judged are those of the variants, not these.

use crate::time::Span;

/// What was sent and what the target told meanwhile. All times count from the moment at which the target
/// was first watched.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beside {
    /// The steps, in the order in which they were done.
    pub steps: Vec<Course>,
    /// What the target told, a series each.
    pub told: Vec<TargetSeries>,
}

/// One step, second by second.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// The step's name, with that of its variant where there are several.
    pub name: String,
    /// When it began.
    pub from: Span,
    /// When its warm-up was over.
    pub measured: Span,
    /// When it ended.
    pub to: Span,
    /// How it went.
    pub seconds: Vec<Second>,
}

/// About a second as the generator saw it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Second {
    /// Its end.
    pub at: Span,
    /// Requests that began, a second.
    pub arrivals: f64,
    /// Requests that ended well, a second.
    pub goodput: f64,
    /// Requests that failed, a second.
    pub failures: f64,
    /// The 99th percentile of the latency of those that ended well; nothing where none did.
    pub latency_p99: Option<Span>,
}

/// One measure of a target over time.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetSeries {
    /// The source, as the scenario calls it.
    pub source: String,
    /// What is measured.
    pub name: String,
    /// Of what part of the target, such as one of its servers; empty where it is of all of it.
    pub of: String,
    /// Its unit: `1`, `s` or `B`; with `/s` behind it for what the source counts.
    pub unit: String,
    /// When each value was taken.
    pub t: Vec<Span>,
    /// The values; NaN where the source was asked and told none.
    pub values: Vec<f64>,
}

impl Beside {
    /// The last moment that anything is known of.
    pub fn end(&self) -> Span {
        let steps = self.steps.iter().map(|step| step.to);
        let told = self.told.iter().filter_map(|series| series.t.last().copied());
        steps.chain(told).max().unwrap_or(Span::ZERO)
    }
}

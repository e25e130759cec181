//! What the runs of one variant measured, collected replication by replication.

use super::batches::Batches;
use super::growth::Thirds;
use crate::metrics::{Metric, Summary};
use crate::scenario::Scenario;
use crate::time::Span;
use std::collections::BTreeMap;

/// The measures of one variant over its finished replications, in their order.
pub(super) struct Tally {
    /// The replications that were finished.
    pub replications: Vec<u32>,
    /// By scope in the order of the first run, then by metric.
    pub scopes: Vec<(String, BTreeMap<Metric, Measured>)>,
    /// For each expectation its measure.
    pub expected: Vec<Vec<f64>>,
    pub series: Vec<SeriesTally>,
    /// The batches of the only run, if it has some.
    pub batches: Batches,
    /// What was in flight and what was queued, where nothing disturbs.
    pub levels: [(Metric, Thirds); 2],
    curve: Vec<f64>,
    curves: u32,
}

/// What a run is a run of.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    pub scenario: &'a Scenario,
    /// The scenario's variant, for its expectations.
    pub variant: &'a str,
    /// How much of the measured time nothing disturbs.
    pub undisturbed: Span,
}

/// The values of one measure and the replications that had one.
#[derive(Default)]
pub(super) struct Measured {
    pub replications: Vec<u32>,
    pub values: Vec<f64>,
}

/// One series, added up over replications.
pub(super) struct SeriesTally {
    pub scope: String,
    pub metric: Metric,
    sum: Vec<f64>,
    count: Vec<u32>,
    pub min: Vec<f64>,
    pub max: Vec<f64>,
}

impl Tally {
    /// Nothing measured yet.
    pub fn new() -> Tally {
        Tally {
            replications: Vec::new(),
            scopes: Vec::new(),
            expected: Vec::new(),
            series: Vec::new(),
            batches: Batches::default(),
            levels: [Metric::InFlightMean, Metric::QueueMean].map(|m| (m, Thirds::default())),
            curve: Vec::new(),
            curves: 0,
        }
    }

    /// Adds a run of a variant. Runs must come in the order of their replications: sums of floats
    /// depend on it.
    pub fn add(&mut self, frame: Frame<'_>, replication: u32, run: &Summary) {
        let Frame { scenario, variant, undisturbed } = frame;
        self.replications.push(replication);
        for scope in &run.scopes {
            let metrics = match self.scopes.iter().position(|(known, _)| *known == scope.name) {
                Some(at) => &mut self.scopes[at].1,
                None => {
                    self.scopes.push((scope.name.clone(), BTreeMap::new()));
                    &mut self.scopes.last_mut().expect("it was just pushed").1
                }
            };
            for (metric, value) in &scope.values {
                let measured = metrics.entry(*metric).or_default();
                measured.replications.push(replication);
                measured.values.push(*value);
            }
        }
        self.expected.resize(scenario.expectations.len(), Vec::new());
        for (values, expectation) in self.expected.iter_mut().zip(&scenario.expectations) {
            if expectation.variants.iter().any(|name| name == variant) {
                let (scope, metric) = (expectation.scope.as_str(), expectation.metric);
                values.extend(match expectation.window {
                    Some(window) => run.value_in_window(window, scope, metric),
                    None => run.value(scope, metric),
                });
            }
        }
        self.add_series(run);
        // Several runs say how sure they are by themselves.
        let alone = self.replications.len() == 1;
        let batches = if alone { &run.windows[scenario.windows.len()..] } else { &[] };
        self.batches = Batches::of(batches);
        for (metric, thirds) in &mut self.levels {
            thirds.add(run, *metric, undisturbed, scenario.run.interval);
        }
        if let Some(all) = run.scopes.iter().find(|scope| scope.name == "all")
            && !all.latency_curve.is_empty()
        {
            self.curve.resize(all.latency_curve.len(), 0.0);
            self.curve.iter_mut().zip(&all.latency_curve).for_each(|(sum, value)| *sum += value);
            self.curves += 1;
        }
    }

    fn add_series(&mut self, run: &Summary) {
        for series in &run.series {
            let known =
                |tally: &SeriesTally| tally.scope == series.scope && tally.metric == series.metric;
            let at = self.series.iter().position(known).unwrap_or_else(|| {
                self.series.push(SeriesTally::new(series.scope.clone(), series.metric));
                self.series.len() - 1
            });
            self.series[at].add(&series.values);
        }
    }

    /// The values of one measure.
    pub fn measured(&self, scope: &str, metric: Metric) -> Option<&Measured> {
        let (_, metrics) = self.scopes.iter().find(|(name, _)| name == scope)?;
        metrics.get(&metric)
    }

    /// The mean latency curve; empty when no replication had a success.
    pub fn latency_curve(&self) -> Vec<f64> {
        self.curve.iter().map(|sum| sum / f64::from(self.curves)).collect()
    }
}

impl SeriesTally {
    fn new(scope: String, metric: Metric) -> SeriesTally {
        let empty = Vec::new;
        SeriesTally { scope, metric, sum: empty(), count: Vec::new(), min: empty(), max: empty() }
    }

    fn add(&mut self, values: &[f64]) {
        if self.sum.len() < values.len() {
            self.sum.resize(values.len(), 0.0);
            self.count.resize(values.len(), 0);
            self.min.resize(values.len(), f64::NAN);
            self.max.resize(values.len(), f64::NAN);
        }
        for (at, value) in values.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
            self.sum[at] += value;
            self.count[at] += 1;
            // `min` and `max` of a NaN and a number give the number.
            self.min[at] = self.min[at].min(*value);
            self.max[at] = self.max[at].max(*value);
        }
    }

    /// The mean of each interval; NaN where no replication had a value.
    pub fn mean(&self) -> Vec<f64> {
        self.sum.iter().zip(&self.count).map(|(sum, count)| sum / f64::from(*count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_skip_what_has_no_value() {
        let mut tally = SeriesTally::new("all".into(), Metric::Goodput);
        tally.add(&[1.0, f64::NAN, f64::NAN]);
        tally.add(&[3.0, 5.0, f64::NAN]);
        let mean = tally.mean();
        assert_eq!((mean[0], mean[1]), (2.0, 5.0));
        assert_eq!((tally.min[0], tally.max[0]), (1.0, 3.0));
        assert_eq!((tally.min[1], tally.max[1]), (5.0, 5.0));
        assert!(mean[2].is_nan() && tally.min[2].is_nan() && tally.max[2].is_nan());
    }
}

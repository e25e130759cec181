//! Measured against predicted: by how much each prediction of a load test missed, as text, markdown and
//! html show it.

use super::number::{NOTHING, Shown};
use crate::experiment::{Estimate, Results, SOURCE, VariantResult};
use crate::metrics::Metric;

/// What is compared, with its heading. Shares differ by percentage points, all else by percent of what
/// was measured.
pub const MEASURES: [(Metric, &str); 7] = [
    (Metric::Goodput, "goodput"),
    (Metric::ErrorRate, "errors"),
    (Metric::LatencyMean, "mean"),
    (Metric::LatencyP50, "p50"),
    (Metric::LatencyP95, "p95"),
    (Metric::LatencyP99, "p99"),
    (Metric::LatencyP999, "p99.9"),
];

/// What stands above the table.
pub const TITLE: &str = "Measured against predicted";
/// What its numbers are.
pub const NOTE: &str = "error %: predicted less measured, as a share of measured (error rates: in \
                        percentage points); negative where the prediction is too low";

/// What stands behind the name of a variant that says nothing.
pub const VOID: &str = " (void)";

/// The errors of one step's prediction.
pub struct Row {
    /// The step.
    pub name: String,
    /// One a measure.
    pub errors: Vec<Missed>,
}

/// The error of one measure.
pub struct Missed {
    /// As shown.
    pub shown: Shown,
    /// Whether its whole 95 % interval lies on one side of zero.
    pub sure: bool,
}

/// A row for each step that was measured and predicted, in the order of the predictions.
pub fn rows(results: &Results) -> Vec<Row> {
    let row = |predicted: &VariantResult| {
        let measured = &results.variants[results.measured_of(predicted)?];
        let errors = MEASURES.iter().map(|(metric, _)| missed(measured, predicted, *metric));
        Some(Row { name: step(results, measured), errors: errors.collect() })
    };
    results.variants.iter().filter_map(row).collect()
}

/// The name of a step: its values on all axes but the source.
pub fn step(results: &Results, variant: &VariantResult) -> String {
    let pairs = results.axes.iter().zip(&variant.coordinates);
    let others = pairs.filter(|(axis, _)| axis.path != SOURCE);
    let values: Option<Vec<&str>> =
        others.map(|(axis, &at)| axis.values.get(at).map(String::as_str)).collect();
    match values {
        Some(values) if !values.is_empty() => values.join(", "),
        _ => variant.name.trim_end_matches(VOID).to_string(),
    }
}

/// By how much a measure was missed, as a share of what was measured, with its interval; nothing where
/// there is no such share.
pub fn share(measured: &VariantResult, difference: &Estimate) -> Option<(f64, Option<(f64, f64)>)> {
    let whole = measured.estimate(&difference.scope, difference.metric)?.mean;
    let usable = whole > 0.0 && whole.is_finite();
    usable.then(|| {
        let ci95 = difference.ci95.map(|(low, high)| (low / whole, high / whole));
        (difference.mean / whole, ci95)
    })
}

fn missed(measured: &VariantResult, predicted: &VariantResult, metric: Metric) -> Missed {
    let Some(found) = predicted.difference("all", metric) else {
        return Missed { shown: Shown::word(NOTHING), sure: false };
    };
    let sure = found.ci95.is_some_and(|(low, high)| low > 0.0 || high < 0.0);
    if metric == Metric::ErrorRate {
        return Missed { shown: Shown::estimate(Some(found), true), sure };
    }
    let Some((share, ci95)) = share(measured, found) else {
        return Missed { shown: Shown::word(NOTHING), sure: false };
    };
    // Utilization is a share, too, and shown in percent.
    let shown = Shown { unit: "%", ..Shown::value(Metric::Utilization, share, ci95, true) };
    Missed { shown, sure }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn errors_are_shares_of_what_was_measured() {
        let rows = rows(&fixture::load_test());
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(
            names,
            ["random, 100", "random, 200", "random, 400", "p2c, 100", "p2c, 200", "p2c, 400"]
        );
        let shown = |row: usize, column: usize| rows[row].errors[column].shown.full();
        // Predicted 4 % more goodput and a tenth less of the 99th percentile.
        assert_eq!(shown(0, 0), "+4.00 ±1 %");
        assert_eq!(shown(0, 5), "-10.0 ±2 %");
        assert!(rows[0].errors[0].sure && shown(0, 1).ends_with(" pp"));
        // A mean latency was not measured.
        assert_eq!(shown(0, 2), NOTHING);
        assert!(super::rows(&fixture::cascade()).is_empty());
    }
}

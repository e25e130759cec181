//! Causes of failure over time: one panel a variant, one layer a cause.

use super::axis::Axis;
use super::canvas::{Canvas, Point};
use super::palette::{INK, cause as color};
use super::panel::{HEADING, MARGIN, Panel, TICK, WIDTH, empty, heading, legend};
use super::{about, join, name, part, subject};
use crate::experiment::{Results, VariantResult};
use crate::metrics::{Cause, Metric};

/// More panels than this do not fit one picture.
const MOST_PANELS: usize = 12;

/// Draws the panels; where nothing failed they say so.
pub fn draw(results: &Results) -> Option<Canvas> {
    // A prediction is drawn into the panel of what was measured.
    let own = results.variants.iter().filter(|variant| results.measured_of(variant).is_none());
    let own: Vec<&VariantResult> = own.collect();
    let shown = &own[..own.len().min(MOST_PANELS)];
    if shown.iter().all(|variant| variant.series.is_empty()) {
        return None;
    }
    let title = match shown.len() {
        1 => "Why requests failed".to_string(),
        _ => format!("Why requests failed, by {}", subject(results)),
    };
    let mut canvas = Canvas::new(&title, WIDTH, 0.0);
    let more = join(&["failures/s over the measured time", &part(results, own.len(), MOST_PANELS)]);
    let mut top = heading(&mut canvas, &title, &about(results, &more));
    let causes = occurring(shown);
    if !causes.is_empty() {
        let name = |cause: &usize| Cause::ALL[*cause].summary().to_string();
        let names: Vec<String> = causes.iter().map(name).collect();
        top += legend(&mut canvas, top, &names, |canvas, (x, y), number| {
            canvas.rectangle((x - 15.0, y - 9.0), (x + 15.0, y + 9.0), INK);
            canvas.rectangle((x - 14.0, y - 8.0), (x + 14.0, y + 8.0), color(causes[number]));
        });
    }
    let columns = match shown.len() {
        1 => 1,
        2 | 4 => 2,
        _ => 3,
    };
    let stacks: Vec<Vec<Vec<f64>>> = shown.iter().map(|variant| stack(variant, &causes)).collect();
    let predicted: Vec<Vec<f64>> = shown.iter().map(|variant| expected(results, variant)).collect();
    let peaks = stacks.iter().flat_map(|layers| layers.last().into_iter().flatten().copied());
    let y = Axis::from_zero(peaks.chain(predicted.iter().flatten().copied()));
    let cell = (WIDTH - 2.0 * MARGIN) / columns as f64;
    let height = match columns {
        _ if causes.is_empty() => 80.0,
        1 => 340.0,
        _ => 200.0,
    };
    for (number, (variant, layers)) in shown.iter().zip(&stacks).enumerate() {
        let left = MARGIN + cell * (number % columns) as f64 + 62.0;
        let panel_top = top + 40.0 + (height + 84.0) * (number / columns) as f64;
        let x = Axis::linear(0.0, results.duration.seconds());
        let panel = Panel { left, top: panel_top, width: cell - 94.0, height, x, y };
        panel.title(&mut canvas, &HEADING.fit(&name(results, variant), cell - 94.0), 14.0);
        if causes.is_empty() {
            empty(&mut canvas, &panel, "no failures");
        } else {
            panel.events(&mut canvas, results);
            panel.rows(&mut canvas, Metric::Errors(Cause::Timeout));
            panel.times(&mut canvas, results.duration.seconds());
            fill(&mut canvas, &panel, results, layers, &causes);
            let sums = layers.last().into_iter().flatten().chain(&predicted[number]);
            let failed = sums.into_iter().any(|sum| *sum > 0.0);
            canvas.dashed(&steps(&panel, results, &predicted[number]), INK, 2.5, (8.0, 6.0));
            if !failed {
                empty(&mut canvas, &panel, "no failures");
            }
        }
        panel.base(&mut canvas);
        canvas.height = panel.bottom() + 66.0;
    }
    if !causes.is_empty() {
        let below = (WIDTH - MARGIN - 8.0, canvas.height - 14.0);
        canvas.text(below, "measured time", TICK.end());
    }
    Some(canvas)
}

/// The causes that occur in any variant, as numbers in `Cause::ALL`.
fn occurring(shown: &[&VariantResult]) -> Vec<usize> {
    let occurs = |cause: &usize| {
        let metric = Metric::Errors(Cause::ALL[*cause]);
        let mut series = shown.iter().filter_map(|variant| variant.series("all", metric));
        series.any(|series| series.mean.iter().any(|value| value.is_finite() && *value > 0.0))
    };
    (0..Cause::ALL.len()).filter(occurs).collect()
}

/// How many failures of all causes were predicted for what was measured, one value an interval; empty
/// where nothing was predicted.
fn expected(results: &Results, measured: &VariantResult) -> Vec<f64> {
    let of = |at: usize| std::ptr::eq(&results.variants[at], measured);
    let twin = results.variants.iter().find(|v| results.measured_of(v).is_some_and(of));
    let causes: Vec<usize> = (0..Cause::ALL.len()).collect();
    twin.and_then(|twin| stack(twin, &causes).pop()).unwrap_or_default()
}

/// For each cause the sum over it and all causes below, one value an interval.
fn stack(variant: &VariantResult, causes: &[usize]) -> Vec<Vec<f64>> {
    let mut layers: Vec<Vec<f64>> = Vec::new();
    for cause in causes {
        let mut sums = layers.last().cloned().unwrap_or_default();
        if let Some(series) = variant.series("all", Metric::Errors(Cause::ALL[*cause])) {
            sums.resize(sums.len().max(series.mean.len()), 0.0);
            for (sum, value) in sums.iter_mut().zip(&series.mean) {
                *sum += if value.is_finite() { value.max(0.0) } else { 0.0 };
            }
        }
        layers.push(sums);
    }
    layers
}

/// Fills the layers as steps, an interval wide each, the highest sum first.
fn fill(
    canvas: &mut Canvas,
    panel: &Panel,
    results: &Results,
    layers: &[Vec<f64>],
    causes: &[usize],
) {
    for (at, sums) in layers.iter().enumerate().rev() {
        let edge = steps(panel, results, sums);
        let (Some(first), Some(last)) = (edge.first().copied(), edge.last().copied()) else {
            continue;
        };
        let mut outline = edge;
        outline.extend([(last.0, panel.bottom()), (first.0, panel.bottom())]);
        canvas.area(&outline, color(causes[at]), 1.0);
    }
}

/// The outline of values, an interval wide each.
fn steps(panel: &Panel, results: &Results, values: &[f64]) -> Vec<Point> {
    let (interval, duration) = (results.interval.seconds(), results.duration.seconds());
    let steps = values.iter().enumerate().flat_map(|(step, value)| {
        let (from, to) = (step as f64 * interval, (step + 1) as f64 * interval);
        [panel.at(from.min(duration), *value), panel.at(to.min(duration), *value)]
    });
    steps.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::canvas::Shape;
    use crate::report::fixture;

    #[test]
    fn what_never_failed_says_so() {
        let mut results = fixture::cascade();
        let texts = |results: &Results| {
            let shapes = draw(results).unwrap().shapes.into_iter();
            let is_note =
                |shape: &Shape| matches!(shape, Shape::Text { text, .. } if text == "no failures");
            shapes.filter(is_note).count()
        };
        assert_eq!(texts(&results), 0);
        for variant in &mut results.variants[1..] {
            variant.series.retain(|series| !matches!(series.metric, Metric::Errors(_)));
        }
        assert_eq!(texts(&results), 4);
        results.variants[0].series.truncate(1);
        assert_eq!(texts(&results), 5);
    }

    #[test]
    fn layers_add_up() {
        let results = fixture::cascade();
        let causes = occurring(&results.variants.iter().collect::<Vec<_>>());
        assert_eq!(causes, [0, 3, 4]);
        let layers = stack(&results.variants[0], &causes);
        let sum: f64 = [Cause::Timeout, Cause::H11, Cause::H12]
            .map(|cause| results.variants[0].series("all", Metric::Errors(cause)).unwrap().mean[30])
            .iter()
            .sum();
        assert!((layers[2][30] - sum).abs() < 1e-9);
        assert!(layers[0][30] < layers[1][30]);
    }
}

//! The run over time: goodput and p99 latency, with the scenario's events behind them.

use super::axis::Axis;
use super::canvas::Canvas;
use super::palette::Look;
use super::panel::{MARGIN, Panel, TICK, WIDTH, empty, heading, legend, line_swatch};
use super::{about, join, looks, marks, name, part, subject};
use crate::experiment::{Results, SeriesEstimate, VariantResult};
use crate::metrics::Metric;

/// More lines than this cannot be told apart.
const MOST_LINES: usize = 12;
/// More bands than this would hide each other.
const MOST_BANDS: usize = 6;

/// The width of both frames.
const FRAME: f64 = WIDTH - 2.0 * MARGIN - 96.0;

/// Draws both panels; nothing without series.
pub fn draw(results: &Results) -> Option<Canvas> {
    let shown = &results.variants[..results.variants.len().min(MOST_LINES)];
    let metrics = [Metric::Goodput, Metric::LatencyP99];
    if !metrics.into_iter().any(|metric| vertical(shown, metric, false, false).1) {
        return None;
    }
    let (subject, looks) = (subject(results), looks(results));
    let title = if shown.len() == 1 {
        "Goodput and p99 latency over time".to_string()
    } else if results.marks.is_empty() {
        format!("Goodput and p99 latency over time, by {subject}")
    } else {
        format!(
            "Goodput and p99 latency over time: which {}s recover",
            subject.trim_end_matches('s')
        )
    };
    let mut canvas = Canvas::new(&title, WIDTH, 0.0);
    let bands = shown.len() <= MOST_BANDS && results.replications > 1;
    let band = if bands { "means, with all replications in the faint bands" } else { "means" };
    let more = join(&[band, &part(results, results.variants.len(), MOST_LINES)]);
    let mut top = heading(&mut canvas, &title, &about(results, &more));
    if results.variants.len() > 1 {
        // A prediction looks like what it predicts, but for its dashes.
        let told = shown.iter().zip(&looks).filter(|(_, look)| !look.predicted);
        let (names, looks): (Vec<String>, Vec<Look>) =
            told.map(|(variant, look)| (name(results, variant), *look)).unzip();
        top += legend(&mut canvas, top, &names, |canvas, at, number| {
            line_swatch(canvas, at, looks[number]);
        });
    }
    let label_rows = marks::rows(&results.marks, results.duration, FRAME);
    top += 24.0 * label_rows as f64;
    let headings = [("Goodput, requests/s", false), ("p99 latency, log scale", true)];
    for (number, (metric, (title, log))) in metrics.into_iter().zip(headings).enumerate() {
        let (top, height) = (top + 40.0 + 410.0 * number as f64, 310.0);
        let (left, width) = (MARGIN + 76.0, FRAME);
        let x = Axis::linear(0.0, results.duration.seconds());
        let (y, found) = vertical(shown, metric, log, bands);
        let panel = Panel { left, top, width, height, x, y };
        panel.events(&mut canvas, results);
        // The labels of the events stand between the heading and the first frame.
        let rise = if number == 0 { 14.0 + 24.0 * label_rows as f64 } else { 14.0 };
        panel.title(&mut canvas, title, rise);
        if number == 0 {
            marks::name(&mut canvas, &panel, &results.marks, results.duration);
        }
        if found {
            panel.rows(&mut canvas, metric);
        }
        panel.times(&mut canvas, results.duration.seconds());
        curves(&mut canvas, &panel, results, shown, metric, bands);
        panel.base(&mut canvas);
        if !found {
            empty(&mut canvas, &panel, "no values");
        }
        canvas.height = panel.bottom() + 68.0;
    }
    let below = (WIDTH - MARGIN - 20.0, canvas.height - 16.0);
    canvas.text(below, "measured time", TICK.end());
    Some(canvas)
}

/// The vertical axis that holds all of a measure, and whether there is anything to hold.
fn vertical(shown: &[VariantResult], metric: Metric, log: bool, bands: bool) -> (Axis, bool) {
    let values = || {
        let series = shown.iter().filter_map(|variant| variant.series("all", metric));
        series.flat_map(|series| {
            let edges: [&[f64]; 2] = if bands { [&series.min, &series.max] } else { [&[], &[]] };
            [&series.mean[..], edges[0], edges[1]].concat()
        })
    };
    let found = values().any(f64::is_finite);
    match Axis::log(values()) {
        Some(axis) if log => (axis, found),
        _ => (Axis::from_zero(values()), found),
    }
}

fn curves(
    canvas: &mut Canvas,
    panel: &Panel,
    results: &Results,
    shown: &[VariantResult],
    metric: Metric,
    bands: bool,
) {
    let interval = results.interval.seconds();
    let middle = |at: usize| ((at as f64 + 0.5) * interval).min(results.duration.seconds());
    let series = |variant: &'_ VariantResult| -> Option<SeriesEstimate> {
        variant.series("all", metric).cloned()
    };
    let looks = looks(results);
    for (look, series) in looks.iter().zip(shown.iter().map(series)) {
        let Some(series) = series.filter(|_| bands) else { continue };
        let edges = series.min.iter().zip(&series.max).enumerate();
        let edges: Vec<_> = edges.map(|(at, (low, high))| (middle(at), *low, *high)).collect();
        panel.band(canvas, &edges, look.number);
    }
    for (look, series) in looks.iter().zip(shown.iter().map(series)) {
        let Some(series) = series else { continue };
        let values = series.mean.iter().enumerate();
        let values: Vec<_> = values.map(|(at, mean)| (middle(at), *mean)).collect();
        panel.series(canvas, &values, *look, 8);
    }
}

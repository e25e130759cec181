//! The variants side by side: a row each, with the 95 % interval around every mean.

use super::axis::{Axis, label};
use super::canvas::{Canvas, Style};
use super::palette::{AXIS, GRID, INK, Look, STRIPE, WHITE, series};
use super::panel::{HEADING, LABEL, MARGIN, Panel, SUBTITLE, TICK, WIDTH, heading};
use super::{INTERVALS, about, join, looks, name, part, subject};
use crate::experiment::{Estimate, Results, VariantResult};
use crate::metrics::Metric;
use crate::report::number::{NOTHING, Shown, quantity};
use crate::report::table;

/// More rows than this are left to the table.
const MOST_ROWS: usize = 20;
/// Up to so many rows have room for their values.
const MOST_VALUES: usize = 12;

/// The radius of a dot.
const DOT: f64 = 6.5;
/// How far a value may stand out of its panel, how far each of two reaches over its own dot, and the
/// least distance between the two.
const BESIDE: f64 = 26.0;
const OVER: f64 = 10.0;
const GAP: f64 = 10.0;

/// One panel: its heading, its measures and whether its axis is logarithmic.
struct Column {
    title: &'static str,
    metrics: &'static [Metric],
    log: bool,
}

const COLUMNS: [Column; 4] = [
    Column { title: "Goodput, requests/s", metrics: &[Metric::Goodput], log: false },
    Column { title: "Error rate", metrics: &[Metric::ErrorRate], log: false },
    Column {
        title: "Latency: p50 and p99",
        metrics: &[Metric::LatencyP50, Metric::LatencyP99],
        log: true,
    },
    Column { title: "Time to recover", metrics: &[Metric::Recovery], log: false },
];

/// Draws the panels that have values; nothing when none has.
pub fn draw(results: &Results) -> Option<Canvas> {
    let shown = &results.variants[..results.variants.len().min(MOST_ROWS)];
    let filled = |column: &&Column| {
        let mut found = shown.iter().flat_map(|variant| estimates(variant, column.metrics));
        found.any(|estimate| !estimate.mean.is_nan())
    };
    let columns: Vec<&Column> = COLUMNS.iter().filter(filled).collect();
    if columns.is_empty() {
        return None;
    }
    let title = match columns.iter().any(|column| column.metrics.contains(&Metric::Recovery)) {
        _ if results.variants.len() < 2 => "What comes out".to_string(),
        true => format!("What each {} costs, and whether it recovers", subject(results)),
        false => format!("What each {} costs", subject(results)),
    };
    let mut canvas = Canvas::new(&title, WIDTH, 0.0);
    let looks = colors(results);
    let sure = if table::basis(results).is_some() { INTERVALS } else { "" };
    let more = join(&[sure, &part(results, results.variants.len(), MOST_ROWS)]);
    let top = heading(&mut canvas, &title, &about(results, &more)) + 56.0;
    let row = if shown.len() <= MOST_VALUES { 56.0 } else { 32.0 };
    let labels = row_names(results, shown);
    let widest = labels.iter().map(|name| LABEL.width(name)).fold(60.0, f64::max);
    // Steps have longer names than variants, and differ in their middle.
    let names = widest.min(if results.load_test { 420.0 } else { 250.0 });
    let height = row * shown.len() as f64;
    for (number, name) in labels.iter().enumerate() {
        let y = top + row * number as f64;
        if number % 2 == 0 {
            canvas.rectangle((MARGIN - 12.0, y), (WIDTH - 12.0, y + row), STRIPE);
        }
        let name = LABEL.fit(name, names);
        let indent = if looks[number].predicted { 24.0 } else { 0.0 };
        canvas.text((MARGIN + indent, y + row / 2.0 + 6.0), &name, LABEL);
    }
    let room = (WIDTH - MARGIN - names - 12.0) / columns.len() as f64;
    for (number, column) in columns.iter().enumerate() {
        let left = MARGIN + names + 34.0 + room * number as f64;
        let scale = axis(shown, column);
        let y = Axis::linear(0.0, 1.0);
        let panel = Panel { left, top, width: room - 64.0, height, x: scale, y };
        canvas.text((left - 10.0, top - 20.0), &HEADING.fit(column.title, room), HEADING);
        frame(&mut canvas, &panel, column);
        for (at, variant) in shown.iter().enumerate() {
            let middle = top + row * (at as f64 + if row > 50.0 { 0.68 } else { 0.5 });
            cell(&mut canvas, &panel, variant, column, (middle, row > 50.0), looks[at]);
        }
    }
    canvas.height = top + height + 48.0;
    Some(canvas)
}

/// The names of the rows; a prediction stands below what it predicts.
fn row_names(results: &Results, shown: &[VariantResult]) -> Vec<String> {
    let name = |variant: &VariantResult| match results.is_predicted(variant) {
        true => "predicted".to_string(),
        false => name(results, variant),
    };
    shown.iter().map(name).collect()
}

/// How the rows look: all alike, but for the steps of a load test and their predictions.
fn colors(results: &Results) -> Vec<Look> {
    let looks = looks(results).into_iter();
    looks.map(|look| if results.load_test { look } else { Look::of(0) }).collect()
}

fn estimates<'v>(
    variant: &'v VariantResult,
    metrics: &'static [Metric],
) -> impl Iterator<Item = &'v Estimate> {
    metrics.iter().filter_map(|metric| variant.estimate("all", *metric))
}

/// The axis that holds all means and intervals of a panel.
fn axis(shown: &[VariantResult], column: &Column) -> Axis {
    let values = || {
        let found = shown.iter().flat_map(|variant| estimates(variant, column.metrics));
        found.flat_map(|estimate| {
            let (low, high) = estimate.ci95.unwrap_or((estimate.mean, estimate.mean));
            [estimate.mean, low, high]
        })
    };
    match Axis::log(values()) {
        Some(axis) if column.log => axis,
        _ => Axis::from_zero(values()),
    }
}

/// Draws the vertical grid, its values below and the edges of a panel.
fn frame(canvas: &mut Canvas, panel: &Panel, column: &Column) {
    let metric = column.metrics[0];
    let ticks = panel.x.ticks(3);
    let ticks = ticks.into_iter().map(|value| (value, label(metric, value)));
    let ticks: Vec<_> = ticks.collect();
    panel.columns(canvas, &ticks);
    for x in [panel.left, panel.right()] {
        canvas.line(&[(x, panel.top), (x, panel.bottom())], GRID, 1.5);
    }
    canvas.line(&[(panel.left, panel.bottom()), (panel.right(), panel.bottom())], AXIS, 2.0);
}

/// Draws one variant in one panel: a dot a measure, its interval and, with room, its value.
fn cell(
    canvas: &mut Canvas,
    panel: &Panel,
    variant: &VariantResult,
    column: &Column,
    (y, values): (f64, bool),
    look: Look,
) {
    let mut labels = if values { labels(panel, variant, column) } else { Vec::new() }.into_iter();
    for (at, metric) in column.metrics.iter().enumerate() {
        let Some(found) = variant.estimate("all", *metric).filter(|found| !found.mean.is_nan())
        else {
            if at == 0 {
                canvas.text((panel.left + 8.0, y), NOTHING, SUBTITLE);
            }
            continue;
        };
        if !found.mean.is_finite() {
            let word = Shown::estimate(Some(found), false).number;
            let color = series(1);
            let style = Style { color, ..LABEL }.bold().end();
            cross(canvas, (panel.right() - 6.0, y));
            canvas.text((panel.right() - 22.0, y + 6.0), &word, style);
            continue;
        }
        let x = panel.horizontal(found.mean);
        whisker(canvas, panel, found, (x, y), look);
        dot(canvas, (x, y), look, column.metrics.len() > 1 && at == 0);
        if let Some((start, text)) = labels.next() {
            canvas.text((start, y - 13.0), &text, Style { color: INK, ..TICK });
        }
    }
}

/// Draws the dot of a mean: a ring where it was predicted, with a core where it is the first of two.
fn dot(canvas: &mut Canvas, at: (f64, f64), look: Look, first_of_two: bool) {
    canvas.disc(at, DOT + 1.5, WHITE);
    canvas.disc(at, DOT, look.color());
    match (look.predicted, first_of_two) {
        (false, false) => {}
        (false, true) => canvas.disc(at, 3.5, WHITE),
        (true, core) => {
            canvas.disc(at, DOT - 2.0, WHITE);
            if core {
                canvas.disc(at, 2.0, look.color());
            }
        }
    }
}

/// Draws the interval around a dot, unless the dot hides most of it: what is left would look like
/// a flaw.
fn whisker(canvas: &mut Canvas, panel: &Panel, found: &Estimate, (x, y): (f64, f64), look: Look) {
    let finite = |(low, high): &(f64, f64)| low.is_finite() && high.is_finite();
    let Some((low, high)) = found.ci95.filter(finite) else { return };
    let within = |value: f64| panel.left + panel.x.place(value).clamp(0.0, 1.0) * panel.width;
    let (from, to) = (within(low), within(high));
    if (x - from).max(to - x) > DOT + 3.0 {
        match look.predicted {
            true => canvas.dashed(&[(from, y), (to, y)], INK, 2.0, (4.0, 3.0)),
            false => canvas.line(&[(from, y), (to, y)], INK, 2.0),
        }
        for end in [from, to] {
            canvas.line(&[(end, y - 6.0), (end, y + 6.0)], INK, 2.0);
        }
    }
}

/// What is written above the dots of a variant, and where each begins.
fn labels(panel: &Panel, variant: &VariantResult, column: &Column) -> Vec<(f64, String)> {
    let finite = estimates(variant, column.metrics).filter(|found| found.mean.is_finite());
    let (texts, spots): (Vec<String>, Vec<(f64, f64)>) = finite
        .map(|found| {
            let text = quantity(found.metric, found.mean);
            let spot = (panel.horizontal(found.mean), TICK.width(&text));
            (text, spot)
        })
        .unzip();
    let edges = (panel.left - BESIDE, panel.right() + BESIDE);
    starts(edges, &spots).into_iter().zip(texts).collect()
}

/// Where values begin whose dots and widths these are. One stands in the middle above its dot; of two
/// the left one ends near its dot and the right one begins there, and where they would meet, by
/// themselves or at an edge, they make room.
fn starts((low, high): (f64, f64), spots: &[(f64, f64)]) -> Vec<f64> {
    let [(x, width), (other_x, other_width)] = *spots else {
        let centred = spots.iter().map(|(x, width)| (x - width / 2.0).min(high - width).max(low));
        return centred.collect();
    };
    let (left, right) = (x - width + OVER, other_x - OVER);
    let apart = ((left + width + GAP - right) / 2.0).max(0.0);
    let right = (right + apart).max(low + width + GAP).min(high - other_width);
    vec![(left - apart).min(right - GAP - width).max(low), right]
}

/// Marks what never happened, at the far end of the axis.
fn cross(canvas: &mut Canvas, (x, y): (f64, f64)) {
    for side in [-6.0, 6.0] {
        canvas.line(&[(x - 6.0, y - side), (x + 6.0, y + side)], series(1), 3.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_near_their_dots_and_never_meet() {
        let check = |spots: &[(f64, f64)], expected: &[f64]| {
            let starts = starts((0.0, 300.0), spots);
            assert_eq!(starts, expected, "{spots:?}");
            for (two, spots) in starts.windows(2).zip(spots.windows(2)) {
                assert!(two[0] + spots[0].1 + GAP <= two[1], "{spots:?} meet at {starts:?}");
            }
        };
        check(&[(150.0, 40.0)], &[130.0]);
        check(&[(5.0, 40.0)], &[0.0]);
        check(&[(299.0, 40.0)], &[260.0]);
        check(&[(100.0, 40.0), (200.0, 50.0)], &[70.0, 190.0]);
        // Over each other they move apart alike, and at an edge the other one gives way.
        check(&[(150.0, 40.0), (150.0, 50.0)], &[105.0, 155.0]);
        check(&[(3.0, 40.0), (5.0, 50.0)], &[0.0, 50.0]);
        check(&[(290.0, 40.0), (295.0, 50.0)], &[200.0, 250.0]);
        check(&[], &[]);
    }
}

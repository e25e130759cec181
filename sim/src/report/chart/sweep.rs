//! Measures along a numeric axis of `[vary]`: a line for each combination of the other axes.

use super::axis::{Axis, Spread};
use super::canvas::Canvas;
use super::palette::{series, stroke};
use super::panel::{MARGIN, Panel, TICK, WIDTH, empty, heading, legend, line_swatch};
use super::{INTERVALS, about, join, last_word, palette};
use crate::experiment::{self, Estimate, Results, VariantResult};
use crate::metrics::Metric;
use crate::report::table;

/// More lines than this cannot be told apart.
const MOST_LINES: usize = 12;
/// From this ratio of the largest to the smallest value on, an axis is logarithmic.
const WIDE: f64 = 10.0;

/// The radius of a mark.
const MARK: f64 = 6.5;

const PANELS: [(Metric, &str); 4] = [
    (Metric::Goodput, "Goodput, requests/s"),
    (Metric::ErrorRate, "Error rate"),
    (Metric::LatencyP99, "p99 latency"),
    (Metric::WaitMean, "Mean wait"),
];

/// One line: its name and, for each value of the numeric axis that it has, the variant.
struct Line<'r> {
    name: String,
    points: Vec<(f64, &'r VariantResult)>,
}

/// Draws the panels; nothing without a numeric axis of two values.
pub fn draw(results: &Results) -> Option<Canvas> {
    let (number, axis, numbers) = numeric(results)?;
    let lines = lines(results, number, numbers);
    let shown = &lines[..lines.len().min(MOST_LINES)];
    let setting = last_word(&axis.path);
    let others: Vec<&str> = (0..results.axes.len())
        .filter(|other| *other != number)
        .map(|other| last_word(&results.axes[other].path))
        .collect();
    let title = match others.is_empty() {
        true => format!("Goodput, errors and delay against {setting}"),
        false => {
            format!("Goodput, errors and delay against {setting}, by {}", others.join(" and "))
        }
    };
    let mut canvas = Canvas::new(&title, WIDTH, 0.0);
    let sure = if table::basis(results).is_some() { INTERVALS } else { "" };
    let some = format!("first {MOST_LINES} of {} lines", lines.len());
    let some = if lines.len() > MOST_LINES { &some } else { "" };
    let mut top = heading(&mut canvas, &title, &about(results, &join(&[sure, some])));
    if lines.len() > 1 {
        let names: Vec<String> = shown.iter().map(|line| line.name.clone()).collect();
        top += legend(&mut canvas, top, &names, line_swatch);
    }
    let x = horizontal(numbers);
    let below = format!("{setting}{}", scale(x));
    let ticks: Vec<(f64, String)> =
        numbers.iter().copied().zip(axis.values.iter().cloned()).collect();
    let (cell, height) = ((WIDTH - 2.0 * MARGIN) / 2.0, 260.0);
    for (place, (metric, title)) in PANELS.into_iter().enumerate() {
        let left = MARGIN + 76.0 + (cell + 6.0) * (place % 2) as f64;
        let panel_top = top + 44.0 + (height + 116.0) * (place / 2) as f64;
        let y = vertical(shown, metric);
        let panel = Panel { left, top: panel_top, width: cell - 106.0, height, x, y };
        panel.title(&mut canvas, &format!("{title}{}", scale(y)), 16.0);
        if any(shown, metric) {
            panel.rows(&mut canvas, metric);
        } else {
            empty(&mut canvas, &panel, "no values");
        }
        panel.columns(&mut canvas, &sorted(ticks.clone()));
        for (line, at) in shown.iter().zip(0..) {
            draw_line(&mut canvas, &panel, line, metric, at);
        }
        panel.base(&mut canvas);
        let middle = (panel.left + panel.width / 2.0, panel.bottom() + 52.0);
        canvas.text(middle, &TICK.fit(&below, panel.width + 60.0), TICK.middle());
        canvas.height = panel.bottom() + 72.0;
    }
    Some(canvas)
}

/// The first axis whose values are two or more different numbers.
fn numeric(results: &Results) -> Option<(usize, &experiment::Axis, &[f64])> {
    results.axes.iter().enumerate().find_map(|(number, axis)| {
        let numbers = axis.numbers.as_deref()?;
        let usable = numbers.iter().all(|value| value.is_finite())
            && numbers.iter().any(|value| *value != numbers[0]);
        usable.then_some((number, axis, numbers))
    })
}

/// Logarithmic when the values span more than a factor of ten.
fn horizontal(numbers: &[f64]) -> Axis {
    let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low > 0.0 && high / low > WIDE {
        Axis { spread: Spread::Log, low, high }
    } else {
        Axis::linear(low, high)
    }
}

/// What stands behind the name of an axis to say how its values are spread.
fn scale(axis: Axis) -> &'static str {
    if axis.spread == Spread::Log { ", log scale" } else { "" }
}

fn sorted(mut ticks: Vec<(f64, String)>) -> Vec<(f64, String)> {
    ticks.sort_by(|a, b| a.0.total_cmp(&b.0));
    ticks
}

/// Groups the variants by their values on the other axes.
fn lines<'r>(results: &'r Results, number: usize, numbers: &[f64]) -> Vec<Line<'r>> {
    let mut lines: Vec<(Vec<usize>, Line<'r>)> = Vec::new();
    for variant in &results.variants {
        let mut others = variant.coordinates.clone();
        if others.len() != results.axes.len() {
            continue;
        }
        let Some(value) = numbers.get(others.remove(number)) else { continue };
        let at = lines.iter().position(|(key, _)| *key == others).unwrap_or_else(|| {
            let line = Line { name: name(results, number, &others), points: Vec::new() };
            lines.push((others, line));
            lines.len() - 1
        });
        lines[at].1.points.push((*value, variant));
    }
    for (_, line) in &mut lines {
        line.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

/// The values of the other axes: alone when there is one, else with the last words of their paths.
fn name(results: &Results, number: usize, others: &[usize]) -> String {
    let axes = results.axes.iter().enumerate().filter(|(axis, _)| *axis != number);
    let parts: Vec<(&str, &str)> = axes
        .zip(others)
        .map(|((_, axis), value)| {
            (last_word(&axis.path), axis.values.get(*value).map_or("", String::as_str))
        })
        .collect();
    match parts[..] {
        [(_, value)] => value.to_string(),
        _ => {
            parts.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ")
        }
    }
}

fn found<'r>(line: &Line<'r>, metric: Metric) -> Vec<(f64, Option<&'r Estimate>)> {
    line.points.iter().map(|(value, variant)| (*value, variant.estimate("all", metric))).collect()
}

fn any(lines: &[Line<'_>], metric: Metric) -> bool {
    let mut all = lines.iter().flat_map(|line| found(line, metric));
    all.any(|(_, estimate)| estimate.is_some_and(|estimate| estimate.mean.is_finite()))
}

/// The vertical axis; logarithmic for times above zero that span more than a factor of ten.
fn vertical(lines: &[Line<'_>], metric: Metric) -> Axis {
    let estimates: Vec<&Estimate> =
        lines.iter().flat_map(|line| found(line, metric)).filter_map(|(_, found)| found).collect();
    let means = || estimates.iter().map(|found| found.mean).filter(|mean| mean.is_finite());
    let (low, high) = (means().fold(f64::INFINITY, f64::min), means().fold(0.0, f64::max));
    let all = estimates.iter().flat_map(|found| {
        let (low, high) = found.ci95.unwrap_or((found.mean, found.mean));
        [found.mean, low, high]
    });
    let log = metric.unit() == "s" && low > 0.0 && high / low > WIDE;
    match Axis::log(all.clone()) {
        Some(axis) if log => axis,
        _ => Axis::from_zero(all),
    }
}

/// Draws a line with its marks and the interval of each point.
fn draw_line(canvas: &mut Canvas, panel: &Panel, line: &Line<'_>, metric: Metric, number: usize) {
    let found = found(line, metric);
    let mean = |found: Option<&Estimate>| found.map_or(f64::NAN, |found| found.mean);
    for run in found.split(|(_, found)| !mean(*found).is_finite()) {
        let points: Vec<_> = run.iter().map(|(x, found)| panel.at(*x, mean(*found))).collect();
        stroke(canvas, &points, number);
    }
    for (x, found) in found {
        let Some(found) = found.filter(|found| found.mean.is_finite()) else { continue };
        whisker(canvas, panel, found, x, number);
        palette::mark(canvas, panel.at(x, found.mean), number, MARK);
    }
}

/// Draws the interval around a mark, unless the mark hides most of it: what is left would look like
/// a flaw.
fn whisker(canvas: &mut Canvas, panel: &Panel, found: &Estimate, x: f64, number: usize) {
    let finite = |(low, high): &(f64, f64)| low.is_finite() && high.is_finite();
    let Some((low, high)) = found.ci95.filter(finite) else { return };
    let (middle, ends) = (panel.vertical(found.mean), [panel.at(x, low), panel.at(x, high)]);
    if ends.iter().any(|end| (end.1 - middle).abs() > MARK + 4.0) {
        canvas.line(&ends, series(number), 2.0);
        for (x, y) in ends {
            canvas.line(&[(x - 6.0, y), (x + 6.0, y)], series(number), 2.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::canvas::Shape;
    use crate::report::fixture;

    #[test]
    fn a_logarithmic_axis_says_so() {
        let check = |numbers: [f64; 9], said: bool| {
            let mut results = fixture::sweep();
            results.axes[1].numbers = Some(numbers.to_vec());
            let canvas = draw(&results).unwrap();
            let written = |name: &str| {
                let is = |shape: &&Shape| matches!(shape, Shape::Text { text, .. } if text == name);
                canvas.shapes.iter().filter(is).count()
            };
            let expected = if said { (4, 0) } else { (0, 4) };
            assert_eq!((written("routers, log scale"), written("routers")), expected);
        };
        check([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0], true);
        check([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], false);
        check([0.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0], false);
    }
}

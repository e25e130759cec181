//! Measures along a numeric axis of `[vary]`: a line for each combination of the other axes.

mod lines;
mod topics;

use self::lines::{Line, lines};
use self::topics::{telling, title};
use super::axis::{Axis, Spread};
use super::canvas::Canvas;
use super::palette::{Look, stroke};
use super::panel::{MARGIN, Panel, TICK, WIDTH, empty, heading, legend, line_swatch};
use super::{INTERVALS, about, join, last_word, palette};
use crate::experiment::{self, Estimate, Results, SOURCE};
use crate::metrics::Metric;
use crate::report::table;

/// More lines than this cannot be told apart.
const MOST_LINES: usize = 24;
/// The same where half of them are predictions: further colours would be dashed themselves.
const MOST_PAIRED: usize = 16;
/// With more lines than this each is named where it ends, and panels are as wide as the chart.
const FEW_LINES: usize = 8;
/// From this ratio of the largest to the smallest value on, an axis is logarithmic.
const WIDE: f64 = 10.0;
/// The same where some values are zero, which a logarithmic axis cannot show but at its beginning.
const WIDE_ABOVE_ZERO: f64 = 100.0;

/// The room for names at the right of a wide panel, and the least distance between two of them.
const NAMES: f64 = 270.0;
const NAME_STEP: f64 = 20.0;
/// The radius of a mark.
const MARK: f64 = 6.5;

/// Draws the panels; nothing without a numeric axis of two values.
pub fn draw(results: &Results) -> Option<Canvas> {
    let (number, axis, numbers) = numeric(results)?;
    let lines = lines(results, number, numbers);
    let most = if lines.iter().any(|line| line.look.predicted) { MOST_PAIRED } else { MOST_LINES };
    let shown = &lines[..lines.len().min(most)];
    let setting = last_word(&axis.path);
    let others: Vec<&str> = (0..results.axes.len())
        .filter(|other| *other != number && results.axes[*other].path != SOURCE)
        .map(|other| last_word(&results.axes[other].path))
        .collect();
    let panels = telling(shown);
    let by = match others.as_slice() {
        [] => String::new(),
        [only] => format!(", by {only}"),
        [first @ .., last] => format!(", by {} and {last}", first.join(", ")),
    };
    let title = format!("{} against {setting}{by}", title(&panels));
    let mut canvas = Canvas::new(&title, WIDTH, 0.0);
    let sure = if table::basis(results).is_some() { INTERVALS } else { "" };
    let some = format!("first {most} of {} lines", lines.len());
    let some = if lines.len() > most { &some } else { "" };
    let mut top = heading(&mut canvas, &title, &about(results, &join(&[sure, some])));
    let named_at_ends = shown.len() > FEW_LINES;
    if lines.len() > 1 && !named_at_ends {
        let names: Vec<String> = shown.iter().map(|line| line.name.clone()).collect();
        top += legend(&mut canvas, top, &names, |canvas, at, number| {
            line_swatch(canvas, at, shown[number].look);
        });
    }
    let x = horizontal(numbers);
    let below = format!("{setting}{}", scale(x));
    let ticks: Vec<(f64, String)> =
        numbers.iter().copied().zip(axis.values.iter().cloned()).collect();
    for (place, (metric, title, _)) in panels.into_iter().enumerate() {
        let panel = frame(top, place, named_at_ends, x, vertical(shown, metric));
        let title = format!("{title}{}{}", scale(panel.y), zeros(shown, metric, panel.y));
        panel.title(&mut canvas, &title, 16.0);
        if any(shown, metric) {
            panel.rows(&mut canvas, metric);
        } else {
            empty(&mut canvas, &panel, "no values");
        }
        panel.columns(&mut canvas, &sorted(ticks.clone()));
        for line in shown {
            draw_line(&mut canvas, &panel, line, metric);
        }
        if named_at_ends {
            name_ends(&mut canvas, &panel, shown, metric);
        }
        panel.base(&mut canvas);
        let middle = (panel.left + panel.width / 2.0, panel.bottom() + 52.0);
        canvas.text(middle, &TICK.fit(&below, panel.width + 60.0), TICK.middle());
        canvas.height = panel.bottom() + 72.0;
    }
    Some(canvas)
}

/// The frame of the panel at this place: two in a row, or one with room for names at its right.
fn frame(top: f64, place: usize, named_at_ends: bool, x: Axis, y: Axis) -> Panel {
    if named_at_ends {
        let (left, height) = (MARGIN + 76.0, 480.0);
        let top = top + 44.0 + (height + 116.0) * place as f64;
        return Panel { left, top, width: WIDTH - left - NAMES - MARGIN, height, x, y };
    }
    let (cell, height) = ((WIDTH - 2.0 * MARGIN) / 2.0, 260.0);
    let left = MARGIN + 76.0 + (cell + 6.0) * (place % 2) as f64;
    let top = top + 44.0 + (height + 116.0) * (place / 2) as f64;
    Panel { left, top, width: cell - 106.0, height, x, y }
}

/// Names every line at the right of its last point. Names that would overlap move apart, in the order
/// of the points, and a thin line leads to each.
fn name_ends(canvas: &mut Canvas, panel: &Panel, lines: &[Line<'_>], metric: Metric) {
    let mut ends: Vec<(f64, f64, usize)> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let points = found(line, metric);
        let last = points.iter().rev().find_map(|(x, found)| Some((*x, (*found)?.mean)));
        if let Some((x, mean)) = last.filter(|(_, mean)| mean.is_finite()) {
            ends.push((panel.vertical(mean), panel.horizontal(x), at));
        }
    }
    ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
    let mut heights: Vec<f64> = ends.iter().map(|end| end.0).collect();
    for at in 1..heights.len() {
        heights[at] = heights[at].max(heights[at - 1] + NAME_STEP);
    }
    // What was pushed below the frame pushes back up.
    let mut lowest = panel.bottom() + 8.0;
    for height in heights.iter_mut().rev() {
        *height = height.min(lowest);
        lowest = *height - NAME_STEP;
    }
    for ((y, x, at), height) in ends.into_iter().zip(heights) {
        let left = panel.right() + 26.0;
        canvas.line(&[(x + MARK + 3.0, y), (left - 4.0, height)], lines[at].look.color(), 1.2);
        let name = TICK.fit(&lines[at].name, NAMES - 48.0);
        palette::mark(canvas, (left + 4.0, height), lines[at].look, MARK - 1.5);
        canvas.text((left + 16.0, height + 6.0), &name, TICK);
    }
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

/// What stands behind that where values of zero stand at the beginning of a logarithmic axis.
fn zeros(lines: &[Line<'_>], metric: Metric, axis: Axis) -> &'static str {
    let zero = lines
        .iter()
        .flat_map(|line| found(line, metric))
        .any(|(_, found)| found.is_some_and(|found| found.mean == 0.0));
    if zero && axis.spread == Spread::Log { ", 0 at the bottom" } else { "" }
}

fn sorted(mut ticks: Vec<(f64, String)>) -> Vec<(f64, String)> {
    ticks.sort_by(|a, b| a.0.total_cmp(&b.0));
    ticks
}

fn found<'r>(line: &Line<'r>, metric: Metric) -> Vec<(f64, Option<&'r Estimate>)> {
    line.points.iter().map(|(value, variant)| (*value, variant.estimate("all", metric))).collect()
}

fn any(lines: &[Line<'_>], metric: Metric) -> bool {
    let mut all = lines.iter().flat_map(|line| found(line, metric));
    all.any(|(_, estimate)| estimate.is_some_and(|estimate| estimate.mean.is_finite()))
}

/// The vertical axis; logarithmic for times that span more than a factor of ten, or of a hundred
/// where some are zero.
fn vertical(lines: &[Line<'_>], metric: Metric) -> Axis {
    let estimates: Vec<&Estimate> =
        lines.iter().flat_map(|line| found(line, metric)).filter_map(|(_, found)| found).collect();
    let means = || estimates.iter().map(|found| found.mean).filter(|mean| mean.is_finite());
    let above_zero = means().filter(|mean| *mean > 0.0);
    let (low, high) = (above_zero.fold(f64::INFINITY, f64::min), means().fold(0.0, f64::max));
    let wide = if means().any(|mean| mean <= 0.0) { WIDE_ABOVE_ZERO } else { WIDE };
    let all = estimates.iter().flat_map(|found| {
        let (low, high) = found.ci95.unwrap_or((found.mean, found.mean));
        [found.mean, low, high]
    });
    let log = metric.unit() == "s" && high / low > wide;
    match Axis::log(all.clone()) {
        Some(axis) if log => axis,
        _ => Axis::from_zero(all),
    }
}

/// Draws a line with its marks and the interval of each point.
fn draw_line(canvas: &mut Canvas, panel: &Panel, line: &Line<'_>, metric: Metric) {
    let found = found(line, metric);
    let mean = |found: Option<&Estimate>| found.map_or(f64::NAN, |found| found.mean);
    for run in found.split(|(_, found)| !mean(*found).is_finite()) {
        let points: Vec<_> = run.iter().map(|(x, found)| panel.at(*x, mean(*found))).collect();
        stroke(canvas, &points, line.look);
    }
    for (x, found) in found {
        let Some(found) = found.filter(|found| found.mean.is_finite()) else { continue };
        whisker(canvas, panel, found, x, line.look);
        palette::mark(canvas, panel.at(x, found.mean), line.look, MARK);
    }
}

/// Draws the interval around a mark, unless the mark hides most of it: what is left would look like
/// a flaw.
fn whisker(canvas: &mut Canvas, panel: &Panel, found: &Estimate, x: f64, look: Look) {
    let finite = |(low, high): &(f64, f64)| low.is_finite() && high.is_finite();
    let Some((low, high)) = found.ci95.filter(finite) else { return };
    let (middle, ends) = (panel.vertical(found.mean), [panel.at(x, low), panel.at(x, high)]);
    if ends.iter().any(|end| (end.1 - middle).abs() > MARK + 4.0) {
        canvas.line(&ends, look.color(), 2.0);
        for (x, y) in ends {
            canvas.line(&[(x - 6.0, y), (x + 6.0, y)], look.color(), 2.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::canvas::Shape;
    use crate::report::fixture;

    #[test]
    fn zeros_stand_at_the_bottom_of_a_wide_axis() {
        let check = |means: [f64; 3], spread: Spread, said: &str| {
            let mut results = fixture::sweep();
            let (number, _, numbers) = numeric(&results).unwrap();
            let numbers = numbers.to_vec();
            for (at, variant) in results.variants.iter_mut().enumerate() {
                let of_all = |found: &&mut Estimate| {
                    found.scope == "all" && found.metric == Metric::WaitMean
                };
                let found = variant.estimates.iter_mut().find(of_all).unwrap();
                (found.mean, found.ci95) = (means[at % 3], None);
            }
            let lines = lines(&results, number, &numbers);
            let axis = vertical(&lines, Metric::WaitMean);
            assert_eq!((axis.spread, zeros(&lines, Metric::WaitMean, axis)), (spread, said));
        };
        check([0.0, 0.01, 2.0], Spread::Log, ", 0 at the bottom");
        check([0.0, 0.1, 2.0], Spread::Linear, "");
        check([0.01, 0.1, 2.0], Spread::Log, "");
        check([0.0, 0.0, 0.0], Spread::Linear, "");
    }

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

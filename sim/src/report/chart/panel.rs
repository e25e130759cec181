//! The parts that charts share: frames with axes, headings, legends.

use super::axis::{Axis, label, time_label, time_ticks};
use super::canvas::{Anchor, Canvas, Point, Style};
use super::palette::{AXIS, FAINT, GRID, INK, Look, SHADE, SHADE_EDGE, mark, stroke};
use super::thin;
use crate::experiment::Results;
use crate::metrics::Metric;
use crate::time::Span;

/// The width of every chart in pixels.
pub const WIDTH: f64 = 1200.0;
/// The room left at the edges.
pub const MARGIN: f64 = 24.0;
/// The heading of a chart.
pub const TITLE: Style = Style::plain(27.0, INK).bold();
/// The line below the heading.
pub const SUBTITLE: Style = Style::plain(18.0, FAINT);
/// The heading of a panel.
pub const HEADING: Style = Style::plain(20.0, INK).bold();
/// Names and values.
pub const LABEL: Style = Style::plain(18.0, INK);
/// Numbers beside an axis.
pub const TICK: Style = Style::plain(17.0, FAINT);

/// Writes the heading of a chart and gives the height that it takes.
pub fn heading(canvas: &mut Canvas, title: &str, subtitle: &str) -> f64 {
    let room = canvas.width - 2.0 * MARGIN;
    canvas.text((MARGIN, 42.0), &TITLE.fit(title, room), TITLE);
    canvas.text((MARGIN, 70.0), &SUBTITLE.fit(subtitle, room), SUBTITLE);
    88.0
}

/// A frame with two axes.
#[derive(Clone, Copy, Debug)]
pub struct Panel {
    /// The left edge of the plot.
    pub left: f64,
    /// Its upper edge.
    pub top: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
}

impl Panel {
    /// The place of a pair of values.
    pub fn at(&self, x: f64, y: f64) -> Point {
        (self.horizontal(x), self.vertical(y))
    }

    /// The place of a value of the horizontal axis.
    pub fn horizontal(&self, x: f64) -> f64 {
        self.left + self.x.place(x) * self.width
    }

    /// The place of a value of the vertical axis, kept within the frame.
    pub fn vertical(&self, y: f64) -> f64 {
        self.top + (1.0 - self.y.place(y).clamp(0.0, 1.0)) * self.height
    }

    /// The lower edge.
    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// The right edge.
    pub fn right(&self) -> f64 {
        self.left + self.width
    }

    /// Writes the heading above the frame.
    pub fn title(&self, canvas: &mut Canvas, title: &str, rise: f64) {
        canvas.text((self.left, self.top - rise), title, HEADING);
    }

    /// Draws horizontal grid lines with their values, of `metric`, at the left.
    pub fn rows(&self, canvas: &mut Canvas, metric: Metric) {
        self.rows_as(canvas, |value| label(metric, value));
    }

    /// The same, with values that are written in any way.
    pub fn rows_as(&self, canvas: &mut Canvas, written: impl Fn(f64) -> String) {
        let about = (self.height / 48.0) as usize;
        for value in self.y.ticks(about) {
            let y = self.vertical(value);
            canvas.line(&[(self.left, y), (self.right(), y)], GRID, 1.5);
            canvas.text((self.left - 10.0, y + 6.0), &written(value), TICK.end());
        }
    }

    /// Draws vertical grid lines with labels below the frame; labels that would touch their
    /// neighbour are left out, and the lines stay.
    pub fn columns(&self, canvas: &mut Canvas, ticks: &[(f64, String)]) {
        let mut free = f64::NEG_INFINITY;
        for (value, label) in ticks {
            let x = self.horizontal(*value);
            canvas.line(&[(x, self.top), (x, self.bottom())], GRID, 1.5);
            let half = TICK.width(label) / 2.0;
            if !label.is_empty() && x - half > free {
                canvas.text((x, self.bottom() + 24.0), label, TICK.middle());
                free = x + half + 12.0;
            }
        }
    }

    /// Draws the grid of a measured time of `duration` seconds.
    pub fn times(&self, canvas: &mut Canvas, duration: f64) {
        let ticks = time_ticks(duration, (self.width / 110.0) as usize);
        let labels = ticks.into_iter().map(|tick| (tick, time_label(tick, duration)));
        self.columns(canvas, &labels.collect::<Vec<_>>());
    }

    /// Fills the time of every event behind the data, from its dashed beginning to its end.
    pub fn events(&self, canvas: &mut Canvas, results: &Results) {
        let at = |time: Span| self.horizontal(time.min(results.duration).seconds());
        for mark in &results.marks {
            let (from, to) = (at(mark.from), at(mark.to.unwrap_or(mark.from)));
            if to > from {
                canvas.rectangle((from, self.top), (to, self.bottom()), SHADE);
                canvas.line(&[(to, self.top), (to, self.bottom())], SHADE_EDGE, 1.5);
            }
            let edge = [(from, self.top), (from, self.bottom())];
            canvas.dashed(&edge, SHADE_EDGE, 2.0, (6.0, 4.0));
        }
    }

    /// Draws the lower edge, in front of the data.
    pub fn base(&self, canvas: &mut Canvas) {
        canvas.line(&[(self.left, self.bottom()), (self.right(), self.bottom())], AXIS, 2.0);
    }

    /// Draws a line through the places that are finite, with a gap where one is not, and marks on it:
    /// about `marks` of them, or none, shifted by the series' number so that marks of two series differ.
    pub fn series(&self, canvas: &mut Canvas, values: &[(f64, f64)], look: Look, marks: usize) {
        let thinned = thin::line(values, self.width as usize);
        for run in thinned.split(|(_, value)| !value.is_finite()) {
            let points: Vec<Point> = run.iter().map(|(x, y)| self.at(*x, *y)).collect();
            if let [point] = points[..] {
                mark(canvas, point, look, 5.0);
            }
            stroke(canvas, &points, look);
        }
        if marks == 0 {
            return;
        }
        let stride = values.len().div_ceil(marks).max(1);
        // Three and five share no factor with most strides, so neighbours stand far apart.
        let first = look.number * if stride.is_multiple_of(3) { 5 } else { 3 } % stride;
        for (x, y) in values.iter().skip(first).step_by(stride).filter(|(_, y)| y.is_finite()) {
            mark(canvas, self.at(*x, *y), look, 6.5);
        }
    }

    /// Fills the band between two series with the series' colour, very faint.
    pub fn band(&self, canvas: &mut Canvas, values: &[(f64, f64, f64)], number: usize) {
        let missing = |(_, low, high): &(f64, f64, f64)| !low.is_finite() || !high.is_finite();
        for run in thin::band(values, self.width as usize).split(missing) {
            let lower = run.iter().map(|(x, low, _)| self.at(*x, *low));
            let upper = run.iter().rev().map(|(x, _, high)| self.at(*x, *high));
            let outline: Vec<Point> = lower.chain(upper).collect();
            canvas.area(&outline, super::palette::series(number), 0.12);
        }
    }
}

/// Draws a legend in rows from `top` on and gives the height that it takes. `swatch` draws what
/// stands before each name, in a room of 40 pixels around its place.
pub fn legend(
    canvas: &mut Canvas,
    top: f64,
    names: &[String],
    mut swatch: impl FnMut(&mut Canvas, Point, usize),
) -> f64 {
    let (mut x, mut y) = (MARGIN, top + 16.0);
    for (number, name) in names.iter().enumerate() {
        let name = LABEL.fit(name, 420.0);
        let width = 50.0 + LABEL.width(&name) + 26.0;
        if x + width > canvas.width && x > MARGIN {
            (x, y) = (MARGIN, y + 30.0);
        }
        swatch(canvas, (x + 20.0, y - 6.0), number);
        canvas.text((x + 50.0, y), &name, LABEL);
        x += width;
    }
    y - top + 18.0
}

/// Draws the line and mark of a series as the swatch of a legend.
pub fn line_swatch(canvas: &mut Canvas, (x, y): Point, look: Look) {
    stroke(canvas, &[(x - 20.0, y), (x + 20.0, y)], look);
    mark(canvas, (x, y), look, 6.5);
}

/// Says in the middle of a frame why there is nothing in it.
pub fn empty(canvas: &mut Canvas, panel: &Panel, message: &str) {
    let at = (panel.left + panel.width / 2.0, panel.top + panel.height / 2.0 + 6.0);
    canvas.text(at, message, Style { anchor: Anchor::Middle, ..SUBTITLE });
}

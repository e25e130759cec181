//! Colours that colour-blind readers can tell apart, each with a mark and a dash of its own.
//!
//! Source: Okabe and Ito, "Color universal design"; the eighth is from Paul Tol's muted scheme.

use super::canvas::{Canvas, Color, Point};
use crate::metrics::Cause;

/// Text and dots of one series.
pub const INK: Color = (33, 37, 41);
/// Text that is less important.
pub const FAINT: Color = (90, 96, 104);
/// Axes.
pub const AXIS: Color = (120, 126, 134);
/// Lines of the grid.
pub const GRID: Color = (226, 229, 233);
/// The span of an event.
pub const SHADE: Color = (238, 233, 218);
/// The edge of an event's span.
pub const SHADE_EDGE: Color = (176, 158, 106);
/// The name of an event.
pub const SHADE_TEXT: Color = (122, 96, 20);
/// Rows that are set apart.
pub const STRIPE: Color = (246, 247, 249);
/// Paper.
pub const WHITE: Color = (255, 255, 255);

/// The colours of series, in their order.
const SERIES: [Color; 8] = [
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (230, 159, 0),
    (86, 180, 233),
    (70, 70, 70),
    (136, 34, 85),
];

/// The colours of the causes of failure, in the order of `Cause::ALL`.
const CAUSES: [Color; Cause::ALL.len()] = [
    (86, 180, 233),
    (0, 114, 178),
    (70, 70, 70),
    (230, 159, 0),
    (213, 94, 0),
    (136, 34, 85),
    (153, 153, 153),
    (0, 158, 115),
    (240, 228, 66),
    (204, 121, 167),
    (0, 0, 0),
    (166, 86, 40),
    (102, 166, 30),
    (117, 112, 179),
    (27, 120, 110),
    (190, 174, 212),
    (253, 192, 134),
    (140, 45, 4),
    (56, 108, 176),
    (128, 177, 211),
    (255, 150, 180),
    (94, 60, 153),
    (200, 30, 60),
    (0, 80, 60),
    (120, 120, 0),
    (0, 200, 200),
    (110, 60, 30),
    (180, 140, 255),
    (150, 200, 60),
];

/// The colour of the series of this number.
pub fn series(number: usize) -> Color {
    SERIES[number % SERIES.len()]
}

/// The colour of the cause of this number in `Cause::ALL`.
pub fn cause(number: usize) -> Color {
    CAUSES[number]
}

/// How a series looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// What its colour, its mark and its dash come of.
    pub number: usize,
    /// Whether it was simulated beside a load test: then its line is dashed and its marks are hollow.
    pub predicted: bool,
}

impl Look {
    /// That of the series of this number.
    pub fn of(number: usize) -> Look {
        Look { number, predicted: false }
    }

    /// Its colour.
    pub fn color(self) -> Color {
        series(self.number)
    }
}

/// The dash of the series of this number: the first eight are drawn through.
fn dash(number: usize) -> Option<(f64, f64)> {
    match number / SERIES.len() {
        0 => None,
        1 => Some((12.0, 6.0)),
        _ => Some((4.0, 4.0)),
    }
}

/// Draws the line of a series.
pub fn stroke(canvas: &mut Canvas, points: &[Point], look: Look) {
    let pattern = if look.predicted { Some((9.0, 7.0)) } else { dash(look.number) };
    match pattern {
        None => canvas.line(points, look.color(), 3.0),
        Some(pattern) => canvas.dashed(points, look.color(), 3.0, pattern),
    }
}

/// Draws the mark of a series: each of the eight has another shape, with a white rim.
pub fn mark(canvas: &mut Canvas, (x, y): Point, look: Look, radius: f64) {
    let hole = look.predicted.then_some((radius - 2.5, WHITE));
    let filled = [(radius + 2.0, WHITE), (radius, look.color())];
    for (radius, color) in filled.into_iter().chain(hole) {
        shape(canvas, (x, y), look.number % SERIES.len(), radius, color);
    }
}

fn shape(canvas: &mut Canvas, (x, y): Point, number: usize, radius: f64, color: Color) {
    let outline: &[Point] = match number {
        1 => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        2 => &[(0.0, -1.15), (1.1, 0.85), (-1.1, 0.85)],
        3 => &[(0.0, -1.3), (1.15, 0.0), (0.0, 1.3), (-1.15, 0.0)],
        4 => &[(0.0, 1.15), (1.1, -0.85), (-1.1, -0.85)],
        5 => &[(-0.55, -1.2), (0.55, -1.2), (0.55, 1.2), (-0.55, 1.2)],
        6 => &[
            (-0.4, -1.2),
            (0.4, -1.2),
            (0.4, -0.4),
            (1.2, -0.4),
            (1.2, 0.4),
            (0.4, 0.4),
            (0.4, 1.2),
            (-0.4, 1.2),
            (-0.4, 0.4),
            (-1.2, 0.4),
            (-1.2, -0.4),
            (-0.4, -0.4),
        ],
        7 => &[(-1.2, -0.55), (1.2, -0.55), (1.2, 0.55), (-1.2, 0.55)],
        _ => {
            canvas.disc((x, y), radius, color);
            return;
        }
    };
    let points: Vec<Point> =
        outline.iter().map(|(dx, dy)| (x + dx * radius, y + dy * radius)).collect();
    canvas.area(&points, color, 1.0);
}

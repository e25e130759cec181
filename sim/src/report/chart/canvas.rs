//! What a chart draws: a list of simple shapes in pixels, turned into bytes by `paper`.
//!
//! Charts know nothing of file formats, and no shape depends on the platform: text is measured with
//! the bundled font, dashes are cut here.

use super::font;
use crate::report::escape;

/// A point in pixels from the top left corner.
pub type Point = (f64, f64);

/// Red, green and blue.
pub type Color = (u8, u8, u8);

/// Where a text stands in relation to its point, which lies on the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The text begins at the point.
    Start,
    /// The text is centred on the point.
    Middle,
    /// The text ends at the point.
    End,
}

/// One thing drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A line through points.
    Line {
        /// The points.
        points: Vec<Point>,
        /// Its colour.
        color: Color,
        /// Its width in pixels.
        width: f64,
    },
    /// A filled polygon.
    Area {
        /// The corners.
        points: Vec<Point>,
        /// Its colour.
        color: Color,
        /// How opaque it is, 0 to 1.
        alpha: f64,
    },
    /// A filled circle.
    Disc {
        /// Its centre.
        center: Point,
        /// Its radius in pixels.
        radius: f64,
        /// Its colour.
        color: Color,
    },
    /// A line of text.
    Text {
        /// The point on the baseline.
        at: Point,
        /// What it says.
        text: String,
        /// The font size in pixels.
        size: f64,
        /// Whether it is bold.
        bold: bool,
        /// Its colour.
        color: Color,
        /// Where it stands in relation to `at`.
        anchor: Anchor,
    },
}

/// A picture in the making.
#[derive(Clone, Debug, PartialEq)]
pub struct Canvas {
    /// What the picture shows, for readers who cannot see it.
    pub title: String,
    /// Width in pixels.
    pub width: f64,
    /// Height in pixels.
    pub height: f64,
    /// The shapes, those in the back first.
    pub shapes: Vec<Shape>,
}

impl Canvas {
    /// An empty white picture.
    pub fn new(title: &str, width: f64, height: f64) -> Canvas {
        Canvas { title: title.to_string(), width, height, shapes: Vec::new() }
    }

    /// Draws a line through `points`; fewer than two draw nothing.
    pub fn line(&mut self, points: &[Point], color: Color, width: f64) {
        if points.len() > 1 {
            self.shapes.push(Shape::Line { points: points.to_vec(), color, width });
        }
    }

    /// Draws a line of dashes: `on` pixels drawn, `off` pixels left out.
    pub fn dashed(&mut self, points: &[Point], color: Color, width: f64, (on, off): (f64, f64)) {
        let (mut drawing, mut left) = (true, on);
        let mut dash: Vec<Point> = points.first().copied().into_iter().collect();
        for pair in points.windows(2) {
            let (mut from, to) = (pair[0], pair[1]);
            loop {
                let (dx, dy) = (to.0 - from.0, to.1 - from.1);
                let length = (dx * dx + dy * dy).sqrt();
                if length <= left {
                    left -= length;
                    dash.push(to);
                    break;
                }
                from = (from.0 + dx * left / length, from.1 + dy * left / length);
                dash.push(from);
                if drawing {
                    self.line(&dash, color, width);
                }
                drawing = !drawing;
                left = if drawing { on } else { off };
                dash = vec![from];
            }
        }
        if drawing {
            self.line(&dash, color, width);
        }
    }

    /// Fills a polygon; fewer than three corners draw nothing.
    pub fn area(&mut self, points: &[Point], color: Color, alpha: f64) {
        if points.len() > 2 {
            self.shapes.push(Shape::Area { points: points.to_vec(), color, alpha });
        }
    }

    /// Fills the rectangle between two corners.
    pub fn rectangle(&mut self, from: Point, to: Point, color: Color) {
        self.area(&[from, (to.0, from.1), to, (from.0, to.1)], color, 1.0);
    }

    /// Fills a circle.
    pub fn disc(&mut self, center: Point, radius: f64, color: Color) {
        self.shapes.push(Shape::Disc { center, radius, color });
    }

    /// Writes one line of text; control characters become spaces.
    pub fn text(&mut self, at: Point, text: &str, style: Style) {
        let text: String =
            text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        let Style { size, bold, color, anchor } = style;
        self.shapes.push(Shape::Text { at, text, size, bold, color, anchor });
    }
}

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// The font size in pixels.
    pub size: f64,
    /// Whether it is bold.
    pub bold: bool,
    /// Its colour.
    pub color: Color,
    /// Where it stands in relation to its point.
    pub anchor: Anchor,
}

impl Style {
    /// Plain text that begins at its point.
    pub const fn plain(size: f64, color: Color) -> Style {
        Style { size, bold: false, color, anchor: Anchor::Start }
    }

    /// The same in bold.
    pub const fn bold(self) -> Style {
        Style { bold: true, ..self }
    }

    /// The same, centred on its point.
    pub const fn middle(self) -> Style {
        Style { anchor: Anchor::Middle, ..self }
    }

    /// The same, ending at its point.
    pub const fn end(self) -> Style {
        Style { anchor: Anchor::End, ..self }
    }

    /// The width of `text` in pixels.
    pub fn width(self, text: &str) -> f64 {
        font::width(text, self.size, self.bold)
    }

    /// The text, its middle cut out where it is wider than `room` pixels: names of variants differ
    /// as often at their end as at their beginning.
    pub fn fit(self, text: &str, room: f64) -> String {
        let mut kept = text.chars().count();
        let mut fitted = text.to_string();
        while kept > 0 && self.width(&fitted) > room {
            kept -= 1;
            fitted = escape::shorten(text, kept);
        }
        fitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style::plain(18.0, (0, 0, 0));

    #[test]
    fn dashes_cover_their_share_of_the_line() {
        let mut canvas = Canvas::new("", 100.0, 100.0);
        canvas.dashed(&[(0.0, 0.0), (45.0, 0.0), (90.0, 0.0)], (0, 0, 0), 1.0, (10.0, 5.0));
        let drawn: f64 = canvas
            .shapes
            .iter()
            .map(|shape| match shape {
                Shape::Line { points, .. } => points[points.len() - 1].0 - points[0].0,
                other => panic!("{other:?} is no dash"),
            })
            .sum();
        assert_eq!((canvas.shapes.len(), drawn), (6, 60.0));
    }

    #[test]
    fn text_is_cut_to_its_room() {
        assert_eq!(STYLE.fit("least-loaded", 500.0), "least-loaded");
        let cut = STYLE.fit("least-loaded", 60.0);
        assert!(cut.contains('…') && STYLE.width(&cut) <= 60.0, "{cut}");
        assert_eq!(STYLE.fit("least-loaded", 0.0), "…");
    }
}

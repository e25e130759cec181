//! Turns a canvas into the bytes of an SVG or PNG file; the one file that names plotters.
//!
//! Plotters' backends take whole numbers, so the SVG is drawn in tenths of a pixel and the PNG four
//! times as fine as a pixel, which also smooths its edges. No byte depends on the platform.

use super::canvas::{Anchor, Canvas, Color, Point, Shape};
use super::font;
use crate::report::escape;
use plotters::prelude::{
    BitMapBackend, Color as _, DrawingBackend, FontDesc, FontFamily, FontStyle, RGBAColor,
    RGBColor, SVGBackend, ShapeStyle, TextStyle, WHITE,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// SVG units a pixel.
const FINE: f64 = 10.0;
/// Samples a pixel of the canvas, in each direction, when a PNG is drawn.
const SAMPLES: f64 = 4.0;
/// Samples that are averaged to one pixel of the PNG, which is so twice as large as the canvas.
const AVERAGED: usize = 2;
/// Plotters divides a font's size by this before it writes it, and sets the first line this far
/// below the top: see its SVG backend.
const FONT_FACTOR: f64 = 1.24;
const FONT_DROP: f64 = 0.76;

/// The canvas as an SVG document of its own width and height.
pub fn svg(canvas: &Canvas) -> String {
    let mut drawn = String::new();
    let size = ((canvas.width * FINE) as u32, (canvas.height * FINE) as u32);
    let mut backend = SVGBackend::with_string(&mut drawn, size);
    done(backend.draw_rect((0, 0), (size.0 as i32, size.1 as i32), &WHITE, true));
    for shape in &canvas.shapes {
        draw(&mut backend, shape);
    }
    done(backend.present());
    drop(backend);
    let body = drawn.split_once('\n').map_or("", |(_, body)| body);
    let title = escape::xml(&canvas.title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" \
         viewBox=\"0 0 {} {}\" stroke-linejoin=\"round\" role=\"img\" aria-label=\"{title}\">\n\
         <title>{title}</title>\n{body}",
        canvas.width, canvas.height, size.0, size.1,
    )
}

fn draw(backend: &mut SVGBackend<'_>, shape: &Shape) {
    let at = |point: &Point| (round(point.0 * FINE), round(point.1 * FINE));
    match shape {
        Shape::Line { points, color, width } => {
            let style = style(*color, 1.0, width * FINE);
            done(backend.draw_path(points.iter().map(at), &style));
        }
        Shape::Area { points, color, alpha } => {
            let style = style(*color, *alpha, 1.0);
            done(backend.fill_polygon(points.iter().map(at), &style));
        }
        Shape::Disc { center, radius, color } => {
            let radius = round(radius * FINE) as u32;
            done(backend.draw_circle(at(center), radius, &style(*color, 1.0, 1.0), true));
        }
        Shape::Text { at: (x, y), text, size, bold, color, anchor } => {
            let size = size * FINE;
            let weight = if *bold { FontStyle::Bold } else { FontStyle::Normal };
            let family = FontFamily::Name(font::FAMILIES);
            let horizontal = match anchor {
                Anchor::Start => HPos::Left,
                Anchor::Middle => HPos::Center,
                Anchor::End => HPos::Right,
            };
            let color = RGBColor(color.0, color.1, color.2);
            let style = TextStyle::from(FontDesc::new(family, size * FONT_FACTOR, weight))
                .color(&color)
                .pos(Pos::new(horizontal, VPos::Top));
            let top = round(y * FINE - FONT_DROP * size);
            done(backend.draw_text(text, &style, (round(x * FINE), top)));
        }
    }
}

/// The canvas as a PNG image of twice its width and height.
pub fn png(canvas: &Canvas) -> Vec<u8> {
    let (width, height) = ((canvas.width * SAMPLES) as u32, (canvas.height * SAMPLES) as u32);
    let mut samples = vec![255_u8; width as usize * height as usize * 3];
    let mut backend = BitMapBackend::with_buffer(&mut samples, (width, height));
    for shape in &canvas.shapes {
        paint(&mut backend, shape);
    }
    drop(backend);
    let (pixels, width, height) = average(&samples, width as usize, height as usize);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("writing to memory cannot fail");
    writer.write_image_data(&pixels).expect("the pixels are as many as the header says");
    writer.finish().expect("writing to memory cannot fail");
    file
}

/// Paints one shape. Lines are painted segment by segment with round joints, because plotters'
/// outline of a jagged thick line crosses itself.
fn paint(backend: &mut BitMapBackend<'_>, shape: &Shape) {
    let at = |point: Point| (round(point.0 * SAMPLES), round(point.1 * SAMPLES));
    match shape {
        Shape::Line { points, color, width } => {
            let style = style(*color, 1.0, 1.0);
            let half = width / 2.0;
            for pair in points.windows(2) {
                let (from, to) = (pair[0], pair[1]);
                let (dx, dy) = (to.0 - from.0, to.1 - from.1);
                let length = (dx * dx + dy * dy).sqrt();
                if length > 0.0 {
                    let (nx, ny) = (-dy / length * half, dx / length * half);
                    let corners = [
                        (from.0 + nx, from.1 + ny),
                        (to.0 + nx, to.1 + ny),
                        (to.0 - nx, to.1 - ny),
                        (from.0 - nx, from.1 - ny),
                    ];
                    done(backend.fill_polygon(corners.map(at), &style));
                }
            }
            let joint = round(half * SAMPLES) as u32;
            if joint > 1 && points.len() > 2 {
                for point in &points[1..points.len() - 1] {
                    done(backend.draw_circle(at(*point), joint, &style, true));
                }
            }
        }
        Shape::Area { points, color, alpha } => {
            let corners = points.iter().map(|point| at(*point));
            done(backend.fill_polygon(corners, &style(*color, *alpha, 1.0)));
        }
        Shape::Disc { center, radius, color } => {
            let radius = round(radius * SAMPLES) as u32;
            done(backend.draw_circle(at(*center), radius, &style(*color, 1.0, 1.0), true));
        }
        Shape::Text { at: (x, y), text, size, bold, color, anchor } => {
            let width = font::width(text, *size, *bold);
            let start = match anchor {
                Anchor::Start => *x,
                Anchor::Middle => x - width / 2.0,
                Anchor::End => x - width,
            };
            let (left, base) = at((start, *y));
            font::pixels(text, size * SAMPLES, *bold, |dx, dy, coverage| {
                let color = style(*color, coverage, 1.0).color.to_backend_color();
                done(backend.draw_pixel((left + dx, base + dy), color));
            });
        }
    }
}

fn done<E: std::fmt::Debug>(drawn: Result<(), E>) {
    drawn.expect("drawing to memory cannot fail");
}

fn style((red, green, blue): Color, alpha: f64, width: f64) -> ShapeStyle {
    let color = RGBAColor(red, green, blue, alpha);
    ShapeStyle { color, filled: true, stroke_width: round(width) as u32 }
}

/// The nearest whole number; what is not a number is zero.
fn round(value: f64) -> i32 {
    (value + 0.5).floor() as i32
}

/// Averages squares of samples to pixels.
fn average(samples: &[u8], width: usize, height: usize) -> (Vec<u8>, u32, u32) {
    let (columns, rows) = (width / AVERAGED, height / AVERAGED);
    let mut pixels = Vec::with_capacity(columns * rows * 3);
    for row in 0..rows {
        for column in 0..columns {
            for channel in 0..3 {
                let mut sum = 0;
                for dy in 0..AVERAGED {
                    let start = ((row * AVERAGED + dy) * width + column * AVERAGED) * 3 + channel;
                    sum += (0..AVERAGED).map(|dx| u32::from(samples[start + dx * 3])).sum::<u32>();
                }
                pixels.push((sum / (AVERAGED * AVERAGED) as u32) as u8);
            }
        }
    }
    (pixels, columns as u32, rows as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::canvas::Style;

    fn sample() -> Canvas {
        let mut canvas = Canvas::new("a < b", 60.0, 40.0);
        canvas.line(&[(5.0, 5.0), (50.0, 30.0), (55.0, 5.0)], (0, 0, 255), 3.0);
        canvas.rectangle((0.0, 30.0), (20.0, 40.0), (255, 0, 0));
        canvas.text((10.0, 20.0), "<script>", Style::plain(16.0, (0, 0, 0)));
        canvas
    }

    #[test]
    fn svg_is_escaped_and_sized_in_pixels() {
        let svg = svg(&sample());
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{svg}");
        assert!(svg.contains("width=\"60\" height=\"40\" viewBox=\"0 0 600 400\""), "{svg}");
        assert!(svg.contains("&lt;script&gt;") && !svg.contains("<script>"), "{svg}");
        assert!(svg.contains("<title>a &lt; b</title>"), "{svg}");
    }

    #[test]
    fn png_holds_the_colours_of_the_shapes() {
        let bytes = png(&sample());
        let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (120, 80));
        let at = |x: usize, y: usize| &pixels[(y * 120 + x) * 3..][..3];
        assert_eq!(at(5, 75), [255, 0, 0]);
        assert_eq!(at(118, 78), [255, 255, 255]);
        assert_eq!(at(100, 60), [0, 0, 255]);
    }
}

//! The bundled font: how wide a text is, and which pixels it covers.

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};
use std::sync::LazyLock;

/// The families that an SVG asks for, the bundled one first.
pub const FAMILIES: &str = "Roboto, Helvetica, Arial, sans-serif";

static REGULAR: LazyLock<FontRef<'static>> =
    LazyLock::new(|| load(include_bytes!("../../../assets/Roboto-Regular.ttf")));
static BOLD: LazyLock<FontRef<'static>> =
    LazyLock::new(|| load(include_bytes!("../../../assets/Roboto-Bold.ttf")));

fn load(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the bundled font is a font")
}

/// The width of `text` in pixels at a font size in pixels.
pub fn width(text: &str, size: f64, bold: bool) -> f64 {
    glyphs(text, size, bold).1
}

/// Calls `paint(x, y, coverage)` for each pixel of `text`, relative to the start of its baseline.
pub fn pixels(text: &str, size: f64, bold: bool, mut paint: impl FnMut(i32, i32, f64)) {
    let font = face(bold);
    for glyph in glyphs(text, size, bold).0 {
        if let Some(outline) = font.outline_glyph(glyph) {
            let bounds = outline.px_bounds();
            let (left, top) = (bounds.min.x as i32, bounds.min.y as i32);
            outline.draw(|x, y, coverage| {
                paint(left + x as i32, top + y as i32, f64::from(coverage));
            });
        }
    }
}

fn face(bold: bool) -> &'static FontRef<'static> {
    if bold { &BOLD } else { &REGULAR }
}

/// The glyphs of a text, each at its place, and the width of all.
fn glyphs(text: &str, size: f64, bold: bool) -> (Vec<Glyph>, f64) {
    let font = face(bold);
    let em = font.units_per_em().expect("the bundled font states its units");
    let scale = PxScale::from(size as f32 * font.height_unscaled() / em);
    let scaled = font.as_scaled(scale);
    let (mut placed, mut x) = (Vec::new(), 0.0_f32);
    for letter in text.chars() {
        let id = font.glyph_id(letter);
        placed.push(id.with_scale_and_position(scale, point(x, 0.0)));
        x += scaled.h_advance(id);
    }
    (placed, f64::from(x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_every_sign_that_charts_write() {
        for letter in "aZ09%/±×–—…µ≤≥‰éß<>&".chars() {
            assert_ne!(REGULAR.glyph_id(letter).0, 0, "{letter}");
            assert_ne!(BOLD.glyph_id(letter).0, 0, "{letter}");
        }
    }

    #[test]
    fn width_grows_with_the_text_and_the_size() {
        assert_eq!(width("", 18.0, false), 0.0);
        assert!(width("goodput", 18.0, false) < width("goodput", 18.0, true));
        let (small, large) = (width("goodput", 10.0, false), width("goodput", 20.0, false));
        assert!((large / small - 2.0).abs() < 0.01, "{small} {large}");
    }
}

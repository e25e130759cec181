//! The names of what happens during a run, in rows above the first frame of a chart over time.

use super::canvas::{Canvas, Style};
use super::palette::SHADE_TEXT;
use super::panel::{LABEL, Panel};
use crate::experiment::Mark;
use crate::time::Span;

/// The height of a row.
pub const ROW: f64 = 24.0;
/// The most rows; names that have no room in them are left out.
const MOST_ROWS: usize = 4;
/// The widest name.
const WIDEST: f64 = 400.0;

/// How many rows the names take above a frame of this width that shows so long a time.
pub fn rows(marks: &[Mark], duration: Span, width: f64) -> usize {
    places(marks, duration, width).iter().flatten().map(|(_, row)| row + 1).max().unwrap_or(0)
}

/// Writes the names above a frame, each where its mark begins.
pub fn name(canvas: &mut Canvas, panel: &Panel, marks: &[Mark], duration: Span) {
    for (mark, place) in marks.iter().zip(places(marks, duration, panel.width)) {
        let Some((at, row)) = place else { continue };
        let style = Style { color: SHADE_TEXT, ..LABEL };
        let place = (panel.left + at, panel.top - 9.0 - ROW * row as f64);
        canvas.text(place, &style.fit(&mark.label, WIDEST), style);
    }
}

/// For each mark where its name begins, counted from the left edge of the frame, and the row in
/// which it has room; nothing where all rows are taken.
fn places(marks: &[Mark], duration: Span, width: f64) -> Vec<Option<(f64, usize)>> {
    let mut free = [0.0_f64; MOST_ROWS];
    let place = |mark: &Mark| {
        let label = LABEL.width(&LABEL.fit(&mark.label, WIDEST));
        let at = (mark.from.seconds() / duration.seconds()).min(1.0) * width;
        let at = at.min(width - label).max(0.0);
        let row = free.iter().position(|end| *end <= at)?;
        free[row] = at + label + 16.0;
        Some((at, row))
    };
    marks.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_overlap() {
        let (duration, width) = (Span::from_secs(600), 1_000.0);
        let mark = |at: u64| Mark {
            label: format!("event number {at}"),
            from: Span::from_secs(at * 5),
            to: None,
        };
        let marks: Vec<Mark> = (0..120).map(mark).collect();
        let mut placed: Vec<(usize, f64, f64)> = Vec::new();
        for (mark, place) in marks.iter().zip(places(&marks, duration, width)) {
            let Some((at, row)) = place else { continue };
            let end = at + LABEL.width(&mark.label);
            assert!(end <= width + 0.1, "{}", mark.label);
            assert!(placed.iter().all(|other| other.0 != row || other.2 < at), "{}", mark.label);
            placed.push((row, at, end));
        }
        assert!(placed.len() > 4 * MOST_ROWS, "{}", placed.len());
        assert_eq!(rows(&marks, duration, width), MOST_ROWS);
    }
}

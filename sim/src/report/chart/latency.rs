//! Percentiles of latency: how the slow end of each variant looks.

use super::axis::Axis;
use super::canvas::Canvas;
use super::palette::{FAINT, Look};
use super::panel::{LABEL, MARGIN, Panel, TICK, WIDTH, heading};
use super::{about, join, looks, name, panel, part, subject};
use crate::experiment::Results;
use crate::metrics::{CURVE, Metric};
use crate::report::number::quantity;

/// More lines than this cannot be told apart.
const MOST_LINES: usize = 12;
/// The room for names at the right of the lines; those of a load test say more.
const NAMES: f64 = 290.0;
const NAMES_OF_STEPS: f64 = 440.0;
/// The distance between two names.
const LINE: f64 = 27.0;

/// Draws one line a variant; nothing when no variant has a latency.
pub fn draw(results: &Results) -> Option<Canvas> {
    let shown = &results.variants[..results.variants.len().min(MOST_LINES)];
    let y = Axis::log(shown.iter().flat_map(|variant| variant.latency_curve.iter().copied()))?;
    let title = format!(
        "Latency by percentile: how slow the slowest requests are, by {}",
        subject(results)
    );
    let title = if results.variants.len() > 1 { &title } else { "Latency by percentile" };
    let mut canvas = Canvas::new(title, WIDTH, 0.0);
    let more = join(&["successes only", &part(results, results.variants.len(), MOST_LINES)]);
    let top = heading(&mut canvas, title, &about(results, &more));
    let room = if results.load_test { NAMES_OF_STEPS } else { NAMES };
    let (left, width) = (MARGIN + 76.0, WIDTH - MARGIN - 76.0 - room - MARGIN);
    let height = 480.0;
    let x = Axis::nines(CURVE[0], CURVE[CURVE.len() - 1]);
    let panel = Panel { left, top: top + 46.0, width, height, x, y };
    panel.title(&mut canvas, "Latency, log scale", 18.0);
    panel.rows(&mut canvas, Metric::LatencyP99);
    let percents =
        [(0.0, "fastest"), (0.5, "50 %"), (0.9, "90 %"), (0.99, "99 %"), (0.999, "99.9 %")];
    panel.columns(&mut canvas, &percents.map(|(quantile, name)| (quantile, name.to_string())));
    let middle = panel.left + panel.width / 2.0;
    let below = "share of requests at least this fast";
    canvas.text((middle, panel.bottom() + 54.0), below, TICK.middle());
    let looks = looks(results);
    for (variant, look) in shown.iter().zip(&looks) {
        let values = CURVE.iter().zip(&variant.latency_curve);
        let values: Vec<_> = values.map(|(quantile, latency)| (*quantile, *latency)).collect();
        panel.series(&mut canvas, &values, *look, 5);
    }
    panel.base(&mut canvas);
    names(&mut canvas, &panel, results, &looks);
    canvas.height = panel.bottom() + 78.0;
    Some(canvas)
}

/// Writes each variant's name and p99.9 beside the end of its line, moved apart where they touch.
fn names(canvas: &mut Canvas, panel: &Panel, results: &Results, looks: &[Look]) {
    let shown = &results.variants[..results.variants.len().min(MOST_LINES)];
    let mut ends: Vec<(f64, usize, f64)> = Vec::new();
    for (number, variant) in shown.iter().enumerate() {
        if let Some(last) = variant.latency_curve.last().filter(|last| last.is_finite()) {
            ends.push((panel.vertical(*last), number, *last));
        }
    }
    ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let wanted: Vec<f64> = ends.iter().map(|end| end.0).collect();
    let placed = spread(&wanted, panel.top, panel.bottom());
    canvas.text((panel.right() + 74.0, panel.top - 18.0), "p99.9", TICK);
    for ((from, number, latency), y) in ends.into_iter().zip(placed) {
        let x = panel.right();
        canvas.line(&[(x + 2.0, from), (x + 22.0, y), (x + 28.0, y)], FAINT, 1.0);
        panel::line_swatch(canvas, (x + 48.0, y), looks[number]);
        let text = quantity(Metric::LatencyP999, latency);
        canvas.text((x + 74.0, y + 6.0), &text, LABEL.bold());
        let indent = x + 74.0 + LABEL.bold().width(&text) + 10.0;
        let room = canvas.width - MARGIN / 2.0 - indent;
        canvas.text((indent, y + 6.0), &LABEL.fit(&name(results, &shown[number]), room), LABEL);
    }
}

/// Places in the order given that keep a distance of one line and stay as near as they can.
fn spread(wanted: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let mut placed = wanted.to_vec();
    for at in 1..placed.len() {
        placed[at] = placed[at].max(placed[at - 1] + LINE);
    }
    let mut limit = bottom;
    for y in placed.iter_mut().rev() {
        *y = y.min(limit);
        limit = *y - LINE;
    }
    // All of them fit: twelve lines are lower than the frame.
    placed.iter().map(|y| y.max(top)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_distance() {
        let placed = spread(&[100.0, 101.0, 102.0, 490.0, 495.0], 50.0, 500.0);
        assert_eq!(placed, [100.0, 127.0, 154.0, 473.0, 500.0]);
        let crowd = spread(&[500.0; MOST_LINES], 50.0, 500.0);
        assert!(crowd.windows(2).all(|pair| pair[1] - pair[0] >= LINE) && crowd[0] >= 50.0);
    }
}

//! What a target told of itself beside what was sent to it: one time for all, ours on top, a strip for
//! each measure of the target below. No line is drawn where nothing was heard.

mod groups;

use self::groups::{Group, groups};
use super::axis::{Axis, label};
use super::canvas::Canvas;
use super::palette::{GRID, Look, SHADE_EDGE, STRIPE, WHITE};
use super::panel::{LABEL, MARGIN, Panel, SUBTITLE, TICK, WIDTH, heading, line_swatch};
use super::{join, marks};
use crate::experiment::{Beside, Course, Mark, Results, Second};
use crate::metrics::Metric;
use crate::time::Span;

/// More strips than this make no picture; the others are in `target.csv`.
const MOST_STRIPS: usize = 12;
/// More lines than this cannot be told apart in a strip.
const MOST_LINES: usize = 12;
/// More points than this are drawn as the means of neighbours.
const MOST_POINTS: usize = 1_000;

/// The room for the names of lines at the right.
const NAMES: f64 = 290.0;
/// The distance between two of them.
const NAME_STEP: f64 = 22.0;
/// The width of all frames.
const FRAME: f64 = WIDTH - 2.0 * MARGIN - 76.0 - NAMES;
/// The lowest frame.
const LOW: f64 = 100.0;
/// The room above each frame, for its heading.
const ABOVE: f64 = 44.0;
/// The room below a frame that has the time written beside it.
const BELOW: f64 = 36.0;

/// One line: its name and its points.
type Line = (String, Look, Vec<(f64, f64)>);

/// Draws ours and the target's; nothing where no target told anything.
pub fn draw(results: &Results) -> Option<Canvas> {
    let beside = results.beside.as_ref()?;
    let (told, quiet) = groups(&beside.told);
    if told.is_empty() {
        return None;
    }
    let title = "The target's own measures beside ours, over the run";
    let mut canvas = Canvas::new(title, WIDTH, 0.0);
    let shown = &told[..told.len().min(MOST_STRIPS)];
    let some =
        format!("{} of {} measures are shown; all are in target.csv", shown.len(), told.len());
    let some = if told.len() > shown.len() { &some } else { "" };
    let events = if results.marks.is_empty() { "" } else { "events darker" };
    let grey = join(&["grey: not measured (warm-ups, pauses)", events, some]);
    let mut top = heading(&mut canvas, title, &format!("{}: {grey}", results.scenario));
    let steps: Vec<Mark> = beside.steps.iter().map(mark).collect();
    let rows = marks::rows(&steps, beside.end(), FRAME);
    top += marks::ROW * rows as f64;
    let paper = Paper { results, beside };
    let ours = ours(beside);
    for (at, strip) in ours.iter().enumerate() {
        let panel = paper.panel(top + ABOVE, strip);
        // The names of the steps stand between the heading and the first frame.
        let rise = if at == 0 { marks::ROW * rows as f64 } else { 0.0 };
        paper.draw(&mut canvas, &panel, strip, rise);
        if at == 0 {
            marks::name(&mut canvas, &panel, &steps, beside.end());
        }
        top = panel.bottom();
    }
    top = paper.times(&mut canvas, top);
    for group in shown {
        let strip = of_target(group);
        let panel = paper.panel(top + ABOVE, &strip);
        paper.draw(&mut canvas, &panel, &strip, 0.0);
        top = panel.bottom();
    }
    top = paper.times(&mut canvas, top);
    let below = (MARGIN + 76.0 + FRAME, top + 14.0);
    canvas.text(below, "time since the target was first watched", TICK.end());
    canvas.height = footnotes(&mut canvas, top + 14.0, &quiet, &told[shown.len()..]);
    Some(canvas)
}

/// One frame: its heading, its lines, and how values are written beside it.
struct Strip<'g> {
    title: String,
    lines: Vec<Line>,
    log: bool,
    written: Box<dyn Fn(f64) -> String + 'g>,
}

/// What all frames have in common.
struct Paper<'r> {
    results: &'r Results,
    beside: &'r Beside,
}

impl Paper<'_> {
    /// The frame of a strip, as high as the names of its lines need.
    fn panel(&self, top: f64, strip: &Strip<'_>) -> Panel {
        let values = || strip.lines.iter().flat_map(|(_, _, points)| points.iter().map(|at| at.1));
        let lowest = values().filter(|value| value.is_finite()).fold(0.0, f64::min);
        let y = match Axis::log(values()) {
            Some(axis) if strip.log => axis,
            _ if lowest < 0.0 => Axis::linear(lowest, values().fold(0.0, f64::max)),
            _ => Axis::from_zero(values()),
        };
        let x = Axis::linear(0.0, self.beside.end().seconds());
        let height = LOW.max(NAME_STEP * strip.lines.len() as f64);
        Panel { left: MARGIN + 76.0, top, width: FRAME, height, x, y }
    }

    fn draw(&self, canvas: &mut Canvas, panel: &Panel, strip: &Strip<'_>, rise: f64) {
        self.shade(canvas, panel);
        panel.title(canvas, &strip.title, 12.0 + rise);
        panel.rows_as(canvas, &strip.written);
        let ticks = super::axis::time_ticks(panel.x.high, (panel.width / 110.0) as usize);
        let bare = ticks.into_iter().map(|tick| (tick, String::new()));
        panel.columns(canvas, &bare.collect::<Vec<_>>());
        // A line that is alone needs nothing to be told by.
        let marks = if strip.lines.len() > 1 { 6 } else { 0 };
        for (_, look, points) in &strip.lines {
            panel.series(canvas, points, *look, marks);
        }
        panel.base(canvas);
        for (at, (name, look, _)) in strip.lines.iter().enumerate() {
            let y = panel.top + NAME_STEP * (at as f64 + 0.5);
            if !name.is_empty() {
                line_swatch(canvas, (panel.right() + 40.0, y), *look);
                let name = TICK.fit(name, NAMES - 70.0);
                canvas.text((panel.right() + 68.0, y + 6.0), &name, TICK);
            }
        }
    }

    /// Fills what was not measured with grey, behind the data, and the scenario's events darker; each step
    /// begins at a line.
    fn shade(&self, canvas: &mut Canvas, panel: &Panel) {
        let at = |time: Span| panel.horizontal(time.seconds());
        canvas.rectangle((panel.left, panel.top), (panel.right(), panel.bottom()), STRIPE);
        for step in &self.beside.steps {
            let (from, measured, to) = (at(step.from), at(step.measured.min(step.to)), at(step.to));
            // Narrower ones could not be seen.
            if to - from < 2.0 {
                continue;
            }
            canvas.rectangle((measured, panel.top), (to, panel.bottom()), WHITE);
            for event in &self.results.marks {
                let end = event.to.unwrap_or(event.from);
                let (begins, ends) = (step.measured + event.from, step.measured + end);
                let (begins, ends) = (at(begins.min(step.to)), at(ends.min(step.to)));
                if ends > begins {
                    canvas.rectangle((begins, panel.top), (ends, panel.bottom()), GRID);
                }
            }
            canvas.line(&[(from, panel.top), (from, panel.bottom())], SHADE_EDGE, 1.5);
        }
    }

    /// Writes the time below the frame that ends at `bottom`; gives where it goes on.
    fn times(&self, canvas: &mut Canvas, bottom: f64) -> f64 {
        let end = self.beside.end().seconds();
        let (x, y) = (Axis::linear(0.0, end), Axis::linear(0.0, 1.0));
        let edge = Panel { left: MARGIN + 76.0, top: bottom, width: FRAME, height: 0.0, x, y };
        edge.times(canvas, end);
        bottom + BELOW
    }
}

/// What the generator saw.
fn ours(beside: &Beside) -> [Strip<'static>; 3] {
    let line = |name: &str, number, value: fn(&Second) -> f64| {
        (name.to_string(), Look::of(number), thinned(seconds(beside, value)))
    };
    let rate = |value| label(Metric::Goodput, value);
    let strip =
        |title: &str, log, lines, written| Strip { title: title.into(), lines, log, written };
    let p99 = |second: &Second| second.latency_p99.map_or(f64::NAN, Span::seconds);
    [
        strip(
            "Ours: requests, per second",
            false,
            vec![line("begun", 0, |it| it.arrivals), line("ended well", 2, |it| it.goodput)],
            Box::new(rate),
        ),
        strip(
            "Ours: p99 latency of each second, log scale",
            true,
            vec![line("", 0, p99)],
            Box::new(|value| label(Metric::LatencyP99, value)),
        ),
        strip(
            "Ours: requests that failed, per second",
            false,
            vec![line("", 1, |it| it.failures)],
            Box::new(rate),
        ),
    ]
}

/// A measure of the generator over the run, with nothing between the steps.
fn seconds(beside: &Beside, value: fn(&Second) -> f64) -> Vec<(f64, f64)> {
    let of_step = |step: &Course| {
        let points = step.seconds.iter().map(|second| (second.at.seconds(), value(second)));
        points.chain([(step.to.seconds(), f64::NAN)]).collect::<Vec<_>>()
    };
    beside.steps.iter().flat_map(of_step).collect()
}

/// A measure of the target, a line for each part of it.
fn of_target<'g>(group: &'g Group<'_>) -> Strip<'g> {
    let lines = group.lines.iter().take(MOST_LINES).map(|(look, series)| {
        let points = series.t.iter().map(|t| t.seconds()).zip(series.values.iter().copied());
        (series.of.clone(), Look::of(*look), thinned(points.collect()))
    });
    let (all, lines) = (group.lines.len(), lines.collect::<Vec<_>>());
    let some = format!(" ({} of {all} lines; all are in target.csv)", lines.len());
    let title = format!("{}{}", group.title(), if all > lines.len() { &some } else { "" });
    Strip { title, lines, log: false, written: Box::new(|value| group.written(value)) }
}

/// At most so many points as can be seen: means of neighbours, and nothing where none has a value.
fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let of = points.len().div_ceil(MOST_POINTS).max(1);
    if of == 1 {
        return points;
    }
    let mean = |some: &[(f64, f64)]| {
        let found: Vec<f64> =
            some.iter().map(|at| at.1).filter(|value| value.is_finite()).collect();
        // Of nothing it is 0/0, which is no number.
        (some[0].0, found.iter().sum::<f64>() / found.len() as f64)
    };
    points.chunks(of).map(mean).collect()
}

/// Says which measures have no strip, and why; gives where it ends.
fn footnotes(canvas: &mut Canvas, top: f64, quiet: &[Group<'_>], left_out: &[Group<'_>]) -> f64 {
    let mut y = top + 10.0;
    for (why, groups) in [("0 all the time", quiet), ("Not shown", left_out)] {
        let titles: Vec<String> = groups.iter().map(Group::name).collect();
        let mut line = format!("{why}:");
        for (at, title) in titles.iter().enumerate() {
            let end = if at + 1 < titles.len() { ";" } else { "" };
            let longer = format!("{line} {}{end}", LABEL.fit(title, 800.0));
            if SUBTITLE.width(&longer) > WIDTH - 2.0 * MARGIN {
                y += 26.0;
                canvas.text((MARGIN, y), &line, SUBTITLE);
                line = format!("{}{end}", LABEL.fit(title, 800.0));
            } else {
                line = longer;
            }
        }
        if !titles.is_empty() {
            y += 26.0;
            canvas.text((MARGIN, y), &line, SUBTITLE);
        }
    }
    y + 24.0
}

fn mark(step: &Course) -> Mark {
    Mark { label: step.name.clone(), from: step.from, to: Some(step.to) }
}

#[cfg(test)]
mod tests;

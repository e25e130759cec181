//! Charts: pictures of an experiment. One file a chart and one row of [`CHARTS`].
//!
//! A chart draws shapes on a `canvas`; `paper` alone knows file formats. Every series has a colour
//! that colour-blind readers can tell apart and a mark of its own, and no legend covers data.

mod axis;
mod canvas;
mod causes;
mod comparison;
mod font;
mod latency;
mod marks;
mod palette;
mod panel;
mod paper;
mod sweep;
mod target;
mod thin;
mod timeline;

pub use canvas::{Anchor, Canvas, Color, Point, Shape, Style};
pub use paper::{png, svg};

use self::palette::Look;
use crate::experiment::{Results, VariantResult};
use crate::report::predicted;

/// One row of the registry of charts.
pub struct Chart {
    /// The name, equal to that of its file: `comparison` draws `comparison.svg`.
    pub name: &'static str,
    /// What it shows, in one line.
    pub summary: &'static str,
    /// Draws it; nothing when the results hold nothing that it could show.
    pub draw: fn(&Results) -> Option<Canvas>,
}

/// All charts, in the order of reports.
pub const CHARTS: [Chart; 6] = [
    Chart { name: "comparison", summary: "the variants side by side", draw: comparison::draw },
    Chart { name: "sweep", summary: "measures along a numeric axis", draw: sweep::draw },
    Chart { name: "timeline", summary: "the run over time", draw: timeline::draw },
    Chart { name: "target", summary: "the target's own measures beside ours", draw: target::draw },
    Chart { name: "latency", summary: "percentiles of latency", draw: latency::draw },
    Chart { name: "causes", summary: "why requests failed", draw: causes::draw },
];

/// What the whiskers of a chart are.
const INTERVALS: &str = "means and 95 % intervals where these are wider than the dots";

/// The last word of a dotted path: `mesh.balancer` is about the balancer.
fn last_word(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// What the variants are, in one word: `step` in a load test, the only axis' last word, or `variant`.
fn subject(results: &Results) -> &str {
    match &results.axes[..] {
        _ if results.load_test => "step",
        [axis] if results.variants.iter().all(|variant| !variant.coordinates.is_empty()) => {
            last_word(&axis.path)
        }
        _ => "variant",
    }
}

/// The line below a heading: the scenario, the replications and what the picture adds to them.
fn about(results: &Results, more: &str) -> String {
    let predicted = results.variants.iter().any(|variant| results.is_predicted(variant));
    let runs = match results.replications {
        _ if predicted => "measured, and predicted dashed or hollow".to_string(),
        _ if results.load_test => "measured".to_string(),
        1 => "1 replication".to_string(),
        count => format!("{count} replications"),
    };
    let stop = if results.interrupted { ", interrupted" } else { "" };
    let comma = if more.is_empty() { "" } else { "; " };
    format!("{}: {runs}{stop}{comma}{more}", results.scenario)
}

/// How the variants look: what was measured and what was predicted for it have one colour and mark.
fn looks(results: &Results) -> Vec<Look> {
    let mut looks: Vec<Look> = Vec::new();
    let mut own = 0..;
    for variant in &results.variants {
        let measured = results.measured_of(variant);
        let look = measured.and_then(|measured| looks.get(measured));
        looks.push(match look {
            Some(look) => Look { predicted: true, ..*look },
            None => Look {
                number: own.next().expect("there is always another number"),
                predicted: results.is_predicted(variant),
            },
        });
    }
    looks
}

/// Says which variants a picture shows when it cannot show all of them.
fn part(results: &Results, all: usize, shown: usize) -> String {
    match all > shown {
        false => String::new(),
        true if results.load_test => {
            format!("the first {shown} of {all} are shown; all are in summary.csv")
        }
        true => format!("first {shown} of {all} variants"),
    }
}

/// The name of a variant; in a load test that of its step, since its look tells what was predicted.
fn name(results: &Results, variant: &VariantResult) -> String {
    if !results.load_test {
        return variant.name.clone();
    }
    let void = if variant.void.is_some() { predicted::VOID } else { "" };
    predicted::step(results, variant) + void
}

/// Joins what is not empty with commas.
fn join(parts: &[&str]) -> String {
    parts.iter().copied().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn every_chart_draws_all_results_within_its_paper() {
        for results in fixture::all().into_iter().chain([fixture::watched(15, 4)]) {
            for chart in &CHARTS {
                let Some(canvas) = (chart.draw)(&results) else { continue };
                for shape in &canvas.shapes {
                    let (points, slack) = match shape {
                        Shape::Line { points, .. } | Shape::Area { points, .. } => {
                            (points.clone(), 1.0)
                        }
                        Shape::Disc { center, .. } => (vec![*center], 0.0),
                        Shape::Text { at, text, size, bold, anchor, .. } => {
                            let width = font::width(text, *size, *bold);
                            let left = match anchor {
                                Anchor::Start => at.0,
                                Anchor::Middle => at.0 - width / 2.0,
                                Anchor::End => at.0 - width,
                            };
                            assert!(*size >= 16.0, "{text} is too small in {}", chart.name);
                            (vec![(left, at.1 - size), (left + width, at.1 + size / 4.0)], 1.0)
                        }
                    };
                    for (x, y) in points {
                        let inside = x >= -slack
                            && y >= -slack
                            && x <= canvas.width + slack
                            && y <= canvas.height + slack;
                        assert!(inside, "{} of {}: {shape:?}", chart.name, results.scenario);
                    }
                }
            }
        }
    }

    #[test]
    fn predictions_look_like_what_was_measured_but_for_their_dashes() {
        let results = fixture::load_test();
        let looks = looks(&results);
        let pairs: Vec<(usize, bool)> =
            looks.iter().map(|look| (look.number, look.predicted)).take(4).collect();
        assert_eq!(pairs, [(0, false), (0, true), (1, false), (1, true)]);
        assert!(looks.iter().all(|look| look.number < 6));
        // Every chart that has lines draws more of them, and shorter ones, for predictions.
        let mut measured = results.clone();
        measured.variants.retain(|variant| !results.is_predicted(variant));
        for chart in &CHARTS {
            let short = |results: &Results| {
                let Some(canvas) = (chart.draw)(results) else { return 0 };
                let is_short = |shape: &&Shape| match shape {
                    Shape::Line { points, width, .. } if points.len() == 2 && *width >= 2.0 => {
                        let (dx, dy) = (points[1].0 - points[0].0, points[1].1 - points[0].1);
                        dx.hypot(dy) < 9.5
                    }
                    _ => false,
                };
                canvas.shapes.iter().filter(is_short).count()
            };
            // The target predicts nothing.
            let drawn = (chart.draw)(&results).is_some();
            assert!(short(&results) > short(&measured) || !drawn, "{}", chart.name);
        }
    }

    #[test]
    fn charts_are_drawn_where_there_is_something_to_show() {
        let drawn = |results: &Results| -> Vec<&str> {
            let charts = CHARTS.iter().filter(|chart| (chart.draw)(results).is_some());
            charts.map(|chart| chart.name).collect()
        };
        assert_eq!(drawn(&fixture::cascade()), ["comparison", "timeline", "latency", "causes"]);
        assert_eq!(
            drawn(&fixture::sweep()),
            ["comparison", "sweep", "timeline", "latency", "causes"]
        );
        assert_eq!(drawn(&fixture::base()), ["comparison", "latency"]);
        assert_eq!(drawn(&fixture::load_test()), drawn(&fixture::sweep()));
        let watched = ["comparison", "sweep", "timeline", "target", "latency", "causes"];
        assert_eq!(drawn(&fixture::watched(1, 1)), watched);
    }

    #[test]
    fn steps_are_named_once_and_predictions_by_their_look() {
        let results = crate::report::labels::short(&fixture::load_test());
        let texts = |name: &str| -> Vec<String> {
            let chart = CHARTS.iter().find(|chart| chart.name == name).unwrap();
            let shapes = (chart.draw)(&results).unwrap().shapes.into_iter();
            let text = |shape| if let Shape::Text { text, .. } = shape { Some(text) } else { None };
            shapes.filter_map(text).collect()
        };
        for (chart, steps, predictions) in
            [("timeline", 6, 0), ("comparison", 6, 6), ("causes", 6, 0), ("latency", 12, 0)]
        {
            let texts = texts(chart);
            let is_step =
                |text: &&String| text.starts_with("random, ") || text.starts_with("p2c, ");
            let found = texts.iter().filter(is_step).count();
            assert_eq!(found, steps, "{chart}: {texts:#?}");
            let found = texts.iter().filter(|text| *text == "predicted").count();
            assert_eq!(found, predictions, "{chart}: {texts:#?}");
        }
        assert_eq!(texts("comparison").iter().filter(|text| *text == "p2c, 400 (void)").count(), 1);
    }

    #[test]
    fn what_a_picture_leaves_out_is_said_in_it() {
        let (some, load_test) = (fixture::many(), fixture::load_test());
        assert_eq!(part(&some, 60, 12), "first 12 of 60 variants");
        let said = "the first 12 of 20 are shown; all are in summary.csv";
        assert_eq!(
            (part(&load_test, 20, 12).as_str(), part(&load_test, 12, 12).as_str()),
            (said, "")
        );
    }
}

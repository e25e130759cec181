use super::*;
use crate::report::chart::canvas::{Point, Shape};
use crate::report::fixture;

/// The texts of a chart.
fn texts(canvas: &Canvas) -> Vec<&str> {
    let texts = canvas.shapes.iter().filter_map(|shape| match shape {
        Shape::Text { text, .. } => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// The pieces of the lines that show values, within the frames.
fn pieces(canvas: &Canvas) -> Vec<(Point, Point)> {
    let curves = canvas.shapes.iter().filter_map(|shape| match shape {
        Shape::Line { points, width, .. } if *width >= 3.0 => Some(points),
        _ => None,
    });
    let pieces = curves.flat_map(|points| points.windows(2).map(|pair| (pair[0], pair[1])));
    pieces.filter(|(_, to)| to.0 <= MARGIN + 76.0 + FRAME + 0.5).collect()
}

/// Where a second of a chart is drawn.
fn place(second: f64, results: &Results) -> f64 {
    let end = results.beside.as_ref().unwrap().end().seconds();
    MARGIN + 76.0 + second / end * FRAME
}

#[test]
fn only_what_told_something_is_drawn() {
    assert!(draw(&fixture::load_test()).is_none());
    let mut unheard = fixture::watched(3, 1);
    let told = &mut unheard.beside.as_mut().unwrap().told;
    told.iter_mut().for_each(|series| series.values.fill(f64::NAN));
    assert!(draw(&unheard).is_none());
}

#[test]
fn no_line_goes_through_what_was_not_heard() {
    let results = fixture::watched(1, 2);
    let canvas = draw(&results).unwrap();
    let crosses = |from: f64, to: f64| {
        let (from, to) = (place(from, &results) + 0.1, place(to, &results) - 0.1);
        let crossing = |piece: &&(Point, Point)| piece.0.0 < to && piece.1.0 > from;
        pieces(&canvas).iter().filter(crossing).count()
    };
    // The target was away from 12 s to 16 s: there are lines of the generator only, which are four.
    assert_eq!(crosses(11.2, 11.8) - crosses(12.2, 12.8), 0);
    assert_eq!(crosses(10.2, 10.8), 5);
    assert_eq!(crosses(13.2, 13.8), 4);
    // Between the steps it is the other way round: the first ends at 28 s, the second begins at 31 s.
    assert_eq!(crosses(29.2, 29.8), 1);
}

#[test]
fn the_same_second_is_at_the_same_place_in_all_frames() {
    let results = fixture::watched(3, 4);
    let canvas = draw(&results).unwrap();
    let at = place(20.0, &results);
    let mut ends: Vec<f64> = pieces(&canvas).into_iter().map(|(_, to)| to.0).collect();
    ends.retain(|x| (x - at).abs() < 0.01);
    // Two rates, a percentile and failures of ours; the target's one measure of one part, and at least the
    // eight lines without dashes of another. The third is 0 all the time.
    assert!((4 + 1 + 8..=4 + 1 + 12).contains(&ends.len()), "{ends:?}");
}

#[test]
fn what_is_left_out_is_said() {
    let results = fixture::watched(15, 4);
    let canvas = draw(&results).unwrap();
    let texts = texts(&canvas);
    for part in [
        "12 of 14 measures are shown; all are in target.csv",
        "router: requests waiting (12 of 13 lines; all are in target.csv)",
        "router: requests, per second",
        "0 all the time: app: process_resident_memory_bytes 14",
        "Not shown: app: requests 12; app: requests waiting 13",
        "variant 3: seven tenths busy",
    ] {
        assert!(texts.iter().any(|text| text.contains(part)), "{part} in {texts:#?}");
    }
    assert!(!texts.contains(&"app: requests 12, per second"), "{texts:#?}");
    let few = fixture::watched(2, 1);
    let canvas = draw(&few).unwrap();
    assert!(!self::texts(&canvas).iter().any(|text| text.contains("measures are shown")));
}

#[test]
fn hours_are_drawn_with_as_many_points_as_can_be_seen() {
    let long = |at: u32| (f64::from(at), if at < 10_000 { f64::NAN } else { f64::from(at % 2) });
    let thin = thinned((0..20_000).map(long).collect());
    assert!(thin.len() <= MOST_POINTS && thin.len() > MOST_POINTS / 2, "{}", thin.len());
    assert!(thin[0].1.is_nan() && (thin.last().unwrap().1 - 0.5).abs() < 1e-12);
}

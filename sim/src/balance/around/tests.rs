//! How the settings are read and refused.

use super::*;
use crate::config::testing::read_table;
use crate::time::Span;

/// What is read from a table such as `[mesh]`, the messages of its problems, and what is resolved.
fn read(text: &str, shared: bool) -> (Around, Vec<String>, String) {
    let open = |_: &str| Err("there are no files".to_string());
    let (around, problems, resolved) =
        read_table(text, &open, |fields| Around::read(fields, shared));
    (around, problems.into_iter().map(|problem| problem.message).collect(), resolved)
}

#[test]
fn nothing_stands_there_unless_it_is_written() {
    let (around, problems, resolved) = read("", false);
    assert_eq!((around, problems.len(), resolved.as_str()), (Around::default(), 0, "{}"));
    assert!(read("", false).0.leaves_the_dynos());
    assert!(read("errors-as-load = {}", false).0.leaves_the_dynos());
    assert!(!read("panic = 0.5", false).0.leaves_the_dynos());
}

#[test]
fn the_defaults_are_those_of_the_real_systems() {
    let text = "aperture = 'load'\nslow-start = {}\noutlier-ejection = {}\nerrors-as-load = {}\n";
    let (around, problems, _) = read(text, false);
    assert_eq!(problems, [""; 0]);
    let window = Span::from_secs(15);
    let band = aperture::Band { low: 0.875, high: 1.125, window, least: 1 };
    assert_eq!(around.aperture, Some(Aperture::Load(band)));
    let window = Span::from_secs(30);
    assert_eq!(around.slow_start, Some(SlowStart { window, aggression: 1.0, least: 0.1 }));
    let ejection = around.outlier_ejection.unwrap();
    assert_eq!((ejection.consecutive, ejection.most), (5, 0.1));
    assert!(ejection.failure_percentage.is_none());
    assert_eq!(around.errors_as_load, Some(ErrorsAsLoad { hold: Span::from_secs(1) }));
    let deterministic = read("aperture = 'deterministic'", false).0.aperture;
    assert_eq!(deterministic.unwrap().least(), 12);
    assert_eq!(read("subset = {}", false).0.subset, Some(Subset { size: 20 }));
}

#[test]
fn each_is_refused_where_it_makes_no_sense() {
    for (text, shared, message) in [
        (
            "aperture = 'deterministic'",
            true,
            "`aperture` gives each router dynos of its own, but the routers are one",
        ),
        (
            "subset = {}",
            true,
            "`subset` gives each router dynos of its own, but the routers are one",
        ),
        (
            "aperture = 'load'\nsubset = {}",
            false,
            "`mesh.aperture` and `mesh.subset` both say which dynos a router uses",
        ),
        (
            "aperture.load = { low = 2 }",
            false,
            "`aperture.load.high` must be more than `low`, found `1.125`",
        ),
        (
            "slow-start = { least = 0 }",
            false,
            "`slow-start.least` must be more than 0, found `0.0`",
        ),
        ("panic = 2", false, "`panic`: the number `2` is more than the whole"),
        (
            "errors-as-load = { for = '0s' }",
            false,
            "`errors-as-load.for` must be at least 1ms, found `\"0s\"`",
        ),
        (
            "outlier-ejection = { cap = '1s' }",
            false,
            "`outlier-ejection.cap` must be at least `base`, found `\"1s\"`",
        ),
        ("subset = { size = 0 }", false, "`subset.size` must be at least 1, found `0`"),
    ] {
        assert_eq!(read(text, shared).1, [message], "{text}");
    }
}

//! The Prometheus text format, version 0.0.4: those series that the scenario names.
//!
//! A name stands for all its label sets, each a series of its own; `name{label="value"}` for one. What
//! is of type `counter`, or is named `_total`, `_count`, `_sum` or `_bucket` where no type is told, is
//! drawn as a rate.

use super::{Kind, Sample};
use sim::load::Speaks;
use std::collections::BTreeMap;

/// The registry's row.
pub(super) const KIND: Kind =
    Kind { is: |speaks| matches!(speaks, Speaks::Prometheus(_)), path: "/metrics", read };

fn read(speaks: &Speaks, text: &str) -> Result<Vec<Sample>, String> {
    let Speaks::Prometheus(wanted) = speaks else { unreachable!("it is asked for its own kind") };
    let mut types = BTreeMap::new();
    let mut samples = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(told) = line.strip_prefix("# TYPE ") {
            types.extend(
                told.split_once(char::is_whitespace).map(|(name, kind)| (name, kind.trim())),
            );
            continue;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = || format!("`{}` is no line of the text format", shortened(line));
        let (series, name, value) = parts(line).ok_or_else(wrong)?;
        let is_wanted =
            |wanted: &String| *wanted == name || without_spaces(wanted) == without_spaces(series);
        // NaN is what a summary without observations says.
        if wanted.iter().any(is_wanted) && value.is_finite() {
            let labels = series[name.len()..].trim_matches(['{', '}']);
            let (unit, counts) = (unit(name), is_counter(name, &types));
            let level = Sample::level(name, value).of(labels);
            samples.push(Sample { unit, counts, ..level });
        }
    }
    let is_of = |sample: &Sample, wanted: &str| {
        let Sample { name, of, .. } = sample;
        let series = if of.is_empty() { name.clone() } else { format!("{name}{{{of}}}") };
        name == wanted || without_spaces(&series) == without_spaces(wanted)
    };
    match wanted.iter().find(|wanted| !samples.iter().any(|sample| is_of(sample, wanted))) {
        Some(missing) => Err(format!("the answer has no series `{missing}`")),
        None => Ok(samples),
    }
}

/// The series, its name, and its value, of a line such as `name{label="a } b"} 3 1700000000`.
fn parts(line: &str) -> Option<(&str, &str, f64)> {
    let name_end = line.find(|c: char| c == '{' || c.is_whitespace())?;
    let name = &line[..name_end];
    let first = name.chars().next()?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    if first.is_ascii_digit() || !name.chars().all(is_name) {
        return None;
    }
    let series_end = match line.as_bytes()[name_end] {
        b'{' => name_end + labels_length(&line[name_end..])?,
        _ => name_end,
    };
    let value = line[series_end..].split_whitespace().next()?;
    // Rust reads `+Inf`, `-Inf` and `NaN` as the format writes them.
    Some((&line[..series_end], name, value.parse().ok()?))
}

/// How long the labels are, braces included; a brace within quotes ends nothing.
fn labels_length(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '}' if !quoted => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn is_counter(name: &str, types: &BTreeMap<&str, &str>) -> bool {
    const GROWING: [&str; 4] = ["_total", "_count", "_sum", "_bucket"];
    let family = GROWING.iter().find_map(|end| types.get(name.strip_suffix(end)?));
    match (types.get(name), family) {
        (Some(kind), _) => *kind == "counter",
        // Of a histogram or a summary, all that ends so is counted.
        (None, Some(kind)) => *kind != "gauge",
        (None, None) => GROWING.iter().any(|end| name.ends_with(end)),
    }
}

/// The unit that a name says of itself: `process_cpu_seconds_total` counts seconds.
fn unit(name: &str) -> &'static str {
    // A histogram's buckets and its count are numbers of observations, whatever these are.
    if name.ends_with("_bucket") || name.ends_with("_count") {
        return "1";
    }
    let name = ["_total", "_sum"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    match name.rsplit('_').next() {
        Some("seconds") => "s",
        Some("bytes") => "B",
        _ => "1",
    }
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn shortened(line: &str) -> String {
    line.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# HELP http_requests_total The total.
# TYPE http_requests_total counter
http_requests_total{method=\"post\",code=\"200\"} 1027 1395066363000
http_requests_total{method=\"a } \\\" b\",code=\"400\"} 3

# TYPE queue_seconds gauge
queue_seconds 1.5e-3
untyped_total 7
# TYPE rpc summary
rpc{quantile=\"0.5\"} NaN
rpc_count 2693
";

    fn named(series: &[&str]) -> Speaks {
        Speaks::Prometheus(series.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_name_is_all_its_series_and_labels_are_one() {
        for (wanted, expected) in [
            ("http_requests_total", vec![(1027.0, true), (3.0, true)]),
            ("http_requests_total{method=\"post\", code=\"200\"}", vec![(1027.0, true)]),
            ("queue_seconds", vec![(0.0015, false)]),
            ("untyped_total", vec![(7.0, true)]),
            ("rpc_count", vec![(2693.0, true)]),
        ] {
            let found = read(&named(&[wanted]), TEXT).unwrap();
            let values: Vec<_> = found.iter().map(|found| (found.value, found.counts)).collect();
            assert_eq!(values, expected, "{wanted}");
        }
        assert_eq!(read(&named(&["queue_seconds"]), TEXT).unwrap()[0].unit, "s");
        let labelled = &read(&named(&["http_requests_total"]), TEXT).unwrap()[0];
        let found = (labelled.name.as_str(), labelled.of.as_str());
        assert_eq!(found, ("http_requests_total", "method=\"post\",code=\"200\""));
    }

    #[test]
    fn names_say_units() {
        for (name, expected) in [
            ("process_cpu_seconds_total", "s"),
            ("sent_bytes_total", "B"),
            ("wait_seconds_sum", "s"),
            ("wait_seconds_count", "1"),
            ("wait_seconds_bucket", "1"),
            ("process_resident_memory_bytes", "B"),
            ("queue", "1"),
        ] {
            assert_eq!(unit(name), expected, "{name}");
        }
    }

    #[test]
    fn what_is_missing_or_no_format_is_said() {
        for (wanted, text, part) in [
            ("queue", TEXT, "has no series `queue`"),
            ("a", "a{b=\"c\" 3", "is no line"),
            ("a", "a three", "is no line"),
            ("a", "9a 3", "is no line"),
            ("a", "a", "is no line"),
        ] {
            let error = read(&named(&[wanted]), text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}

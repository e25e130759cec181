//! Which panels a sweep shows, and how its title names them.

use super::found;
use super::lines::Line;
use crate::metrics::Metric;

/// A measure whose means differ by less than this share of the largest tells nothing.
const TELLING: f64 = 0.02;
/// The same of goodput, which errors and what was queued before also change by a little.
const TELLING_GOODPUT: f64 = 0.1;

/// A measure, the title of its panel, and what it is about.
pub(super) type About = (Metric, &'static str, &'static str);

const PANELS: [About; 4] = [
    (Metric::Goodput, "Goodput, requests/s", "goodput"),
    (Metric::ErrorRate, "Error rate", "errors"),
    (Metric::LatencyP99, "p99 latency", "delay"),
    (Metric::WaitMean, "Mean wait", "delay"),
];

/// The measures in which lines or points differ; all of them where none does.
pub(super) fn telling(lines: &[Line<'_>]) -> Vec<About> {
    let tells = |(metric, ..): &About| {
        let means = || {
            let all = lines.iter().flat_map(|line| found(line, *metric));
            all.filter_map(|(_, found)| found).map(|found| found.mean)
        };
        let (low, high) = (means().fold(f64::INFINITY, f64::min), means().fold(0.0, f64::max));
        let least = if *metric == Metric::Goodput { TELLING_GOODPUT } else { TELLING };
        high - low > least * high
    };
    let told: Vec<_> = PANELS.into_iter().filter(tells).collect();
    if told.is_empty() { PANELS.to_vec() } else { told }
}

/// What panels are about, as the beginning of a title.
pub(super) fn title(panels: &[About]) -> String {
    let mut topics: Vec<&str> = panels.iter().map(|(.., topic)| *topic).collect();
    topics.dedup();
    let last = topics.pop().unwrap_or_default();
    let and = if topics.is_empty() { "" } else { " and " };
    let text = format!("{}{and}{last}", topics.join(", "));
    text[..1].to_uppercase() + &text[1..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_names_what_is_shown() {
        let check = |shown: &[usize], expected: &str| {
            let panels: Vec<About> = shown.iter().map(|at| PANELS[*at]).collect();
            assert_eq!(title(&panels), expected);
        };
        check(&[0, 1, 2, 3], "Goodput, errors and delay");
        check(&[0, 3], "Goodput and delay");
        check(&[2, 3], "Delay");
        check(&[1], "Errors");
    }
}

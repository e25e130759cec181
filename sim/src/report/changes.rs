//! What changed since an earlier run, as text, markdown and html show it: what got worse, then what
//! got better. What is not told from chance is counted.

use super::number::{Shown, quantity, short};
use crate::experiment::{Against, Change, Turn};

/// The changes beyond chance, the worse ones first.
pub fn told(against: &Against) -> Vec<&Change> {
    let of = |turn| against.changes.iter().filter(move |change| change.turn == turn);
    of(Turn::Worse).chain(of(Turn::Better)).collect()
}

/// How many there are, and what chance alone would do: one line.
pub fn summary(against: &Against) -> String {
    let count = |turn| against.changes.iter().filter(|change| change.turn == turn).count();
    let (worse, better) = (count(Turn::Worse), count(Turn::Better));
    let unknown = match count(Turn::Unknown) {
        0 => String::new(),
        unknown => format!(", {unknown} without an interval"),
    };
    format!(
        "{worse} worse and {better} better of {} measures{unknown}; a change counts when its 95 % \
         interval (Welch) excludes 0, and without any change one in 40 looks worse by chance",
        against.changes.len()
    )
}

/// Then and now: `930 ms -> 1.13 s`.
pub fn from_to(change: &Change) -> String {
    let of = |value| quantity(change.metric, value);
    format!("{} -> {}", of(change.before), of(change.now))
}

/// By how much: `+200 ±60 ms (+22 %)`; nothing where that is infinite.
pub fn by(change: &Change) -> String {
    let difference = change.difference();
    if !difference.is_finite() {
        return String::new();
    }
    let shown = Shown::value(change.metric, difference, change.ci95, true).full();
    let share = difference / change.before * 100.0;
    // A share of a share would be taken for points.
    let relative = share.is_finite() && change.metric.unit() != "ratio";
    let sign = if share > 0.0 { "+" } else { "" };
    if relative { format!("{shown} ({sign}{} %)", short(share, 2)) } else { shown }
}

/// Then, now and by how much: `930 ms -> 1.13 s, +200 ±60 ms (+22 %)`.
pub fn whole(change: &Change) -> String {
    let by = by(change);
    let comma = if by.is_empty() { "" } else { ", " };
    format!("{}{comma}{by}", from_to(change))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn changes_are_said_in_few_words() {
        let against = fixture::compared().against.unwrap();
        let lines: Vec<String> = told(&against).into_iter().map(whole).collect();
        assert_eq!(
            lines,
            [
                "40.0 s -> never",
                "930 ms -> 1.13 s, +200 ±60 ms (+22 %)",
                "12.0 % -> 9.10 %, -2.90 ±1 pp"
            ]
        );
        let summary = summary(&against);
        assert!(
            summary.starts_with("2 worse and 1 better of 5 measures, 1 without an interval;"),
            "{summary}"
        );
    }
}

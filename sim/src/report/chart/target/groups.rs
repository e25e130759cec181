//! Which measures of a target are drawn together: one strip a measure, one line a part of the target.

use crate::experiment::TargetSeries;
use crate::metrics::Metric;
use crate::report::chart::axis;
use crate::report::number::short;

/// All series of one measure.
pub struct Group<'r> {
    source: &'r str,
    name: &'r str,
    unit: &'r str,
    /// Each with the number of its look, which is that of the same part in other groups of the source.
    pub lines: Vec<(usize, &'r TargetSeries)>,
}

/// The measures in the order in which they were told, and apart from them those that were 0 all the time;
/// where all were, they stand among the former.
pub fn groups(told: &[TargetSeries]) -> (Vec<Group<'_>>, Vec<Group<'_>>) {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let heard = |series: &&TargetSeries| series.values.iter().any(|value| value.is_finite());
    for series in told.iter().filter(heard) {
        let TargetSeries { source, name, unit, .. } = series;
        match groups.iter_mut().find(|group| (group.source, group.name) == (source, name)) {
            Some(group) => group.lines.push((0, series)),
            None => groups.push(Group { source, name, unit, lines: vec![(0, series)] }),
        }
    }
    number(&mut groups);
    let (quiet, loud): (Vec<_>, Vec<_>) = groups.into_iter().partition(Group::is_quiet);
    if loud.is_empty() { (quiet, loud) } else { (loud, quiet) }
}

/// Numbers the lines so that a part of the target looks alike in all groups that have it. Groups that
/// share no part, such as those of the servers and those of all of them, begin anew.
fn number(groups: &mut [Group<'_>]) {
    let mut families: Vec<(&str, Vec<&str>)> = Vec::new();
    for group in groups {
        let shares = |family: &(&str, Vec<&str>)| {
            let has = |part: &str| family.1.contains(&part);
            family.0 == group.source && group.lines.iter().any(|(_, series)| has(&series.of))
        };
        let at = families.iter().position(shares).unwrap_or(families.len());
        if at == families.len() {
            families.push((group.source, Vec::new()));
        }
        let parts = &mut families[at].1;
        for (number, series) in &mut group.lines {
            *number = parts.iter().position(|part| *part == series.of).unwrap_or(parts.len());
            if *number == parts.len() {
                parts.push(&series.of);
            }
        }
    }
}

impl Group<'_> {
    /// Whether nothing but 0 was told.
    fn is_quiet(&self) -> bool {
        let mut values = self.lines.iter().flat_map(|(_, series)| &series.values);
        values.all(|value| *value == 0.0 || value.is_nan())
    }

    /// What is measured, and by whom.
    pub fn name(&self) -> String {
        format!("{}: {}", self.source, self.name)
    }

    /// The same with its unit.
    pub fn title(&self) -> String {
        let unit = match self.unit {
            "s/s" => ", seconds per second",
            unit if unit.ends_with("/s") => ", per second",
            _ => "",
        };
        self.name() + unit
    }

    /// A value as it is written beside the strip.
    pub fn written(&self, value: f64) -> String {
        if value == 0.0 {
            return "0".into();
        }
        let (unit, least) = match self.unit {
            "s" => return axis::label(Metric::LatencyP99, value),
            "B" | "B/s" => ("B", 1.0),
            _ => ("", 100.0),
        };
        // Numbers of up to five digits have room as they are.
        let scales = [(1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, "")];
        let large = |(factor, _): &(f64, &str)| value.abs() >= factor * least;
        let (factor, prefix) = scales.into_iter().find(large).unwrap_or((1.0, ""));
        let text = format!("{} {prefix}{unit}", short(value / factor, 3));
        text.trim_end().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

    fn series(name: &str, of: &str, unit: &str, values: &[f64]) -> TargetSeries {
        TargetSeries {
            source: "router".into(),
            name: name.into(),
            of: of.into(),
            unit: unit.into(),
            t: (1..=values.len() as u64).map(Span::from_secs).collect(),
            values: values.to_vec(),
        }
    }

    #[test]
    fn a_measure_is_a_group_and_a_part_looks_alike_in_all() {
        let told = [
            series("queue", "a", "1", &[1.0]),
            series("queue", "b", "1", &[0.0]),
            series("errors", "b", "1/s", &[0.0, f64::NAN]),
            series("sessions", "b", "1/s", &[2.0]),
            series("never heard", "", "1", &[f64::NAN]),
        ];
        let (shown, quiet) = groups(&told);
        let titles = |groups: &[Group<'_>]| groups.iter().map(Group::title).collect::<Vec<_>>();
        assert_eq!(titles(&shown), ["router: queue", "router: sessions, per second"]);
        assert_eq!(titles(&quiet), ["router: errors, per second"]);
        let looks = |group: &Group<'_>| group.lines.iter().map(|line| line.0).collect::<Vec<_>>();
        assert_eq!((looks(&shown[0]), looks(&shown[1])), (vec![0, 1], vec![1]));
        // Where all of them are 0, there is nothing else to show.
        let (shown, quiet) = groups(&told[2..3]);
        assert_eq!((shown.len(), quiet.len()), (1, 0));
    }

    #[test]
    fn values_are_written_in_their_unit() {
        for (unit, value, expected) in [
            ("1", 0.0, "0"),
            ("1", 12_000.0, "12000"),
            ("1/s", 250_000.0, "250 k"),
            ("1", 0.25, "0.25"),
            ("s", 0.25, "250 ms"),
            ("B", 512.0, "512 B"),
            ("B/s", 2_500_000.0, "2.5 MB"),
            ("1", -1_500.0, "-1500"),
        ] {
            let told = [series("measure", "", unit, &[1.0])];
            assert_eq!(groups(&told).0[0].written(value), expected, "{value} {unit}");
        }
    }
}

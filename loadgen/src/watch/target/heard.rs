//! What a source said so far: a bounded part of it, with a gap where it said nothing.

use super::Sample;
use sim::experiment::TargetSeries;
use sim::time::Span;
use std::collections::BTreeMap;

/// The most series of a source; further ones are left out, and that is said.
const MOST_SERIES: usize = 256;

/// The most values of all series of a source: some hours of 64 of them.
const MOST_VALUES: usize = 1_280_000;

/// How asking a source went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The source, as the scenario calls it.
    pub source: String,
    /// How often it was asked.
    pub times: u64,
    /// How often that failed.
    pub failed: u64,
    /// Why it failed last.
    pub reason: Option<String>,
    /// How many series or values it had too many.
    pub left_out: u64,
}

/// What a source said so far.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// How asking it went.
    pub asked: Asked,
    /// Its series.
    pub series: Vec<TargetSeries>,
    /// How many values they have.
    values: usize,
    /// The last value of what is counted, by its series, and when.
    counts: BTreeMap<usize, (Span, f64)>,
}

impl Heard {
    /// Nothing yet, of the source of this name.
    pub fn of(source: &str) -> Heard {
        let asked = Asked { source: source.into(), ..Asked::default() };
        Heard { asked, ..Heard::default() }
    }

    /// Takes an answer, or why there was none.
    pub fn hear(&mut self, at: Span, samples: Result<Vec<Sample>, String>) {
        self.asked.times += 1;
        match samples {
            Ok(samples) => samples.into_iter().for_each(|sample| self.keep(at, sample)),
            Err(reason) => {
                self.asked.failed += 1;
                self.asked.reason = Some(reason);
                // How fast it counted while it was away is not known.
                self.counts.clear();
            }
        }
        // What was not told has a gap there.
        for index in 0..self.series.len() {
            if self.series[index].t.last() != Some(&at) {
                self.push(index, at, f64::NAN);
            }
        }
    }

    fn keep(&mut self, at: Span, sample: Sample) {
        let Sample { name, of, unit, value, counts } = sample;
        let is_same = |series: &TargetSeries| series.name == name && series.of == of;
        let known = self.series.iter().position(is_same);
        if known.is_none() && self.series.len() >= MOST_SERIES {
            self.asked.left_out += 1;
            return;
        }
        let index = known.unwrap_or_else(|| {
            let source = self.asked.source.clone();
            let unit = if counts { format!("{unit}/s") } else { unit.to_string() };
            let (t, values) = (Vec::new(), Vec::new());
            self.series.push(TargetSeries { source, name, of, unit, t, values });
            self.series.len() - 1
        });
        let value = if counts { self.rate(index, at, value) } else { Some(value) };
        if let Some(value) = value {
            self.push(index, at, value);
        }
    }

    fn push(&mut self, index: usize, at: Span, value: f64) {
        if self.values >= MOST_VALUES {
            self.asked.left_out += 1;
            return;
        }
        self.values += 1;
        let series = &mut self.series[index];
        series.t.push(at);
        series.values.push(value);
    }

    /// How fast a count grew since it was last heard; nothing the first time, and when it began anew.
    fn rate(&mut self, index: usize, at: Span, value: f64) -> Option<f64> {
        let (before, last) = self.counts.insert(index, (at, value))?;
        let passed = at.saturating_sub(before).seconds();
        (value >= last && passed > 0.0).then(|| (value - last) / passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(samples: impl IntoIterator<Item = (u64, Sample)>) -> Heard {
        let mut heard = Heard::default();
        for (at, sample) in samples {
            heard.hear(Span::from_secs(at), Ok(vec![sample]));
        }
        heard
    }

    #[test]
    fn counts_become_rates_and_survive_a_restart() {
        let counts = [(0, 100.0), (1, 150.0), (3, 170.0), (4, 5.0), (5, 15.0)];
        let heard = heard(counts.map(|(at, value)| (at, Sample::count("requests", value))));
        let [series] = &heard.series[..] else { panic!("{heard:?}") };
        let found: Vec<String> = series.values.iter().map(f64::to_string).collect();
        // The first time, and where it began anew, nothing is known.
        assert_eq!(
            (&series.unit[..], found),
            ("1/s", ["NaN", "50", "10", "NaN", "10"].map(String::from).to_vec())
        );
        assert_eq!(series.t, [0, 1, 3, 4, 5].map(Span::from_secs));
    }

    #[test]
    fn what_was_away_has_a_gap_and_is_not_counted_through_it() {
        let mut heard = Heard::default();
        let both =
            |count: f64| Ok(vec![Sample::count("requests", count), Sample::level("up", 1.0)]);
        let answers = [both(0.0), both(5.0), Err("it is away".into()), both(50.0), both(57.0)];
        for (at, answer) in answers.into_iter().enumerate() {
            heard.hear(Span::from_secs(at as u64), answer);
        }
        heard.hear(Span::from_secs(5), Ok(vec![Sample::level("up", 1.0)]));
        let found = heard.series.iter().map(|series| {
            let shown = series.values.iter().map(f64::to_string).collect::<Vec<_>>().join(" ");
            assert_eq!(series.t.len(), series.values.len());
            shown
        });
        let expected = ["NaN 5 NaN NaN 7 NaN", "1 1 NaN 1 1 1"];
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn series_and_values_are_bounded() {
        let many = |count: u64| (0..count).map(|n| Sample::level("queue", 1.0).of(n.to_string()));
        let mut wide = Heard::default();
        wide.hear(Span::ZERO, Ok(many(300).collect()));
        assert_eq!((wide.series.len(), wide.asked.left_out), (MOST_SERIES, 44));
        let mut long = Heard { values: MOST_VALUES - 3, ..Heard::default() };
        for at in 0..5 {
            long.hear(Span::from_secs(at), Ok(many(1).collect()));
        }
        assert_eq!((long.series[0].values.len(), long.asked.left_out), (3, 2 + 2));
    }
}

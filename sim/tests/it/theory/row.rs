//! A row: one value of theory beside what was simulated, and whether it holds.
//!
//! A row **holds** when the expected value lies within the 99.99 % interval of the mean over the
//! replications, widened by the row's allowance, and when the row is sharp: half of its 95 %
//! interval is at most 1.1 % of the value (or at most the allowance, where that is more). At that
//! level some six hundred exact rows hold together with 94 % by Bonferroni's inequality. A
//! simulator that is off by 3 % fails a sharp exact row nine times in ten, and seldom has but one such
//! row: the 99.99 % interval reaches 2.36 % at most, and what is left are 1.2 standard errors; most
//! intervals are narrower.

use sim::experiment::{mean, student_t, variance};
use std::fmt::Write;

/// How often each setting is run.
pub const REPLICATIONS: u32 = 40;

/// How often a true row fails by chance, at most.
pub const LEVEL: f64 = 1e-4;

/// The 99.995 % point of Student's t with 39 degrees of freedom: of 99.99 % intervals.
const T_9999: f64 = 4.332_791;

/// The widest 95 % interval that counts as sharp, half of it over the value.
const SHARP: f64 = 0.011;

/// The error of a quantile that comes from a histogram of three digits, relative: buckets are at
/// most 1/1024 of a value wide, and the middle of one is given.
pub const BUCKET: f64 = 0.000_5;

/// Independent values, one a replication.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Their mean.
    pub mean: f64,
    /// The standard error of the mean.
    error: f64,
}

impl Sample {
    /// A sample of one value a replication.
    pub fn of(values: &[f64]) -> Sample {
        assert_eq!(values.len(), REPLICATIONS as usize);
        let variance = variance(values).expect("a measure is finite in every replication");
        Sample { mean: mean(values), error: (variance / values.len() as f64).sqrt() }
    }

    /// The mean of one measure, as sure as its difference to another one is.
    pub fn paired(of: &Sample, difference: &Sample) -> Sample {
        Sample { mean: of.mean, error: difference.error }
    }

    /// Half of the 95 % interval.
    pub fn half_95(&self) -> f64 {
        student_t(REPLICATIONS - 1) * self.error
    }

    fn half_9999(&self) -> f64 {
        T_9999 * self.error
    }
}

/// One comparison.
#[derive(Clone)]
pub struct Row {
    /// What is compared: `mean wait`.
    what: String,
    /// Of which system: `c = 8, rho = 0.9`.
    setting: String,
    /// Where the expected value comes from, in short; the family's text says more.
    source: &'static str,
    expected: f64,
    /// How far off the expected value may itself be.
    allowance: f64,
    found: Sample,
}

impl Row {
    /// The expected value is exact.
    pub fn exact(
        what: &str,
        setting: &str,
        source: &'static str,
        expected: f64,
        found: Sample,
    ) -> Row {
        Row { what: what.into(), setting: setting.into(), source, expected, allowance: 0.0, found }
    }

    /// The expected value may be off by `allowance`, for a reason that the family's text gives.
    pub fn within(self, allowance: f64) -> Row {
        Row { allowance, ..self }
    }

    /// The simulated value is a quantile from a histogram.
    pub fn quantile(self) -> Row {
        let allowance = BUCKET * self.expected;
        self.within(allowance)
    }

    /// The row of a simulator all of whose values are `factor` times as large.
    pub fn biased(&self, factor: f64) -> Row {
        let Sample { mean, error } = self.found;
        Row { found: Sample { mean: factor * mean, error: factor * error }, ..self.clone() }
    }

    fn off(&self) -> f64 {
        (self.found.mean - self.expected).abs()
    }

    /// Whether the row is sharp enough to say something.
    fn is_sharp(&self) -> bool {
        self.found.half_95() <= (SHARP * self.expected).max(self.allowance)
    }

    /// Whether the row holds.
    pub fn holds(&self) -> bool {
        self.off() <= self.found.half_9999() + self.allowance && self.is_sharp()
    }

    /// Whether the value lies within the narrower interval, too.
    pub fn within_95(&self) -> bool {
        self.off() <= self.found.half_95() + self.allowance
    }

    /// Whether chance alone decides whether the row lies within its 95 % interval.
    pub fn is_exact(&self) -> bool {
        self.allowance <= BUCKET * self.expected
    }

    /// How many times the requests of its run the row needs to be sharp with a fifth to spare.
    fn needs(&self) -> f64 {
        let goal = 0.82 * (SHARP * self.expected).max(self.allowance);
        (self.found.half_95() / goal) * (self.found.half_95() / goal)
    }

    /// The head of the table that `line` goes into.
    pub const HEAD: &'static str = "\
| what | setting | expected by | expected | simulated | 95 % interval | allowed | verdict |
|---|---|---|---|---|---|---|---|
";

    /// The row as a line of a Markdown table.
    pub fn line(&self) -> String {
        let scale = self.expected.abs().max(self.found.mean.abs());
        let (expected, found) = (digits(self.expected, scale), digits(self.found.mean, scale));
        let half = digits(self.found.half_95(), scale);
        let allowed =
            if self.allowance == 0.0 { "0".into() } else { digits(self.allowance, scale) };
        let verdict = match (self.holds(), self.within_95()) {
            (true, true) => "holds",
            (true, false) => "holds at 99.99 %",
            (false, _) => "FAILS",
        };
        let Row { what, setting, source, .. } = self;
        format!(
            "| {what} | {setting} | {source} | {expected} | {found} | ± {half} | {allowed} | {verdict} |\n"
        )
    }

    /// The line with what helps to judge it: how far off it is, and whether its run is long enough.
    pub fn told(&self) -> String {
        let off = (self.found.mean - self.expected) / self.found.error.max(f64::MIN_POSITIVE);
        let needs = self.needs();
        let line = self.line();
        format!("{} {off:+.2} standard errors, needs {needs:.2} of its requests\n", line.trim_end())
    }
}

/// A number to five digits of `scale`, without an exponent.
fn digits(value: f64, scale: f64) -> String {
    let mut places = 4;
    let mut power = 1.0;
    while places > 0 && scale >= 10.0 * power {
        (places, power) = (places - 1, power * 10.0);
    }
    while scale > 0.0 && scale < power && places < 9 {
        (places, power) = (places + 1, power / 10.0);
    }
    let mut text = String::new();
    write!(text, "{value:.places$}").expect("a string takes all");
    text
}

#[test]
fn numbers_have_five_digits() {
    for (value, scale, text) in [
        (9.0, 9.0, "9.0000"),
        (12.3456, 12.3, "12.346"),
        (123_456.7, 123_456.7, "123457"),
        (0.012_345_67, 0.012, "0.012346"),
        (0.000_01, 9.0, "0.0000"),
        (0.0, 0.0, "0.0000"),
    ] {
        assert_eq!(digits(value, scale), text);
    }
}

/// A sample with this mean and this half of a 95 % interval.
#[cfg(test)]
fn sample(mean: f64, half: f64) -> Sample {
    Sample { mean, error: half / student_t(REPLICATIONS - 1) }
}

#[test]
fn a_row_holds_when_it_is_near_and_sharp() {
    let row = |expected, mean, half| Row::exact("", "", "", expected, sample(mean, half));
    for (row, holds, within_95) in [
        (row(100.0, 100.9, 1.0), true, true),
        (row(100.0, 101.9, 1.0), true, false),
        (row(100.0, 102.2, 1.0), false, false),
        (row(100.0, 100.0, 1.2), false, true),
        (row(100.0, 102.2, 0.5), false, false),
        (row(100.0, 102.2, 0.5).within(2.0), true, true),
        // A bias of 3 % fails whatever the sharp interval.
        (row(100.0, 103.0, 1.1), false, false),
        (row(0.0, 0.000_3, 0.000_1).within(0.000_5), true, true),
        (row(0.0, 0.000_3, 0.000_6).within(0.000_5), false, true),
    ] {
        assert_eq!((row.holds(), row.within_95()), (holds, within_95), "{}", row.line());
    }
}

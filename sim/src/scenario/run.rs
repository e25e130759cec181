//! The settings of a run: how long, how often, from which seed.

use super::warmup::Warmup;
use crate::config::Fields;
use crate::platform::Timing;
use crate::time::Span;
use crate::units::Ratio;

/// The newest form of scenarios that this program reads.
const SCHEMA: i64 = 1;
/// The most intervals that a series may have.
const MOST_INTERVALS: u64 = 100_000;
/// The most replications.
pub const MOST_REPLICATIONS: u32 = 100_000;
/// A first round of fewer replications can look precise by luck.
const FIRST_ROUND: u32 = 5;
/// Where rounds of replications end unless the scenario says otherwise.
const ROUNDS_END: u32 = 1_000;
/// Into how many batches the one run of a single replication is cut; Schmeiser (1982) shows that
/// more than thirty bring little.
const BATCHES: u32 = 20;

/// Stands for a duration that is missing or wrong: longer than any, so that nothing is after its end.
const UNKNOWN: Span = Span::MAX;

/// How a scenario is run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The measured time.
    pub duration: Span,
    /// The time simulated before it.
    pub warmup: Warmup,
    /// One interval of the series.
    pub interval: Span,
    /// How often each variant is run, each time with other chance; with a precision at first.
    pub replications: u32,
    /// How sure the headline measures must be, as a share of their means; nothing for one round.
    pub precision: Option<f64>,
    /// The most replications that rounds may come to.
    pub replications_max: u32,
    /// Into how many batches the measured time of a single replication is cut.
    pub batches: u32,
    /// Where chance begins.
    pub seed: u64,
}

impl Run {
    /// The times alone; a warm-up that is still to be found is none.
    pub(super) fn timing(&self) -> Timing {
        let warmup = self.warmup.span().unwrap_or(Span::ZERO);
        Timing { duration: self.duration, warmup, interval: self.interval }
    }
}

/// Reads `schema`. False when the scenario is of a newer form, so that all else in it is unclear.
pub(super) fn schema(fields: &mut Fields<'_>) -> bool {
    if !fields.has("schema") {
        fields.missing("schema", "begin the file with `schema = 1`");
        return true;
    }
    // A whole number of any sign, so that the message below speaks of every wrong one.
    let schema = fields.or("schema", Schema(SCHEMA)).0;
    if schema > SCHEMA {
        fields.complain(
            "schema",
            format!("schema {schema} is newer than this `sim`, which reads schema {SCHEMA}"),
            "expected `1`",
            "update `sim`",
        );
        return false;
    }
    fields.require("schema", schema == SCHEMA, "1");
    true
}

/// The number of a scenario's form.
struct Schema(i64);

impl crate::config::Setting for Schema {
    const EXPECTS: &'static str = "`1`";

    fn read(value: &crate::config::Value) -> Result<Schema, String> {
        match value {
            crate::config::Value::Int(number) => Ok(Schema(*number)),
            other => Err(format!("found {}", other.describe())),
        }
    }

    fn write(&self) -> crate::config::Value {
        crate::config::Value::Int(self.0)
    }

    fn placeholder() -> Schema {
        Schema(SCHEMA)
    }
}

/// Reads `[run]`. What it gives can be simulated even where something was wrong.
pub(super) fn read(fields: &mut Fields<'_>) -> Run {
    if !fields.has("run") {
        fields.missing("run", "add `[run]` with `duration = \"10m\"`");
        fields.take("run");
        return Run {
            duration: UNKNOWN,
            warmup: Warmup::At(Span::ZERO),
            interval: default_interval(UNKNOWN),
            replications: 1,
            precision: None,
            replications_max: 1,
            batches: BATCHES,
            seed: 1,
        };
    }
    fields.table("run", |fields| {
        let noted = fields.reading.problems();
        let mut duration: Span = fields.required("duration");
        fields.require("duration", !duration.is_zero(), "more than `\"0s\"`");
        if fields.reading.problems() != noted {
            duration = UNKNOWN;
        }
        let warmup = fields.or("warmup", Warmup::At(Span::ZERO));
        let interval = interval(fields, duration);
        let replications = fields.or("replications", 10_u32);
        let allowed = 1..=MOST_REPLICATIONS;
        let known = allowed.contains(&replications);
        fields.require("replications", known, "from 1 to 100000");
        let (precision, replications_max) = precision(fields, replications, known);
        let batches = fields.or("batches", BATCHES);
        fields.require("batches", (2..=1_000).contains(&batches), "from 2 to 1000");
        let seed = fields.or("seed", 1_u64);
        Run { duration, warmup, interval, replications, precision, replications_max, batches, seed }
    })
}

/// Reads how sure the measures must be and how many replications that may take. Without a precision
/// the bound says nothing, but may stand there for a `--precision`.
fn precision(fields: &mut Fields<'_>, replications: u32, known: bool) -> (Option<f64>, u32) {
    let precision: Option<Ratio> = fields.optional("precision");
    // A number of replications that was refused is no ground for a second complaint.
    let first = if known { replications } else { 1 };
    let default = first.saturating_mul(10).min(ROUNDS_END).max(first);
    let Some(Ratio(share)) = precision else {
        let most = fields.optional("replications-max").unwrap_or(default);
        fields.require(
            "replications-max",
            (1..=MOST_REPLICATIONS).contains(&most),
            "from 1 to 100000",
        );
        return (None, most);
    };
    fields.require("precision", share > 0.0, "more than 0");
    if known && replications < FIRST_ROUND {
        let message = format!(
            "`run.precision` needs a first round of {FIRST_ROUND} replications, found {replications}"
        );
        let allowed = "fewer can look precise by luck";
        let help = format!("set `run.replications` to {FIRST_ROUND} or more");
        fields.complain("precision", message, allowed, &help);
    }
    let most = fields.or("replications-max", default);
    let allowed = replications..=MOST_REPLICATIONS;
    let limits = format!("from `run.replications`, {replications}, to 100000");
    fields.require("replications-max", !known || allowed.contains(&most), &limits);
    (Some(share), most)
}

/// Reads the interval of the series.
fn interval(fields: &mut Fields<'_>, duration: Span) -> Span {
    let default = default_interval(duration);
    let interval = fields.or("interval", default);
    let help = format!("leave it out for `\"{default}\"`");
    let refuse = |message: String, allowed: String| {
        fields.complain("interval", message, &allowed, &help);
        default
    };
    if interval.is_zero() {
        let message = "`run.interval` must be more than `\"0s\"`";
        refuse(message.into(), "must be more than `\"0s\"`".into())
    } else if interval > duration {
        let allowed = format!("must be at most the duration, `\"{duration}\"`");
        refuse(format!("`run.interval` is longer than the run: `\"{interval}\"`"), allowed)
    } else if duration != UNKNOWN && duration.nanos().div_ceil(interval.nanos()) > MOST_INTERVALS {
        let count = duration.nanos().div_ceil(interval.nanos());
        let message = format!("`run.interval` divides the run into {count} intervals");
        refuse(message, format!("at most {MOST_INTERVALS} intervals are allowed"))
    } else {
        interval
    }
}

/// The longest of 1, 2 or 5 times a power of ten nanoseconds that divides `duration` into at least a
/// hundred intervals; one nanosecond where none does.
fn default_interval(duration: Span) -> Span {
    let most = duration.nanos() / 100;
    let decade = most.checked_ilog10().map_or(1, |digits| 10_u64.pow(digits));
    let step = [5, 2, 1].map(|factor| factor * decade).into_iter().find(|step| *step <= most);
    Span::from_nanos(step.unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::parse_span;

    #[test]
    fn the_interval_is_a_round_hundredth() {
        for (duration, interval) in [
            ("10m", "5s"),
            ("1m", "500ms"),
            ("1000s", "10s"),
            ("1h", "20s"),
            ("30s", "200ms"),
            ("100d", "50000s"),
            ("7ns", "1ns"),
        ] {
            let found = default_interval(parse_span(duration).unwrap());
            assert_eq!(found, parse_span(interval).unwrap(), "{duration}");
        }
    }
}

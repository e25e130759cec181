//! How high the load of a stage is: users or a rate, written as one value or as a search.

use super::search::{Growth, Search};
use super::stage::Level;
use crate::config::{Fields, Setting, Value};
use crate::units::{Rate, parse_percent};

/// What follows the share of a boundary.
const OF_BOUNDARY: &str = "of boundary";

/// The most of a boundary that is asked for.
const MOST_OF_BOUNDARY: f64 = 10.0;

/// A level that is one value, in the unit of users or of rates.
pub(super) trait Unit: Setting {
    /// One end of a search, as it is written.
    type End: Setting;

    /// The end as a number.
    fn number(end: &Self::End) -> f64;

    /// The level itself.
    fn level(self) -> Level;
}

/// A number of users.
pub(super) struct UserLevel(Level);

/// A rate.
pub(super) struct RateLevel(Level);

/// Reads the level at `key`, which must be more than 0 and at least `least`; nothing where it is
/// absent.
pub(super) fn read<U: Unit>(fields: &mut Fields<'_>, key: &str, least: f64) -> Option<Level> {
    if !matches!(fields.peek(key), Some(Value::Table(_))) {
        let level = fields.optional::<U>(key)?.level();
        let (Level::At(number) | Level::OfBoundary(number)) = level else { return Some(level) };
        fields.require(key, number > 0.0, "more than 0");
        if matches!(level, Level::OfBoundary(_)) {
            fields.require(key, number <= MOST_OF_BOUNDARY, "at most 1000% of the boundary");
        }
        return Some(level);
    }
    let search = fields.table(key, |fields| {
        let noted = fields.reading.problems();
        let [from, to] = ["from", "to"].map(|key| U::number(&fields.required::<U::End>(key)));
        if fields.reading.problems() == noted {
            let limits = if least > 0.0 { "at least 1" } else { "more than 0" };
            fields.require("from", from > 0.0 && from >= least, limits);
            fields.require("to", to >= from, "at least `from`");
        }
        Search { from, to, growth: Growth::Geometric(2.0), stop_when: Vec::new() }
    });
    Some(Level::Search(search))
}

/// Reads `"80% of boundary"`; nothing for a text that speaks of no boundary.
fn share_of_boundary(value: &Value) -> Option<Result<Level, String>> {
    let Value::Text(text) = value else { return None };
    let share = text.trim().strip_suffix(OF_BOUNDARY)?.trim();
    Some(match parse_percent(share) {
        Ok(_) if !share.ends_with('%') => Err(format!("`{share}` has no percent sign")),
        Ok(share) if share.0.is_finite() => Ok(Level::OfBoundary(share.0)),
        Ok(_) => Err(format!("`{share}` is not a share")),
        Err(found) => Err(found),
    })
}

/// The value that a level is written as.
fn write(level: &Level, number: impl Fn(f64) -> Value) -> Value {
    match level {
        Level::At(level) => number(*level),
        Level::OfBoundary(share) => {
            // Rounded, so that a seventh of a percent is not shown as what a float makes of it.
            let percent = (share * 1e11).round() / 1e9;
            Value::Text(format!("{percent}% {OF_BOUNDARY}"))
        }
        Level::Search(_) => unreachable!("a search is a table and written as one"),
    }
}

impl Setting for UserLevel {
    const EXPECTS: &'static str =
        "a number of users, `\"80% of boundary\"`, or a search `{ from = 100, to = 100_000 }`";

    fn read(value: &Value) -> Result<UserLevel, String> {
        let level = share_of_boundary(value);
        let level = level.unwrap_or_else(|| u32::read(value).map(|n| Level::At(f64::from(n))));
        level.map(UserLevel)
    }

    fn write(&self) -> Value {
        write(&self.0, |users| Value::Int(users as i64))
    }

    fn placeholder() -> UserLevel {
        UserLevel(Level::At(1.0))
    }
}

impl Unit for UserLevel {
    type End = u32;

    fn number(end: &u32) -> f64 {
        f64::from(*end)
    }

    fn level(self) -> Level {
        self.0
    }
}

impl Setting for RateLevel {
    const EXPECTS: &'static str = "a rate such as `\"500/s\"`, `\"80% of boundary\"`, or a search \
         `{ from = \"100/s\", to = \"9000/s\" }`";

    fn read(value: &Value) -> Result<RateLevel, String> {
        let level = share_of_boundary(value);
        let level = level.unwrap_or_else(|| Rate::read(value).map(|rate| Level::At(rate.0)));
        level.map(RateLevel)
    }

    fn write(&self) -> Value {
        write(&self.0, |rate| Rate(rate).write())
    }

    fn placeholder() -> RateLevel {
        RateLevel(Level::At(1.0))
    }
}

impl Unit for RateLevel {
    type End = Rate;

    fn number(end: &Rate) -> f64 {
        end.0
    }

    fn level(self) -> Level {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_read_and_write() {
        let text = |text: &str| Value::Text(text.into());
        for (value, level) in [
            (Value::Int(100), Level::At(100.0)),
            (text("80% of boundary"), Level::OfBoundary(0.8)),
            (text("7% of boundary"), Level::OfBoundary(0.07)),
            (text("12.5% of boundary"), Level::OfBoundary(0.125)),
        ] {
            let read = UserLevel::read(&value).unwrap();
            assert_eq!(read.0, level);
            assert_eq!(read.write(), value);
        }
        let rate = RateLevel::read(&text("30000/min")).unwrap();
        assert_eq!((rate.write(), rate.0), (text("500/s"), Level::At(500.0)));
        for (value, part) in [
            (text("80 of boundary"), "no percent sign"),
            (text("x% of boundary"), "is not a share"),
            (text("80%"), "found"),
            (Value::Float(1.5), "found the number"),
            (Value::Int(-1), "is negative"),
        ] {
            let error = UserLevel::read(&value).err().unwrap();
            assert!(error.contains(part), "{value}: {error}");
        }
        assert_eq!(RateLevel::read(&Value::Int(5)).err().unwrap(), "`5` has no unit");
    }
}

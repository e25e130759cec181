//! The rows of a CSV file: when each request arrives, and perhaps what it wants and how much work
//! it is.
//!
//! Times count from the earliest row, which arrives at the start of the simulation, so a trace also
//! fills the warm-up. Rows that are out of order are sorted, rows of one time keep their order.

mod on_error;

use self::on_error::OnError;
use super::trace_time::{Format, Unit};
use super::{Arrival, Process};
use crate::config::{
    Body, Cells, Entry, Fields, Kind, Page, Problem, Setting, Sheet, Value, WrongLines, count_cell,
    duration_cell,
};
use crate::time::{SimTime, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The registry's row.
pub const KIND: Kind<Process> = Kind {
    name: "trace",
    summary: "the rows of a file: `trace = { file = \"day.csv\", time = \"TIMESTAMP\", work = \"seconds\", endpoint = \"path\", on-error = \"skip\" }`",
    page: Page {
        settings: &[
            ("file", "a CSV file with a header"),
            ("time", "its column of times, or a table with `column` and `unit`"),
            (
                "work",
                "a column of times or, as a table with `column` and `times`, of counts; without it work is drawn",
            ),
            ("endpoint", "a column of endpoints' names; without it they are drawn by share"),
            ("on-error", "`\"fail\"`, or `\"skip\"` to leave wrong rows out with a warning"),
        ],
        sections: &[
            (
                "Rule",
                "Each row is a request. The earliest comes when the simulation begins, warm-up included; after the last none comes.",
            ),
            ("Source", "Such as the traces of Azure or one's own access log."),
        ],
    },
    read,
};

/// One row, all its times in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// When, since the earliest row.
    pub at: Span,
    /// How much work; meaningless where the trace has none.
    pub work: Span,
    /// Which endpoint; meaningless where the trace names none.
    pub endpoint: u32,
}

/// A file that was read.
#[derive(Debug, Default)]
pub struct Trace {
    /// The rows by time.
    pub rows: Vec<Row>,
    /// The distinct endpoints in the order in which they first appear; empty when none are named.
    pub endpoints: Vec<String>,
    /// Whether the rows say how much work they are.
    pub has_work: bool,
    /// What the user should know of how the file was read.
    pub notes: Vec<String>,
}

impl Trace {
    /// Request number `index`, if there are so many.
    pub fn arrival(&self, index: usize) -> Option<Arrival> {
        let row = self.rows.get(index)?;
        Some(Arrival {
            at: SimTime::ZERO + row.at,
            endpoint: (!self.endpoints.is_empty()).then_some(row.endpoint),
            work: self.has_work.then_some(row.work),
        })
    }
}

/// What the scenario says of the file.
struct Config {
    file: String,
    time: String,
    unit: Option<Unit>,
    /// The column of the work, and how long one unit of its numbers takes; without, its cells are
    /// durations.
    work: Option<(String, Option<Span>)>,
    endpoint: Option<String>,
    on_error: OnError,
}

fn read(body: &mut Body<'_>) -> Process {
    let trace = body.fields(|fields| {
        let noted = fields.reading.problems();
        let file = fields.required("file");
        let time = read_column(fields, "time", "unit");
        if time.is_none() && !fields.has("time") {
            fields.missing("time", "add the name of the column that holds the times");
        }
        let (time, unit) = time.unwrap_or_default();
        let work = read_column(fields, "work", "times");
        let endpoint = fields.optional("endpoint");
        let on_error = fields.or("on-error", OnError::Fail);
        let config = Config { file, time, unit, work, endpoint, on_error };
        let is_fine = fields.reading.problems() == noted;
        is_fine.then(|| read_file(fields, config)).flatten()
    });
    Process::Trace(Arc::new(trace.unwrap_or_default()))
}

/// Reads the name of a column, alone or as `{ column = .., <extra> = .. }`.
fn read_column<T: Setting>(
    fields: &mut Fields<'_>,
    key: &str,
    extra: &str,
) -> Option<(String, Option<T>)> {
    let Entry { key_place, node, .. } = fields.take(key)?;
    let mut resolved = node.clone();
    let column = match &node.value {
        Value::Text(name) => Some((name.clone(), None)),
        Value::Table(_) => {
            let mut inner = Fields::of(fields.reading, &fields.path_of(key), &node);
            let column = (inner.required("column"), inner.optional(extra));
            resolved = inner.finish();
            Some(column)
        }
        other => {
            let message = format!("`{}`: found {}", fields.path_of(key), other.describe());
            fields.reading.complain(Problem::at(node.place, message).allowed(format!(
                "expected the name of a column, or a table with `column` and `{extra}`"
            )));
            None
        }
    };
    fields.put(key, key_place, resolved);
    column
}

/// Rows as they are read, before their times are counted from the earliest.
#[derive(Default)]
struct Rows {
    /// The time in nanoseconds from any origin, and the row without its time.
    found: Vec<(i128, Row)>,
    format: Option<Format>,
    endpoints: BTreeMap<String, u32>,
    wrong: WrongLines,
    /// The first line whose time is before that of the row above it.
    back: Option<u64>,
}

/// Where the columns stand in the file.
struct Columns {
    time: usize,
    unit: Option<Unit>,
    work: Option<(usize, Option<Span>)>,
    endpoint: Option<usize>,
}

fn read_file(fields: &Fields<'_>, config: Config) -> Option<Trace> {
    let sheet = Sheet::open(fields, "file", &config.file)?;
    let time = sheet.column(fields, "time", &config.time);
    let work = config.work.map(|(name, times)| (sheet.column(fields, "work", &name), times));
    let endpoint = config.endpoint.map(|name| sheet.column(fields, "endpoint", &name));
    let columns = Columns {
        time: time?,
        unit: config.unit,
        work: match work {
            Some((column, times)) => Some((column?, times)),
            None => None,
        },
        endpoint: match endpoint {
            Some(column) => Some(column?),
            None => None,
        },
    };
    let mut rows = Rows::default();
    sheet.rows(|line, cells| {
        let read = cells.and_then(|cells| rows.add(line, &columns, &cells));
        if let Err(what) = read {
            rows.wrong.add(line, &what);
        }
    });
    rows.check(fields, &config.file, config.on_error)?;
    rows.finish(fields, &config.file, columns.work.is_some())
}

impl Rows {
    /// Adds the row of a line, or says what is wrong with it.
    fn add(&mut self, line: u64, columns: &Columns, cells: &Cells<'_>) -> Result<(), String> {
        let time = cells.get(columns.time);
        let format = match self.format {
            Some(format) => format,
            None => Format::detect(time, columns.unit)?,
        };
        let at = format.read(time)?;
        let work = match columns.work {
            None => Span::ZERO,
            Some((column, None)) => duration_cell(cells.get(column))?,
            Some((column, Some(unit))) => count_cell(cells.get(column), unit)?,
        };
        let endpoint = match columns.endpoint {
            None => 0,
            Some(column) => self.endpoint(cells.get(column))?,
        };
        self.format = Some(format);
        if self.back.is_none() && self.found.last().is_some_and(|(before, _)| at < *before) {
            self.back = Some(line);
        }
        self.found.push((at, Row { at: Span::ZERO, work, endpoint }));
        Ok(())
    }

    fn endpoint(&mut self, name: &str) -> Result<u32, String> {
        if name.is_empty() {
            return Err("the endpoint is missing".into());
        }
        if let Some(index) = self.endpoints.get(name) {
            return Ok(*index);
        }
        let next = u32::try_from(self.endpoints.len()).expect("a file has fewer lines");
        self.endpoints.insert(name.into(), next);
        Ok(next)
    }

    /// Refuses wrong lines, unless they may be skipped, and a file without rows.
    fn check(&self, fields: &Fields<'_>, file: &str, on_error: OnError) -> Option<()> {
        let expected = "expected a right time, work and endpoint in every row";
        if self.wrong.count > 0 && on_error == OnError::Fail {
            let message = format!("`{file}` is wrong at {}", self.wrong.list());
            let help = "mend the file, or write `on-error = \"skip\"`";
            fields.complain("file", message, expected, help);
            return None;
        }
        if !self.found.is_empty() {
            return Some(());
        }
        let message = if self.wrong.count > 0 {
            format!("every row of `{file}` is wrong; {}", self.wrong.list())
        } else {
            format!("`{file}` has a header but no rows")
        };
        fields.complain("file", message, expected, "a trace needs at least one request");
        None
    }

    /// Sorts the rows and counts their times from the earliest.
    fn finish(mut self, fields: &Fields<'_>, file: &str, has_work: bool) -> Option<Trace> {
        let mut notes = Vec::new();
        match self.wrong.count {
            0 => {}
            1 => notes.push(format!("1 line of `{file}` was skipped: {}", self.wrong.first())),
            count => notes.push(format!(
                "{count} lines of `{file}` were skipped; the first is {}",
                self.wrong.first()
            )),
        }
        if let Some(line) = self.back {
            self.found.sort_by_key(|(at, _)| *at);
            notes.push(format!(
                "the rows of `{file}` were not in the order of their times and were sorted; the \
                 first that goes back is line {line}"
            ));
        }
        let (first, last) = (self.found.first()?.0, self.found.last()?.0);
        if last - first > HUNDRED_YEARS {
            let days = (last - first) / 86_400_000_000_000;
            fields.complain(
                "time",
                format!("`{file}` lasts {days} days"),
                "a trace lasts at most a hundred years",
                "name the unit of its numbers, such as `time = { column = \"..\", unit = \"ms\" }`",
            );
            return None;
        }
        let rows = self.found.into_iter().map(|(at, row)| {
            let since = u64::try_from(at - first).expect("sorted, and at most a hundred years");
            Row { at: Span::from_nanos(since), ..row }
        });
        let mut endpoints: Vec<_> = self.endpoints.into_iter().collect();
        endpoints.sort_by_key(|(_, index)| *index);
        let endpoints = endpoints.into_iter().map(|(name, _)| name).collect();
        Some(Trace { rows: rows.collect(), endpoints, has_work, notes })
    }
}

const HUNDRED_YEARS: i128 = 3_155_760_000_000_000_000;

#[cfg(test)]
mod tests;

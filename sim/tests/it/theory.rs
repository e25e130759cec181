//! Theory: what queueing theory and published tables say, and what the simulator finds.
//!
//! A **family** is one file: the formulas of a kind of queue, and a function that runs platforms and
//! makes a [`Row`] of each comparison. `row.rs` says when a row holds. All rows of all families
//! are `docs/VALIDATION.md`.
//!
//! - `cargo test -p sim theory` runs what is cheap: every setting of at most [`QUICK`] million
//!   requests. Its rows are as sharp as the others, and must stand in the document as they are.
//! - `cargo test --release -p sim --test it theory -- --ignored` runs everything, and compares
//!   the document byte for byte. With `UPDATE_GOLDEN=1` before it, it writes the document.
//!
//! To add a family: its file, its `mod` line, and its place in [`FAMILIES`].

mod chain;
mod clients;
mod closed;
mod erlang;
mod general;
mod hashing;
mod heroku;
mod lab;
mod laws;
mod loss;
mod mean_field;
mod metastable;
mod page;
mod protection;
mod pushes;
mod quadrature;
mod renewal;
mod row;
mod sharing;
mod shortest;
mod sojourn;
mod supermarket;
mod unequal;

use crate::command::root;
pub use lab::scenario;
use lab::{Lab, Runs};
use row::{Row, Sample};

/// Settings of at most so many million requests are run by every `cargo test`.
const QUICK: f64 = 1.0;

/// All families, in the document's order.
const FAMILIES: &[Family] = &[
    erlang::FAMILY,
    general::FAMILY,
    renewal::FAMILY,
    loss::FAMILY,
    closed::FAMILY,
    clients::FAMILY,
    sharing::FAMILY,
    unequal::FAMILY,
    laws::FAMILY,
    shortest::FAMILY,
    supermarket::FAMILY,
    heroku::FAMILY,
    pushes::FAMILY,
    hashing::FAMILY,
    metastable::FAMILY,
];

/// A chapter of the document: rows that one theory speaks of.
pub struct Family {
    /// Its heading.
    title: &'static str,
    /// What is compared with what, and where that is from: Markdown.
    text: &'static str,
    /// Runs the platforms and adds the rows.
    fill: fn(&mut Table),
}

/// The rows of one family.
pub struct Table {
    /// Whether dear settings are left out.
    quick: bool,
    rows: Vec<Row>,
}

impl Table {
    /// Runs a platform; nothing when it is too dear for now.
    pub fn run(&self, lab: &Lab) -> Option<Runs> {
        (!self.quick || lab.millions <= QUICK).then(|| lab.run())
    }

    /// Whether everything is run, the dear settings too.
    pub fn is_whole(&self) -> bool {
        !self.quick
    }

    /// Adds a row.
    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }
}

impl Family {
    fn table(&self, quick: bool) -> Table {
        let mut table = Table { quick, rows: Vec::new() };
        (self.fill)(&mut table);
        table
    }

    /// Runs what is cheap: all of it must hold, and stand in the document.
    fn check(&self) {
        let table = self.table(true);
        show(self.title, &table.rows);
        let wrong: String = table.rows.iter().filter(|row| !row.holds()).map(Row::told).collect();
        assert!(wrong.is_empty(), "rows do not hold:\n{wrong}");
        let document = page::committed();
        for line in table.rows.iter().map(Row::line) {
            assert!(document.contains(&line), "not in {}:\n{line}{}", page::PATH, page::HELP);
        }
    }
}

/// Prints rows, each with how far off it is and how sharp.
fn show(title: &str, rows: &[Row]) {
    let told: String = rows.iter().map(Row::told).collect();
    println!("\n{title}\n{}{told}", Row::HEAD);
}

#[test]
#[ignore = "takes minutes: .ci/run runs it in release"]
fn the_document_is_what_the_simulator_says() {
    let tables: Vec<(&Family, Table)> = FAMILIES
        .iter()
        .map(|family| {
            let table = family.table(false);
            show(family.title, &table.rows);
            (family, table)
        })
        .collect();
    let document = page::of(&tables);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(root().join(page::PATH), &document).unwrap();
    }
    let wrong: String = tables
        .iter()
        .flat_map(|(_, table)| table.rows.iter().filter(|row| !row.holds()).map(Row::told))
        .collect();
    assert!(wrong.is_empty(), "rows do not hold:\n{wrong}");
    assert!(page::committed() == document, "{} is out of date: {}", page::PATH, page::HELP);
}

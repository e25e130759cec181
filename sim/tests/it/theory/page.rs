//! The document: `docs/VALIDATION.md`, made of all families and what their rows found.

use super::row::{LEVEL, REPLICATIONS, Row};
use super::{Family, Table};
use crate::command::root;

/// Where it lies.
pub const PATH: &str = "docs/VALIDATION.md";

/// What to do when it is out of date.
pub const HELP: &str = "\
when the change is wanted, write the document anew:\n  \
UPDATE_GOLDEN=1 cargo test --release -p sim --test it theory -- --ignored\n";

const BEFORE: &str = include_str!("page/before.md");
const AFTER: &str = include_str!("page/after.md");

/// The document as it lies there.
pub fn committed() -> String {
    std::fs::read_to_string(root().join(PATH)).unwrap_or_default()
}

/// The document of these families.
pub fn of(tables: &[(&Family, Table)]) -> String {
    let rows = tables.iter().map(|(_, table)| table.rows.len()).sum::<usize>();
    let sure = 100.0 * (1.0 - rows as f64 * LEVEL);
    let mut document = BEFORE
        .replace("{replications}", &REPLICATIONS.to_string())
        .replace("{sure}", &format!("{sure:.0}"));
    document += &(wrapped(&count(tables)) + "\n");
    for (family, table) in tables {
        let lines: String = table.rows.iter().map(Row::line).collect();
        document +=
            &format!("\n## {}\n\n{}\n\n{}{lines}", family.title, wrapped(family.text), Row::HEAD);
    }
    document + "\n" + AFTER
}

/// How many rows there are, and how many of the exact ones lie where one in twenty should.
fn count(tables: &[(&Family, Table)]) -> String {
    let rows = || tables.iter().flat_map(|(_, table)| &table.rows);
    let failed = rows().filter(|row| !row.holds()).count();
    let exact = rows().filter(|row| row.is_exact()).count();
    let outside = rows().filter(|row| row.is_exact() && !row.within_95()).count();
    // A sharp row is of use only if it fails when it should.
    let caught = |factor| rows().filter(|r| r.is_exact() && !r.biased(factor).holds()).count();
    let verdict = if failed == 0 { "all hold".to_string() } else { format!("{failed} FAIL") };
    format!(
        "**{} rows: {verdict}.** Of the {exact} rows whose theory is exact, {outside} lie outside of \
         their 95 % interval; by chance alone it would be about {:.0}. If \
         all that was simulated were 3 % more, {} of these {exact} would fail, and {} if it were 3 % less.",
        rows().count(),
        0.05 * exact as f64,
        caught(1.03),
        caught(0.97),
    )
}

/// Text in lines of about 105 characters; an empty line stays one. No line begins with a sign, which
/// Markdown might take for a list.
fn wrapped(text: &str) -> String {
    let mut lines = Vec::new();
    for paragraph in text.split("\n\n") {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let is_sign = word.starts_with(['-', '+', '=', '>', '#']);
            if line.chars().count() + word.chars().count() > 104 && !is_sign {
                lines.push(std::mem::take(&mut line));
            }
            line += if line.is_empty() { "" } else { " " };
            line += word;
        }
        lines.extend([line, String::new()]);
    }
    lines.join("\n").trim_end().to_string()
}

#[test]
fn text_is_wrapped_between_words() {
    let long = "a".repeat(104);
    assert_eq!(wrapped(&format!("{long} b c\n\nd")), format!("{long}\nb c\n\nd"));
    assert_eq!(wrapped(&format!("{long} - b")), format!("{long} -\nb"));
}

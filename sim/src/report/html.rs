//! The report as one page that needs nothing but itself: `index.html`.

use super::number::Shown;
use super::{changes, escape::xml, predicted, table};
use crate::experiment::{Against, Results, Turn, VariantResult};
use crate::metrics::Metric;

/// The page's look: light, one column, tables that scroll when they are wide.
const STYLE: &str = include_str!("page.css");

/// The page with these charts, each its name, its one line and its SVG.
pub fn html(results: &Results, charts: &[(&str, &str, String)]) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{0}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{0}</h1>\n",
        xml(&results.scenario),
    );
    out += &introduction(results);
    let tables = HeadedTables::new(results);
    out += &tables.variants;
    for (name, summary, svg) in charts {
        let summary = xml(summary);
        out += &format!("<figure id=\"{name}\" aria-label=\"{summary}\">\n{svg}</figure>\n");
    }
    out += &tables.differences;
    out += &tables.expectations;
    out += &tables.since;
    out += &details(results);
    out += &format!(
        "<footer>{}. Digest <code>{:016x}</code>. The same numbers are in \
         <code>summary.csv</code>, <code>series.csv</code> and <code>results.json</code>.</footer>\n",
        xml(&table::runs(results)),
        results.digest,
    );
    out + "</main>\n</body>\n</html>\n"
}

fn introduction(results: &Results) -> String {
    let mut out = String::new();
    if !results.question.is_empty() {
        out += &format!("<p class=\"question\">{}</p>\n", prose(&results.question));
    }
    if !results.answer.is_empty() {
        out += &format!("<p><b>Expected answer:</b> {}</p>\n", prose(&results.answer));
    }
    let outcome = table::outcome(results);
    if !outcome.is_empty() {
        let class = match (results.hold(), results.are_valid()) {
            (false, _) => "fail",
            (true, false) => "void",
            (true, true) => "ok",
        };
        out += &format!("<p class=\"outcome {class}\">{outcome}</p>\n");
    }
    for note in &results.notes {
        out += &format!("<p>{}</p>\n", prose(note));
    }
    for (name, reason) in table::voids(results) {
        out += &format!("<p class=\"warning\">{}: {}</p>\n", xml(name), prose(reason));
    }
    if !results.keep_up() {
        let worse = results.against.iter().flat_map(Against::worse).count();
        out += &format!("<p class=\"outcome fail\">{worse} worse than before</p>\n");
    }
    if let Some(missing) = table::missing(results) {
        out += &format!("<p class=\"warning\">Interrupted: {missing}.</p>\n");
    }
    for warning in &results.warnings {
        out += &format!("<p class=\"warning\">{}</p>\n", prose(warning));
    }
    out
}

/// Text for people, escaped; what stands in pairs of backticks becomes code.
fn prose(text: &str) -> String {
    let parts: Vec<String> = xml(text).split('`').map(String::from).collect();
    if parts.len().is_multiple_of(2) {
        return parts.join("`");
    }
    let code = |(at, part): (usize, String)| match at % 2 {
        0 => part,
        _ => format!("<code>{part}</code>"),
    };
    parts.into_iter().enumerate().map(code).collect()
}

/// The tables of the page, each with its heading, or empty.
struct HeadedTables {
    variants: String,
    differences: String,
    expectations: String,
    since: String,
}

impl HeadedTables {
    fn new(results: &Results) -> HeadedTables {
        let long = table::columns(results).map(|(_, _, long)| long);
        let header = [&["variant"][..], &long].concat();
        let cell = |shown: Shown| format!("<td>{}</td>", xml(&shown.full()));
        let rows = results.variants.iter().map(|variant| {
            named(variant, table::headline(results, variant).into_iter().map(cell).collect())
        });
        let note = match table::basis(results) {
            Some(basis) => format!("Means with half their interval: {basis}."),
            None => "One replication has no intervals.".to_string(),
        };
        let variants = grid("Variants", &note, &header, rows.collect());
        HeadedTables {
            variants,
            differences: differences(results, &header) + &missed(results),
            expectations: expectations(results),
            since: results.against.as_ref().map_or(String::new(), since),
        }
    }
}

/// The paired differences to the first variant.
fn differences(results: &Results, header: &[&str]) -> String {
    if !table::compares(results) {
        return String::new();
    }
    let mut gained = false;
    let mut cell = |found: table::Difference| {
        let class = if found.sure { " class=\"sure\"" } else { "" };
        let gain = found.gain.map(|gain| format!(" <small>{}</small>", table::gain(gain)));
        gained |= gain.is_some();
        format!("<td{class}>{}{}</td>", xml(&found.shown.full()), gain.unwrap_or_default())
    };
    let rows = results.variants.iter().filter(|variant| !variant.differences.is_empty());
    let rows: Vec<String> = rows
        .map(|v| named(v, table::differences(v).into_iter().map(&mut cell).collect()))
        .collect();
    let first = results.variants.first().map_or("", |variant| &variant.name);
    let pairing = if gained { format!("; {}", table::GAIN) } else { String::new() };
    let note = format!(
        "Paired differences over the same traffic; bold where the whole 95 % interval lies on one \
         side of zero{pairing}."
    );
    grid(&format!("Against {}", xml(first)), &note, header, rows)
}

/// By how much predictions missed what was measured.
fn missed(results: &Results) -> String {
    let rows = predicted::rows(results);
    if rows.is_empty() {
        return String::new();
    }
    let cell = |found: predicted::Missed| {
        let class = if found.sure { " class=\"sure\"" } else { "" };
        format!("<td{class}>{}</td>", xml(&found.shown.full()))
    };
    let rows = rows.into_iter().map(|row| {
        let cells: String = row.errors.into_iter().map(cell).collect();
        format!("<th scope=\"row\">{}</th>{cells}", xml(&row.name))
    });
    let measures = predicted::MEASURES.map(|(_, heading)| heading);
    let header = [&["step"][..], &measures].concat();
    let note = format!(
        "{}; bold where the whole 95 % interval lies on one side of zero.",
        predicted::NOTE
    );
    grid(predicted::TITLE, &note, &header, rows.collect())
}

/// What changed since an earlier run.
fn since(against: &Against) -> String {
    let rows = changes::told(against).into_iter().map(|change| {
        let (class, word) =
            if change.turn == Turn::Worse { ("fail", "WORSE") } else { ("ok", "better") };
        format!(
            "<th scope=\"row\">{}</th><td class=\"{class}\">{word}</td><td>{}</td><td>{}</td>\
             <td>{}</td>",
            xml(&change.variant),
            change.metric.name(),
            xml(&changes::from_to(change)),
            xml(&changes::by(change)),
        )
    });
    let title = format!("Since <code>{}</code> (seed {})", xml(&against.file), against.seed);
    let note = format!("{}.", xml(&changes::summary(against)));
    let header = ["variant", "", "measure", "then and now", "difference"];
    words(&title, &note, &header, rows.collect())
}

fn named(variant: &VariantResult, cells: String) -> String {
    let (name, settings) = (xml(&variant.name), xml(&table::settings(variant)));
    format!("<th scope=\"row\" title=\"{settings}\">{name}</th>{cells}")
}

fn expectations(results: &Results) -> String {
    if results.verdicts.is_empty() {
        return String::new();
    }
    let rows = results.verdicts.iter().map(|verdict| {
        let word = table::word(verdict);
        let class = match word {
            "ok" => "ok",
            "FAIL" => "fail",
            _ => "",
        };
        format!(
            "<th scope=\"row\">{}</th><td class=\"{class}\">{word}</td>\
             <td>{}</td><td>{}</td><td>{}</td>",
            xml(&verdict.variant),
            xml(&verdict.expectation),
            xml(&table::observed(verdict)),
            xml(table::doubt(verdict)),
        )
    });
    let header = ["variant", "", "expectation", "observed", "note"];
    words("Expectations", "", &header, rows.collect())
}

/// All measures of every scope, folded away, one table a scope.
fn details(results: &Results) -> String {
    let mut scopes: Vec<&str> = Vec::new();
    for found in results.variants.iter().flat_map(|variant| &variant.estimates) {
        if !scopes.contains(&found.scope.as_str()) {
            scopes.push(&found.scope);
        }
    }
    let mut out = String::new();
    for scope in scopes {
        let has = |metric: &Metric| {
            results.variants.iter().any(|variant| variant.estimate(scope, *metric).is_some())
        };
        let metrics: Vec<Metric> = Metric::all().filter(has).collect();
        let names: Vec<&str> = metrics.iter().map(|metric| metric.name()).collect();
        let header = [&["variant"][..], &names].concat();
        let rows = results.variants.iter().map(|variant| {
            let cells = metrics.iter().map(|metric| {
                let shown = Shown::estimate(variant.estimate(scope, *metric), false);
                format!("<td>{}</td>", xml(&shown.full()))
            });
            named(variant, cells.collect())
        });
        let table = grid("", "", &header, rows.collect());
        let scope = xml(scope);
        out += &format!("<details><summary>All measures of {scope}</summary>\n{table}</details>\n");
    }
    out
}

/// The same for a table of words; without rows there is only its heading and its note.
fn words(title: &str, note: &str, header: &[&str], rows: Vec<String>) -> String {
    if rows.is_empty() {
        return format!("<h2>{title}</h2>\n<p class=\"note\">{note}</p>\n");
    }
    let table = grid(title, note, header, rows);
    table.replacen("<div class=\"wide\">", "<div class=\"wide words\">", 1)
}

/// A table with a heading and a note, both of which may be empty and are already escaped.
fn grid(title: &str, note: &str, header: &[&str], rows: Vec<String>) -> String {
    let mut out = String::new();
    if !title.is_empty() {
        out += &format!("<h2>{title}</h2>\n");
    }
    if !note.is_empty() {
        out += &format!("<p class=\"note\">{note}</p>\n");
    }
    let head: String = header.iter().map(|cell| format!("<th scope=\"col\">{cell}</th>")).collect();
    let rows: String = rows.iter().map(|row| format!("<tr>{row}</tr>\n")).collect();
    out + &format!(
        "<div class=\"wide\"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n\
         </table></div>\n"
    )
}

#[cfg(test)]
mod tests;

//! The report for people who read it beside the code: `summary.md`.

use super::chart::CHARTS;
use super::{changes, escape, escape::markdown as escaped, predicted, table};
use crate::experiment::{Against, Results, Turn};

/// Question, outcome, table of variants, charts, differences, expectations and warnings.
pub fn markdown(results: &Results) -> String {
    let mut out = format!("# {}\n\n", escaped(&results.scenario));
    for (title, text) in [("Question", &results.question), ("Expected answer", &results.answer)] {
        if !text.is_empty() {
            out += &format!("**{title}:** {}\n\n", escaped(text));
        }
    }
    let outcome = table::outcome(results);
    if !outcome.is_empty() {
        out += &format!("**Outcome:** {outcome}.\n\n");
    }
    for note in &results.notes {
        out += &format!("- {}\n", escaped(note));
    }
    if !results.notes.is_empty() {
        out.push('\n');
    }
    out += &format!("{}. ", escaped(&table::runs(results)));
    out += &match table::basis(results) {
        Some(basis) => format!("Means with half their interval: {basis}.\n\n"),
        None => "One replication has no intervals.\n\n".to_string(),
    };
    if let Some(missing) = table::missing(results) {
        out += &format!("Interrupted: {missing}.\n\n");
    }
    let long = table::columns(results).map(|(_, _, long)| long.to_string());
    let header = [&["variant".to_string()][..], &long].concat();
    let rows = results.variants.iter().map(|variant| {
        let cells = table::headline(results, variant).into_iter().map(|shown| shown.full());
        let void = if variant.void.is_some() { predicted::VOID } else { "" };
        [escaped(&variant.name) + void].into_iter().chain(cells).collect()
    });
    out += &grid(&header, rows.collect());
    for (name, reason) in table::voids(results) {
        out += &format!("\nVoid: {}: {}\n", escaped(name), escaped(reason));
    }
    for chart in CHARTS.iter().filter(|chart| (chart.draw)(results).is_some()) {
        out += &format!("\n![{}]({}.svg)\n", chart.summary, chart.name);
    }
    out += &differences(results, &header);
    out += &missed(results);
    out += &expectations(results);
    out += &results.against.as_ref().map_or(String::new(), since);
    if !results.warnings.is_empty() {
        out += "\n## Warnings\n\n";
        for warning in &results.warnings {
            out += &format!("- {}\n", escaped(warning));
        }
    }
    out + &format!("\nDigest `{:016x}`.\n", results.digest)
}

fn differences(results: &Results, header: &[String]) -> String {
    if !table::compares(results) {
        return String::new();
    }
    let first = results.variants.first().map_or("", |variant| &variant.name);
    let mut gained = false;
    let rows = results.variants.iter().filter(|variant| !variant.differences.is_empty());
    let rows: Vec<Vec<String>> = rows
        .map(|variant| {
            let cells = table::differences(variant).into_iter().map(|found| {
                let full = found.shown.full();
                let shown = if found.sure { format!("**{full}**") } else { full };
                gained |= found.gain.is_some();
                found.gain.map_or(shown.clone(), |gain| format!("{shown} ({})", table::gain(gain)))
            });
            [escaped(&variant.name)].into_iter().chain(cells).collect()
        })
        .collect();
    let pairing = if gained { format!("; {}", table::GAIN) } else { String::new() };
    format!(
        "\n## Against {}\n\nPaired differences; bold where the whole 95 % interval lies on one side \
         of zero{pairing}.\n\n{}",
        escaped(first),
        grid(header, rows)
    )
}

/// By how much predictions missed what was measured.
fn missed(results: &Results) -> String {
    let rows = predicted::rows(results);
    if rows.is_empty() {
        return String::new();
    }
    let cell = |found: predicted::Missed| {
        let full = found.shown.full();
        if found.sure { format!("**{full}**") } else { full }
    };
    let rows = rows.into_iter().map(|row| {
        [escaped(&row.name)].into_iter().chain(row.errors.into_iter().map(cell)).collect()
    });
    let measures = predicted::MEASURES.map(|(_, heading)| heading.to_string());
    let header = [&["step".to_string()][..], &measures].concat();
    format!(
        "\n## {}\n\n{}; bold where the whole 95 % interval lies on one side of zero.\n\n{}",
        predicted::TITLE,
        predicted::NOTE,
        grid(&header, rows.collect())
    )
}

/// What changed since an earlier run.
fn since(against: &Against) -> String {
    let file = against.file.replace('`', " ");
    let summary = changes::summary(against);
    let head = format!("\n## Since `{}` (seed {})\n\n", escape::line(&file), against.seed);
    let told = changes::told(against);
    if told.is_empty() {
        return format!("{head}{summary}.\n");
    }
    let header = ["", "variant", "measure", "then and now", "difference"].map(String::from);
    let rows = told.into_iter().map(|change| {
        vec![
            if change.turn == Turn::Worse { "**WORSE**" } else { "better" }.to_string(),
            escaped(&change.variant),
            change.metric.name().to_string(),
            changes::from_to(change),
            changes::by(change),
        ]
    });
    format!("{head}{summary}.\n\n{}", grid(&header, rows.collect()))
}

fn expectations(results: &Results) -> String {
    if results.verdicts.is_empty() {
        return String::new();
    }
    let header = ["", "variant", "expectation", "observed", "note"].map(String::from);
    let rows = results.verdicts.iter().map(|verdict| {
        vec![
            if verdict.fails() { "**FAIL**" } else { table::word(verdict) }.to_string(),
            escaped(&verdict.variant),
            escaped(&verdict.expectation),
            table::observed(verdict),
            escaped(table::doubt(verdict)),
        ]
    });
    format!("\n## Expectations\n\n{}", grid(&header, rows.collect()))
}

/// A table whose first column is text and whose others are read from the right.
fn grid(header: &[String], rows: Vec<Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule = (0..header.len()).map(|at| if at == 0 { "---" } else { "---:" });
    let rule = format!("|{}|\n", rule.collect::<Vec<_>>().join("|"));
    let rows: String = rows.iter().map(|cells| line(cells)).collect();
    line(header) + &rule + &rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn tables_are_rectangular_and_escaped() {
        for results in fixture::all() {
            let text = markdown(&results);
            assert!(!text.contains("<script>"), "{text}");
            for line in text.lines().filter(|line| line.starts_with('|')) {
                let bars = line.replace("\\|", "").matches('|').count();
                assert!(bars == 9 || bars == 6, "{line}");
            }
        }
    }

    #[test]
    fn a_void_step_without_expectations_is_told() {
        let mut results = fixture::load_test();
        results.verdicts.clear();
        let text = markdown(&results);
        for part in [
            "**Outcome:** 1 of 6 load steps is void.",
            "| balancer=p2c, users=400, source=measured (void) |",
            "Void: balancer=p2c, users=400, source=measured: the generator was late by 80 ms\n",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn it_says_what_got_worse() {
        let text = markdown(&fixture::compared());
        let row = "| **WORSE** | p2c | latency_p99 | 930 ms -> 1.13 s | +200 ±60 ms (+22 %) |";
        assert!(text.contains("## Since `before/results.json` (seed 1)\n"), "{text}");
        assert!(text.contains(row), "{text}");
    }

    #[test]
    fn it_says_the_question_and_the_outcome() {
        let text = markdown(&fixture::cascade());
        for part in [
            "# cascade\n",
            "**Question:** A deploy makes one app slow",
            "**Outcome:** 1 of 3 expectations failed.",
            "![the run over time](timeline.svg)",
            "## Against random",
            "**+65.0 ±25/s** (x 12)",
            "Means with half their interval: 95 % over replications.",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }
}

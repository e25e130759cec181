//! The report for people who read it beside the code: `summary.md`.

use super::chart::CHARTS;
use super::{escape::markdown as escaped, table};
use crate::experiment::Results;

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
    out += &format!("{}. Means with half their 95 % interval.\n\n", escaped(&table::runs(results)));
    if results.interrupted {
        out += "Interrupted: not all replications were done.\n\n";
    }
    let long = table::HEADLINE.map(|(_, _, long)| long.to_string());
    let header = [&["variant".to_string()][..], &long].concat();
    let rows = results.variants.iter().map(|variant| {
        let cells = table::headline(variant).into_iter().map(|shown| shown.full());
        [escaped(&variant.name)].into_iter().chain(cells).collect()
    });
    out += &grid(&header, rows.collect());
    for chart in CHARTS.iter().filter(|chart| (chart.draw)(results).is_some()) {
        out += &format!("\n![{}]({}.svg)\n", chart.summary, chart.name);
    }
    if table::compares(results) {
        let first = results.variants.first().map_or("", |variant| &variant.name);
        out += &format!("\n## Against {}\n\n", escaped(first));
        out +=
            "Paired differences; bold where the whole 95 % interval lies on one side of zero.\n\n";
        let rows = results.variants.iter().filter(|variant| !variant.differences.is_empty());
        let rows = rows.map(|variant| {
            let cells = table::differences(variant).into_iter().map(|(shown, sure)| match sure {
                true => format!("**{}**", shown.full()),
                false => shown.full(),
            });
            [escaped(&variant.name)].into_iter().chain(cells).collect()
        });
        out += &grid(&header, rows.collect());
    }
    out += &expectations(results);
    if !results.warnings.is_empty() {
        out += "\n## Warnings\n\n";
        for warning in &results.warnings {
            out += &format!("- {}\n", escaped(warning));
        }
    }
    out + &format!("\nDigest `{:016x}`.\n", results.digest)
}

fn expectations(results: &Results) -> String {
    if results.verdicts.is_empty() {
        return String::new();
    }
    let header = ["", "variant", "expectation", "observed", "note"].map(String::from);
    let rows = results.verdicts.iter().map(|verdict| {
        vec![
            if verdict.holds { "ok" } else { "**FAIL**" }.to_string(),
            escaped(&verdict.variant),
            escaped(&verdict.expectation),
            table::observed(verdict),
            table::doubt(verdict).to_string(),
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
    fn it_says_the_question_and_the_outcome() {
        let text = markdown(&fixture::cascade());
        for part in [
            "# cascade\n",
            "**Question:** A deploy makes one app slow",
            "**Outcome:** 1 of 3 expectations failed.",
            "![the run over time](timeline.svg)",
            "## Against random",
            "**+65.0 ±25/s**",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }
}

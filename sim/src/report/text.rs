//! The report for a terminal: never wider than [`WIDTH`] columns.

use super::{changes, escape, labels, predicted, table};
use crate::experiment::{Against, Change, Results, Turn, Verdict};

/// The columns of the terminal that the report needs.
pub const WIDTH: usize = 100;
/// From this many variants on a table shows no intervals.
const CROWD: usize = 30;
/// The shortest that names are cut to while intervals are still shown.
const NAME: usize = 30;
/// The columns of a table in the order in which they lose their intervals when room is short.
const SPARE: [usize; 7] = [5, 4, 2, 6, 1, 0, 3];

/// A cell with its interval and without it.
struct Cell {
    long: String,
    short: String,
}

/// The table of variants, then differences, expectations, warnings and the digest.
pub fn text(results: &Results) -> String {
    let results = &labels::short(results);
    let mut out = wrapped("", &format!("{}: {}", results.scenario, table::runs(results)));
    let crowd = results.variants.len() > CROWD;
    for note in &results.notes {
        out += &wrapped("* ", note);
    }
    if let Some(basis) = table::basis(results).filter(|_| !crowd) {
        out += &format!("± half the interval: {basis}\n");
    }
    if let Some(missing) = table::missing(results) {
        out += &format!("interrupted: {missing}\n");
    }
    let headings: Vec<&str> = table::columns(results).iter().map(|(_, short, _)| *short).collect();
    let rows = results.variants.iter().map(|variant| {
        let cells = table::headline(results, variant).into_iter();
        let cells = cells.map(|shown| Cell { long: shown.compact(), short: shown.bare() });
        (variant.name.clone(), cells.collect())
    });
    out.push('\n');
    out += &grid(&labels::subject(results), &headings, rows.collect(), crowd);
    if table::compares(results) {
        out += &differences(results, &headings, crowd);
    }
    out += &missed(results, crowd);
    for (name, reason) in table::voids(results) {
        out += &wrapped("void: ", &format!("{name}: {reason}"));
    }
    if !results.verdicts.is_empty() {
        out += "\nexpectations\n";
        for verdict in &results.verdicts {
            out += &expectation(verdict);
        }
    }
    if let Some(against) = &results.against {
        out += &since(against);
    }
    if !results.warnings.is_empty() {
        out += "\nwarnings\n";
        for warning in &results.warnings {
            out += &wrapped("  - ", warning);
        }
    }
    out + &format!("\ndigest {:016x}\n", results.digest)
}

fn differences(results: &Results, headings: &[&str], crowd: bool) -> String {
    let first = results.variants.first().map_or("", |variant| &variant.name);
    let mark = |found: &table::Difference| {
        let star = if found.sure { "*" } else { " " };
        Cell { long: found.shown.compact() + star, short: found.shown.bare() + star }
    };
    let compared = || results.variants.iter().filter(|variant| !variant.differences.is_empty());
    let rows = compared().map(|variant| {
        let cells = table::differences(variant).iter().map(mark).collect();
        (variant.name.clone(), cells)
    });
    let headings: Vec<String> = headings.iter().map(|heading| format!("{heading} ")).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let title = format!("against {first} (paired; * marks what the 95 % interval is sure of)");
    let mut out = format!(
        "\n{}{}",
        wrapped("", &title),
        grid(&labels::subject(results), &headings, rows.collect(), crowd)
    );
    let gains = compared().filter_map(|variant| {
        Some(format!("{} {}", variant.name, table::gains(&table::differences(variant))?))
    });
    let gains: Vec<String> = gains.collect();
    if !gains.is_empty() && !crowd {
        let gained = "pairing divided the variances of these differences by";
        out += &wrapped("", &format!("{gained}: {}", gains.join(", ")));
    }
    out
}

/// By how much predictions missed what was measured.
fn missed(results: &Results, crowd: bool) -> String {
    let rows = predicted::rows(results);
    if rows.is_empty() {
        return String::new();
    }
    let cell = |found: predicted::Missed| {
        let star = if found.sure { "*" } else { " " };
        Cell { long: found.shown.compact() + star, short: found.shown.bare() + star }
    };
    let rows = rows.into_iter().map(|row| (row.name, row.errors.into_iter().map(cell).collect()));
    let headings = predicted::MEASURES.map(|(_, heading)| format!("{heading} "));
    let headings = headings.each_ref().map(String::as_str);
    let title = format!("{} (* marks what the 95 % interval is sure of)", predicted::TITLE);
    let note = format!("{}.", predicted::NOTE);
    let table = grid("step", &headings, rows.collect(), crowd);
    format!("\n{}{}{table}", wrapped("", &title.to_lowercase()), wrapped("", &note))
}

fn since(against: &Against) -> String {
    let head = format!("\nsince {} (seed {})\n", escape::line(&against.file), against.seed);
    let line = |change: &Change| {
        let state = if change.turn == Turn::Worse { "WORSE " } else { "better" };
        let line =
            format!("{}: {}: {}", change.variant, change.metric.name(), changes::whole(change));
        wrapped(&format!("  {state} "), &line)
    };
    let told: String = changes::told(against).into_iter().map(line).collect();
    head + &told + &wrapped("  ", &changes::summary(against))
}

fn expectation(verdict: &Verdict) -> String {
    let state = format!("{:<4}", table::word(verdict));
    let doubt = match table::doubt(verdict) {
        "" => String::new(),
        doubt => format!(" ({doubt})"),
    };
    let (variant, expectation) = (&verdict.variant, &verdict.expectation);
    let line = format!("{variant}: {expectation}: {}{doubt}", table::observed(verdict));
    wrapped(&format!("  {state} "), &line)
}

/// A table: names at the left, numbers at the right of their columns. Where it would be too wide,
/// first names are shortened, then intervals are left out, then names are shortened further.
fn grid(corner: &str, headings: &[&str], rows: Vec<(String, Vec<Cell>)>, crowd: bool) -> String {
    let names: Vec<String> = rows.iter().map(|(name, _)| escape::line(name)).collect();
    let longest = names.iter().map(|name| columns(name)).chain([columns(corner)]).max();
    let longest = longest.unwrap_or(0);
    let mut with = vec![!crowd; headings.len()];
    let width = |column: usize, with: &[bool]| {
        let cells = rows.iter().map(|(_, cells)| columns(cell(&cells[column], with[column])));
        cells.chain([columns(headings[column])]).max().unwrap_or(0)
    };
    let numbers = |with: &[bool]| (0..headings.len()).map(|at| width(at, with) + 2).sum::<usize>();
    for column in SPARE.into_iter().filter(|column| *column < headings.len()) {
        if numbers(&with) + longest.min(NAME) <= WIDTH {
            break;
        }
        with[column] = false;
    }
    let room = longest.min(WIDTH.saturating_sub(numbers(&with)));
    let mut out = String::new();
    let mut line = |name: &str, cells: Vec<&str>| {
        let name = escape::shorten(name, room);
        let mut line = format!("{name}{}", " ".repeat(room - columns(&name)));
        for (column, cell) in cells.into_iter().enumerate() {
            line += &" ".repeat(width(column, &with) + 2 - columns(cell));
            line += cell;
        }
        out += escape::shorten(line.trim_end(), WIDTH).as_str();
        out.push('\n');
    };
    line(corner, headings.to_vec());
    for ((_, cells), name) in rows.iter().zip(&names) {
        let shown = cells.iter().zip(&with);
        line(name, shown.map(|(found, with)| cell(found, *with)).collect());
    }
    out
}

fn cell(cell: &Cell, with: bool) -> &str {
    if with { &cell.long } else { &cell.short }
}

fn columns(text: &str) -> usize {
    text.chars().count()
}

/// The text in lines of at most [`WIDTH`] columns, the first after `head`, the others below it.
fn wrapped(head: &str, text: &str) -> String {
    let deeper = " ".repeat(columns(head));
    let mut lines = vec![head.to_string()];
    let mut begun = false;
    for word in escape::line(text).split_whitespace() {
        let word = escape::shorten(word, WIDTH - columns(&deeper));
        let line = lines.last_mut().expect("there is always a line");
        if !begun {
            line.push_str(&word);
        } else if columns(line) + 1 + columns(&word) <= WIDTH {
            line.push(' ');
            line.push_str(&word);
        } else {
            lines.push(deeper.clone() + &word);
        }
        begun = true;
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn every_line_fits() {
        for results in fixture::all() {
            for line in text(&results).lines() {
                assert!(columns(line) <= WIDTH, "{}: {line}", results.scenario);
            }
        }
    }

    #[test]
    fn the_terminal_says_what_matters() {
        let text = text(&fixture::cascade());
        for part in [
            "cascade: 5 variants, 10 replications of 10m after 1m of warm-up, seed 1\n",
            "± half the interval: 95 % over replications\n",
            "against random (paired",
            "+65.0±25/s*",
            "  recovers\n",
            "pairing divided the variances of these differences by: least-loaded 12, idle-only 12, ",
            "  FAIL random: error_rate < 1% from 6m: 30.1 ±6 %\n",
            "  ok   p2c: error_rate < 1% from 6m: 0.910 ±0.18 % (not sure: interval spans the bound)\n",
            "digest 123456789abcdef0\n",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        let recovery = |name: &str| {
            let row = text.lines().find(|line| line.starts_with(name)).unwrap();
            row.split("  ").last().unwrap().trim().to_string()
        };
        assert_eq!(recovery("random "), "never");
        assert_eq!(recovery("round-robin "), "some never");
        assert_eq!(recovery("p2c "), "21.0±6.3s");
    }

    #[test]
    fn what_got_worse_comes_first() {
        let text = text(&fixture::compared());
        let (_, since) = text.split_once("\nsince before/results.json (seed 1)\n").unwrap();
        let lines: Vec<&str> = since.lines().take(4).collect();
        assert_eq!(lines[0], "  WORSE  random: recovery: 40.0 s -> never");
        assert_eq!(lines[1], "  WORSE  p2c: latency_p99: 930 ms -> 1.13 s, +200 ±60 ms (+22 %)");
        assert_eq!(lines[2], "  better p2c: error_rate: 12.0 % -> 9.10 %, -2.90 ±1 pp");
        assert!(lines[3].starts_with("  2 worse and 1 better of 5 measures"), "{since}");
    }

    #[test]
    fn many_variants_keep_their_rows() {
        let text = text(&fixture::many());
        assert_eq!(text.lines().filter(|line| line.contains('…')).count(), 60 + 60);
        assert!(!text.contains('±'));
    }

    #[test]
    fn long_text_wraps_below_its_head() {
        let line = "word ".repeat(30);
        assert_eq!(wrapped("  - ", "one two"), "  - one two\n");
        let wrapped = wrapped("  - ", &line);
        let lines: Vec<&str> = wrapped.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("  - word") && lines[1].starts_with("    word"), "{lines:?}");
    }
}

//! Problems as people read them: the place, the line with the mistake underlined, what is allowed,
//! and the fix. The one file that names the `annotate-snippets` crate.

use super::source::Source;
use crate::config::{Place, Problem};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::fmt::Write;

/// How many problems are shown; more than that are one mistake repeated, or no scenario at all.
const SHOWN: usize = 50;
/// The most characters of a source line that are shown.
const WIDEST: usize = 160;
/// The most characters of a message.
const LONGEST: usize = 400;

/// All problems of a scenario called `name`, sorted by place, then their number.
pub(super) fn report(name: &str, sources: &[Source], problems: &[Problem], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut sorted: Vec<&Problem> = problems.iter().collect();
    sorted.sort_by_key(|problem| problem.place);
    let mut report = String::new();
    for problem in sorted.iter().take(SHOWN) {
        let text = renderer.render(&[group(name, sources, problem)]);
        let _ = writeln!(report, "{text}\n");
    }
    if let Some(more) = sorted.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let _ = writeln!(report, "... and {more} more\n");
    }
    let count = sorted.len();
    let noun = if count == 1 { "problem" } else { "problems" };
    let title = Level::ERROR.primary_title(format!("{count} {noun} in {}", tame(name)));
    let _ = writeln!(report, "{}", renderer.render(&[Group::with_title(title)]));
    report
}

/// One problem.
fn group<'a>(name: &'a str, sources: &'a [Source], problem: &'a Problem) -> Group<'a> {
    let group = Group::with_title(Level::ERROR.primary_title(tame(&problem.message)));
    let whole = Place::default();
    let group = match problem.place.filter(|place| *place != whole) {
        Some(place) => {
            let source = &sources[place.source as usize];
            let excerpt = Excerpt::of(&source.text, place);
            let label = (!problem.label.is_empty()).then(|| tame(&problem.label));
            let snippet = Snippet::source(excerpt.text)
                .line_start(excerpt.line)
                .annotation(AnnotationKind::Primary.span(excerpt.marked).label(label));
            let file = source.file.as_deref().unwrap_or("the command line");
            if excerpt.cut {
                // The snippet would count columns from the cut.
                let origin = Origin::path(file).line(excerpt.line).char_column(excerpt.column);
                group.element(origin).element(snippet)
            } else {
                group.element(snippet.path(file))
            }
        }
        None => group.element(Origin::path(name)),
    };
    match &problem.help {
        Some(help) => group.element(Level::HELP.message(tame(help))),
        None => group,
    }
}

/// A message without control characters and of bounded length: it may quote a hostile file.
fn tame(message: &str) -> String {
    let mut tamed: String = message
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })
        .collect();
    if message.chars().nth(LONGEST).is_some() {
        tamed.push('…');
    }
    tamed
}

/// The part of a text that is shown for a place: one line, cut at both ends where it is long.
struct Excerpt {
    text: String,
    /// The bytes of `text` that are underlined.
    marked: std::ops::Range<usize>,
    /// The line's number, from one.
    line: usize,
    /// The column of the first underlined character, from one.
    column: usize,
    /// Whether the beginning of the line was cut off.
    cut: bool,
}

impl Excerpt {
    fn of(text: &str, place: Place) -> Excerpt {
        let floor = |byte: u32| text.floor_char_boundary(byte as usize);
        let mut start = floor(place.start);
        // A mistake "at the end" is shown after the last thing that is there.
        if start == text.len() {
            start = text.trim_end().len();
        }
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let end = floor(place.end).clamp(start, line_end);
        let line = text[..line_start].bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = text[line_start..start].chars().count() + 1;

        let before = &text[line_start..start];
        let cut = before.char_indices().rev().nth(WIDEST / 2 - 1).map_or(0, |(at, _)| at);
        let mut shown = String::new();
        if cut > 0 {
            shown.push('…');
        }
        shown.push_str(&before[cut..]);
        let mark = shown.len();
        let after = &text[start..line_end];
        let kept = after.char_indices().nth(WIDEST / 2).map_or(after.len(), |(at, _)| at);
        shown.push_str(&after[..kept]);
        let marked = mark..(mark + (end - start)).min(shown.len());
        if kept < after.len() {
            shown.push('…');
        }
        Excerpt { text: shown, marked, line, column, cut: cut > 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(start: u32, end: u32) -> Place {
        Place { source: 0, start, end }
    }

    #[test]
    fn excerpts_are_one_line_and_bounded() {
        let text = "a = 1\nbé = 22\n";
        for (start, end, line, column, marked) in [
            (0, 1, 1, 1, "a"),
            (6, 9, 2, 1, "bé"),
            (12, 14, 2, 6, "22"),
            (12, 99, 2, 6, "22"),
            (0, 14, 1, 1, "a = 1"),
            (99, 99, 2, 8, ""),
        ] {
            let excerpt = Excerpt::of(text, place(start, end));
            assert_eq!((excerpt.line, excerpt.column), (line, column), "{start}");
            assert_eq!(&excerpt.text[excerpt.marked], marked);
        }
        let long = format!("{}x{}", "é".repeat(1_000_000), "ü".repeat(1_000_000));
        let excerpt = Excerpt::of(&long, place(2_000_000, 2_000_001));
        assert_eq!(&excerpt.text[excerpt.marked], "x");
        assert_eq!(excerpt.column, 1_000_001);
        assert_eq!(excerpt.text.chars().count(), WIDEST + 2);
    }

    #[test]
    fn only_so_many_are_shown() {
        let sources = [Source { file: Some("x.toml".into()), text: "a = 1\n".into() }];
        let problem = |n: usize| Problem::at(place(0, 1), format!("mistake {n}\u{7}"));
        let problems: Vec<Problem> = (0..60).map(problem).collect();
        let report = report("x.toml", &sources, &problems, false);
        assert_eq!(report.matches("mistake").count(), SHOWN);
        assert!(report.ends_with("... and 10 more\n\nerror: 60 problems in x.toml\n"), "{report}");
        assert!(!report.contains('\u{7}'));
    }
}

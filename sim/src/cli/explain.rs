//! `sim explain`: the page of one thing that has a name.

use super::categories::{CATEGORIES, Category, Detail, Topic};
use super::exit::{Exit, Failure};
use super::{args, list, output};
use crate::config::{Asked, Outline, nearest};
use std::io::IsTerminal;

/// How wide a page is that goes to no terminal, and the widest there.
const WIDTH: usize = 80;
const WIDEST: usize = 100;

/// Prints the page of everything that has the name.
pub(super) fn run(args: &args::Explain) -> Result<Exit, Failure> {
    let wanted = args.name.trim().to_lowercase();
    let mut pages: Vec<String> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for category in CATEGORIES {
        if category.name == wanted {
            pages.push(format!("{}: {}\n\n{}", category.name, category.summary, rows(category)));
        }
        names.push(category.name.into());
        for topic in (category.topics)() {
            if topic.name.to_lowercase() == wanted {
                pages.push(page(category, &topic));
            }
            names.push(topic.name);
        }
    }
    if pages.is_empty() {
        return Err(unknown(&args.name, &names));
    }
    output::say(&format!("{}\n", pages.join("\n\n").trim_end()))?;
    Ok(Exit::Hold)
}

/// Nothing is called `wanted`.
fn unknown(wanted: &str, names: &[String]) -> Failure {
    let message = format!("there is nothing called `{wanted}`");
    match nearest(wanted, names.iter().map(String::as_str)) {
        Some(near) => Failure::usage(&message, &format!("did you mean `{near}`?")),
        None => {
            Failure::usage(&message, "`sim list` says what there is, `sim list words` the words")
        }
    }
}

/// What a category has in it.
fn rows(category: &Category) -> String {
    let topics = (category.topics)();
    let rows: Vec<_> = topics.into_iter().map(|topic| (topic.name, topic.summary)).collect();
    list::table(&rows)
}

/// The page of one thing.
fn page(category: &Category, topic: &Topic) -> String {
    let detail = (topic.detail)();
    let within = match category.path {
        "" => String::new(),
        path => format!(": `{path}`"),
    };
    let mut text = format!("{} ({}{within})\n", topic.name, category.name);
    if !detail.sections.iter().any(|(_, said)| *said == topic.summary) {
        text += &format!("\n{}\n", wrapped(&topic.summary, 2));
    }
    for (title, paragraph) in detail.sections.iter().filter(|(_, said)| !said.is_empty()) {
        text += &format!("\n{title}\n{}\n", wrapped(paragraph, 2));
    }
    text += &settings(&detail);
    let example = match (&detail.outline, detail.example.is_empty()) {
        (Some(outline), true) => example(category.path, topic, outline),
        _ => detail.example,
    };
    if !example.is_empty() {
        let lines: String = example.lines().map(|line| format!("  {line}\n")).collect();
        text += &format!("\nExample\n{lines}");
    }
    text.trim_end().to_string()
}

/// Each setting with its default, and what it means below.
fn settings(detail: &Detail) -> String {
    let Some(Outline { settings, value }) = &detail.outline else { return String::new() };
    if settings.is_empty() && detail.settings.is_empty() {
        return match value {
            Some(expects) => format!("\nValue\n{}\n", wrapped(&format!("{expects}."), 2)),
            None => String::new(),
        };
    }
    let mut text = "\nSettings\n".to_string();
    for asked in settings {
        let head = match asked {
            Asked { name, default: Some(default), .. } => format!("{name} = {default}"),
            Asked { name, required: true, .. } => format!("{name} (required)"),
            Asked { name, .. } => format!("{name} (may be left out)"),
        };
        text += &format!("  {head}\n");
        if let Some((_, means)) = detail.settings.iter().find(|(name, _)| *name == asked.name) {
            text += &format!("{}\n", wrapped(means, 6));
        }
    }
    text
}

/// Lines that use a kind: those in the backticks of its summary, or its defaults written out.
fn example(path: &str, topic: &Topic, outline: &Outline) -> String {
    let path = path
        .replacen("client.NAME", "client.browsers", 1)
        .replacen("app.NAME", "app.shop", 1)
        .replace("NAME", "browse");
    let (name, summary) = (&topic.name, &topic.summary);
    if let Some(from) = summary.find(&format!("`{name} = ")) {
        let shown = summary[from + 1..].split('`').next().unwrap_or_default();
        return format!("{path}.{shown}");
    }
    let key = path.rsplit('.').next().unwrap_or_default();
    if let Some(from) = summary.find(&format!("`{key} = ")) {
        let shown = summary[from + 1..].split('`').next().unwrap_or_default();
        return format!("{}{shown}", path.strip_suffix(key).unwrap_or_default());
    }
    if outline.value.is_some() || outline.settings.iter().any(|asked| asked.required) {
        return String::new();
    }
    let written: Vec<String> = outline
        .settings
        .iter()
        .filter_map(|asked| Some(format!("{} = {}", asked.name, asked.default.as_ref()?)))
        .collect();
    match written.as_slice() {
        [] => format!("{path} = \"{name}\""),
        written => format!("{path}.{name} = {{ {} }}", written.join(", ")),
    }
}

/// A paragraph in lines no wider than the page, each after so many spaces. The argument reader knows
/// how wide the terminal is, and wraps.
fn wrapped(text: &str, indent: usize) -> String {
    let space = " ".repeat(indent);
    let mut page = clap::Command::new("page")
        .help_template("{about}")
        .about(format!("{space}{text}"))
        .max_term_width(WIDEST);
    if !std::io::stdout().is_terminal() {
        page = page.term_width(WIDTH);
    }
    let lines = page.render_help().to_string();
    lines.lines().map(|line| format!("{space}{}", line.trim())).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_wrapped_and_indented() {
        let text = wrapped(&"word ".repeat(40), 6);
        assert!(text.lines().count() > 2, "{text}");
        for line in text.lines() {
            assert!(line.starts_with("      word") && line.len() <= WIDEST, "{line}");
        }
    }

    #[test]
    fn a_near_name_is_suggested() {
        let names = ["p2c".to_string(), "latency_p99".to_string()];
        assert!(unknown("latency_p9", &names).text.ends_with("did you mean `latency_p99`?"));
        assert!(unknown("kangaroo", &names).text.contains("`sim list` says"));
    }

    #[test]
    fn every_setting_of_every_page_is_one_that_its_kind_asks_for() {
        let mut findings = Vec::new();
        for category in CATEGORIES {
            for topic in (category.topics)() {
                let detail = (topic.detail)();
                let Some(outline) = &detail.outline else { continue };
                let asked: Vec<&str> = outline.settings.iter().map(|s| s.name.as_str()).collect();
                let told: Vec<&str> = detail.settings.iter().map(|(name, _)| *name).collect();
                let bare = detail.sections.is_empty() && told.is_empty();
                let (mut a, mut b) = (asked.clone(), told.clone());
                a.sort_unstable();
                b.sort_unstable();
                if a != b && !bare {
                    findings.push(format!("{}: asks {asked:?}, tells {told:?}", topic.name));
                }
                let titles: Vec<&str> = detail.sections.iter().map(|(t, _)| t.as_str()).collect();
                let order = ["Rule", "Knows", "Wins", "Fits", "Source"];
                let ranks: Vec<_> =
                    titles.iter().map(|title| order.iter().position(|t| t == title)).collect();
                if !ranks.is_sorted() || ranks.contains(&None) {
                    findings.push(format!("{}: sections {titles:?}", topic.name));
                }
                if bare {
                    findings.push(format!("{}: has no page", topic.name));
                }
            }
        }
        assert!(findings.is_empty(), "{}", findings.join("\n"));
    }
}

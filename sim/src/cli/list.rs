//! `sim list`: what there is, read from the registries.
//! What can be listed is in `categories`.

use super::categories::CATEGORIES;
use super::exit::{Exit, Failure};
use super::{args, output};
use crate::config::nearest;

/// A line: a name and what it is.
pub(super) type Row = (String, String);

/// Lists a category, or the categories.
pub(super) fn run(args: &args::List) -> Result<Exit, Failure> {
    let rows: Vec<Row> = match &args.category {
        None => CATEGORIES.iter().map(|list| row(list.name, list.summary)).collect(),
        Some(wanted) => match CATEGORIES.iter().find(|list| list.name == wanted) {
            Some(list) => {
                let topics = (list.topics)();
                topics.into_iter().map(|topic| (topic.name, topic.summary)).collect()
            }
            None => return Err(unknown(wanted)),
        },
    };
    output::say(&table(&rows))?;
    Ok(Exit::Hold)
}

/// Nothing called `wanted` can be listed.
fn unknown(wanted: &str) -> Failure {
    let names: Vec<_> = CATEGORIES.iter().map(|list| format!("`{}`", list.name)).collect();
    let message = format!("cannot list `{wanted}`: expected one of {}", names.join(", "));
    match nearest(wanted, CATEGORIES.iter().map(|list| list.name)) {
        Some(near) => Failure::usage(&message, &format!("did you mean `{near}`?")),
        None => Failure::usage(&message, "`sim list` says what each of them is"),
    }
}

/// Rows with their second column aligned.
pub(super) fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let line =
        |(name, summary): &Row| format!("{}\n", format!("{name:width$}  {summary}").trim_end());
    rows.iter().map(line).collect()
}

fn row(name: &str, summary: &str) -> Row {
    (name.into(), summary.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_end_at_their_text() {
        let rows = [row("p2c", "two choices"), row("random", "any"), row("bare", "")];
        assert_eq!(table(&rows), "p2c     two choices\nrandom  any\nbare\n");
        assert_eq!(table(&[]), "");
    }

    #[test]
    fn a_near_word_is_suggested() {
        assert!(unknown("balancer").text.ends_with("help: did you mean `balancers`?"));
        assert!(unknown("llamas").text.ends_with("`sim list` says what each of them is"));
    }
}

//! `sim list`: what there is, read from the registries.
//!
//! To list something else: one row of [`CATEGORIES`].

use super::exit::{Exit, Failure};
use super::{args, output};
use crate::config::{Kind, nearest};
use crate::metrics::Metric;
use crate::{balance, dist, fault, platform, report, scenario, workload};

/// A line: a name and what it is.
type Row = (String, String);

/// Something that can be listed.
struct Category {
    name: &'static str,
    summary: &'static str,
    rows: fn() -> Vec<Row>,
}

/// All that can be listed.
const CATEGORIES: &[Category] = &[
    Category { name: "scenarios", summary: "what `sim run` can run without a file", rows: bundled },
    Category {
        name: "balancers",
        summary: "how a router chooses a dyno: `mesh.balancer`",
        rows: || kinds(balance::KINDS),
    },
    Category {
        name: "around",
        summary: "what can stand around any balancer: `mesh.NAME`",
        rows: || kinds(balance::AROUND),
    },
    Category {
        name: "apertures",
        summary: "how many dynos a router uses: `mesh.aperture`",
        rows: || kinds(balance::APERTURES),
    },
    Category {
        name: "knowledge",
        summary: "what a router knows of the dynos' load: `mesh.knowledge`",
        rows: || kinds(platform::KNOWLEDGE),
    },
    Category {
        name: "arrivals",
        summary: "how traffic arrives: `client.NAME.arrivals`",
        rows: || kinds(workload::KINDS),
    },
    Category {
        name: "budgets",
        summary: "how clients bound their retries: `client.NAME.retry.budget`",
        rows: || kinds(platform::BUDGETS),
    },
    Category {
        name: "distributions",
        summary: "how long things take: `work`, `query`, `think`",
        rows: || kinds(dist::KINDS),
    },
    Category {
        name: "events",
        summary: "what goes wrong, and when: `[[event]]`",
        rows: || kinds(fault::KINDS),
    },
    Category {
        name: "processes",
        summary: "how a dyno works: `app.NAME.process`",
        rows: || kinds(platform::PROCESSES),
    },
    Category { name: "metrics", summary: "what is measured, for `[[expect]]`", rows: metrics },
    Category { name: "formats", summary: "what `sim run --format` prints", rows: formats },
    Category { name: "charts", summary: "the pictures of a report", rows: charts },
];

/// Lists a category, or the categories.
pub(super) fn run(args: &args::List) -> Result<Exit, Failure> {
    let rows = match &args.category {
        None => CATEGORIES.iter().map(|list| row(list.name, list.summary)).collect(),
        Some(wanted) => match CATEGORIES.iter().find(|list| list.name == wanted) {
            Some(list) => (list.rows)(),
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
fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let line =
        |(name, summary): &Row| format!("{}\n", format!("{name:width$}  {summary}").trim_end());
    rows.iter().map(line).collect()
}

fn row(name: &str, summary: &str) -> Row {
    (name.into(), summary.into())
}

fn kinds<T>(kinds: &[Kind<T>]) -> Vec<Row> {
    kinds.iter().map(|kind| row(kind.name, kind.summary)).collect()
}

fn bundled() -> Vec<Row> {
    let all = scenario::bundled::SCENARIOS.iter();
    all.map(|(name, text)| row(name, &scenario::question(text))).collect()
}

fn metrics() -> Vec<Row> {
    let described = |metric: Metric| format!("{} [{}]", metric.summary(), metric.unit());
    Metric::all().map(|metric| row(metric.name(), &described(metric))).collect()
}

fn formats() -> Vec<Row> {
    report::FORMATS.iter().map(|format| row(format.name, format.summary)).collect()
}

fn charts() -> Vec<Row> {
    report::chart::CHARTS.iter().map(|chart| row(chart.name, chart.summary)).collect()
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

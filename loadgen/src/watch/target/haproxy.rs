//! HAProxy's statistics as CSV. Source: its management guide, section 9.1.

use super::{Kind, Sample};
use sim::load::Speaks;

/// The registry's row.
pub(super) const KIND: Kind =
    Kind { is: |speaks| matches!(speaks, Speaks::Haproxy), path: "/stats;csv", read };

/// The columns that are drawn: the column's name, what it is called, whether it only grows.
const COLUMNS: &[(&str, &str, bool)] = &[
    ("req_tot", "requests received", true),
    ("stot", "sessions started", true),
    ("scur", "sessions open", false),
    ("qcur", "requests waiting in the queue", false),
    ("hrsp_5xx", "answers with a 5xx status", true),
    ("econ", "connections to servers that failed", true),
    ("eresp", "answers of servers that failed", true),
    ("wretr", "connections to servers tried again", true),
    ("dreq", "requests denied", true),
];

fn read(_: &Speaks, text: &str) -> Result<Vec<Sample>, String> {
    let wrong = |what: &str| format!("the answer is not HAProxy's CSV: {what}");
    let text = text.trim_start();
    let text = text.strip_prefix("# ").ok_or_else(|| wrong("it does not begin with `# `"))?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let head = reader.headers().map_err(|error| wrong(&error.to_string()))?.clone();
    let column = |name: &str| head.iter().position(|found| found == name);
    let (Some(proxy), Some(server)) = (column("pxname"), column("svname")) else {
        return Err(wrong("`pxname` or `svname` is missing"));
    };
    let rows: Result<Vec<csv::StringRecord>, csv::Error> = reader.records().collect();
    let mut rows = rows.map_err(|error| wrong(&error.to_string()))?;
    // The totals come first: of many servers not all are kept.
    rows.sort_by_key(|row| !row.get(server).is_some_and(is_total));
    let mut samples = Vec::new();
    for row in rows {
        let (Some(proxy), Some(server)) = (row.get(proxy), row.get(server)) else { continue };
        for (name, called, counts) in COLUMNS {
            // A column that does not apply to a row is empty.
            let value = column(name).and_then(|at| row.get(at)?.parse().ok());
            let Some(value) = value else { continue };
            let make = if *counts { Sample::count } else { Sample::level };
            // Beside a total of many servers no difference between two of them could be seen.
            let each = if is_total(server) { "" } else { ", at each server" };
            samples.push(make(format!("{called}{each}"), value).of(part(proxy, server)));
        }
    }
    Ok(samples)
}

/// Whether a row is of a whole proxy.
fn is_total(server: &str) -> bool {
    matches!(server, "FRONTEND" | "BACKEND")
}

/// What a row is of, for people.
fn part(proxy: &str, server: &str) -> String {
    match server {
        "FRONTEND" => format!("front end {proxy}"),
        "BACKEND" => format!("back end {proxy}"),
        server => format!("server {server} of {proxy}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# pxname,svname,qcur,qmax,scur,smax,slim,stot,econ,hrsp_5xx,\n\
                        web,FRONTEND,,,12,30,2000,900,,3,\n\
                        shop,d1,4,9,5,7,,450,2,1,\n\
                        shop,BACKEND,4,9,10,14,200,900,2,3,\n";

    #[test]
    fn rows_and_columns_become_names() {
        let found = read(&Speaks::Haproxy, TEXT).unwrap();
        let of = |name: &str, part: &str| {
            let found = found.iter().find(|sample| (&*sample.name, &*sample.of) == (name, part));
            found.map(|sample| (sample.value, sample.counts))
        };
        let queue = "requests waiting in the queue";
        assert_eq!(of(queue, "back end shop"), Some((4.0, false)));
        assert_eq!(of(queue, "front end web"), None);
        let at_each = "sessions open, at each server";
        assert_eq!(of(at_each, "server d1 of shop"), Some((5.0, false)));
        let failed = "connections to servers that failed";
        assert_eq!(of(failed, "back end shop"), Some((2.0, true)));
        assert_eq!(of("sessions open", "front end web"), Some((12.0, false)));
        // Totals come before the servers.
        assert_eq!(found.last().unwrap().of, "server d1 of shop");
    }

    #[test]
    fn other_tables_are_refused_with_the_reason() {
        for (text, part) in
            [("pxname,svname\na,b\n", "does not begin"), ("# name,svname\na,b\n", "is missing")]
        {
            let error = read(&Speaks::Haproxy, text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}

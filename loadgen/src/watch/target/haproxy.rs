//! HAProxy's statistics as CSV. Source: its management guide, section 9.1.

use super::{Kind, Sample};
use sim::load::Speaks;

/// The registry's row.
pub(super) const KIND: Kind =
    Kind { is: |speaks| matches!(speaks, Speaks::Haproxy), path: "/stats;csv", read };

/// The columns that are drawn: the column's name, what it is called, whether it only grows.
const COLUMNS: &[(&str, &str, bool)] = &[
    ("scur", "sessions", false),
    ("qcur", "queue", false),
    ("stot", "sessions started", true),
    ("econ", "errors connecting", true),
    ("eresp", "errors of answers", true),
    ("dreq", "requests denied", true),
    ("hrsp_5xx", "answers 5xx", true),
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
    let mut samples = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| wrong(&error.to_string()))?;
        let (Some(proxy), Some(server)) = (row.get(proxy), row.get(server)) else { continue };
        for (name, called, counts) in COLUMNS {
            // A column that does not apply to a row is empty.
            let value = column(name).and_then(|at| row.get(at)?.parse().ok());
            let Some(value) = value else { continue };
            let name = format!("{proxy}/{server} {called}");
            samples.push(if *counts {
                Sample::count(name, value)
            } else {
                Sample::level(name, "1", value)
            });
        }
    }
    Ok(samples)
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
        let of = |name: &str| found.iter().find(|sample| sample.name == name);
        assert_eq!(of("shop/d1 queue"), Some(&Sample::level("shop/d1 queue", "1", 4.0)));
        assert_eq!(
            of("shop/BACKEND errors connecting"),
            Some(&Sample::count("shop/BACKEND errors connecting", 2.0))
        );
        assert_eq!(of("web/FRONTEND sessions").unwrap().value, 12.0);
        assert_eq!(of("web/FRONTEND queue"), None);
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

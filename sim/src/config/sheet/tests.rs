//! Tests of sheets.

use super::*;
use crate::config::{Node, Place, Reading, Table, Value};

fn problems_and_rows(bytes: &[u8], column: &str) -> (Vec<String>, Vec<String>) {
    let open = |path: &str| match path {
        "x.csv" => Ok(bytes.to_vec()),
        _ => Err("no such file".to_string()),
    };
    let reading = Reading::new(&open);
    let node = Node { value: Value::Table(Table::default()), place: Place::default() };
    let fields = Fields::of(&reading, "", &node);
    let mut rows = Vec::new();
    if let Some(sheet) = Sheet::open(&fields, "file", "x.csv")
        && let Some(column) = sheet.column(&fields, "column", column)
    {
        sheet.rows(|line, cells| {
            rows.push(match cells {
                Ok(cells) => format!("{line} {}", cells.get(column)),
                Err(what) => format!("{line} {what}"),
            });
        });
    }
    let problems = reading.finish().into_iter().map(|problem| {
        format!("{} | {} | {}", problem.message, problem.label, problem.help.unwrap_or_default())
    });
    (problems.collect(), rows)
}

#[test]
fn rows_are_known_by_their_lines() {
    for (text, rows) in [
        (b"\xef\xbb\xbfa,b\n1, 2 \n\n3,4\n".as_slice(), vec!["2 1", "4 3"]),
        (b"b,a\r\n1,\"2\r\n3\"\r\n4,5\r\n", vec!["2 2\r\n3", "4 5"]),
        (
            b"a,b\n1\n\r\n1,2,3\n\xff,2\n5,6",
            vec![
                "2 has 1 cell, the header has 2",
                "4 has 3 cells, the header has 2",
                "5 is not valid UTF-8",
                "6 5",
            ],
        ),
        (b"a,b\n\xff,2\n5,6\n", vec!["2 is not valid UTF-8", "3 5"]),
        (b"a,b\n", vec![]),
    ] {
        let (problems, found) = problems_and_rows(text, "a");
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(found, rows);
    }
}

#[test]
fn sheets_complain_about_themselves() {
    for (text, problem) in [
        (
            b"".as_slice(),
            "`x.csv` is empty | expected a CSV file with a header | add a header and at least one row",
        ),
        (
            b"\xff\n1\n",
            "the header of `x.csv` is not valid UTF-8 | expected a CSV file with a header | save the file as UTF-8",
        ),
        (
            b"b,seconds \n1,2\n",
            "`x.csv` has no column `second` | expected one of `b`, `seconds` | did you mean `seconds`?",
        ),
        (b"b,c\n1,2\n", "`x.csv` has no column `second` | expected one of `b`, `c` | "),
        (
            b"second;c\n1;2\n",
            "`x.csv` has no column `second` | expected one of `second;c` | separate its cells by commas",
        ),
        (
            b"second, second\n1,2\n",
            "`x.csv` has several columns `second` | expected one column of that name | rename the others in its header",
        ),
        (
            b"\x1f\x8b\x08\x00",
            "`x.csv` is compressed by gzip | expected a CSV file with a header | unpack it with `gunzip`",
        ),
    ] {
        assert_eq!(problems_and_rows(text, "second").0, [problem]);
    }
}

#[test]
fn many_wrong_lines_make_one_short_message() {
    let mut wrong = WrongLines::default();
    (2..8).for_each(|line| wrong.add(line, "is odd"));
    assert_eq!(wrong.first(), "line 2: is odd");
    assert_eq!(wrong.list(), "line 2: is odd; line 3: is odd; line 4: is odd; and 3 more");
}

#[test]
fn duration_cells_are_seconds_or_have_units() {
    for (text, expected) in [
        ("0.25", Ok(Span::from_millis(250))),
        ("1e-3", Ok(Span::from_millis(1))),
        ("12ms", Ok(Span::from_millis(12))),
        ("-1", Err("`-1` is negative")),
        ("-1s", Err("`-1s` is negative")),
        ("1 parsec", Err("`parsec` is not a unit of time")),
        ("NaN", Err("`NaN` is not a usable number of seconds")),
        ("1e99", Err("`1e99` is not a usable number of seconds")),
        ("soon", Err("`soon` is not a duration")),
        ("", Err("the duration is missing")),
    ] {
        assert_eq!(duration_cell(text), expected.map_err(String::from), "{text}");
    }
}

use crate::rng::{Seed, Stream};
use crate::time::SimTime;
use crate::workload::Arrivals;
use crate::workload::tests::read_with_file;

/// What a trace of this file comes to, a line an arrival: `at endpoint work`.
fn replayed(config: &str, file: &[u8]) -> Vec<String> {
    let arrivals = read(config, file);
    let mut clock = arrivals.start(SimTime::from_nanos(77), &[]);
    let mut rng = Stream::named(Seed { scenario: 1, replication: 0 }, "trace", 0);
    let mut untouched = rng.clone();
    let mut lines = Vec::new();
    while let Some(arrival) = clock.next(&mut rng) {
        let endpoint =
            arrival.endpoint.map_or("-", |index| &arrivals.trace_endpoints()[index as usize]);
        let work = arrival.work.map_or("-".into(), |work| work.to_string());
        lines.push(format!("{} {endpoint} {work}", arrival.at));
    }
    assert_eq!(rng.bits(), untouched.bits(), "a trace draws nothing");
    lines
}

fn read(config: &str, file: &[u8]) -> Arrivals {
    let (arrivals, problems, _) = read_with_file(&format!("trace = {{ {config} }}"), file);
    assert_eq!(problems, []);
    arrivals.unwrap()
}

fn check(config: &str, file: &str, expected: &[&str]) {
    assert_eq!(replayed(config, file.as_bytes()), expected, "{config}");
}

#[test]
fn dates_and_scaled_work_are_read() {
    check(
        "file = \"x.csv\", time = \"TIMESTAMP\", work = { column = \"GeneratedTokens\", times = \"25ms\" }",
        "TIMESTAMP,ContextTokens,GeneratedTokens\n\
         2023-11-16 18:17:03.9799600,4808,10\n\
         2023-11-16 18:17:04.0319600,3180,8\n\
         2023-11-16 18:17:04.0781490,110,27\n\
         2023-11-16 18:17:04.1206440,7433,0\n",
        &["0s - 250ms", "52ms - 200ms", "98.189ms - 675ms", "140.684ms - 0s"],
    );
}

#[test]
fn every_form_of_time_is_read() {
    for (unit, times, expected) in [
        ("", ["10.5", "11"], "500ms"),
        ("", ["1e1", "1.5e1"], "5s"),
        (", unit = \"ms\"", ["1000", "1000.5"], "500us"),
        (", unit = \"us\"", ["-5", "5"], "10us"),
        (", unit = \"ns\"", ["1700158623979960001", "1700158623979960002"], "1ns"),
        ("", ["1700158623.979960001", "1700158623.979960003"], "2ns"),
        ("", ["2023-11-16T18:17:03Z", "2023-11-16T18:17:03.25Z"], "250ms"),
        ("", ["2023-11-16T18:17:03+01:00", "2023-11-16 17:17:04Z"], "1s"),
        ("", ["2024-02-28T23:59:59", "2024-03-01 00:00:00"], "86401s"),
    ] {
        let config = format!("file = \"x.csv\", time = {{ column = \"t\"{unit} }}");
        check(
            &config,
            &format!("t\n{}\n{}\n", times[0], times[1]),
            &["0s - -", &format!("{expected} - -")],
        );
    }
}

#[test]
fn endpoints_are_numbered_as_they_appear_and_work_may_have_units() {
    let config = "file = \"x.csv\", time = \"t\", work = \"w\", endpoint = \"e\"";
    let file = "e, w ,t\nbuy,12ms,0\nbrowse,0.5,1\n buy ,2s,1\n";
    check(config, file, &["0s buy 12ms", "1s browse 500ms", "1s buy 2s"]);
    let arrivals = read(config, file.as_bytes());
    assert_eq!(arrivals.trace_endpoints(), ["buy", "browse"]);
    assert!(arrivals.is_trace() && arrivals.trace_has_work());
    assert_eq!(arrivals.rate_at(crate::time::Span::ZERO), None);
    assert_eq!(arrivals.notes(), [""; 0]);
}

#[test]
fn rows_out_of_order_are_sorted_and_told() {
    let config = "file = \"x.csv\", time = \"t\", endpoint = \"e\"";
    let file = "t,e\n5,a\n7,b\n5,c\n4,d\n";
    check(config, file, &["0s d -", "1s a -", "1s c -", "3s b -"]);
    assert_eq!(
        read(config, file.as_bytes()).notes(),
        ["the rows of `x.csv` were not in the order of their times and were sorted; the first \
          that goes back is line 4"]
    );
}

#[test]
fn wrong_lines_may_be_skipped() {
    let config = "file = \"x.csv\", time = \"t\", work = \"w\", on-error = \"skip\"";
    let file = b"t,w\nsoon,1\n1,1\n2\n2,x\n\xff,1\n3,2\n2023-11-16 18:17:03,1\n";
    assert_eq!(replayed(config, file), ["0s - 1s", "2s - 2s"]);
    assert_eq!(
        read(config, file).notes(),
        ["5 lines of `x.csv` were skipped; the first is line 2: `soon` is neither a number nor a \
          date with a time"]
    );
    assert_eq!(
        read(config, b"t,w\n1,1\n2,-1\n").notes(),
        ["1 line of `x.csv` was skipped: line 3: `-1` is negative"]
    );
}

/// Checks the first problem of a file, `message | label | help`.
fn check_problem(config: &str, file: &[u8], expected: &str) {
    let (arrivals, problems, _) = read_with_file(&format!("trace = {{ {config} }}"), file);
    assert!(arrivals.is_none(), "{config}");
    let problem = &problems[0];
    let help = problem.help.clone().unwrap_or_default();
    assert_eq!(format!("{} | {} | {help}", problem.message, problem.label), expected);
}

#[test]
fn wrong_files_are_refused() {
    let whole = "file = \"x.csv\", time = \"t\", work = \"w\", endpoint = \"e\"";
    let skip = "file = \"x.csv\", time = \"t\", on-error = \"skip\"";
    let row = "expected a right time, work and endpoint in every row";
    let mend = "mend the file, or write `on-error = \"skip\"`";
    for (config, file, expected) in [
        (
            "file = \"y.csv\", time = \"t\"",
            b"".as_slice(),
            "cannot read `y.csv`: no such file | expected a CSV file with a header | the path counts from the folder of the scenario".into(),
        ),
        (whole, b"", "`x.csv` is empty | expected a CSV file with a header | add a header and at least one row".into()),
        (whole, b"t,w,e\n", format!("`x.csv` has a header but no rows | {row} | a trace needs at least one request")),
        (skip, b"t\nx\n", format!("every row of `x.csv` is wrong; line 2: `x` is neither a number nor a date with a time | {row} | a trace needs at least one request")),
        (
            "file = \"x.csv\", time = \"time\"",
            b"times,w\n1,2\n",
            "`x.csv` has no column `time` | expected one of `times`, `w` | did you mean `times`?".into(),
        ),
        ("file = \"x.csv\", time = \"t\", work = \"seconds\"", b"t,e\n1,a\n", "`x.csv` has no column `seconds` | expected one of `t`, `e` | ".into()),
        (
            whole,
            b"t,w,e\n1,1\n2,x,a\n3,1,\n4,,b\n5,1,a,b\n",
            format!("`x.csv` is wrong at line 2: has 2 cells, the header has 3; line 3: `x` is not a duration; line 4: the endpoint is missing; and 2 more | {row} | {mend}"),
        ),
        (
            skip,
            b"t\n0\n3155760001\n",
            "`x.csv` lasts 36525 days | a trace lasts at most a hundred years | name the unit of its numbers, such as `time = { column = \"..\", unit = \"ms\" }`".into(),
        ),
    ] {
        check_problem(config, file, &expected);
    }
}

#[test]
fn wrong_times_and_counts_are_named() {
    let wrong = |what: &str| {
        format!(
            "`x.csv` is wrong at line 3: {what} | expected a right time, work and endpoint in \
             every row | mend the file, or write `on-error = \"skip\"`"
        )
    };
    let tokens = "file = \"x.csv\", time = \"t\", work = { column = \"w\", times = \"25ms\" }";
    for (config, rows, what) in [
        (tokens, ["1,1", "2,-1"], "`-1` is negative"),
        (tokens, ["1,1", "2,many"], "`many` is not a number"),
        (tokens, ["1,1", "2,"], "the number is missing"),
        (tokens, ["1,1", "2,nan"], "`nan` is not a usable number"),
        (tokens, ["1,1", ",1"], "the time is missing"),
        (tokens, ["1,1", "2023-11-16 18:17:03,1"], "`2023-11-16 18:17:03` is not a number"),
        (tokens, ["1,1", "inf,1"], "`inf` is not a number"),
        (tokens, ["2023-11-16 18:17:03,1", "2,1"], "`2` is not a date with a time"),
        (
            tokens,
            ["2023-11-16 18:17:03,1", "2023-11-31 18:17:03,1"],
            "`2023-11-31 18:17:03` is not a date with a time",
        ),
        (
            tokens,
            ["2023-11-16T18:17:03Z,1", "2023-11-16T18:17:03,1"],
            "`2023-11-16T18:17:03` has no offset from UTC, the rows before have one",
        ),
        (
            tokens,
            ["2023-11-16T18:17:03,1", "2023-11-16T18:17:03Z,1"],
            "`2023-11-16T18:17:03Z` has an offset from UTC, the rows before have none",
        ),
    ] {
        check_problem(config, format!("t,w\n{}\n{}\n", rows[0], rows[1]).as_bytes(), &wrong(what));
    }
}

#[test]
fn wrong_configs_are_refused() {
    for (config, expected) in [
        (
            "time = \"t\"",
            "`arrivals.trace.file` is missing | `file` must be set in this table | add `file`: a text in quotes",
        ),
        (
            "file = \"x.csv\"",
            "`arrivals.trace.time` is missing | `time` must be set in this table | add the name of the column that holds the times",
        ),
        (
            "file = \"x.csv\", time = 3",
            "`arrivals.trace.time`: found the number `3` | expected the name of a column, or a table with `column` and `unit` | ",
        ),
        (
            "file = \"x.csv\", time = { unit = \"s\" }",
            "`arrivals.trace.time.column` is missing | `column` must be set in this table | add `column`: a text in quotes",
        ),
        (
            "file = \"x.csv\", time = { column = \"t\", unit = \"h\" }",
            "`arrivals.trace.time.unit`: found `\"h\"` | expected `\"s\"`, `\"ms\"`, `\"us\"` or `\"ns\"` | ",
        ),
        (
            "file = \"x.csv\", time = \"t\", on-error = \"stop\"",
            "`arrivals.trace.on-error`: found `\"stop\"` | expected `\"fail\"` or `\"skip\"` | ",
        ),
        (
            "file = \"x.csv\", time = \"t\", endpiont = \"e\"",
            "unknown setting `arrivals.trace.endpiont` | expected one of `file`, `time`, `work`, `endpoint`, `on-error` | did you mean `endpoint`?",
        ),
    ] {
        check_problem(config, b"t,e\n1,a\n", expected);
    }
    let config = "trace = { file = \"x.csv\", time = { column = \"t\", unit = \"ms\" } }";
    let (_, _, resolved) = read_with_file(config, b"t\n1\n");
    assert_eq!(
        resolved,
        "{ trace = { file = \"x.csv\", time = { column = \"t\", unit = \"ms\" }, on-error = \"fail\" } }"
    );
}

//! A run, its report, and what is made of reports.

use super::binary::files;
use super::{Report, fine_or_void, small};
use std::fs;

#[test]
fn a_run_measures_predicts_and_reports_what_both_sides_counted() {
    let folder = small("");
    let ended = folder.run(&["run", "small.toml", "--seed", "7"]);
    let out = folder.path("reports/small-load");
    let report = fine_or_void(&ended, &out);
    let names = files(&out);
    for name in ["summary.csv", "results.json", "junit.xml", "index.html"] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
        assert!(ended.stderr.contains("index.html"), "{}", ended.shown());
    }
    let charts = names.iter().filter(|name| name.ends_with(".svg"));
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    assert!(charts.clone().count() >= 3, "{names:?}");
    for source in ["measured", "predicted"] {
        let shows = |name: &&String| fs::read_to_string(out.join(name)).unwrap().contains(source);
        assert!(charts.clone().any(|name| shows(&name)) && page.contains(source), "{source}");
        assert!(ended.stdout.contains(source), "{}", ended.shown());
        let summary = fs::read_to_string(out.join("summary.csv")).unwrap();
        assert!(summary.contains(&format!("\n{source},all,goodput,")), "{summary}");
    }
    assert_eq!(report.variants(), ["measured", "predicted"]);
    // The same requests at the same times, in both.
    let arrivals = report.count("measured", "arrivals");
    assert!((40..=80).contains(&arrivals), "{arrivals}");
    assert_eq!(arrivals, report.count("predicted", "arrivals"));
    let books = report.books();
    books.assert_balanced();
    assert_eq!((books.failures, books.under_way), (0, 0), "{}", ended.shown());
    assert_eq!([books.requests, books.attempts], [arrivals; 2], "{}", ended.shown());
    let platform = [books.router, books.dynos, books.finished];
    assert_eq!(platform, [Some(arrivals); 3], "{}", ended.shown());
    assert!(ended.stdout.contains("books: "), "{}", ended.shown());
}

#[test]
fn a_run_is_compared_with_an_earlier_one_of_the_same_name_only() {
    let folder = small("");
    let run = |file: &str, more: &[&str]| {
        let common = ["run", file, "--no-predict", "--quiet", "--set", "run.duration=1s"];
        folder.run(&[&common[..], more].concat())
    };
    run("small.toml", &["--out", "before"]);
    let before = folder.path("before/results.json");
    let before = before.to_str().unwrap();
    let after = run("small.toml", &["--out", "after", "--against", before]);
    // On a busy machine it may be worse, or void; what it says is what its exit code says.
    let compared = Report::read(&folder.path("after"));
    let turns = compared.turns();
    let fine = compared.is_valid() && !turns.is_empty() && !turns.contains(&"worse");
    after.assert(if fine { 0 } else { 1 }, &["before/results.json"], &[]);
    // With a prediction beside it the step is called otherwise: to compare nothing is no success.
    let against = ["--out", "predicted", "--against", "before/results.json", "--predict"];
    run("small.toml", &against).assert(1, &["nothing was compared"], &[]);
    assert!(Report::read(&folder.path("predicted")).turns().is_empty());
    // Another scenario's results say nothing of this one.
    fs::copy(folder.path("small.toml"), folder.path("other.toml")).unwrap();
    let refused = run("other.toml", &["--against", before]);
    refused.assert(2, &[], &["error", "`small`", "`other`", "help: "]);
    assert!(!folder.path("reports").exists());
}

#[test]
fn a_run_that_is_void_says_nothing_of_more_nodes() {
    let folder = small("");
    let void =
        results(100.0).replace("\"estimates\"", "\"void\": \"it was starved\", \"estimates\"");
    folder.write("1.json", &void);
    folder.write("2.json", &results(200.0));
    let ended = folder.run(&["scale", "1=1.json", "2=2.json"]);
    ended.assert(
        2,
        &[],
        &["`1.json` has no goodput: all of that run is void", "help: run it again"],
    );
}

#[test]
fn a_target_that_refuses_all_is_no_success_where_nothing_is_expected() {
    let folder = small("[load.request.page]\nmethod = \"DELETE\"\nstatus = [418]");
    let expected = folder.path("small.toml");
    let silent = fs::read_to_string(&expected).unwrap().replace("[[expect]]", "# no expectation");
    folder.write("silent.toml", &silent.replace("that = \"error_rate < 1%\"", ""));
    let run = |file: &str| folder.run(&["run", file, "--quiet", "--set", "run.duration=1s"]);
    let failed = "attempts failed for: status 200 (";
    run("silent.toml").assert(3, &[failed], &["not one request succeeded", "help: "]);
    run("small.toml").assert(1, &[failed], &[]);
}

#[test]
fn what_is_expected_of_a_stage_that_was_left_out_is_void() {
    let folder = small(
        "[load]\nstages = [\n\
         { name = \"edge\", rate = { from = \"20/s\", to = \"40/s\" }, step = \"1s\", \
         stop-when = \"latency_p50 > 1us\" },\n\
         { name = \"black box\", rate = \"80% of boundary\", for = \"1s\" }]",
    );
    let ended = folder.run(&["run", "small.toml", "--quiet", "--no-predict"]);
    ended.assert(1, &["`black box` was left out: no boundary was found before it"], &[]);
    let junit = fs::read_to_string(folder.path("reports/small-load/junit.xml")).unwrap();
    let case = junit.lines().position(|line| line.contains("small.black box"));
    let inside = junit.lines().nth(case.unwrap_or_else(|| panic!("{junit}")) + 1);
    assert!(inside.is_some_and(|line| line.contains("<error")), "{junit}");
}

#[test]
fn a_platform_serves_alone_until_it_is_interrupted() {
    let folder = small("");
    let (stage, address) = folder.stage(&["small.toml"]);
    let url = format!("http://{address}");
    let ended = folder.run(&["run", "small.toml", "--target", &url, "--set", "run.duration=1s"]);
    let report = fine_or_void(&ended, &folder.path("reports/small-load"));
    // Of a target nothing is predicted unless it is asked for.
    let [measured] = report.variants()[..] else { panic!("{:?}", report.variants()) };
    let arrivals = report.count(measured, "arrivals");
    let books = report.books();
    books.assert_balanced();
    assert_eq!((books.attempts, books.dynos), (arrivals, None), "{}", ended.shown());
    stage.interrupt();
    let stage = stage.end();
    stage.assert(0, &["dyno,arrived,finished,failed,refused,lost\nshop.0,"], &["Ctrl-C ends it"]);
    let rows = stage.stdout.lines().skip(2);
    let column = |place: usize| -> u64 {
        rows.clone().map(|row| row.split(',').nth(place).unwrap().parse::<u64>().unwrap()).sum()
    };
    assert_eq!([column(1), column(2)], [arrivals; 2], "{}\n{}", stage.shown(), ended.shown());
}

#[test]
fn what_more_nodes_bring_is_fitted() {
    let folder = small("");
    for nodes in [1, 2, 4] {
        // Half of it is lost to contention where there are many: 100 n / (1 + 0.1 (n - 1)).
        let goodput = 100.0 * f64::from(nodes) / (1.0 + 0.1 * f64::from(nodes - 1));
        folder.write(&format!("{nodes}.json"), &results(goodput));
    }
    let ended = folder.run(&["scale", "1=1.json", "4=4.json", "2=2.json"]);
    ended.assert(0, &["one node alone: 100.0/s", "contention (sigma): 0.1000", "peak: "], &[]);
    folder.run(&["scale", "1=1.json", "2=2.json"]).assert(2, &[], &["error", "help: "]);
    folder.run(&["scale", "1=1.json", "2=2.json", "4=5.json"]).assert(3, &[], &["`5.json`"]);
}

/// The least that a `results.json` has.
fn results(goodput: f64) -> String {
    format!(
        "{{ \"schema\": 1, \"scenario\": \"small\", \"seed\": 1, \"replications\": 1, \
         \"duration\": 2, \"warmup\": 0, \"variants\": [{{ \"name\": \"small\", \"estimates\": \
         [{{ \"scope\": \"all\", \"metric\": \"goodput\", \"mean\": {goodput}, \"ci95\": null, \
         \"min\": {goodput}, \"max\": {goodput}, \"replications\": 1 }}] }}] }}"
    )
}

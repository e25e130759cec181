//! Every message about a wrong scenario, compared with a golden file.
//!
//! A case is `problems/<case>.toml`; what it is refused with is `problems/<case>.txt`. Arguments
//! stand in comment lines such as `# argument: --set mesh.limit=abc`. To write the golden files
//! anew, run the tests with `UPDATE_GOLDEN=1` and read what changed.

use sim::scenario::{LoadError, Overrides, load};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// The cases, relative to the crate, where tests are run.
const FOLDER: &str = "tests/it/problems";

/// Stands for a report where there is none.
const NOT_REFUSED: &str = "not refused";

/// The overrides that a case's comment asks for.
fn overrides(text: &str) -> Overrides {
    let mut overrides = Overrides::default();
    let pair = |value: &str| {
        let (path, value) = value.split_once('=').expect("PATH=VALUE");
        (path.to_string(), value.to_string())
    };
    for argument in text.lines().filter_map(|line| line.strip_prefix("# argument: ")) {
        let (option, value) = argument.split_once(' ').expect("an option and its value");
        match option {
            "--set" => overrides.set.push(pair(value)),
            "--vary" => overrides.vary.push(pair(value)),
            "--only" => overrides.only.push(value.into()),
            "--seed" => overrides.seed = Some(value.parse().expect("a number")),
            "--precision" => overrides.precision = Some(value.into()),
            "--replications" => overrides.replications = Some(value.parse().expect("a number")),
            other => panic!("there is no option {other}"),
        }
    }
    overrides
}

/// The report that a file is refused with; a word in its place when it is not refused.
fn refusal(file: &str, overrides: &Overrides) -> String {
    match load(file, overrides, false) {
        Err(LoadError::Wrong { report, count }) => {
            assert!(count > 0, "{file}");
            report
        }
        Err(LoadError::World(error)) => panic!("{file}: {error}"),
        Ok(_) => NOT_REFUSED.into(),
    }
}

/// Compares a report with its golden file, or writes it. False when they differ.
fn matches_golden(case: &str, report: &str) -> bool {
    let golden = Path::new(FOLDER).join(format!("{case}.txt"));
    if report == NOT_REFUSED {
        eprintln!("{case} is not refused");
        return false;
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, report).expect("the golden file is written");
        return true;
    }
    let expected = fs::read_to_string(&golden).unwrap_or_default();
    if expected != report {
        eprintln!("--- {case}: expected\n{expected}\n--- found\n{report}");
    }
    expected == report
}

#[test]
fn every_problem_reads_as_its_golden_file() {
    let mut cases: Vec<String> = fs::read_dir(FOLDER)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    cases.sort();
    assert!(cases.len() > 20, "the cases are not where they were: {cases:?}");
    let wrong: Vec<&String> = cases
        .iter()
        .filter(|case| {
            let file = format!("{FOLDER}/{case}.toml");
            let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
            !matches_golden(case, &refusal(&file, &overrides(&text)))
        })
        .collect();
    assert!(wrong.is_empty(), "these differ: {wrong:?}; UPDATE_GOLDEN=1 writes them anew");
}

#[test]
#[expect(clippy::disallowed_types, reason = "people wait for the answer in real time")]
fn hostile_files_are_refused_in_few_words() {
    let folder = tempfile::tempdir().unwrap();
    let line = |text: &str, bytes: usize| text.repeat(bytes / text.len());
    let names = |table: &str, value: &str| -> Vec<u8> {
        let lines = (0..200_000).map(|name| format!("n{name} = {value}\n"));
        let text: String = lines.collect();
        format!("schema = 1\n[run]\nduration = \"1m\"\n[{table}]\n{text}").into_bytes()
    };
    let cases: [(&str, Vec<u8>); 14] = [
        ("many-apps", names("app", "1")),
        ("many-clients", names("client", "{}")),
        ("many-keys", names("mesh", "1")),
        ("many-axes", names("vary", "[1]")),
        ("many-variants", names("variant", "{}")),
        ("many-changes", names("variant.a", "1")),
        ("many-knobs", names("client.a]\nusers = 1\n[[event]]\nat = \"1s\"\n[event.set", "1")),
        ("too-large", line("# a comment\n", 10 << 20).into_bytes()),
        ("binary", (0..=255_u8).cycle().take(100_000).collect()),
        ("not-utf8", b"schema = 1\n# caf\xe9\n".to_vec()),
        ("one-long-line", format!("a = \"{}", line("x", 3 << 20)).into_bytes()),
        ("many-mistakes", line("a = = \n", 1 << 20).into_bytes()),
        (
            "long-axis",
            format!("schema = 1\n[run]\nduration = \"1m\"\n[vary]\nx = [{}]", line("1,", 3 << 20))
                .into_bytes(),
        ),
        ("long-key", format!("\"{}\" = 1\nschema = 1\n", line("k\\u0007", 3 << 20)).into_bytes()),
    ];
    for (case, bytes) in cases {
        let file = folder.path().join(format!("{case}.toml"));
        fs::write(&file, bytes).unwrap();
        let begin = std::time::Instant::now();
        let report = refusal(file.to_str().unwrap(), &Overrides::default());
        // About a second where the tests run alone; a quadratic way takes minutes.
        assert!(begin.elapsed() < Duration::from_secs(20), "{case}: {:?}", begin.elapsed());
        assert!(report.len() < 40_000, "{case}: {} bytes", report.len());
        let report = report.replace(folder.path().to_str().unwrap(), "FOLDER");
        assert!(matches_golden(&format!("hostile-{case}"), &report), "{case}");
    }
}

#[test]
fn a_scenario_that_is_not_there_is_a_failure_of_the_world() {
    for file in ["no-such-scenario", "no/such/file.toml", FOLDER] {
        let found = load(file, &Overrides::default(), false);
        assert!(matches!(found, Err(LoadError::World(_))), "{file}");
    }
}

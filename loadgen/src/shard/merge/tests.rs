use super::super::{Shard, read, write};
use super::*;
use crate::machine::GapsReport;
use crate::plan::At;
use crate::user::{Reasons, Streams};
use sim::metrics::{Cause, Counts, Ledger, Plan};
use sim::time::SimTime;
use std::fs;

const RESOLVED: &str = "the scenario with all its defaults";

fn plan() -> Plan {
    Plan {
        apps: vec!["shop".into()],
        clients: vec![("browsers".into(), 0)],
        begin: SimTime::ZERO,
        duration: Span::from_secs(10),
        interval: Span::from_secs(1),
        windows: Vec::new(),
        faults: None,
    }
}

fn step(number: u32) -> Step {
    Step {
        number,
        stage: "soak".into(),
        name: format!("{} users", 100 * (number + 1)),
        at: At::Users(100 * (number + 1)),
        repeat: 0,
        warmup: Span::ZERO,
        lasts: Span::from_secs(10),
        interval: Span::from_secs(1),
        windows: Vec::new(),
        beginners_a_second: 5000,
    }
}

/// Requests that a shard of several sends: of all numbers those that are its own.
fn ledger(shard: Shard, requests: u64) -> Ledger {
    let mut ledger = Ledger::new(&plan());
    for number in
        (0..requests).filter(|number| number % u64::from(shard.of) == u64::from(shard.index))
    {
        let at = Span::from_millis(number);
        let took = Span::from_millis(10 + number % 7);
        ledger.arrival(at, 0);
        ledger.attempt(at, 0);
        if number % 5 == 0 {
            ledger.failure(at + took, 0, Cause::Timeout, took);
        } else {
            ledger.success(at + took, 0, took, took);
        }
    }
    ledger
}

fn shard(index: u32, of: u32) -> ShardFile {
    let shard = Shard { index, of };
    let mut file = ShardFile::new(shard, "staging", &Overrides::default(), RESOLVED);
    for number in 0..2 {
        let health = Health {
            late: Counts::new(2),
            gaps: GapsReport { watched: 1000, ..GapsReport::default() },
            cpu: Some(f64::from(index)),
            ours: 1,
            starved: None,
        };
        let ledger = ledger(shard, 1000);
        let counted = ledger.totals();
        let start = 1_700_000_000_000_000_000 + u64::from(number) * 13_000_000_000;
        let ran = Span::from_secs(10);
        let streams = Streams { opened: 2, received: 7, sent: 5, lost: 1 };
        let diary = Vec::new();
        let (cut_off, reasons) = (0, Reasons::default());
        let measures =
            StepMeasures { ledger, health, counted, reasons, streams, cut_off, diary, ran, start };
        file.add("base", &step(number), &measures);
    }
    file
}

fn files(of: u32) -> Vec<(PathBuf, ShardFile)> {
    (0..of).map(|index| (format!("shard-{index}.json").into(), shard(index, of))).collect()
}

#[test]
fn shards_add_up_to_one_generator_whatever_their_order() {
    let dir = tempfile::tempdir().unwrap();
    let mut files = files(3);
    for (path, file) in &mut files {
        *path = write(&dir.path().join("out"), file).unwrap();
        *file = read(path).unwrap();
    }
    assert!(files[1].0.ends_with("out/shard-1.json"));
    assert_eq!(fs::read_dir(dir.path().join("out")).unwrap().count(), 3);
    files.rotate_left(1);
    let merged = merge(&files, RESOLVED).unwrap();
    assert_eq!((merged.steps.len(), &merged.notes[..]), (2, &[][..]));
    assert_eq!(agreed(&files).unwrap(), &Overrides::default());
    let one = ledger(Shard { index: 0, of: 1 }, 1000);
    // As text, because an interval without any success has measures that equal nothing.
    let text = |ledger: &Ledger| serde_json::to_string(ledger).unwrap();
    for (number, step) in (0..).zip(&merged.steps) {
        assert_eq!(step.step, self::step(number));
        assert_eq!(text(&step.measures.ledger), text(&one));
        assert_eq!(step.measures.counted, one.totals());
        let streams = Streams { opened: 6, received: 21, sent: 15, lost: 3 };
        assert_eq!(step.measures.streams, streams);
        let Health { gaps, cpu, ours, starved, .. } = &step.measures.health;
        assert_eq!((gaps.watched, *cpu, *ours, starved), (3000, Some(2.0), 3, &None));
    }
}

/// What merging says when something is changed in three good files.
fn refused(change: impl FnOnce(&mut Vec<(PathBuf, ShardFile)>)) -> Error {
    let mut files = files(3);
    change(&mut files);
    merge(&files, RESOLVED).unwrap_err()
}

#[test]
fn what_does_not_belong_together_is_refused_with_the_reason() {
    let missing = refused(|files| drop(files.remove(1)));
    assert!(missing.to_string().starts_with("of 3 shards one is missing: 1\nhelp:"), "{missing}");
    let twice = refused(|files| files.push(files[2].clone()));
    assert!(matches!(twice, Error::Twice { shard: Shard { index: 2, of: 3 }, .. }), "{twice}");
    let other = refused(|files| files[2].1.plan = "another".into());
    let told = "`shard-0.json` and `shard-2.json` ran different plans: their scenario files differ";
    assert!(other.to_string().starts_with(told), "{other}");
    let given = |file: &mut ShardFile, seed| {
        file.overrides.seed = Some(seed);
        file.plan = format!("with seed {seed}");
    };
    let seeds = refused(|files| files.iter_mut().zip(7..).for_each(|((_, f), s)| given(f, s)));
    assert!(seeds.to_string().contains("given `--seed 7` and the other `--seed 8`"), "{seeds}");
    let only = |file: &mut ShardFile| file.overrides.only.push("p2c".into());
    for (error, part) in [
        (
            refused(|files| only(&mut files[1].1)),
            "one was given `--only p2c` and the other was not",
        ),
        (refused(|files| files[1].1.shard.of = 4), "3 shards and 4"),
        (refused(|files| files[1].1.scenario = "other".into()), "scenario `other`"),
        (refused(|files| files[1].1.steps[1].step = step(7)), "as step 2 one ran `200 users`"),
        (refused(Vec::clear), "no step"),
        (refused(|files| files.iter_mut().for_each(|(_, file)| file.steps.clear())), "no step"),
    ] {
        assert!(error.to_string().contains(part) && error.is_usage(), "{error}");
    }
    let other = merge(&files(3), "another scenario").unwrap_err();
    assert!(matches!(other, Error::Scenario { .. }), "{other}");
}

#[test]
fn an_interrupted_shard_leaves_the_steps_that_all_ran() {
    let mut files = files(2);
    files[1].1.steps.pop();
    let merged = merge(&files, RESOLVED).unwrap();
    assert_eq!(merged.steps.len(), 1);
    assert_eq!(merged.notes, ["only the first 1 of 2 steps were run by all generators"]);
}

#[test]
fn generators_that_begin_apart_are_told_of_and_then_void_the_step() {
    let mut files = files(2);
    files[1].1.steps[0].start += 200_000_000;
    files[1].1.steps[1].start += 2_000_000_000;
    let merged = merge(&files, RESOLVED).unwrap();
    assert_eq!(merged.notes, ["the generators began `100 users` 0.2 s apart"]);
    let starved = |step: usize| merged.steps[step].measures.health.starved.clone();
    assert_eq!((starved(0), starved(1)), (None, Some("its generators began 2.0 s apart".into())));
}

#[test]
fn a_starved_generator_is_named() {
    let mut files = files(2);
    files[1].1.steps[0].health.starved = Some("it was late".into());
    let merged = merge(&files, RESOLVED).unwrap();
    let starved = &merged.steps[0].measures.health.starved;
    assert_eq!(starved.as_deref(), Some("generator 1: it was late"));
}

#[test]
fn files_that_are_none_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shard-0.json");
    assert!(matches!(read(&path).unwrap_err(), Error::Read { .. }));
    for (text, part) in [
        ("", "is no measures of a shard"),
        ("{\"scenario\": 1}", "has no `schema`"),
        ("{\"schema\": 99}", "has schema 99; this `loadgen` reads schema 2"),
        ("{\"schema\": 2}", "missing field"),
    ] {
        fs::write(&path, text).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains(part) && error.contains("help:"), "{error}");
    }
}

#[test]
fn equal_scenarios_have_equal_fingerprints() {
    assert_eq!(fingerprint(""), "cbf29ce484222325");
    assert_eq!(fingerprint("a"), "af63dc4c8601ec8c");
    assert_ne!(fingerprint("seed = 1"), fingerprint("seed = 2"));
}

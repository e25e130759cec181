//! Several generators as one.

use super::{Report, small};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[test]
fn two_shards_send_together_what_one_generator_sends() {
    let folder = small("");
    let (stage, address) = folder.stage(&["small.toml"]);
    // Where to send is part of what all of them agree on, and so is what is set.
    let url = format!("http://{address}");
    let given = ["run", "small.toml", "--target", &url, "--set", "run.duration=3s", "--seed", "7"];
    let soon = SystemTime::now() + Duration::from_secs(3);
    let soon = soon.duration_since(UNIX_EPOCH).unwrap().as_secs_f64().to_string();
    let shard = |which: &str| {
        let own = ["--shard", which, "--start-at", &soon, "--out", "parts"];
        folder.start(&[&given[..], &own].concat())
    };
    let shards = [shard("0/2"), shard("1/2")];
    let one = folder.run(&[&given[..], &["--out", "one"]].concat());
    assert!(matches!(one.code, Some(0 | 1)), "{}", one.shown());
    let mut names = Vec::new();
    for (index, shard) in shards.into_iter().enumerate() {
        let ended = shard.end();
        assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.shown());
        let name = format!("parts/shard-{index}.json");
        assert!(ended.stderr.contains(&name), "{}", ended.shown());
        names.push(name);
    }
    let files = [names[0].as_str(), names[1].as_str()];
    // Its arguments are those that stand in the files.
    let common = ["merge", "--scenario", "small.toml", "--out", "whole"];
    let merged = folder.run(&[&common[..], &files].concat());
    assert!(matches!(merged.code, Some(0 | 1)), "{}", merged.shown());
    let (one, whole) = (Report::read(&folder.path("one")), Report::read(&folder.path("whole")));
    let arrivals = |report: &Report| {
        let [variant] = report.variants()[..] else { panic!("{:?}", report.variants()) };
        report.count(variant, "arrivals")
    };
    assert_eq!(arrivals(&one), arrivals(&whole), "{}", merged.shown());
    // Each was asked: a shard alone is not the whole.
    folder.run(&[&common[..], &files[..1]].concat()).assert(2, &[], &["error", "help: "]);
    stage.interrupt();
    let rows = stage.end().stdout;
    let asked: u64 = rows
        .lines()
        .skip(2)
        .map(|row| row.split(',').nth(1).unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(asked, 2 * arrivals(&one), "{rows}");
}

//! `sim explain`: every page can be read, and what it shows to copy is right.

use crate::command::{Expect, check, root};
use sim::scenario::{LoadError, Overrides, load};
use std::fs;

/// The page of a name.
fn page(name: &str) -> String {
    let output = check(&["explain", name], &Expect { code: 0, stdout: &["\n"], stderr: &[] });
    String::from_utf8(output.stdout).unwrap()
}

/// The names in a category.
fn names(category: &str) -> Vec<String> {
    let output = check(&["list", category], &Expect { code: 0, stdout: &["  "], stderr: &[] });
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.split_whitespace().next().unwrap().to_string()).collect()
}

#[test]
fn a_page_says_what_a_kind_does_and_asks_for() {
    let text = page("hystrix");
    for part in [
        "hystrix (breakers: `client.NAME.breaker`)",
        "\nRule\n",
        "\nKnows\n",
        "\nWins\n",
        "\nSource\n",
        "  sleep = \"5s\"\n      how long it stays open",
        "  client.browsers.breaker.hystrix = { window = \"10s\", requests = 20,",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let example = text.split("\nExample\n").next().unwrap();
    assert!(example.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(page("ratio").contains("share (required)"), "{}", page("ratio"));
}

#[test]
fn a_name_of_two_things_shows_both() {
    let text = page("envoy");
    assert!(text.contains("envoy (budgets: ") && text.contains("envoy (breakers: "), "{text}");
    let text = page("uniform");
    assert!(
        text.contains("uniform (keys: ") && text.contains("uniform (distributions: "),
        "{text}"
    );
}

#[test]
fn causes_metrics_scenarios_commands_and_words_have_pages() {
    for (name, part) in [
        ("H12", "mesh.first-byte"),
        ("errors_h12", "1/s"),
        ("latency_p99", "that = \"latency_p99 < 2s\""),
        ("cascade", "sim run cascade"),
        ("run", "sim run --help"),
        ("dispatch", "one try of a router"),
        ("balancers", "least-loaded"),
    ] {
        assert!(page(name).contains(part), "{name}:\n{}", page(name));
    }
}

#[test]
fn every_example_of_a_kind_loads() {
    let folder = tempfile::tempdir().unwrap();
    let row = "TIMESTAMP,seconds,path\n2024-01-01T00:00:00Z,0.1,browse\n";
    fs::write(folder.path().join("day.csv"), row).unwrap();
    let file = folder.path().join("it.toml");
    let categories = ["balancers", "knowledge", "arrivals", "keys", "budgets", "breakers"];
    let mut wrong = Vec::new();
    for category in categories.iter().chain(&["distributions", "events", "processes"]) {
        for name in names(category) {
            let text = page(&name);
            let pages = text.split(&format!("{name} ({category}")).nth(1).unwrap();
            let Some(example) = pages.split("\nExample\n").nth(1) else {
                wrong.push(format!("{name}: no example"));
                continue;
            };
            let lines = example.lines().take_while(|line| line.starts_with("  "));
            let example: String = lines.map(|line| format!("{}\n", line.trim())).collect();
            // What every scenario must have, where the example does not set it.
            let mut text = String::new();
            if !example.starts_with("[[") {
                text += &example;
            }
            for (path, line) in [
                ("app.shop.endpoint.browse.work", "work.constant = \"1ms\""),
                ("client.browsers.arrivals", "arrivals.poisson = { rate = \"9/s\" }"),
            ] {
                if !example.contains(path) {
                    let table = path.rsplit_once('.').unwrap().0;
                    text += &format!("{table}.{line}\n");
                }
            }
            text += "app.shop.dynos = 4\nschema = 1\nrun.duration = \"10m\"\n";
            if example.starts_with("[[") {
                text += &example;
            }
            fs::write(&file, &text).unwrap();
            match load(file.to_str().unwrap(), &Overrides::default(), false) {
                Ok(_) => {}
                Err(LoadError::Wrong { report, .. }) => {
                    wrong.push(format!("{name}:\n{text}\n{report}"));
                }
                Err(LoadError::World(error)) => wrong.push(format!("{name}: {error}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn everything_that_is_listed_can_be_explained() {
    assert!(root().join("scenarios").is_dir());
    let output = check(&["list"], &Expect { code: 0, stdout: &["words"], stderr: &[] });
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let category = line.split_whitespace().next().unwrap();
        let all = names(category);
        // One of each category in full; the kinds are read by the test of examples.
        for name in all.iter().take(1).chain(all.last()) {
            assert!(page(name).contains(name.as_str()), "{category} {name}");
        }
    }
}

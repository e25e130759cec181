//! `docs/SCENARIO.md` is true: what it shows loads, and it names every setting, kind and metric.

mod rich;

use self::rich::{APART, RICH, ROWS};
use crate::command::root;
use sim::metrics::Metric;
use sim::scenario::{LoadError, Overrides, load};
use sim::{balance, dist, fault, load as load_test, platform, protect, workload};
use std::collections::BTreeSet;
use std::fs;
use toml::de::{DeTable, DeValue};

/// What a fragment of the page leaves out, by the header that it lacks.
const REST: [(&str, &str); 3] = [
    ("[run]", "[run]\nduration = \"10m\"\n"),
    ("[app.shop]", "[app.shop]\ndynos = 10\nendpoint.browse.work.exponential = \"20ms\"\n"),
    (
        "[client.browsers]",
        "[client.browsers]\napp = \"shop\"\narrivals.poisson = { rate = \"9/s\" }\n",
    ),
];

fn page() -> String {
    fs::read_to_string(root().join("docs/SCENARIO.md")).unwrap()
}

/// The fragments in TOML of a page.
fn fragments(page: &str) -> Vec<String> {
    let blocks = page.split("\n```toml\n").skip(1);
    blocks.map(|block| block.split("\n```").next().unwrap().to_string()).collect()
}

/// A fragment with what makes it a whole scenario; a whole one is left alone.
fn completed(fragment: &str) -> String {
    if fragment.contains("\nschema = 1") {
        return fragment.to_string();
    }
    let mut text = format!("schema = 1\n\n{fragment}\n");
    for (header, rest) in REST {
        if !fragment.lines().any(|line| line == header) {
            text.push_str(rest);
        }
    }
    text
}

/// A scenario's text with all defaults filled in; panics with the report when it is wrong.
fn resolved(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rows.csv"), ROWS).unwrap();
    fs::write(folder.path().join("roots.pem"), "-----BEGIN CERTIFICATE-----\n").unwrap();
    let file = folder.path().join("it.toml");
    fs::write(&file, text).unwrap();
    match load(file.to_str().unwrap(), &Overrides::default(), false) {
        Ok(scenario) => scenario.resolved,
        Err(LoadError::Wrong { report, .. }) => panic!("{text}\n{report}"),
        Err(LoadError::World(error)) => panic!("{error}"),
    }
}

/// The keys of a resolved scenario, without the names that its writer gave.
fn keys(path: &str, table: &DeTable<'_>, found: &mut BTreeSet<String>) {
    // What stands below is paths, or names of the writer's own.
    if path == "vary" || path.starts_with("variant") || path == "event.set" {
        return;
    }
    let depth = path.split('.').filter(|word| !word.is_empty()).count();
    let owned = path.ends_with(".endpoint") || path.ends_with(".class");
    let load = path.ends_with(".headers") || path.ends_with(".keep");
    let named = matches!(path, "app" | "client" | "host") || (depth == 3 && owned) || load;
    let named = named || matches!(path, "load.request" | "load.journey" | "load.watch");
    for (key, value) in table {
        let key = key.get_ref();
        if !named {
            found.insert(key.to_string());
        }
        let below = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
        match value.get_ref() {
            DeValue::Table(inner) => keys(&below, inner, found),
            DeValue::Array(items) => {
                for item in items {
                    if let DeValue::Table(inner) = item.get_ref() {
                        keys(&below, inner, found);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Every name that the scenario language knows of itself.
fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    names.extend(balance::KINDS.iter().map(|kind| kind.name));
    names.extend(balance::AROUND.iter().map(|kind| kind.name));
    names.extend(balance::APERTURES.iter().map(|kind| kind.name));
    names.extend(workload::KINDS.iter().map(|kind| kind.name));
    names.extend(dist::KINDS.iter().map(|kind| kind.name));
    names.extend(fault::KINDS.iter().map(|kind| kind.name));
    names.extend(platform::PROCESSES.iter().map(|kind| kind.name));
    names.extend(platform::KNOWLEDGE.iter().map(|kind| kind.name));
    names.extend(platform::BUDGETS.iter().map(|kind| kind.name));
    names.extend(platform::BREAKERS.iter().map(|kind| kind.name));
    names.extend(platform::KEYS.iter().map(|kind| kind.name));
    names.extend(protect::concurrency::KINDS.iter().map(|kind| kind.name));
    names.extend(protect::criticality::KINDS.iter().map(|kind| kind.name));
    names.extend(protect::fairness::KINDS.iter().map(|kind| kind.name));
    names.extend(protect::queue::KINDS.iter().map(|kind| kind.name));
    names.extend(protect::shedding::KINDS.iter().map(|kind| kind.name));
    names.extend(load_test::GROWTHS.iter().map(|kind| kind.name));
    names.extend(load_test::PLACES.iter().map(|kind| kind.name));
    names.extend(load_test::STREAMS.iter().map(|kind| kind.name));
    names.extend(load_test::SPEAKS.iter().map(|kind| kind.name));
    names
}

/// Fails with the names that `page` does not have in backticks.
fn all_in_backticks<'n>(page: &str, names: impl Iterator<Item = &'n str>) {
    let missing: Vec<&str> = names.filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/SCENARIO.md does not name {missing:?} in backticks");
}

/// What a heading is called in a link.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_fragment_of_the_reference_loads() {
    let fragments = fragments(&page());
    for fragment in &fragments {
        resolved(&completed(fragment));
    }
    let tables = ["[run]", "[mesh]", "[bus]", "[manager]", "[app.", "[client.", "[[event]]"];
    let tables = tables.iter().chain(&["[[expect]]", "[load]", "[vary]", "[variant."]);
    let whole = |fragment: &&String| tables.clone().all(|table| fragment.contains(table));
    assert_eq!(fragments.iter().filter(whole).count(), 1, "one fragment has every table");
}

#[test]
fn every_setting_stands_in_the_reference() {
    let mut found = BTreeSet::new();
    for text in APART.map(completed).into_iter().chain([RICH.to_string()]) {
        let shown = resolved(&text);
        let table = DeTable::parse(&shown).unwrap();
        keys("", table.get_ref(), &mut found);
    }
    assert!(found.len() > 100, "the rich scenario has few keys: {found:?}");
    all_in_backticks(&page(), found.iter().map(String::as_str));
}

#[test]
fn every_kind_and_metric_stands_in_the_reference() {
    let page = page();
    all_in_backticks(&page, names().into_iter());
    all_in_backticks(&page, platform::KNOBS.into_iter());
    all_in_backticks(&page, Metric::all().map(Metric::name));
}

#[test]
fn the_rich_scenario_has_every_kind() {
    let shown = resolved(RICH);
    let missing: Vec<&str> = names().into_iter().filter(|name| !shown.contains(*name)).collect();
    assert!(missing.is_empty(), "add {missing:?} to the rich scenario of this test");
}

#[test]
fn the_page_names_every_setting_of_a_balancer() {
    let settings = balance::KINDS.iter().flat_map(|kind| kind.page.settings);
    all_in_backticks(&page(), settings.map(|(name, _)| *name));
}

#[test]
fn the_pages_link_to_what_exists() {
    for name in ["SCENARIO.md", "MODEL.md"] {
        let text = fs::read_to_string(root().join("docs").join(name)).unwrap();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap();
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let linked = if file.is_empty() { name } else { file };
            let linked = fs::read_to_string(root().join("docs").join(linked))
                .unwrap_or_else(|_| panic!("{name} links to `{target}`"));
            let mut headings = linked.lines().filter(|line| line.starts_with('#'));
            let there = headings.any(|line| anchor(line) == heading);
            assert!(heading.is_empty() || there, "{name} links to `{target}`");
        }
    }
}

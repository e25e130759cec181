//! `docs/SCENARIO.md` is true: what it shows loads, and it names every setting, kind and metric.

use crate::command::root;
use sim::metrics::Metric;
use sim::scenario::{LoadError, Overrides, load};
use sim::{balance, dist, fault, platform, protect, workload};
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

/// A scenario with every setting and every kind that there is.
const RICH: &str = r#"
schema = 1

[run]
duration = "10m"
precision = "5%"

[mesh]
knowledge = "gossip"
balancer.prequal = {}
concurrency = "gradient2"
queue = "codel"
shedding = "criticality"
slow-start = {}
outlier-ejection = { failure-percentage = {} }
panic = "50%"
errors-as-load = {}

[bus]
[manager]

[host.old]
antagonist = { every = "1m", lasts = "1s", factor = 2 }

[app.shop]
memory = {}
admission = { rate = "100/s" }
class.new.antagonist = { every = "1m", lasts = "1s", factor = 2 }
endpoint.constant.work = { constant = "1ms", clip = ["1ms", "2ms"] }
endpoint.uniform.work.uniform = ["1ms", "2ms"]
endpoint.exponential.work.exponential = "1ms"
endpoint.erlang.work.erlang = { k = 2, mean = "1ms" }
endpoint.hyper.work.hyperexponential = { mean = "1ms", cv2 = 4 }
endpoint.lognormal.work.lognormal = { median = "1ms", p99 = "9ms" }
endpoint.narrow.work.lognormal = { mean = "1ms", p95 = "3ms" }
endpoint.narrower.work.lognormal = { mean = "1ms", sigma = 0.5 }
endpoint.weibull.work.weibull = { shape = 0.5, median = "1ms" }
endpoint.wider.work.weibull = { shape = 0.5, scale = "1ms" }
endpoint.pareto.work.pareto = { shape = 1.5, min = "1ms", max = "1s" }
endpoint.measured.work.empirical = { quantiles = [[0, "1ms"], [1, "2ms"]] }
endpoint.listed.work.empirical = { file = "rows.csv", column = "work" }
endpoint.mixed.work.mixture = [{ share = 1, constant = "1ms" }]

[app.looped]
process = "event-loop"
endpoint.home.work.constant = "1ms"
[app.threaded]
process = "threads"
endpoint.home.work.constant = "1ms"
[app.light]
process = "processes"
endpoint.home.work.constant = "1ms"

[client.poisson]
app = "shop"
endpoint = "constant"
arrivals.poisson = { rate = "1/s" }
retry.budget = "20%"
hedge = "1s"
criticality = "critical-plus"
[client.steady]
criticality = "sheddable-plus"
app = "shop"
arrivals.steady = { rate = "1/s" }
retry.budget = "token-bucket"
breaker = "hystrix"
throttle = {}
keys = "uniform"
[client.burst]
criticality = "sheddable"
app = "shop"
arrivals.burst = { rate = "1/s", on = "1s", off = "1s" }
retry.budget = "aws"
breaker = "resilience4j"
keys = { zipf = 1.0 }
[client.ramp]
app = "shop"
arrivals.ramp = { from = "1/s", to = "2/s", over = "1m" }
retry.budget = "grpc"
breaker = "envoy"
[client.steps]
retry.budget = "envoy"
app = "shop"
arrivals.steps = [{ rate = "1/s", for = "1m" }, { rate = "2/s" }]
[client.diurnal]
app = "shop"
arrivals.diurnal = { low = "1/s", high = "2/s" }
[client.trace]
app = "shop"
[client.trace.arrivals.trace]
file = "rows.csv"
time = { column = "at", unit = "ms" }
work = { column = "count", times = "1ms" }
endpoint = "endpoint"
[client.users]
app = "shop"
users = 3

[[event]]
at = "1m"
for = "1m"
slow = { app = "shop", factor = 2, dynos = 1 }
[[event]]
at = "1m"
crash = { app = "shop", share = 1 }
[[event]]
at = "1m"
freeze = { app = "shop" }
[[event]]
at = "1m"
fail = { app = "shop" }
[[event]]
at = "1m"
flaky = { app = "shop" }
[[event]]
at = "1m"
surge = { client = "poisson", factor = 2 }
[[event]]
at = "1m"
scale = { app = "shop", dynos = 2 }
[[event]]
at = "1m"
set = { "mesh.limit" = 5 }

[[expect]]
that = "goodput > 1/s"
scope = "all"
from = "1m"
to = "2m"
variant = "random"
[[expect]]
that = "goodput > 1/s"
variants = ["p2c"]

[vary]
"mesh.balancer" = [
    "peak-ewma", "least-latency", "jiq", "prequal",
    "random", "round-robin", "least-loaded", "idle-only", "least-loaded-weighted", "first-free",
    "rendezvous",
    { p2c = { choices = 2, rule = "envoy", memory = 1 } },
    { weighted-round-robin = { max-fails = 3 } },
    { consistent-hash = { points = 100, bound = "125%" } },
    { maglev = { table = 251 } },
    { sticky = { entries = 1000, expires = "1h", full = "wait" } },
]

[variant.one]
mesh.knowledge = "shared"
mesh.concurrency = "vegas"
mesh.queue = "lifo"
mesh.shedding = "dagor"
mesh.capacity.fairness = "max-min"
[variant.two]
mesh.concurrency = "aimd"
mesh.queue = "adaptive-lifo"
[variant.three]
mesh.queue = "fifo"
mesh.capacity.fairness = "first-come"
[variant.narrow]
mesh.aperture = "load"
[variant.sliced]
mesh.aperture.deterministic.least = 1
[variant.dealt]
mesh.subset.size = 1
[variant.known]
mesh = { knowledge = "local", balancer.p2c.choices = 3 }
[variant.measured]
mesh.balancer.peak-ewma = { decay = "5s", choices = 3 }
[variant.average]
mesh.balancer.least-latency.smoothing = 0.5
[variant.joined]
mesh.balancer.jiq.join = "sq2"
[variant.deaf]
mesh = { balancer = "p2c", reports = "none" }
"#;

/// Settings that exclude each other, and so cannot stand in the rich scenario but as variants.
const APART: [&str; 3] = [
    "[mesh]\naperture = \"load\"",
    "[mesh]\naperture.deterministic = { least = 2 }",
    "[mesh]\nsubset = { size = 2 }",
];

/// The file that the rich scenario names.
const ROWS: &str = "at,work,count,endpoint\n0,1ms,3,constant\n500,0.2,4,uniform\n";

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
    let named = matches!(path, "app" | "client" | "host") || (depth == 3 && owned);
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
    let tables = tables.iter().chain(&["[[expect]]", "[vary]", "[variant."]);
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

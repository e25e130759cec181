//! Scenarios: TOML to something that can be run, or to all that is wrong with it.
//!
//! The way is: find the text (`source`), parse it (`toml`), write the command line's settings into
//! the tree (`overrides`), read it (`build`, with `run`, the platform, `variants` and `expect`), then
//! read the platform once more for every variant. Whatever is wrong on the way becomes a problem with
//! a place, and `render` shows all of them at once. After this room nothing about a scenario can be
//! wrong.

mod axes;
mod build;
pub mod bundled;
mod change;
mod comment;
mod expect;
mod fit;
mod opted;
mod overrides;
mod path;
mod render;
mod run;
mod show;
mod source;
mod toml;
mod variants;
mod warmup;

pub use axes::Axis;
pub use expect::Expectation;
pub use opted::{Given, Opted};
pub use overrides::Overrides;
pub use run::{MOST_REPLICATIONS, Run};
pub use source::Error;
pub use warmup::Warmup;

use crate::load::Load;
use crate::platform::Platform;
use crate::time::Span;
use source::Source;

/// A scenario that can be run: nothing in it is wrong.
pub struct Scenario {
    /// Its name: its file name without the ending.
    pub name: String,
    /// The question that its first comment asks; may be empty.
    pub question: String,
    /// The answer that its first comment expects; may be empty.
    pub answer: String,
    /// How it is run.
    pub run: Run,
    /// The axes of `[vary]`.
    pub axes: Vec<Axis>,
    /// The variants to run, at least one: the product of the axes, then the named ones.
    pub variants: Vec<Variant>,
    /// The conditions on the measures.
    pub expectations: Vec<Expectation>,
    /// The windows of measured time, from and to, that the expectations look at, each once.
    pub windows: Vec<(Span, Span)>,
    /// How `loadgen` runs it against something real.
    pub load: Load,
    /// What a reader should know before trusting a run.
    pub warnings: Vec<String>,
    /// The scenario as TOML with every default filled in; read again it gives the same scenario.
    pub resolved: String,
}

/// A scenario with some settings changed.
pub struct Variant {
    /// Its name, unlike that of any other.
    pub name: String,
    /// For each axis the index of its value; empty for `[variant.NAME]`.
    pub coordinates: Vec<usize>,
    /// What it sets: dotted path and value.
    pub settings: Vec<(String, String)>,
    /// What is simulated.
    pub platform: Platform,
}

/// The question that a scenario's text asks in its first comment; empty when it asks none.
pub fn question(text: &str) -> String {
    comment::question_and_answer(text).0
}

/// The answer that a scenario's text expects in its first comment; empty when it expects none.
pub fn answer(text: &str) -> String {
    comment::question_and_answer(text).1
}

/// Why a scenario could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The scenario is wrong.
    #[error("{report}")]
    Wrong {
        /// All problems as people read them, ending in their number.
        report: String,
        /// How many problems there are.
        count: usize,
    },
    /// The world failed.
    #[error(transparent)]
    World(#[from] Error),
}

/// Loads the scenario that `file` names, a file or else a bundled scenario, with the command line's
/// changes. Files named in it are relative to its folder. `colour` is for terminals.
pub fn load(file: &str, overrides: &Overrides, colour: bool) -> Result<Scenario, LoadError> {
    read(&source::find(file)?, overrides, colour)
}

/// Loads a scenario from its text: what a file called `name` with that text says, which names no files
/// beside it.
pub fn from_text(name: &str, text: &str, overrides: &Overrides) -> Result<Scenario, LoadError> {
    read(&source::Found::text(name, text), overrides, false)
}

fn read(found: &source::Found, overrides: &Overrides, colour: bool) -> Result<Scenario, LoadError> {
    let text = String::from_utf8_lossy(&found.bytes).into_owned();
    let mut sources = vec![Source { file: Some(found.shown.clone()), text }];
    build::scenario(found, overrides, &mut sources).map_err(|problems| LoadError::Wrong {
        report: render::report(&found.shown, &sources, &problems, colour),
        count: problems.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCENARIO: &str = r#"# Question: does it matter?
# Answer: it does.
schema = 1

[run]
duration = "1m"

[app.shop]
dynos = 4
endpoint.browse = { share = 1, work.exponential = "20ms" }

[client.browsers]
app = "shop"
arrivals.poisson = { rate = "10/s" }
timeout = "3s"

[[event]]
at = "20s"
for = "5s"
slow = { app = "shop", factor = 4 }

[[expect]]
that = "error_rate<1%"
from = "30s"

[[expect]]
that = "latency_p99 < 1s"
scope = "app.shop"
from = "30s"
to = "1m"

[[expect]]
that = "recovery < 10s"
variant = "p2c"

[vary]
"mesh.balancer" = ["random", { p2c = { choices = 3 } }]
mesh.limit = [10, 20]

[variant.late]
"event.0.at" = "30s"
"#;

    /// Loads a text with overrides; what it is refused with as an error.
    fn loaded(text: &str, overrides: &Overrides) -> Result<Scenario, String> {
        from_text("it", text, overrides).map_err(|error| error.to_string())
    }

    /// The scenario above for balancers alone, whose variants have short names.
    fn balancers() -> String {
        SCENARIO.replace("mesh.limit = [10, 20]\n", "")
    }

    fn names(scenario: &Scenario) -> Vec<&str> {
        scenario.variants.iter().map(|variant| variant.name.as_str()).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(path, value)| ((*path).into(), (*value).into())).collect()
    }

    #[test]
    fn a_scenario_is_read_whole() {
        let scenario = loaded(&balancers(), &Overrides::default()).unwrap();
        assert_eq!((scenario.name.as_str(), scenario.question.as_str()), ("it", "does it matter?"));
        assert_eq!(scenario.answer, "it does.");
        assert_eq!(scenario.run.interval, Span::from_millis(500));
        assert_eq!((scenario.run.replications, scenario.run.seed), (10, 1));
        assert_eq!(names(&scenario), ["random", "p2c", "late"]);
        assert_eq!(scenario.variants[1].coordinates, [1]);
        assert_eq!(scenario.variants[2].settings, pairs(&[("event.0.at", "30s")]));
        assert_eq!(scenario.variants[2].platform.marks()[0].from, Span::from_secs(30));
        let texts: Vec<&str> = scenario.expectations.iter().map(|e| e.text.as_str()).collect();
        assert_eq!(
            texts,
            ["error_rate < 1% from 30s", "latency_p99 < 1s in app.shop from 30s", "recovery < 10s"]
        );
        assert_eq!(scenario.windows, [(Span::from_secs(30), Span::from_secs(60))]);
        assert_eq!(scenario.expectations[2].variants, ["p2c"]);
    }

    #[test]
    fn what_is_shown_is_the_same_scenario() {
        let overrides = Overrides {
            set: pairs(&[("client.browsers.timeout", "2s")]),
            vary: pairs(&[("mesh.routers", "1,2")]),
            seed: Some(7),
            ..Overrides::default()
        };
        let text = SCENARIO.replace("variant = \"p2c\"\n", "");
        let first = loaded(&text, &overrides).unwrap();
        let again = loaded(&first.resolved, &Overrides::default())
            .unwrap_or_else(|report| panic!("{report}\n{}", first.resolved));
        assert_eq!(again.resolved, first.resolved);
        assert_eq!(names(&again), names(&first));
        assert_eq!(again.expectations, first.expectations);
        assert_eq!(again.run, first.run);
        let seed = crate::rng::Seed { scenario: 7, replication: 0 };
        for (one, other) in first.variants.iter().zip(&again.variants) {
            let run = |v: &Variant| crate::platform::simulate(&v.platform, seed, &first.windows);
            assert_eq!(format!("{:?}", run(one)), format!("{:?}", run(other)));
        }
    }

    #[test]
    fn arguments_choose_the_variants() {
        let text = balancers();
        let only = Overrides { only: vec!["late".into()], ..Overrides::default() };
        assert_eq!(names(&loaded(&text, &only).unwrap()), ["late"]);
        let vary = Overrides { vary: pairs(&[("mesh.limit", "5,6")]), ..Overrides::default() };
        let scenario = loaded(&text, &vary).unwrap();
        assert_eq!(scenario.variants.len(), 5);
        assert_eq!(names(&scenario)[3], "balancer=p2c, limit=6");
        assert_eq!(scenario.axes[1].numbers, Some(vec![5.0, 6.0]));
        // The expectation for `p2c` has no such variant now; the file is not wrong for it.
        assert!(scenario.warnings.iter().any(|warning| warning.contains("`recovery < 10s`")));
        let replaced = Overrides { vary: pairs(&[("mesh.balancer", "p2c")]), ..vary };
        assert_eq!(names(&loaded(&text, &replaced).unwrap()), ["p2c", "late"]);
        let unheard = Overrides { set: pairs(&[("mesh.balancer", "p2c")]), ..only };
        let warnings = loaded(&text, &unheard).unwrap().warnings;
        assert!(warnings[0].starts_with("`--set mesh.balancer` changes nothing"), "{warnings:?}");
    }

    #[test]
    fn a_path_through_a_kind_replaces_the_kind() {
        let text = SCENARIO.replace("[vary]", "[mesh]\nbalancer.random = {}\n\n[vary]");
        let text = text.replace("\"event.0.at\" = \"30s\"", "mesh.balancer.p2c.choices = 4");
        let scenario = loaded(&text.replace("variant = \"p2c\"", ""), &Overrides::default());
        assert_eq!(scenario.unwrap().variants.len(), 5);
        let set = pairs(&[("mesh.balancer.p2c.choices", "4")]);
        let overrides = Overrides { set, ..Overrides::default() };
        let shown = loaded(&text.replace("variant = \"p2c\"", ""), &overrides).unwrap().resolved;
        assert!(shown.contains("balancer.p2c.choices = 4\n"), "{shown}");
    }

    #[test]
    fn a_problem_of_all_variants_is_one_problem() {
        let wrong = SCENARIO.replace("timeout = \"3s\"", "timeout = 3\nretires = 1");
        let report = loaded(&wrong.replace("variant = \"p2c\"", ""), &Overrides::default());
        let report = report.err().unwrap();
        assert!(report.contains("error: 2 problems in "), "{report}");
    }

    #[test]
    fn broken_texts_never_panic() {
        let seed = crate::rng::Seed { scenario: 1, replication: 0 };
        let mut stream = crate::rng::Stream::named(seed, "broken", 0);
        let text = balancers();
        let pieces =
            ["[", "]", "{", "}", "=", "\"", ".", ",", "\n", "1", "-", "é", "[[", "inf", "\\"];
        for _ in 0..300 {
            let mut broken = text.clone();
            for _ in 0..1 + stream.below(3) {
                let at = broken.floor_char_boundary(stream.below(broken.len()));
                let to = broken.floor_char_boundary((at + stream.below(9)).min(broken.len()));
                broken.replace_range(at..to.max(at), pieces[stream.below(pieces.len())]);
            }
            if let Err(report) = loaded(&broken, &Overrides::default()) {
                assert!(report.contains("error: ") && report.len() < 50_000, "{broken}\n{report}");
            }
        }
    }
}

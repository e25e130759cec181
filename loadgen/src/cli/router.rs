//! `--router`: which router stands before the dynos, and that `sim` predicts with the same one.
//!
//! The argument is a setting of the scenario, too: without `mesh.router` the prediction would be that
//! of another router. It may not start anything.

use crate::stage::RouterKind;
use sim::scenario::{self, Overrides, Scenario};

/// The setting that says who routes.
const SETTING: &str = "mesh.router";

/// What `--router` sets in the scenario, unless `--set` says it.
pub(super) fn modelled(router: Option<&str>, set: &[(String, String)]) -> Option<(String, String)> {
    let is_set = set.iter().any(|(path, _)| path == SETTING);
    let kind = kind(router).filter(|_| !is_set)?;
    Some((SETTING.to_owned(), format!("{:?}", kind.model)))
}

/// The kind that `--router` names; nothing where the scenario is to say it.
pub(super) fn kind(router: Option<&str>) -> Option<&'static RouterKind> {
    let named = |name| RouterKind::named(name);
    router.map(|name| named(name).expect("the arguments allow only the registry's names"))
}

/// Says where `--router` and `mesh.router` are not of one mind: a sentence each.
pub(super) fn contradictions(
    router: Option<&str>,
    file: &str,
    overrides: &Overrides,
    scenario: &Scenario,
) -> Vec<String> {
    let Some(kind) = kind(router) else { return Vec::new() };
    let mut warnings = Vec::new();
    // `--set` and `[vary]` are written over what the argument set.
    for variant in &scenario.variants {
        let model = variant.platform.mesh.router.name();
        if model != kind.model {
            warnings.push(format!(
                "`{}`: before the dynos stands `{}`, and what is predicted is `{SETTING}` of `{model}`",
                variant.name, kind.name
            ));
        }
    }
    let written = || {
        let set = overrides.set.iter().filter(|(path, _)| path != SETTING).cloned().collect();
        let scenario = scenario::load(file, &Overrides { set, ..overrides.clone() }, false).ok()?;
        Some(scenario.variants[0].platform.mesh.router)
    };
    // Heroku's is what stands there when nothing is written.
    if warnings.is_empty()
        && let Some(written) = written()
        && written != Default::default()
        && written.name() != kind.model
    {
        warnings.push(format!(
            "the scenario says `{SETTING}` of `{}`; `--router {}` takes its place, before the dynos \
             and in the prediction",
            written.name(),
            kind.name
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Cli, Command};
    use clap::Parser;

    fn overrides(arguments: &[&str]) -> Overrides {
        let all = ["loadgen"].iter().chain(arguments);
        match Cli::try_parse_from(all).unwrap().command {
            Command::Run(run) => run.overrides(),
            Command::Stage(stage) => stage.overrides(),
            other => panic!("{other:?}"),
        }
    }

    /// The models of all variants, and what is complained of.
    fn loaded(file: &str, arguments: &[&str]) -> (Vec<&'static str>, Vec<String>) {
        let overrides = overrides(&[&["run", file], arguments].concat());
        let Ok(scenario) = scenario::load(file, &overrides, false) else { panic!("{file}") };
        let router = arguments.iter().skip_while(|word| **word != "--router").nth(1).copied();
        let models = scenario.variants.iter().map(|variant| variant.platform.mesh.router.name());
        let warnings = contradictions(router, file, &overrides, &scenario);
        (models.collect(), warnings)
    }

    #[test]
    fn the_router_of_the_argument_is_the_one_that_is_predicted() {
        for (router, model) in [("builtin", "heroku"), ("haproxy", "haproxy"), ("nginx", "nginx")] {
            for command in ["run", "stage"] {
                let set = overrides(&[command, "a.toml", "--router", router]).set;
                assert_eq!(set, [(SETTING.to_owned(), format!("{model:?}"))], "{command}");
            }
            let (models, warnings) = loaded("staging", &["--router", router]);
            assert!(models.len() > 1 && models.iter().all(|found| *found == model), "{models:?}");
            assert_eq!(warnings, Vec::<String>::new());
        }
        assert_eq!(overrides(&["run", "a.toml"]).set, []);
        assert_eq!(loaded("staging", &[]).0[0], "heroku");
    }

    #[test]
    fn what_is_set_by_hand_stays_and_is_told() {
        let by_hand = ["--router", "haproxy", "--set", "mesh.router=heroku"];
        let (models, warnings) = loaded("staging", &by_hand);
        assert!(models.iter().all(|model| *model == "heroku"));
        assert_eq!(warnings.len(), models.len());
        assert!(warnings[0].contains("stands `haproxy`, and what is predicted"), "{warnings:?}");
    }

    #[test]
    fn a_scenario_that_says_otherwise_gives_way_and_it_is_told() {
        let text = "# Question: q?\n# Answer: a.\nschema = 1\n[run]\nduration = \"1m\"\n[mesh]\n\
                    router = \"nginx\"\n[app.shop]\nendpoint.page = { work.constant = \"5ms\" }\n\
                    [client.users]\narrivals.poisson = { rate = \"10/s\" }\n";
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("it.toml");
        std::fs::write(&path, text).unwrap();
        let file = path.to_str().unwrap();
        let (models, warnings) = loaded(file, &["--router", "haproxy"]);
        assert_eq!(models, ["haproxy"]);
        let expected =
            "the scenario says `mesh.router` of `nginx`; `--router haproxy` takes its place";
        assert!(warnings[0].starts_with(expected), "{warnings:?}");
        for agreed in [&["--router", "nginx"][..], &[]] {
            assert_eq!(loaded(file, agreed), (vec!["nginx"], Vec::new()));
        }
    }
}

//! No registry, no kind and no knob is missing from the examples.

use super::examples::{FAULTS, REGISTRIES};
use crate::source::sources;
use sim::platform::KNOBS;

#[test]
fn every_kind_of_every_registry_has_examples_and_no_other() {
    for registry in REGISTRIES {
        let mut kinds = (registry.kinds)();
        let mut examples: Vec<&str> = registry.examples.iter().map(|(name, _)| *name).collect();
        kinds.sort_unstable();
        examples.sort_unstable();
        assert_eq!(examples, kinds, "`{}` in invariants/draw/examples", registry.name);
        assert!(registry.examples.iter().all(|(_, examples)| !examples.is_empty()));
    }
}

#[test]
fn every_registry_is_drawn_from() {
    // What `[load]` says changes nothing that a simulation does.
    let is_simulated = |path: &str| !path.starts_with("sim/src/load/");
    let registries: Vec<String> = sources("sim/src")
        .into_iter()
        .filter(|source| is_simulated(&source.path))
        .flat_map(|source| {
            let lines = source
                .code
                .lines()
                .filter(|line| line.starts_with("pub const ") && line.contains(": &[Kind<"));
            lines.map(|line| format!("{}: {line}", source.path)).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(registries.len(), REGISTRIES.len(), "the source has {registries:#?}");
}

#[test]
fn every_knob_is_turned() {
    let sets = FAULTS.examples.iter().find(|(kind, _)| *kind == "set").unwrap().1;
    for knob in KNOBS {
        let knob = if knob.starts_with("app") {
            knob.replace("<name>", "APP")
        } else {
            knob.replace("<name>", "CLIENT")
        };
        assert!(sets.iter().any(|set| set.contains(&format!("\"{knob}\""))), "{knob}");
    }
}

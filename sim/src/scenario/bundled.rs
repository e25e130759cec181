//! The scenarios that are built into the program, so that they run without their files.
//!
//! To add one: write `scenarios/<name>.toml` and add its row here; a test holds the two together.

/// Each bundled scenario: its name and its text.
pub const SCENARIOS: &[(&str, &str)] = &[
    ("beam-vs-unicorn", include_str!("../../../scenarios/beam-vs-unicorn.toml")),
    ("breakers-and-budgets", include_str!("../../../scenarios/breakers-and-budgets.toml")),
    ("cascade", include_str!("../../../scenarios/cascade.toml")),
    ("crash-loop", include_str!("../../../scenarios/crash-loop.toml")),
    ("hash-balance", include_str!("../../../scenarios/hash-balance.toml")),
    ("hedging", include_str!("../../../scenarios/hedging.toml")),
    ("hundred-thousand", include_str!("../../../scenarios/hundred-thousand.toml")),
    ("idling", include_str!("../../../scenarios/idling.toml")),
    ("jiq-many-routers", include_str!("../../../scenarios/jiq-many-routers.toml")),
    ("llm-trace", include_str!("../../../scenarios/llm-trace.toml")),
    ("many-routers", include_str!("../../../scenarios/many-routers.toml")),
    ("overload-shedding", include_str!("../../../scenarios/overload-shedding.toml")),
    ("prequal-vs-the-world", include_str!("../../../scenarios/prequal-vs-the-world.toml")),
    ("rap-genius", include_str!("../../../scenarios/rap-genius.toml")),
    ("retry-storm", include_str!("../../../scenarios/retry-storm.toml")),
    ("sinkhole", include_str!("../../../scenarios/sinkhole.toml")),
    ("staging", include_str!("../../../scenarios/staging.toml")),
    ("stall", include_str!("../../../scenarios/stall.toml")),
    ("timelike", include_str!("../../../scenarios/timelike.toml")),
    ("unicorn-16", include_str!("../../../scenarios/unicorn-16.toml")),
];

/// The files that bundled scenarios name, as they name them.
pub const FILES: &[(&str, &[u8])] = &[(
    "data/azure-llm-code-2023.csv",
    include_bytes!("../../../scenarios/data/azure-llm-code-2023.csv"),
)];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn every_scenario_of_the_folder_is_bundled() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
        let mut files = BTreeSet::new();
        // The folder may be absent where only the crate was unpacked.
        for file in std::fs::read_dir(folder).into_iter().flatten() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "toml") {
                files.insert(path.file_stem().unwrap().to_string_lossy().into_owned());
            }
        }
        let bundled: BTreeSet<String> =
            SCENARIOS.iter().map(|(name, _)| (*name).to_string()).collect();
        assert_eq!(bundled, files);
    }
}

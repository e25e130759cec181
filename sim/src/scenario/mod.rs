//! The scenario: its file, its checks, its variants.

pub mod bundled;

use std::path::Path;

/// What the command line changes in a scenario.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Settings: dotted path and value.
    pub set: Vec<(String, String)>,
    /// Axes: dotted path and values.
    pub vary: Vec<(String, String)>,
    /// Variants to keep.
    pub only: Vec<String>,
    /// The seed.
    pub seed: Option<u64>,
    /// How many replications.
    pub replications: Option<u32>,
}

/// The outside world failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{file}`: {source}")]
pub struct Error {
    file: String,
    source: std::io::Error,
}

/// Why there is no scenario.
pub enum LoadError {
    /// The scenario is wrong.
    Wrong {
        /// All problems, ready to print.
        report: String,
        /// How many.
        count: usize,
    },
    /// It cannot be read.
    World(Error),
}

/// A checked scenario.
pub struct Scenario {
    /// Name.
    pub name: String,
    /// Question.
    pub question: String,
    /// Answer.
    pub answer: String,
    /// Warnings.
    pub warnings: Vec<String>,
    /// All defaults filled in.
    pub resolved: String,
    /// Variants.
    pub variants: Vec<Variant>,
    /// Overrides.
    pub overrides: Overrides,
}

/// A variant.
pub struct Variant {
    /// Name.
    pub name: String,
}

/// Loads a scenario.
pub fn load(file: &str, overrides: &Overrides, _colour: bool) -> Result<Scenario, LoadError> {
    let bundled = bundled::ALL.iter().find(|bundled| bundled.name == file);
    let text = match bundled {
        Some(bundled) => bundled.text.to_string(),
        None => std::fs::read_to_string(file)
            .map_err(|source| LoadError::World(Error { file: file.into(), source }))?,
    };
    let wrong = |report: String| LoadError::Wrong { report, count: 1 };
    let table = toml::de::DeTable::parse(&text);
    let table = table.map_err(|e| wrong(format!("error: {e}")))?;
    if !table.get_ref().contains_key("schema") {
        return Err(wrong("error: `schema` is missing\n".into()));
    }
    let name = Path::new(file).file_stem().expect("a file has a name").to_string_lossy();
    Ok(Scenario {
        name: name.into_owned(),
        question: question(&text),
        answer: String::new(),
        warnings: Vec::new(),
        resolved: text.clone(),
        variants: vec![Variant { name: "base".into() }],
        overrides: overrides.clone(),
    })
}

/// The question of a scenario.
pub fn question(text: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix("# Question:"));
    line.unwrap_or_default().trim().into()
}

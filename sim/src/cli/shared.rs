//! Arguments that several commands take, of `sim` and of `loadgen` alike: one place for their names, their
//! help and their meaning. A command flattens what it takes. No behaviour lives here.

use crate::report::FORMATS;
use crate::scenario::Overrides;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueHint};
use std::path::PathBuf;

/// Changes of settings.
#[derive(Debug, Args)]
pub struct Set {
    /// Change a setting of the scenario, such as `app.shop.dynos=60`; may be given several times
    #[arg(long, value_name = "PATH=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
}

/// What of a scenario is run, with what changes, and with what it is compared.
#[derive(Debug, Args)]
pub struct Chosen {
    /// The seed of all chance, instead of the scenario's
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// The settings that are changed.
    #[command(flatten)]
    pub set: Set,
    /// Run only this variant; may be given several times
    #[arg(long, value_name = "VARIANT")]
    pub only: Vec<String>,
    /// Compare with the results.json of an earlier run; exits with 1 when something got worse
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub against: Option<PathBuf>,
}

/// How results are delivered.
#[derive(Debug, Args)]
pub struct Delivered {
    /// What to print on stdout
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = formats())]
    pub format: String,
    /// Write the charts as PNG files too
    #[arg(long)]
    pub png: bool,
    /// Print nothing but results, warnings and errors
    #[arg(long, short)]
    pub quiet: bool,
}

/// The arguments of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

impl Set {
    /// What it changes in the scenario.
    pub fn overrides(&self) -> Overrides {
        Overrides { set: self.set.clone(), ..Overrides::default() }
    }
}

impl Chosen {
    /// What it changes in the scenario.
    pub fn overrides(&self) -> Overrides {
        Overrides { only: self.only.clone(), seed: self.seed, ..self.set.overrides() }
    }
}

/// The names of the report formats, from their registry.
fn formats() -> PossibleValuesParser {
    PossibleValuesParser::new(FORMATS.iter().map(|format| format.name))
}

/// `PATH=VALUE`, split at the first sign of equality.
fn assignment(text: &str) -> Result<(String, String), String> {
    pair(text).ok_or_else(|| "expected PATH=VALUE, such as `app.shop.dynos=60`".into())
}

/// The parts before and after the first sign of equality, both of which say something.
pub(super) fn pair(text: &str) -> Option<(String, String)> {
    let (path, value) = text.split_once('=')?;
    let (path, value) = (path.trim(), value.trim());
    (!path.is_empty() && !value.is_empty()).then(|| (path.into(), value.into()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn pairs_split_at_the_first_sign_of_equality() {
        for (text, pair) in [
            ("a.b=1", Some(("a.b", "1"))),
            ("a = 1", Some(("a", "1"))),
            ("a=x=y", Some(("a", "x=y"))),
            ("a=", None),
            ("=1", None),
            ("a", None),
        ] {
            let expected = pair.map(|(path, value)| (path.to_string(), value.to_string()));
            assert_eq!(super::pair(text), expected, "{text}");
        }
    }
}

//! `sim show`: a scenario with all defaults filled in.

use super::exit::{Exit, Failure};
use super::{args, output};

/// Prints the resolved scenario, which is a scenario again.
pub(super) fn run(args: &args::Show) -> Result<Exit, Failure> {
    let scenario = super::load(&args.file, &args.set.overrides())?;
    output::warn(&scenario.warnings);
    output::say(&format!("{}\n", scenario.resolved.trim_end()))?;
    Ok(Exit::Hold)
}

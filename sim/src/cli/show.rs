//! `sim show`: a scenario with all defaults filled in.

use super::exit::{Exit, Failure};
use super::{args, output};
use crate::scenario::{self, Overrides};

/// Prints the resolved scenario, which is a scenario again.
pub(super) fn run(args: &args::Show) -> Result<Exit, Failure> {
    let overrides = Overrides { set: args.set.set.clone(), ..Overrides::default() };
    let scenario =
        scenario::load(&args.file, &overrides, output::colour()).map_err(Failure::load)?;
    output::warn(&scenario.warnings);
    output::say(&format!("{}\n", scenario.resolved.trim_end()))?;
    Ok(Exit::Hold)
}

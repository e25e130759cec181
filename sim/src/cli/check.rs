//! `sim check`: the mistakes in scenarios, without running them.

use super::exit::{Exit, Failure};
use super::{args, output};
use crate::scenario::{self, Overrides};

/// Checks every file, whatever the others are; a wrong scenario counts more than an unreadable one.
pub(super) fn run(args: &args::Check) -> Result<Exit, Failure> {
    let (mut wrong, mut unreadable) = (false, false);
    for file in &args.files {
        match scenario::load(file, &Overrides::default(), output::colour()) {
            Ok(scenario) => {
                output::warn(&scenario.warnings);
                let variants = match scenario.variants.len() {
                    1 => "1 variant".to_string(),
                    count => format!("{count} variants"),
                };
                output::say(&format!("ok {file}: {variants}\n"))?;
            }
            Err(error) => {
                let failure = Failure::load(error);
                wrong |= failure.exit == Exit::Usage;
                unreadable |= failure.exit == Exit::World;
                output::complain(&failure.text);
            }
        }
    }
    Ok(match (wrong, unreadable) {
        (true, _) => Exit::Usage,
        (false, true) => Exit::World,
        (false, false) => Exit::Hold,
    })
}

//! Whether `[load]` fits every variant: one may take away what a stage or a request is about.

use super::Variant;
use crate::config::{Fields, Node, Problem, Reading};
use crate::load::{Known, Load};

/// With more problems than this, further variants are not looked at.
const MANY: usize = 200;

/// What `[load]`, which fits the scenario as written, cannot be over a variant. Each is noted for the
/// first variant that has it; variants with problems of their own are not looked at.
pub(super) fn unfit(tree: &Node, variants: &[(Variant, bool)]) -> Vec<Problem> {
    let Some(load) = tree.table().and_then(|table| table.get("load")) else { return Vec::new() };
    // Its files have been read and found right; they are the same for all variants.
    let open = |_: &str| Ok(b"-----BEGIN CERTIFICATE-----".to_vec());
    let (mut noted, mut problems) = (Vec::new(), Vec::new());
    for (variant, _) in variants.iter().filter(|(_, is_fine)| *is_fine) {
        let reading = Reading::new(&open);
        let platform = &variant.platform;
        let known = Known { platform, is_fine: true, expects: true, options: false };
        Load::read(&mut Fields::of(&reading, "load", load), &known);
        for problem in reading.finish() {
            if noted.contains(&problem) {
                continue;
            }
            noted.push(problem.clone());
            let message = format!("in the variant `{}`: {}", variant.name, problem.message);
            problems.push(Problem { message, ..problem });
        }
        if problems.len() > MANY {
            break;
        }
    }
    problems
}

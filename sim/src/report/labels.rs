//! Names for people: where every variant says the same keys, the keys are said once, above them.
//!
//! Files for programs keep the full names, which are what the command line takes.

use super::predicted::VOID;
use crate::experiment::{Results, VariantResult};

/// The results with `balancer=random, budget=20%` shortened to `random, 20%` wherever a variant lies
/// on several axes; unchanged when two names would then be the same. Names of variants that are void
/// say so.
pub fn short(results: &Results) -> Results {
    let mut short = shortened(results);
    for variant in short.variants.iter_mut().filter(|variant| variant.void.is_some()) {
        variant.name += VOID;
    }
    short
}

fn shortened(results: &Results) -> Results {
    let mut short = results.clone();
    if results.axes.len() < 2 {
        return short;
    }
    let names: Vec<String> =
        results.variants.iter().map(|variant| name(results, variant)).collect();
    let unique = names.iter().enumerate().all(|(at, name)| !names[..at].contains(name));
    if unique {
        for (variant, name) in short.variants.iter_mut().zip(&names) {
            variant.name.clone_from(name);
        }
        let rename = |variant: &mut String| {
            let at = results.variants.iter().position(|known| known.name == *variant);
            if let Some(at) = at {
                variant.clone_from(&names[at]);
            }
        };
        short.verdicts.iter_mut().for_each(|verdict| rename(&mut verdict.variant));
        let changes = short.against.iter_mut().flat_map(|against| &mut against.changes);
        changes.for_each(|change| rename(&mut change.variant));
    }
    short
}

fn name(results: &Results, variant: &VariantResult) -> String {
    let values = results.axes.iter().zip(&variant.coordinates);
    let values: Option<Vec<&str>> =
        values.map(|(axis, &at)| axis.values.get(at).map(String::as_str)).collect();
    match values {
        Some(values) if values.len() == results.axes.len() => values.join(", "),
        _ => variant.name.clone(),
    }
}

/// What the names of variants are, for the head of a table: the axes, or `variant`.
pub fn subject(results: &Results) -> String {
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_string();
    match results.axes.as_slice() {
        [] => "variant".into(),
        axes => axes.iter().map(|axis| last(&axis.path)).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn keys_are_said_once() {
        for results in fixture::all() {
            let short = short(&results);
            for (short, full) in short.variants.iter().zip(&results.variants) {
                let expected = if full.coordinates.len() > 1 {
                    let value = |part: &str| part.split_once('=').map(|(_, v)| v.to_string());
                    full.name.split(", ").map(|p| value(p).unwrap()).collect::<Vec<_>>().join(", ")
                } else {
                    full.name.clone()
                };
                let void = if full.void.is_some() { VOID } else { "" };
                assert_eq!(short.name, expected + void);
            }
        }
    }
}

//! Puts the files of all shards together.

use super::{Error, ShardFile, ShardStep, fingerprint, given};
use crate::crew::{Health, StepMeasures};
use crate::plan::Step;
use crate::user::Reasons;
use sim::scenario::Overrides;
use sim::time::Span;
use std::path::{Path, PathBuf};

/// Shards that began further apart than this are told of.
const APART: Span = Span::from_millis(100);

/// Of a step, the share that shards may begin apart: beyond it, the load was another than planned.
const APART_SHARE: f64 = 0.05;

/// What all shards measured together.
#[derive(Clone, Debug)]
pub struct Merged {
    /// The scenario's name.
    pub scenario: String,
    /// The steps that all shards ran, in their order.
    pub steps: Vec<MergedStep>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// What all shards measured in one step.
#[derive(Clone, Debug)]
pub struct MergedStep {
    /// The scenario's variant.
    pub variant: String,
    /// What was done.
    pub step: Step,
    /// What came of it, as if one generator had done it.
    pub measures: StepMeasures,
}

/// What the command lines of all shards changed in the scenario that they ran.
///
/// # Errors
/// Where there is no shard, or they did not run the same.
pub fn agreed(files: &[(PathBuf, ShardFile)]) -> Result<&Overrides, Error> {
    let Some((first, head)) = files.first() else { return Err(Error::Nothing) };
    for (path, file) in files {
        same_plan((first, head), (path, file))?;
    }
    Ok(&head.overrides)
}

/// Puts files together that were read from these places. `resolved` is the scenario that is to be
/// reported, with what the shards [`agreed`] on and all its defaults.
///
/// # Errors
/// Where a shard is missing or there twice, or they did not run the same, or not this scenario.
pub fn merge(files: &[(PathBuf, ShardFile)], resolved: &str) -> Result<Merged, Error> {
    agreed(files)?;
    let Some((first, head)) = files.first() else { return Err(Error::Nothing) };
    if head.plan != fingerprint(resolved) {
        return Err(Error::Scenario { first: first.clone() });
    }
    let mut shards: Vec<&(PathBuf, ShardFile)> = files.iter().collect();
    shards.sort_by_key(|(_, file)| file.shard.index);
    for pair in shards.windows(2) {
        let [(first, one), (second, other)] = [pair[0], pair[1]];
        if one.shard.index == other.shard.index {
            let (first, second) = (first.clone(), second.clone());
            return Err(Error::Twice { shard: one.shard, first, second });
        }
    }
    let of = head.shard.of;
    let is_there = |index: &u32| shards.iter().any(|(_, file)| file.shard.index == *index);
    let missing: Vec<u32> = (0..of).filter(|index| !is_there(index)).collect();
    if !missing.is_empty() {
        return Err(Error::Missing { shards: missing, of });
    }
    let common = shards.iter().map(|(_, file)| file.steps.len()).min().unwrap_or(0);
    let most = shards.iter().map(|(_, file)| file.steps.len()).max().unwrap_or(0);
    if common == 0 {
        return Err(Error::Nothing);
    }
    let mut notes = Vec::new();
    if common < most {
        notes.push(format!("only the first {common} of {most} steps were run by all generators"));
    }
    let mut steps = Vec::new();
    for index in 0..common {
        let parts: Vec<&ShardStep> = shards.iter().map(|(_, file)| &file.steps[index]).collect();
        steps.push(merge_step(&parts, &mut notes));
    }
    Ok(Merged { scenario: head.scenario.clone(), steps, notes })
}

/// Refuses two files that are not of one run.
fn same_plan(one: (&Path, &ShardFile), other: (&Path, &ShardFile)) -> Result<(), Error> {
    let ((first, a), (second, b)) = (one, other);
    let steps = a.steps.iter().zip(&b.steps).position(|(a, b)| {
        a.step != b.step || a.variant != b.variant || a.ledger.plan() != b.ledger.plan()
    });
    let difference = if a.scenario != b.scenario {
        format!("scenario `{}` and scenario `{}`", a.scenario, b.scenario)
    } else if a.shard.of != b.shard.of {
        format!("{} shards and {}", a.shard.of, b.shard.of)
    } else if a.plan != b.plan || a.overrides.only != b.overrides.only {
        let given = given::difference(&a.overrides, &b.overrides);
        given.unwrap_or_else(|| "their scenario files differ".to_string())
    } else if let Some(step) = steps {
        let name = |file: &ShardFile| file.steps[step].step.name.clone();
        format!("as step {} one ran `{}` and the other `{}`", step + 1, name(a), name(b))
    } else {
        return Ok(());
    };
    Err(Error::Plans { first: first.into(), second: second.into(), difference })
}

/// Adds up one step of all shards, in their order; there is at least one.
fn merge_step(parts: &[&ShardStep], notes: &mut Vec<String>) -> MergedStep {
    let mut ledger = parts[0].ledger.clone();
    let mut health = told_of(0, parts[0]);
    let mut streams = parts[0].streams;
    for (index, part) in parts.iter().enumerate().skip(1) {
        ledger.merge(&part.ledger);
        streams.add(&part.streams);
        let more = told_of(index, part);
        health.late.merge(&more.late);
        health.gaps.merge(&more.gaps);
        health.cpu = health.cpu.into_iter().chain(more.cpu).reduce(f64::max);
        health.ours += more.ours;
        health.starved = health.starved.or(more.starved);
    }
    let starts = || parts.iter().map(|part| part.start);
    let start = starts().min().expect("there is a part");
    let apart = Span::from_nanos(starts().max().expect("there is a part") - start);
    let step = &parts[0].step;
    if apart > step.whole().scaled(APART_SHARE) {
        let reason = format!("its generators began {:.1} s apart", apart.seconds());
        health.starved = health.starved.or(Some(reason));
    } else if apart > APART {
        let (name, apart) = (&step.name, apart.seconds());
        notes.push(format!("the generators began `{name}` {apart:.1} s apart"));
    }
    let counted = ledger.totals();
    let ran = parts.iter().map(|part| part.ran).min().expect("there is a part");
    // A shard keeps no diary: what was predicted is laid beside the whole.
    let diary = Vec::new();
    // Nor what it cut off, nor what its attempts failed for: it has said so itself.
    let (cut_off, reasons) = (0, Reasons::default());
    let measures =
        StepMeasures { ledger, health, counted, reasons, streams, cut_off, diary, ran, start };
    MergedStep { variant: parts[0].variant.clone(), step: step.clone(), measures }
}

/// The health of a shard, which says of which it speaks.
fn told_of(index: usize, part: &ShardStep) -> Health {
    let mut health = part.health.clone();
    health.starved = health.starved.map(|reason| format!("generator {index}: {reason}"));
    health
}

#[cfg(test)]
mod tests;

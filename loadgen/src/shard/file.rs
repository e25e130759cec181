//! The file in which a shard keeps what it measured: `shard-I.json`.

use super::{Error, Shard};
use crate::crew::{Health, StepMeasures};
use crate::plan::Step;
use crate::user::Streams;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sim::metrics::Ledger;
use sim::rng::{FNV_BASIS, fnv1a};
use sim::scenario::Overrides;
use sim::time::Span;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The version of the file's shape.
const SCHEMA: u32 = 2;

/// What a shard measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShardFile {
    /// The version of this shape.
    schema: u32,
    /// Which shard wrote it.
    pub shard: Shard,
    /// The scenario's name, for people.
    pub scenario: String,
    /// What its command line changed in that, such as the target.
    pub overrides: Overrides,
    /// What it ran, as [`fingerprint`] tells: shards with another one do not belong together.
    pub plan: String,
    /// Its steps, in the order in which they were run.
    pub steps: Vec<ShardStep>,
}

/// What a shard measured in one step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShardStep {
    /// The scenario's variant.
    pub variant: String,
    /// What was done.
    pub step: Step,
    /// What its requests came to.
    pub ledger: Ledger,
    /// Whether it was fit to measure.
    pub health: Health,
    /// What came of connections that stayed.
    pub streams: Streams,
    /// How long it ran: shorter than planned when it was stopped.
    pub ran: Span,
    /// When it started, in nanoseconds since the beginning of 1970.
    pub start: u64,
}

impl ShardFile {
    /// What a shard ran, without any step yet; `resolved` is the scenario with these overrides and all its
    /// defaults.
    pub fn new(shard: Shard, scenario: &str, overrides: &Overrides, resolved: &str) -> ShardFile {
        let (scenario, plan) = (scenario.to_string(), fingerprint(resolved));
        let overrides = overrides.clone();
        ShardFile { schema: SCHEMA, shard, scenario, overrides, plan, steps: Vec::new() }
    }

    /// Adds a step that is over.
    pub fn add(&mut self, variant: &str, step: &Step, measures: &StepMeasures) {
        self.steps.push(ShardStep {
            variant: variant.to_string(),
            step: step.clone(),
            ledger: measures.ledger.clone(),
            health: measures.health.clone(),
            streams: measures.streams,
            ran: measures.ran,
            start: measures.start,
        });
    }

    /// The name that it has in its directory.
    pub fn name(&self) -> String {
        format!("shard-{}.json", self.shard.index)
    }
}

/// A short text that is equal for equal scenarios, with all their settings: FNV-1a, 64 bits.
pub fn fingerprint(resolved: &str) -> String {
    format!("{:016x}", fnv1a(FNV_BASIS, resolved.bytes()))
}

/// Writes the file into a directory, which is made where it is missing, whole or not at all.
///
/// # Errors
/// Where the system does not allow it.
pub fn write(directory: &Path, file: &ShardFile) -> Result<PathBuf, Error> {
    let path = directory.join(file.name());
    let put = || -> io::Result<()> {
        fs::create_dir_all(directory)?;
        let mut draft = tempfile::NamedTempFile::new_in(directory)?;
        serde_json::to_writer(io::BufWriter::new(&mut draft), file)?;
        draft.flush()?;
        draft.persist(&path)?;
        Ok(())
    };
    put().map_err(|source| Error::Write { path: path.clone(), source })?;
    Ok(path)
}

/// Reads such a file.
///
/// # Errors
/// Where it cannot be read, is none, or is one of another version.
pub fn read(path: &Path) -> Result<ShardFile, Error> {
    let text = fs::read(path).map_err(|source| Error::Read { path: path.into(), source })?;
    let damaged = |reason: String| Error::Damaged { path: path.into(), reason };
    let value: Value = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
    match value.get("schema").and_then(Value::as_u64) {
        None => return Err(damaged("it has no `schema`".into())),
        Some(found) if found != u64::from(SCHEMA) => {
            return Err(Error::Schema { path: path.into(), found, known: SCHEMA });
        }
        Some(_) => {}
    }
    serde_json::from_value(value).map_err(|error| damaged(error.to_string()))
}

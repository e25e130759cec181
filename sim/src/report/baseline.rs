//! Reads what an earlier run found from its `results.json`.
//!
//! Only what a comparison needs is read. Keys that a file of the same schema lacks, because it is
//! older, have a meaning: it had no batches then.

use super::json::SCHEMA;
use crate::experiment::{Baseline, Basis, Estimate};
use crate::metrics::Metric;
use serde_json::Value;

/// What helps with a file that is no `results.json`.
const HELP: &str = "`--against` takes the `results.json` of an earlier report";

/// The results in the text of `file`; what is wrong with it, and what helps.
pub fn read_baseline(file: &str, text: &[u8]) -> Result<Baseline, (String, String)> {
    let refuse = |what: &str| (format!("`{file}` {what}"), HELP.to_string());
    let document: Value = serde_json::from_slice(text)
        .map_err(|error| refuse(&format!("is not a `results.json`: {error}")))?;
    match document.get("schema").and_then(Value::as_u64) {
        None => return Err(refuse("is not a `results.json`: it has no `schema`")),
        Some(schema) if schema != u64::from(SCHEMA) => {
            let message = format!("has schema {schema}; this `sim` reads schema {SCHEMA}");
            let help = "run the earlier version of the scenario again with this `sim`".to_string();
            return Err((refuse(&message).0, help));
        }
        Some(_) => {}
    }
    baseline(file, &document)
        .map_err(|key| refuse(&format!("is damaged: `{key}` is missing or wrong")))
}

/// The first key that is wrong.
type Wrong = String;

fn baseline(file: &str, document: &Value) -> Result<Baseline, Wrong> {
    let mut variants = Vec::new();
    // What is void says nothing, so there is nothing to compare with.
    let says = |variant: &&Value| variant.get("void").is_none_or(Value::is_null);
    for variant in list(document, "variants")?.iter().filter(says) {
        let estimates = list(variant, "estimates")?.iter().map(estimate);
        // A measure that this version does not know is not compared.
        let estimates: Result<Vec<Option<Estimate>>, Wrong> = estimates.collect();
        variants.push((text(variant, "name")?, estimates?.into_iter().flatten().collect()));
    }
    let basis = match document.get("batches").and_then(Value::as_u64) {
        Some(batches) => Basis::Batches(u32::try_from(batches).map_err(|_| "batches")?),
        None => Basis::Replications,
    };
    Ok(Baseline {
        file: file.to_string(),
        scenario: text(document, "scenario")?,
        seed: document["seed"].as_u64().ok_or("seed")?,
        replications: count(document, "replications")?,
        duration: number(document, "duration")?,
        warmup: number(document, "warmup")?,
        basis,
        variants,
    })
}

fn estimate(found: &Value) -> Result<Option<Estimate>, Wrong> {
    let Some(metric) = Metric::parse(&text(found, "metric")?) else { return Ok(None) };
    if found["mean"].is_null() {
        return Ok(None);
    }
    let ci95 = match &found["ci95"] {
        Value::Null => None,
        Value::Array(ends) => match ends.as_slice() {
            [low, high] => Some((float(low).ok_or("ci95")?, float(high).ok_or("ci95")?)),
            _ => return Err("ci95".into()),
        },
        _ => return Err("ci95".into()),
    };
    Ok(Some(Estimate {
        scope: text(found, "scope")?,
        metric,
        mean: number(found, "mean")?,
        ci95,
        gain: None,
        min: number(found, "min")?,
        max: number(found, "max")?,
        replications: count(found, "replications")?,
    }))
}

fn list<'v>(value: &'v Value, key: &str) -> Result<&'v Vec<Value>, Wrong> {
    value[key].as_array().ok_or_else(|| key.into())
}

fn text(value: &Value, key: &str) -> Result<String, Wrong> {
    value[key].as_str().map(String::from).ok_or_else(|| key.into())
}

fn count(value: &Value, key: &str) -> Result<u32, Wrong> {
    value[key].as_u64().and_then(|count| u32::try_from(count).ok()).ok_or_else(|| key.into())
}

fn number(value: &Value, key: &str) -> Result<f64, Wrong> {
    float(&value[key]).ok_or_else(|| key.into())
}

/// A number as [`super::json`] writes it.
fn float(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) if text == "inf" => Some(f64::INFINITY),
        Value::String(text) if text == "-inf" => Some(f64::NEG_INFINITY),
        other => other.as_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{fixture, json::json};

    #[test]
    fn what_is_written_reads_back_to_the_last_bit() {
        for results in [fixture::cascade(), fixture::base(), fixture::sweep()] {
            let found = read_baseline("old.json", json(&results).as_bytes()).unwrap();
            assert_eq!(found.scenario, results.scenario);
            for ((name, estimates), variant) in found.variants.iter().zip(&results.variants) {
                assert_eq!((name, estimates), (&variant.name, &variant.estimates));
            }
        }
        // What is void and what has no value is left out.
        let (load_test, written) = (fixture::load_test(), json(&fixture::load_test()));
        let read = read_baseline("old.json", written.as_bytes()).unwrap();
        assert_eq!(read.variants.len() + 1, load_test.variants.len());
        let ruin = read_baseline("old.json", json(&fixture::ruin()).as_bytes()).unwrap();
        assert!(ruin.variants[0].1.is_empty());
    }

    #[test]
    fn an_older_file_of_the_same_schema_is_read() {
        let mut document: Value = serde_json::from_str(&json(&fixture::cascade())).unwrap();
        for key in ["batches", "precision", "warmup_found", "against"] {
            document.as_object_mut().unwrap().shift_remove(key);
        }
        let found = read_baseline("old.json", document.to_string().as_bytes()).unwrap();
        assert_eq!(found.basis, Basis::Replications);
    }

    #[test]
    fn what_is_not_results_is_refused() {
        let whole = json(&fixture::cascade());
        for (text, expected) in [
            ("", "is not a `results.json`: EOF"),
            (&whole[..whole.len() / 2], "is not a `results.json`: EOF"),
            ("{}", "it has no `schema`"),
            ("[1, 2]", "it has no `schema`"),
            ("{\"schema\": 9}", "has schema 9; this `sim` reads schema 1"),
            ("{\"schema\": 1}", "is damaged: `variants` is missing"),
            (&whole.replace("\"seed\": 1", "\"seed\": -1"), "is damaged: `seed` is"),
            (&whole.replace("\"min\"", "\"mini\""), "is damaged: `min` is missing"),
        ] {
            let (message, help) = read_baseline("old.json", text.as_bytes()).unwrap_err();
            assert!(message.starts_with("`old.json` ") && !help.is_empty(), "{message}");
            assert!(message.contains(expected), "{message}");
        }
    }
}

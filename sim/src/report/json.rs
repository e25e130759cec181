//! Everything that was found, for programs: `results.json`.
//!
//! The order of keys is fixed. An infinite number is the text `inf` or `-inf`, a missing one null.
//! Variants are turned into JSON while they are written, one after the other: as a tree all of them
//! would take ten times the memory of their text.

use super::predicted;
use crate::experiment::{Against, Basis, Change, Estimate, Results, SeriesEstimate, VariantResult};
use crate::metrics::CURVE;
use crate::time::Span;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

/// The number of this layout; it grows when a key changes its meaning or goes away.
pub(super) const SCHEMA: u32 = 1;

/// The results as JSON; times are in seconds.
pub fn json(results: &Results) -> String {
    let axes = results.axes.iter().map(|axis| {
        let numbers = axis.numbers.as_deref().map(values);
        json!({ "path": axis.path, "values": axis.values, "numbers": numbers })
    });
    let marks = results.marks.iter().map(|mark| {
        let to = mark.to.map(Span::seconds);
        json!({ "label": mark.label, "from": mark.from.seconds(), "to": to })
    });
    let verdicts = results.verdicts.iter().map(|verdict| {
        let value = json!({
            "expectation": verdict.expectation,
            "variant": verdict.variant,
            "metric": verdict.metric.name(),
            "unit": verdict.metric.unit(),
            "observed": verdict.observed.map(number),
            "ci95": verdict.ci95.map(pair),
            "bound": number(verdict.bound),
            "holds": verdict.holds,
            "sure": verdict.sure,
        });
        with_void(value, verdict.void.as_deref())
    });
    let batches = match results.basis {
        Basis::Replications => None,
        Basis::Batches(batches) => Some(batches),
    };
    let mut document = json!({
        "schema": SCHEMA,
        "scenario": results.scenario,
        "question": results.question,
        "answer": results.answer,
        "seed": results.seed,
        "replications": results.replications,
        "precision": results.precision,
        "batches": batches,
        "duration": results.duration.seconds(),
        "warmup": results.warmup.seconds(),
        "warmup_found": results.warmup_found,
        "interval": results.interval.seconds(),
        "digest": format!("{:016x}", results.digest),
        "interrupted": results.interrupted,
        "hold": results.hold(),
        "warnings": results.warnings,
        "axes": axes.collect::<Vec<_>>(),
        "marks": marks.collect::<Vec<_>>(),
        "verdicts": verdicts.collect::<Vec<_>>(),
        "against": results.against.as_ref().map(against),
        "quantiles": CURVE.to_vec(),
        (VARIANTS): null,
    });
    if results.load_test {
        document["load_test"] = json!(true);
        document["notes"] = json!(results.notes);
        document["valid"] = json!(results.are_valid());
        document["errors"] = results.variants.iter().filter_map(|v| errors(results, v)).collect();
    }
    let document = Document { head: document, variants: &results.variants };
    let mut text = serde_json::to_string_pretty(&document).expect("every key is text");
    text.push('\n');
    text
}

/// The key of the variants.
const VARIANTS: &str = "variants";

/// All of `head`, an object, with the variants at their place.
struct Document<'r> {
    head: Value,
    variants: &'r [VariantResult],
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let head = self.head.as_object().expect("the document is an object");
        let mut map = serializer.serialize_map(Some(head.len()))?;
        for (key, value) in head {
            match key.as_str() {
                VARIANTS => map.serialize_entry(key, &Variants(self.variants))?,
                _ => map.serialize_entry(key, value)?,
            }
        }
        map.end()
    }
}

/// A list of variants, each made when it is written.
struct Variants<'r>(&'r [VariantResult]);

impl Serialize for Variants<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(variant))
    }
}

/// With the reason why it says nothing, where it says nothing.
fn with_void(mut value: Value, void: Option<&str>) -> Value {
    if let Some(reason) = void {
        value["void"] = json!(reason);
    }
    value
}

/// By how much a prediction missed each measure of what was measured, as shares of that.
fn errors(results: &Results, variant: &VariantResult) -> Option<Value> {
    let measured = &results.variants[results.measured_of(variant)?];
    let error = |found: &Estimate| {
        let (share, ci95) = predicted::share(measured, found)?;
        Some(json!({
            "scope": found.scope,
            "metric": found.metric.name(),
            "error": number(share),
            "ci95": ci95.map(pair),
        }))
    };
    let errors = variant.differences.iter().filter_map(error).collect::<Vec<_>>();
    Some(json!({ "measured": measured.name, "predicted": variant.name, "errors": errors }))
}

fn variant(variant: &VariantResult) -> Value {
    let settings = variant.settings.iter();
    let settings = settings.map(|(path, value)| json!({ "path": path, "value": value }));
    let value = json!({
        "name": variant.name,
        "coordinates": variant.coordinates,
        "settings": settings.collect::<Vec<_>>(),
        "replications": variant.replications,
        "estimates": variant.estimates.iter().map(estimate).collect::<Vec<_>>(),
        "differences": variant.differences.iter().map(difference).collect::<Vec<_>>(),
        "latency_curve": values(&variant.latency_curve),
        "series": variant.series.iter().map(series).collect::<Vec<_>>(),
    });
    with_void(value, variant.void.as_deref())
}

fn estimate(found: &Estimate) -> Value {
    json!({
        "scope": found.scope,
        "metric": found.metric.name(),
        "unit": found.metric.unit(),
        "mean": number(found.mean),
        "ci95": found.ci95.map(pair),
        "min": number(found.min),
        "max": number(found.max),
        "replications": found.replications,
    })
}

/// A paired difference; `gain` is how many times smaller pairing made its variance.
fn difference(found: &Estimate) -> Value {
    let mut value = estimate(found);
    value["gain"] = json!(found.gain);
    value
}

fn against(against: &Against) -> Value {
    let change = |change: &Change| {
        json!({
            "variant": change.variant,
            "metric": change.metric.name(),
            "unit": change.metric.unit(),
            "before": number(change.before),
            "now": number(change.now),
            "difference": number(change.difference()),
            "ci95": change.ci95.map(pair),
            "turn": change.turn.word(),
        })
    };
    json!({
        "file": against.file,
        "seed": against.seed,
        "changes": against.changes.iter().map(change).collect::<Vec<_>>(),
    })
}

fn series(series: &SeriesEstimate) -> Value {
    json!({
        "scope": series.scope,
        "metric": series.metric.name(),
        "unit": series.metric.unit(),
        "mean": values(&series.mean),
        "min": values(&series.min),
        "max": values(&series.max),
    })
}

fn pair((low, high): (f64, f64)) -> Value {
    values(&[low, high])
}

fn values(values: &[f64]) -> Value {
    values.iter().copied().map(number).collect()
}

fn number(value: f64) -> Value {
    match value {
        _ if value == f64::INFINITY => json!("inf"),
        _ if value == f64::NEG_INFINITY => json!("-inf"),
        // Serde writes what is not a number as null.
        _ => json!(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn parsed(results: &Results) -> Value {
        serde_json::from_str(&json(results)).unwrap()
    }

    #[test]
    fn json_holds_what_was_found() {
        let results = fixture::cascade();
        let found = parsed(&results);
        assert_eq!(found["schema"], 1);
        assert_eq!(found["digest"], "123456789abcdef0");
        assert_eq!(found["hold"], false);
        let random = &found["variants"][0];
        assert_eq!(random["estimates"][1]["metric"], "goodput");
        assert_eq!(random["estimates"][1]["mean"].as_f64(), Some(490.0));
        assert_eq!(random["estimates"][7]["mean"], "inf");
        assert_eq!(random["estimates"][7]["ci95"], Value::Null);
        assert_eq!(found["variants"][3]["differences"][2]["mean"], "-inf");
        assert_eq!(random["series"][0]["mean"].as_array().unwrap().len(), 60);
        for latency in &results.variants[0].latency_curve {
            assert!(json(&results).contains(&format!(" {latency}")), "{latency}");
        }
        assert_eq!(found["marks"][0]["to"].as_f64(), Some(225.0));
    }

    #[test]
    fn load_tests_say_more_and_others_do_not() {
        let found = parsed(&fixture::load_test());
        assert_eq!((&found["load_test"], &found["valid"]), (&json!(true), &json!(false)));
        assert_eq!(found["notes"][0], "the boundary of `random` is 200 users");
        let void = found["variants"].as_array().unwrap().iter().filter(|v| v.get("void").is_some());
        assert_eq!(void.count(), 1);
        let first = &found["errors"][0];
        assert_eq!(first["errors"][1]["metric"], "goodput");
        assert!((first["errors"][1]["error"].as_f64().unwrap() - 0.04).abs() < 1e-12);
        let other = json(&fixture::cascade());
        for key in ["load_test", "notes", "valid", "errors\"", "void"] {
            assert!(!other.contains(&format!("\"{key}")), "{key}");
        }
    }

    #[test]
    fn what_is_missing_is_null() {
        let found = parsed(&fixture::ruin());
        assert_eq!(found["interrupted"], true);
        assert_eq!(found["variants"][0]["estimates"][0]["mean"], Value::Null);
        assert_eq!(found["verdicts"][0]["observed"], Value::Null);
    }

    #[test]
    fn keys_keep_their_order() {
        let text = json(&fixture::base());
        let at = |key: &str| text.find(key).unwrap();
        assert!(at("\"schema\"") < at("\"scenario\"") && at("\"verdicts\"") < at("\"variants\""));
    }
}

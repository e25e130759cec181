//! What a report says, read back from its `results.json`.

use serde_json::Value;
use std::path::Path;

/// A `results.json`.
pub struct Report(Value);

impl Report {
    /// That of a report's folder.
    pub fn read(folder: &Path) -> Report {
        let text = std::fs::read_to_string(folder.join("results.json")).unwrap();
        Report(serde_json::from_str(&text).unwrap())
    }

    /// Whether every part of it says something.
    pub fn is_valid(&self) -> bool {
        self.0["valid"].as_bool().unwrap()
    }

    /// Whether the run was interrupted.
    pub fn is_interrupted(&self) -> bool {
        self.0["interrupted"].as_bool().unwrap()
    }

    /// The names of its variants.
    pub fn variants(&self) -> Vec<&str> {
        let variants = self.0["variants"].as_array().unwrap();
        variants.iter().map(|variant| variant["name"].as_str().unwrap()).collect()
    }

    /// A measure of all requests of a variant.
    pub fn value(&self, variant: &str, metric: &str) -> Option<f64> {
        self.estimates(variant).into_iter().find(|(name, _)| name == metric).map(|(_, mean)| mean)
    }

    /// How many a rate of a variant's whole measured time were.
    pub fn count(&self, variant: &str, metric: &str) -> u64 {
        let rate = self.value(variant, metric).unwrap_or(0.0);
        (rate * self.0["duration"].as_f64().unwrap()).round() as u64
    }

    /// What became of each measure since the earlier run that it is compared with.
    pub fn turns(&self) -> Vec<&str> {
        let changes = self.0["against"]["changes"].as_array().unwrap();
        changes.iter().map(|change| change["turn"].as_str().unwrap()).collect()
    }

    /// The note that has this text in it.
    pub fn note(&self, part: &str) -> &str {
        let mut notes = self.0["notes"].as_array().unwrap().iter().filter_map(Value::as_str);
        notes.find(|note| note.contains(part)).unwrap_or_else(|| panic!("{}", self.0["notes"]))
    }

    /// The books of both sides.
    pub fn books(&self) -> Books {
        let note = self.note("books: ");
        let before = |words: &str| {
            let (text, _) = note.split_once(words)?;
            text.rsplit(' ').next()?.parse().ok()
        };
        let must = |words: &str| before(words).unwrap_or_else(|| panic!("{words}: {note}"));
        let after = |words: &str| {
            let (_, text) = note.split_once(words)?;
            text.split(' ').next()?.parse().ok()
        };
        Books {
            requests: must(" requests = "),
            successes: must(" successes"),
            failures: must(" failures"),
            causes: causes(note),
            under_way: must(" under way"),
            attempts: must(" attempts sent"),
            router: before(" came to the router"),
            dynos: before(" to dynos"),
            finished: after("which finished "),
        }
    }

    /// The measures of a variant's scope `all`.
    fn estimates(&self, variant: &str) -> Vec<(String, f64)> {
        let variants = self.0["variants"].as_array().unwrap();
        let found = variants.iter().find(|found| found["name"] == variant);
        let found = found.unwrap_or_else(|| panic!("{variant}: {:?}", self.variants()));
        let estimates = found["estimates"].as_array().unwrap().iter();
        let all = estimates.filter(|estimate| estimate["scope"] == "all");
        let pairs = all.filter_map(|estimate| {
            Some((estimate["metric"].as_str()?.to_string(), estimate["mean"].as_f64()?))
        });
        pairs.collect()
    }
}

/// What both sides counted.
#[derive(Debug, PartialEq)]
pub struct Books {
    pub requests: u64,
    pub successes: u64,
    pub failures: u64,
    /// How many failed for each cause.
    pub causes: Vec<(String, u64)>,
    pub under_way: u64,
    pub attempts: u64,
    /// Where it tells.
    pub router: Option<u64>,
    /// Where the platform was started for the run.
    pub dynos: Option<u64>,
    /// The same.
    pub finished: Option<u64>,
}

impl Books {
    /// Every request has come to one end.
    pub fn assert_balanced(&self) {
        assert_eq!(self.requests, self.successes + self.failures + self.under_way, "{self:?}");
        let by_cause: u64 = self.causes.iter().map(|(_, count)| count).sum();
        assert_eq!(self.failures, by_cause, "{self:?}");
    }
}

/// The causes in `3 failures (2 connect, 1 reset) +`.
fn causes(note: &str) -> Vec<(String, u64)> {
    let Some((_, rest)) = note.split_once(" failures (") else { return Vec::new() };
    let (list, _) = rest.split_once(')').unwrap();
    let pairs = list.split(", ").map(|pair| pair.split_once(' ').unwrap());
    pairs.map(|(count, cause)| (cause.to_string(), count.parse().unwrap())).collect()
}

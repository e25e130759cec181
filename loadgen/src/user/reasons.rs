//! Why attempts failed, in words: what stands behind a cause such as `tls` or `failed`.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most reasons that are told apart; a hostile server could give a new one each time.
const MOST: usize = 16;

/// Reasons and how many attempts failed for each, in a step of a process or in several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reasons {
    counts: BTreeMap<String, u64>,
    /// Attempts that failed for reasons beyond the most that are told apart.
    others: u64,
}

impl Reasons {
    /// An attempt failed for this reason.
    pub fn add(&mut self, reason: &str) {
        self.count(reason, 1);
    }

    /// Adds those of others.
    pub fn merge(&mut self, other: &Reasons) {
        for (reason, count) in &other.counts {
            self.count(reason, *count);
        }
        self.others += other.others;
    }

    /// The reasons, the most frequent first, each with its count: `connection refused (12), 404 (3)`;
    /// nothing where there are none.
    pub fn told(&self) -> Option<String> {
        let mut sorted: Vec<(&String, &u64)> = self.counts.iter().collect();
        sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let others = (self.others > 0).then(|| format!("others ({})", self.others));
        let told = sorted.iter().map(|(reason, count)| format!("{reason} ({count})"));
        let told: Vec<String> = told.chain(others).collect();
        (!told.is_empty()).then(|| told.join(", "))
    }

    fn count(&mut self, reason: &str, count: u64) {
        if let Some(known) = self.counts.get_mut(reason) {
            *known += count;
        } else if self.counts.len() < MOST {
            self.counts.insert(reason.into(), count);
        } else {
            self.others += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_counted_over_processes_and_the_most_frequent_is_told_first() {
        let (mut one, mut other) = (Reasons::default(), Reasons::default());
        assert_eq!(one.told(), None);
        one.add("status 404");
        other.add("status 502");
        other.add("status 502");
        one.merge(&other);
        assert_eq!(one.told().as_deref(), Some("status 502 (2), status 404 (1)"));
    }

    #[test]
    fn however_many_there_are_few_are_kept_and_all_are_counted() {
        let mut reasons = Reasons::default();
        (0..1_000).for_each(|number| reasons.add(&format!("a redirect led to `host{number}`")));
        let mut twice = reasons.clone();
        twice.merge(&reasons);
        assert_eq!(twice.counts.len(), MOST);
        assert_eq!(twice.counts.values().sum::<u64>() + twice.others, 2_000);
        assert!(twice.told().is_some_and(|told| told.ends_with("others (1968)")));
    }
}

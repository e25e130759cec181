//! Draws what protects routers.

use super::Drawing;
use super::examples::{CONCURRENCY, FAIRNESS, QUEUES, SHEDDING};
use std::fmt::Write;

impl Drawing {
    /// What protects the routers and the dynos; the numbers are small, so that all of it happens.
    pub(super) fn protection(&mut self) {
        if self.once_in(2) {
            let (kind, settings) = self.kind(&CONCURRENCY);
            let _ = writeln!(self.text, "concurrency.{kind} = {settings}");
        }
        let (kind, settings) = self.kind(&QUEUES);
        let _ = writeln!(self.text, "queue.{kind} = {settings}");
        if self.once_in(2) {
            let margin = self.of(&["0s", "50ms", "500ms"]);
            let _ = writeln!(self.text, "drop-stale = true\nstale-margin = \"{margin}\"");
        }
        // Shares of the places need places that are bounded.
        let unbounded = ["\nlimit = \"unlimited\"", "\nbacklog = \"unlimited\""];
        let unbounded = unbounded.iter().any(|line| self.text.contains(line))
            && !self.text.contains("\nconcurrency.");
        if !self.once_in(3) {
            let kinds = (SHEDDING.kinds)();
            let kind = kinds[self.rng.below(kinds.len())];
            if !(unbounded && kind == "criticality") {
                let settings = self.example(&SHEDDING, kind);
                let _ = writeln!(self.text, "shedding.{kind} = {settings}");
            }
        }
        if self.once_in(2) {
            let attempts = self.of(&["1", "5", "20"]);
            let (fairness, _) = self.kind(&FAIRNESS);
            let _ = writeln!(
                self.text,
                "capacity = {{ attempts = {attempts}, fairness = \"{fairness}\" }}"
            );
        }
    }
}

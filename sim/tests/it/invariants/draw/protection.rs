//! Draws what protects routers.

use super::Drawing;
use sim::protect;
use std::fmt::Write;

impl Drawing {
    /// What protects the routers and the dynos; the numbers are small, so that all of it happens.
    pub(super) fn protection(&mut self) {
        let kinds = [protect::concurrency::KINDS.len(), protect::queue::KINDS.len()];
        let concurrency = protect::concurrency::KINDS[self.rng.below(kinds[0])].name;
        if self.once_in(2) {
            let settings = match (concurrency, self.rng.below(3)) {
                (_, 0) => "{}",
                ("vegas", _) => "{ initial = 2, max = 9, probe = 1, window = \"100ms\" }",
                _ => "{ initial = 3, min = 1, max = 9, window = \"100ms\" }",
            };
            let _ = writeln!(self.text, "concurrency.{concurrency} = {settings}");
        }
        let queue = protect::queue::KINDS[self.rng.below(kinds[1])].name;
        let settings = match (queue, self.rng.below(2)) {
            ("codel", 0) => "{ target = \"1ms\", interval = \"10ms\", lifo = true }",
            ("adaptive-lifo", 0) => "{ standing = \"500ms\" }",
            _ => "{}",
        };
        let _ = writeln!(self.text, "queue.{queue} = {settings}");
        if self.once_in(2) {
            let margin = self.of(&["0s", "50ms", "500ms"]);
            let _ = writeln!(self.text, "drop-stale = true\nstale-margin = \"{margin}\"");
        }
        let unbounded = ["\nlimit = \"unlimited\"", "\nbacklog = \"unlimited\""];
        let unbounded = unbounded.iter().any(|line| self.text.contains(line));
        match self.rng.below(3) {
            0 => {
                let requests = self.of(&["10", "2000"]);
                let _ = writeln!(
                    self.text,
                    "shedding.dagor = {{ threshold = \"5ms\", window = \"500ms\", requests = {requests}, down = 0.5 }}"
                );
            }
            1 if !unbounded || self.text.contains("\nconcurrency.") => {
                let _ = writeln!(
                    self.text,
                    "shedding.criticality = {{ sheddable = 0.1, sheddable-plus = 0.3, critical = 0.6 }}"
                );
            }
            _ => {}
        }
        if self.once_in(2) {
            let attempts = self.of(&["1", "5", "20"]);
            let count = protect::fairness::KINDS.len();
            let fairness = protect::fairness::KINDS[self.rng.below(count)].name;
            let _ = writeln!(
                self.text,
                "capacity = {{ attempts = {attempts}, fairness = \"{fairness}\" }}"
            );
        }
    }

    /// Whether an app has a rate of admission to turn.
    pub(super) fn admits(&self, app: usize) -> bool {
        let from =
            self.text.find(&format!("[app.a{app}]\n")).expect("apps are drawn before events");
        let of_app = &self.text[from..];
        let table = &of_app[..of_app.find(".endpoint.").expect("an app has an endpoint")];
        table.contains("\nadmission = ")
    }
}

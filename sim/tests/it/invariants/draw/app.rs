//! Draws apps: their dynos, how these serve, and what.

use super::Drawing;
use super::examples::{DISTRIBUTIONS, PROCESS};
use std::fmt::Write;

impl Drawing {
    pub(super) fn app(&mut self, app: usize) {
        let _ = writeln!(self.text, "[app.a{app}]\ndynos = {}", self.dynos[app]);
        if self.once_in(4) {
            let boot = self.distribution();
            let _ = writeln!(self.text, "boot.{boot}");
        } else {
            self.maybe("boot", &["\"500ms\"", "\"1s\"", "\"0s\"", "{ exponential = \"500ms\" }"]);
        }
        self.maybe("boot-timeout", &["\"1s\"", "\"500ms\"", "\"60s\""]);
        self.maybe("shutdown", &["\"0s\"", "\"500ms\"", "\"1s\""]);
        if self.sleeps && self.once_in(3) {
            self.maybe("idle-after", &["\"500ms\"", "\"100ms\"", "\"1s\""]);
        }
        let (process, settings) = self.kind(&PROCESS);
        let backlog = self.of(&["0", "1", "5", "\"unlimited\"", "1024"]);
        let settings = settings.replace("BACKLOG", &format!(", backlog = {backlog}"));
        let _ = writeln!(self.text, "process.{process} = {settings}");
        self.classes();
        self.upkeep();
        for endpoint in 0..1 + self.rng.below(2) {
            let work = self.distribution();
            let _ = writeln!(self.text, "[app.a{app}.endpoint.e{endpoint}]\nwork.{work}");
            self.maybe("cpu", &["\"50%\"", "0", "0.1", "1"]);
        }
    }

    /// How an app comes back, what it needs of memory, and how much it admits.
    fn upkeep(&mut self) {
        if self.once_in(2) {
            let at_once = self.of(&["0", "1", "5"]);
            let cool_off = self.of(&["500ms", "1s", "0s"]);
            let _ = writeln!(
                self.text,
                "restart = {{ at-once = {at_once}, cool-off = \"{cool_off}\", cap = \"2s\" }}"
            );
        }
        if self.once_in(3) {
            let request = self.of(&["0B", "20MiB", "100MiB"]);
            let leak = self.of(&["0B", "1MiB", "10MiB"]);
            let _ = writeln!(
                self.text,
                "memory = {{ quota = \"100MiB\", base = \"50MiB\", request = \"{request}\", leak = \"{leak}\", swap = 3 }}"
            );
        }
        let admits = self.once_in(4);
        self.admits.push(admits);
        if admits {
            let rate = self.of(&["5/s", "30/s", "0/s", "unlimited"]);
            let burst = self.of(&["5", "40"]);
            let _ = writeln!(self.text, "admission = {{ rate = \"{rate}\", burst = {burst} }}");
        }
    }

    /// A distribution as the end of a dotted key with its value.
    pub(super) fn distribution(&mut self) -> String {
        let (kind, parameters) = self.kind(&DISTRIBUTIONS);
        format!("{kind} = {parameters}")
    }

    fn classes(&mut self) {
        if self.once_in(3) {
            let noise = "antagonist = { every = \"1s\", lasts = \"500ms\", factor = 3 }";
            let noise = self.of(&["", noise]);
            let share = self.of(&["1", "3", "0.7"]);
            let _ = writeln!(self.text, "class.old = {{}}\nclass.new.speed = 2");
            let _ = writeln!(self.text, "class.new.share = {share}\nclass.new.weight = 2");
            if !noise.is_empty() {
                let _ = writeln!(self.text, "class.new.{noise}");
            }
        }
    }
}

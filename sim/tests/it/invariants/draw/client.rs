//! Draws clients: how they send, how long they wait, and when they try again.

use super::Drawing;
use super::examples::{ARRIVALS, BREAKER, BUDGET, CRITICALITY, ENDING, KEY};
use std::fmt::Write;

/// What events must know of a client.
#[derive(Clone, Copy)]
pub(super) struct Drawn {
    /// Whether its arrivals can surge.
    pub surges: bool,
    /// Whether its retry budget is a ratio, which can be turned.
    pub ratio: bool,
}

impl Drawing {
    pub(super) fn client(&mut self, client: usize) {
        let app = client % self.dynos.len();
        let _ = writeln!(self.text, "[client.c{client}]\napp = \"a{app}\"");
        let surges = self.source(client);
        if !self.ends {
            self.maybe("timeout", &["\"500ms\"", "\"1s\"", "\"100ms\"", "\"3s\""]);
        }
        if self.once_in(2) {
            if !self.ends {
                self.maybe("deadline", &["\"1s\"", "\"500ms\"", "\"2s\"", "\"50ms\""]);
            }
            self.maybe("hedge", &["\"50ms\"", "\"500ms\"", "\"1ms\""]);
        }
        self.maybe("cancels", &["true", "false"]);
        self.guards();
        let (class, _) = self.kind(&CRITICALITY);
        let _ = writeln!(self.text, "criticality = \"{class}\"");
        let ratio = !self.once_in(3) && self.retry();
        self.clients.push(Drawn { surges, ratio });
    }

    /// How requests come about; true where they can surge.
    fn source(&mut self, client: usize) -> bool {
        let (kind, settings) = if self.ends {
            let (kind, settings) = ENDING[self.rng.below(ENDING.len())];
            (kind, settings.to_string())
        } else if client > 0 && self.once_in(3) {
            let users = 1 + self.rng.below(30);
            if self.once_in(2) {
                let think = self.distribution();
                let _ =
                    writeln!(self.text, "users = {users}\nthink = {{ {think}, plus = \"1ms\" }}");
            } else {
                let think = self.of(&["\"100ms\"", "\"1ms\""]);
                let _ = writeln!(self.text, "users = {users}\nthink = {think}");
            }
            return false;
        } else {
            self.kind(&ARRIVALS)
        };
        let _ = writeln!(self.text, "arrivals.{kind} = {settings}");
        kind != "trace"
    }

    /// When it tries again; true where it has a ratio for a budget.
    fn retry(&mut self) -> bool {
        let attempts = self.of(&["2", "3", "10"]);
        let base = self.of(&["0s", "100ms", "500ms"]);
        let jitter = self.of(&["full", "equal", "decorrelated", "none"]);
        let _ = writeln!(
            self.text,
            "retry.attempts = {attempts}\nretry.backoff = {{ base = \"{base}\", jitter = \"{jitter}\" }}"
        );
        if self.once_in(2) {
            return false;
        }
        let (kind, settings) = self.kind(&BUDGET);
        let _ = writeln!(self.text, "retry.budget.{kind} = {settings}");
        kind == "ratio"
    }

    /// What a client sets between its requests and the network, and what they are about.
    fn guards(&mut self) {
        if self.once_in(2) {
            let (kind, settings) = self.kind(&BREAKER);
            let _ = writeln!(self.text, "breaker.{kind} = {settings}");
        }
        if self.once_in(3) {
            let throttle = self.of(&["{}", "{ k = 1.1, window = \"1s\" }", "{ k = 1 }"]);
            let _ = writeln!(self.text, "throttle = {throttle}");
        }
        if self.once_in(3) {
            let count = self.of(&["1", "5", "10000"]);
            let (kind, popularity) = self.kind(&KEY);
            let _ = writeln!(self.text, "keys = {{ count = {count}, {kind} = {popularity} }}");
        }
    }
}

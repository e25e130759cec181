//! Draws scenarios: small, valid, and full of things that happen at once.
//!
//! Times are multiples of half a second and boots take round times, so that events meet at the same
//! instant far more often than chance would let them.

mod app;
mod client;
mod event;
mod examples;
mod files;
mod mesh;
mod protection;
mod tests;

pub use examples::REGISTRIES;
pub use files::FILES;

use examples::Registry;
use sim::rng::{Seed, Stream};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The seconds in which things happen.
const SECONDS: usize = 12;

/// A scenario in the making.
pub struct Drawing {
    /// The scenario as TOML.
    pub text: String,
    /// The kinds that it has, each with the name of its registry.
    pub kinds: BTreeSet<(&'static str, &'static str)>,
    rng: Stream,
    /// How many dynos each app has at the start.
    dynos: Vec<usize>,
    /// Whether apps may sleep: the router wakes them.
    sleeps: bool,
    /// Whether each app's admission is bounded.
    admits: Vec<bool>,
    clients: Vec<client::Drawn>,
    /// Whether requests stop coming and all faults end.
    ends: bool,
}

impl Drawing {
    /// The scenario with this number. When it `ends`, requests come for some seconds only, every
    /// fault ends, clients wait as long as it takes, and nothing else may make an attempt wait for
    /// ever: what is under way at the end of its thousand seconds was forgotten.
    pub fn new(number: u64, ends: bool) -> Drawing {
        let rng = Stream::named(Seed { scenario: number, replication: 0 }, "invariants", 0);
        let mut drawing = Drawing {
            text: String::new(),
            kinds: BTreeSet::new(),
            rng,
            dynos: Vec::new(),
            sleeps: true,
            admits: Vec::new(),
            clients: Vec::new(),
            ends,
        };
        for _ in 0..1 + drawing.rng.below(2) {
            let dynos = 1 + drawing.rng.below(6);
            drawing.dynos.push(dynos);
        }
        let seconds = if ends { 1000 } else { SECONDS };
        let warmup = drawing.of(&["0s", "2s"]);
        let _ = writeln!(
            drawing.text,
            "schema = 1\n[run]\nduration = \"{seconds}s\"\nwarmup = \"{warmup}\"\nseed = {number}"
        );
        drawing.mesh();
        drawing.hosts();
        for app in 0..drawing.dynos.len() {
            drawing.app(app);
        }
        for client in 0..drawing.dynos.len() + drawing.rng.below(2) {
            drawing.client(client);
        }
        for _ in 0..drawing.rng.below(5) {
            drawing.event();
        }
        drawing
    }

    /// One of these.
    fn of<'t>(&mut self, these: &[&'t str]) -> &'t str {
        these[self.rng.below(these.len())]
    }

    /// True once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.rng.below(times) == 0
    }

    /// Writes `key = one of these`, or leaves the default.
    fn maybe(&mut self, key: &str, these: &[&str]) {
        if !self.once_in(3) {
            let value = self.of(these);
            let _ = writeln!(self.text, "{key} = {value}");
        }
    }

    /// A kind of a registry, and what stands behind its name. It must be written: it counts as drawn.
    fn kind(&mut self, registry: &Registry) -> (&'static str, String) {
        let kinds = (registry.kinds)();
        let kind = kinds[self.rng.below(kinds.len())];
        (kind, self.example(registry, kind))
    }

    /// What stands behind the name of this kind, which counts as drawn.
    fn example(&mut self, registry: &Registry, kind: &'static str) -> String {
        self.kinds.insert((registry.name, kind));
        let rows = registry.examples.iter();
        let examples = rows.into_iter().find(|(name, _)| *name == kind).map(|(_, rows)| *rows);
        let examples =
            examples.unwrap_or_else(|| panic!("{} has no example of {kind}", registry.name));
        let least = *self.dynos.iter().min().expect("there is an app");
        self.of(examples).replace("LEAST", &least.to_string())
    }
}

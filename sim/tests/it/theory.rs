//! Theory: what queueing theory and published tables say, and what the simulator finds.
//!
//! Everything goes the public way: a scenario's text is loaded and run as an experiment. Each
//! comparison prints a row; `cargo test -p sim theory -- --nocapture` prints them all.
//!
//! Seeds are fixed, so a test that passes once passes for ever. What keeps it honest is the interval:
//! a value must lie within its 99.9 % interval, and the interval must be narrow.

mod balancers;
mod closed;
mod erlang;
mod heroku;
mod laws;
mod loss;
mod metastable;
mod protection;
mod pushes;
mod sharing;

use sim::experiment::{Control, Results, run};
use sim::metrics::Metric;
use sim::scenario::{Overrides, Scenario, load};
use std::sync::atomic::AtomicBool;

/// How often each variant is run.
const REPLICATIONS: u32 = 40;

/// The 99.95 % point of Student's t with 39 degrees of freedom (any table of it).
const T_999: f64 = 3.558;

/// The 97.5 % point of the same, with which intervals of estimates were made.
const T_95: f64 = 2.0227;

/// Nothing but the queues: no network, no bounds, no time-outs.
pub const PLAIN: &str = r#"
hop = "0s"
limit = "unlimited"
backlog = "unlimited"
first-byte = "unlimited"
"#;

/// A text as a scenario.
pub fn scenario(text: &str) -> Scenario {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("theory.toml");
    std::fs::write(&file, text).unwrap();
    load(file.to_str().unwrap(), &Overrides::default(), false)
        .unwrap_or_else(|error| panic!("{error:?}\n{text}"))
}

/// One app, one client, and how long to measure.
pub struct Lab<'l> {
    /// How many million requests are measured, in all replications together.
    pub millions: f64,
    /// About how many requests come a second.
    pub rate: f64,
    /// The least seconds of warm-up: several relaxation times. It is a tenth of the measured time
    /// where that is more.
    pub settle: f64,
    /// Lines of `[mesh]`.
    pub mesh: &'l str,
    /// How many dynos.
    pub dynos: u32,
    /// How many workers each has.
    pub workers: u32,
    /// The work: `exponential = "1s"`.
    pub work: &'l str,
    /// Lines of `[client.browsers]`.
    pub client: &'l str,
}

impl Lab<'_> {
    /// Runs it.
    pub fn run(&self) -> Results {
        let Lab { mesh, dynos, workers, work, client, .. } = self;
        let seconds = self.millions * 1e6 / f64::from(REPLICATIONS) / self.rate;
        let warmup = self.settle.max(seconds / 10.0);
        let platform = format!(
            "[mesh]\n{mesh}\n[app.shop]\ndynos = {dynos}\n\
             process.workers = {{ count = {workers}, backlog = \"unlimited\" }}\n\
             [app.shop.endpoint.home.work]\n{work}\n[client.browsers]\n{client}\n"
        );
        // A seed of its own for each platform, so that what one finds says nothing of another.
        let seed = platform
            .bytes()
            .fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let text = format!(
            "schema = 1\n[run]\nduration = \"{seconds:.0}s\"\nwarmup = \"{warmup:.0}s\"\n\
             replications = {REPLICATIONS}\nseed = {seed}\n{platform}"
        );
        let stop = AtomicBool::new(false);
        run(&scenario(&text), &Control { threads: None, stop: &stop, progress: &|_| {} })
    }
}

/// A mean over replications with half the width of its 99.9 % interval.
#[derive(Clone, Copy)]
pub struct Found {
    /// The mean.
    pub mean: f64,
    /// Half the width.
    pub half: f64,
}

/// What a variant found of a metric.
pub fn found(results: &Results, variant: usize, metric: Metric) -> Found {
    let estimate = results.variants[variant].estimate("all", metric).unwrap();
    assert_eq!(estimate.replications, REPLICATIONS);
    let (low, high) = estimate.ci95.unwrap();
    Found { mean: estimate.mean, half: (high - low) / 2.0 * T_999 / T_95 }
}

/// Rows of comparisons, printed together and judged together.
pub struct Table {
    title: &'static str,
    rows: Vec<String>,
    wrong: usize,
}

impl Table {
    /// An empty table.
    pub fn new(title: &'static str) -> Table {
        Table { title, rows: Vec::new(), wrong: 0 }
    }

    /// The theory is exact: its value lies in the interval, and the interval is at most `within` of
    /// the value to either side.
    pub fn exact(&mut self, what: &str, theory: f64, found: Found, within: f64) {
        let holds = (found.mean - theory).abs() <= found.half && found.half <= within * theory;
        self.row(what, theory, found, holds);
    }

    /// The theory is rounded, or holds in a limit: its value is within `slack` of the interval, and
    /// the interval is at most as wide as `slack`.
    pub fn near(&mut self, what: &str, theory: f64, found: Found, slack: f64) {
        let off = (found.mean - theory).abs();
        self.row(what, theory, found, off <= found.half + slack && found.half <= slack);
    }

    fn row(&mut self, what: &str, theory: f64, found: Found, holds: bool) {
        let Found { mean, half } = found;
        let verdict = if holds { "" } else { "  <-- WRONG" };
        self.rows.push(format!("{what:<44}{theory:>12.6}{mean:>12.6} ±{half:.6}{verdict}"));
        self.wrong += usize::from(!holds);
    }

    /// Prints the rows; panics when one is wrong.
    pub fn judge(self) {
        let head = format!("{:<44}{:>12}{:>12}", self.title, "theory", "simulated");
        let table = format!("\n{head}\n{}\n", self.rows.join("\n"));
        println!("{table}");
        assert_eq!(self.wrong, 0, "{table}");
    }
}

//! The lab: builds a platform from a few lines, runs it, and keeps what every replication measured.
//!
//! Everything goes the public way: a scenario's text is loaded, and its platform simulated.

use super::row::{REPLICATIONS, Sample};
use rayon::prelude::*;
use sim::metrics::{Metric, Summary};
use sim::platform::simulate;
use sim::rng::Seed;
use sim::scenario::{Overrides, Scenario, from_text};

/// Nothing but the queues: no network, no bounds, no time-outs.
pub const PLAIN: &str = r#"
hop = "0s"
limit = "unlimited"
backlog = "unlimited"
first-byte = "unlimited"
"#;

/// A text as a scenario.
pub fn scenario(text: &str) -> Scenario {
    let loaded = from_text("theory", text, &Overrides::default());
    loaded.unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// One app, its clients, and how long to measure.
#[derive(Clone, Debug)]
pub struct Lab {
    /// How many million requests are measured, in all replications together.
    pub millions: f64,
    /// About how many requests come a second.
    pub rate: f64,
    /// The least seconds of warm-up: many relaxation times. It is a twentieth of the measured time
    /// where that is more.
    pub settle: f64,
    /// Lines of `[mesh]`.
    pub mesh: String,
    /// How many dynos.
    pub dynos: u32,
    /// The dynos' `process`: `workers = { count = 2 }`.
    pub process: String,
    /// The work: `exponential = "1s"`.
    pub work: String,
    /// The clients' tables.
    pub clients: String,
}

impl Lab {
    /// `dynos` of one worker, work of an exponential second, and `rate` requests a second that come
    /// at random: a platform that is nothing but its queues.
    pub fn new(balancer: &str, dynos: u32, rate: f64) -> Lab {
        Lab {
            millions: 1.0,
            rate,
            settle: 100.0,
            mesh: format!("balancer = \"{balancer}\"{PLAIN}"),
            dynos,
            process: workers(1),
            work: "exponential = \"1s\"".into(),
            clients: client(&format!("arrivals.poisson = {{ rate = \"{rate}/s\" }}")),
        }
    }

    /// Runs it.
    pub fn run(&self) -> Runs {
        let Lab { mesh, dynos, process, work, clients, .. } = self;
        let platform = format!(
            "[mesh]\n{mesh}\n[app.shop]\ndynos = {dynos}\nprocess.{process}\n\
             [app.shop.endpoint.home.work]\n{work}\n{clients}"
        );
        let seconds = self.millions * 1e6 / f64::from(REPLICATIONS) / self.rate;
        let warmup = self.settle.max(seconds / 20.0);
        Runs::of(&format!(
            "schema = 1\n[run]\nduration = \"{seconds:.1}s\"\nwarmup = \"{warmup:.1}s\"\n{platform}"
        ))
    }
}

/// A process of `count` workers with an unlimited backlog.
pub fn workers(count: u32) -> String {
    format!("workers = {{ count = {count}, backlog = \"unlimited\" }}")
}

/// The one client, of these lines.
pub fn client(lines: &str) -> String {
    format!("[client.browsers]\n{lines}\n")
}

/// What all replications of one platform measured.
pub struct Runs(Vec<Summary>);

impl Runs {
    /// Runs a scenario's text. The seed is a hash of the text: nobody chose it, and what one
    /// platform finds says nothing of another.
    pub fn of(text: &str) -> Runs {
        let hash =
            text.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let scenario = scenario(text);
        let (platform, windows) = (&scenario.variants[0].platform, &scenario.windows);
        let one =
            |replication| simulate(platform, Seed { scenario: hash.into(), replication }, windows);
        Runs((0..REPLICATIONS).into_par_iter().map(one).collect())
    }

    /// A measure over all.
    pub fn all(&self, metric: Metric) -> Sample {
        self.each(|summary| summary.value("all", metric).expect("every replication has it"))
    }

    /// A measure of one scope, such as `client.browsers`.
    pub fn scope(&self, scope: &str, metric: Metric) -> Sample {
        self.each(|summary| summary.value(scope, metric).expect("every replication has it"))
    }

    /// What is computed from each replication's measures.
    pub fn each(&self, value: impl Fn(&Summary) -> f64) -> Sample {
        Sample::of(&self.0.iter().map(value).collect::<Vec<_>>())
    }
}

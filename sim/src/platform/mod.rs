//! The platform: a small stand-in that reads a few settings and makes up a run.

use crate::config::{Body, Fields, Kind};
use crate::metrics::{CURVE, Metric, Scope, Series, Summary};
use crate::rng::{Seed, Stream};
use crate::time::Span;
use crate::units::{Limit, Rate};

/// The times of a run.
pub struct Timing {
    /// The measured time.
    pub duration: Span,
    /// Simulated before it.
    pub warmup: Span,
    /// One interval of the series.
    pub interval: Span,
}

/// A span of time that an event covers.
#[derive(Clone, Debug)]
pub struct Mark {
    /// What happens.
    pub label: String,
    /// When it begins.
    pub from: Span,
    /// When it ends.
    pub to: Option<Span>,
    /// Whether it is a fault.
    pub fault: bool,
}

/// What is simulated.
#[derive(Clone)]
pub struct Platform {
    balancer: f64,
    limit: u32,
    rate: f64,
    intervals: usize,
    marks: Vec<Mark>,
    notes: Vec<String>,
    scopes: Vec<String>,
}

const BALANCERS: &[Kind<f64>] = &[
    Kind { name: "random", summary: "any dyno", read: |_| 1.0 },
    Kind { name: "p2c", summary: "the better of a few", read: p2c },
];

fn p2c(body: &mut Body<'_>) -> f64 {
    body.fields(|fields| 1.0 / f64::from(fields.or("choices", 2_u32)))
}

/// Takes settings as they are.
fn keep(fields: &mut Fields<'_>, keys: &[&str]) {
    for key in keys {
        if let Some(entry) = fields.take(key) {
            fields.put(key, entry.key_place, entry.node);
        }
    }
}

impl Platform {
    /// Reads every top-level key that is not the scenario's own.
    pub fn read(fields: &mut Fields<'_>, timing: Timing) -> Platform {
        let (balancer, limit) = fields.table("mesh", |mesh| {
            mesh.or("routers", 1_u32);
            let balancer = mesh.kind("balancer", "balancer", BALANCERS).unwrap_or(1.0);
            (balancer, mesh.or("limit", Limit::At(50)).count())
        });
        let mut scopes = vec!["all".to_string()];
        let apps = fields.named("app", |_, app| {
            app.or("dynos", 1_u32);
            keep(app, &["boot", "process", "endpoint"]);
        });
        scopes.extend(apps.iter().map(|(name, ())| format!("app.{name}")));
        let mut notes = Vec::new();
        let clients = fields.named("client", |name, client| {
            client.required::<String>("app");
            client.or("timeout", Span::from_secs(30));
            if let Some(file) = client.optional::<String>("trace") {
                match client.reading.file(&file) {
                    Ok(bytes) => notes.push(format!("`{name}`: {} bytes of trace", bytes.len())),
                    Err(why) => client.complain("trace", why, "a file that can be read", ""),
                }
            }
            keep(client, &["retry"]);
            client.table("arrivals", |a| a.table("poisson", |p| p.or("rate", Rate(10.0)).0))
        });
        scopes.extend(clients.iter().map(|(name, _)| format!("client.{name}")));
        let marks = fields.list("event", |event| {
            let from = event.required::<Span>("at");
            let to = event.optional::<Span>("for").map(|span| from + span);
            keep(event, &["slow"]);
            Mark { label: "event".into(), from, to, fault: true }
        });
        let intervals = timing.duration.nanos().div_ceil(timing.interval.nanos()) as usize;
        let rate = clients.iter().map(|(_, rate)| rate).sum();
        Platform { balancer, limit, rate, intervals, marks, notes, scopes }
    }

    /// The events.
    pub fn marks(&self) -> Vec<Mark> {
        self.marks.clone()
    }

    /// What a reader should know.
    pub fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    /// `all`, `app.x`, `client.y`.
    pub fn scopes(&self) -> Vec<String> {
        self.scopes.clone()
    }
}

/// Makes up a run.
pub fn simulate(platform: &Platform, seed: Seed, windows: &[(Span, Span)]) -> Summary {
    let mut stream = Stream::named(seed, "stand-in", 0);
    let error = platform.balancer * 0.01 * (0.5 + stream.unit());
    let latency = 0.1 * (0.9 + 0.2 * stream.unit()) + f64::from(platform.limit) * 1e-9;
    let scopes: Vec<Scope> = platform
        .scopes
        .iter()
        .map(|name| Scope {
            name: name.clone(),
            values: vec![
                (Metric::Goodput, platform.rate * (1.0 - error)),
                (Metric::ErrorRate, error),
                (Metric::LatencyP99, latency),
                (Metric::Recovery, if platform.balancer > 0.9 { f64::INFINITY } else { 5.0 }),
            ],
            latency_curve: vec![latency; CURVE.len()],
        })
        .collect();
    Summary {
        digest: stream.bits(),
        windows: windows.iter().map(|_| scopes.clone()).collect(),
        scopes,
        series: vec![Series {
            scope: "all".into(),
            metric: Metric::Goodput,
            values: vec![platform.rate; platform.intervals],
        }],
    }
}

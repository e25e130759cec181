//! Pushes the run's measures to an OpenTelemetry collector: OTLP over HTTP, as JSON.
//!
//! One snapshot a second goes into a queue that holds a few; a thread sends them one after the other. What
//! finds the queue full is dropped and counted, and so is what the collector does not take: a later
//! snapshot says all that an earlier one said. Source: OTLP specification 1.x, "OTLP/HTTP", and
//! opentelemetry-proto's `metrics.proto` in its JSON mapping (64-bit integers are strings, enums numbers).

use super::http::Http;
use super::measures::{Kind, MEASURES, Measure, Value};
use super::snapshot::Snapshot;
use crate::wire::{Allowed, Error};
use serde_json::{Value as Json, json};
use sim::load::{Load, Target};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// So many snapshots wait for a slow collector.
const WAITING: usize = 16;

/// How long a collector may take for one.
const PATIENCE: Duration = Duration::from_secs(5);

/// After so many failures in a row nothing more is pushed.
const MOST_FAILURES: u32 = 3;

/// A thread that pushes until it is dropped.
#[derive(Debug)]
pub struct Otlp {
    queue: Option<SyncSender<(SystemTime, Snapshot)>>,
    count: Arc<Count>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Count {
    delivered: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
    reason: Mutex<Option<String>>,
}

/// What became of the snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    /// The collector took them.
    pub delivered: u64,
    /// The collector could not be reached, or did not take them.
    pub failed: u64,
    /// They found the queue full.
    pub dropped: u64,
    /// Why the last one failed.
    pub reason: Option<String>,
}

impl Otlp {
    /// Pushes to the collector at `target`, at `/v1/metrics` where it names no path.
    ///
    /// # Errors
    /// Where the collector's host is not allowed or unknown.
    pub fn start(load: &Load, target: &Target, allowed: &Allowed) -> Result<Otlp, Error> {
        let http = Http::new(load, target, "/v1/metrics", allowed)?;
        let (queue, waiting) = sync_channel(WAITING);
        let count = Arc::new(Count::default());
        let inner = Arc::clone(&count);
        let thread = std::thread::Builder::new().name("otlp".into());
        // Without a thread all is dropped, and counted as such.
        let thread = thread.spawn(move || push(http, &waiting, &inner)).ok();
        Ok(Otlp { queue: Some(queue), count, thread })
    }

    /// Pushes a snapshot when those before it have gone.
    pub fn push(&self, snapshot: Snapshot) {
        let queue = self.queue.as_ref().expect("it is taken only when this is dropped");
        match queue.try_send((SystemTime::now(), snapshot)) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.count.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Sends what waits, and says what became of all.
    pub fn finish(mut self) -> Pushed {
        self.end();
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let reason = self.count.reason.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Pushed {
            delivered: load(&self.count.delivered),
            failed: load(&self.count.failed),
            dropped: load(&self.count.dropped),
            reason,
        }
    }

    fn end(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Otlp {
    fn drop(&mut self) {
        self.end();
    }
}

fn push(mut http: Http, waiting: &Receiver<(SystemTime, Snapshot)>, count: &Count) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return };
    let mut failures = 0;
    while let Ok((at, snapshot)) = waiting.recv() {
        // A collector that is gone must not hold up the end of a run.
        let sent = if failures < MOST_FAILURES {
            let answer = http.post(body(&snapshot, at).to_string(), PATIENCE);
            runtime.block_on(answer).and_then(|answer| taken(&answer))
        } else {
            Err(format!("it failed {MOST_FAILURES} times in a row; nothing more was pushed"))
        };
        match sent {
            Ok(()) => {
                failures = 0;
                count.delivered.fetch_add(1, Ordering::Relaxed);
            }
            Err(reason) => {
                failures += 1;
                count.failed.fetch_add(1, Ordering::Relaxed);
                *count.reason.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
            }
        }
    }
}

/// Whether a collector that answered well took all of it; it may be empty or say a partial success.
fn taken(answer: &str) -> Result<(), String> {
    let Ok(answer) = serde_json::from_str::<Json>(answer) else { return Ok(()) };
    let partial = &answer["partialSuccess"];
    let rejected = &partial["rejectedDataPoints"];
    let rejected = rejected.as_u64().or_else(|| rejected.as_str()?.parse().ok()).unwrap_or(0);
    if rejected == 0 {
        return Ok(());
    }
    let reason = partial["errorMessage"].as_str().unwrap_or("no reason was given");
    Err(format!("the collector rejected {rejected} points: {reason}"))
}

/// The request of `ExportMetricsService` for a snapshot that was taken `at` a time.
fn body(snapshot: &Snapshot, at: SystemTime) -> Json {
    let now = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanos = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
    let start = nanos.saturating_sub(snapshot.elapsed.nanos());
    let metrics: Vec<Json> = MEASURES
        .iter()
        .map(|measure| (measure, (measure.values)(snapshot)))
        .filter(|(_, values)| !values.is_empty())
        .map(|(measure, values)| metric(measure, &values, snapshot, start, nanos))
        .collect();
    json!({ "resourceMetrics": [{
        "resource": { "attributes": [attribute("service.name", "loadgen")] },
        "scopeMetrics": [{
            "scope": { "name": "loadgen", "version": env!("CARGO_PKG_VERSION") },
            "metrics": metrics,
        }],
    }] })
}

fn metric(measure: &Measure, values: &[Value], snapshot: &Snapshot, start: u64, now: u64) -> Json {
    let point = |(label, value): &Value| {
        let mut attributes =
            vec![attribute("stage", &snapshot.stage), attribute("step", &snapshot.step)];
        attributes.extend(label.map(|(name, value)| attribute(name, value)));
        let mut point = json!({ "attributes": attributes, "timeUnixNano": now.to_string() });
        match measure.kind {
            Kind::Count => {
                point["startTimeUnixNano"] = start.to_string().into();
                point["asInt"] = format!("{value:.0}").into();
            }
            Kind::Level => point["asDouble"] = (*value).into(),
        }
        point
    };
    let points: Vec<Json> = values.iter().map(point).collect();
    let mut metric = json!({
        "name": format!("loadgen.{}", measure.name),
        "description": measure.help,
        "unit": measure.unit,
    });
    match measure.kind {
        // 2 is AGGREGATION_TEMPORALITY_CUMULATIVE.
        Kind::Count => {
            metric["sum"] =
                json!({ "dataPoints": points, "aggregationTemporality": 2, "isMonotonic": true });
        }
        Kind::Level => metric["gauge"] = json!({ "dataPoints": points }),
    }
    metric
}

fn attribute(key: &str, value: &str) -> Json {
    json!({ "key": key, "value": { "stringValue": value } })
}

#[cfg(test)]
mod tests {
    use super::super::http::testing::{Server, ok};
    use super::super::snapshot::example;
    use super::*;

    #[test]
    fn counts_are_sums_and_levels_are_gauges() {
        let at = UNIX_EPOCH + Duration::from_secs(1_700_000_012);
        let body = body(&example(), at);
        let metrics = &body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
        let metric = |name: &str| {
            let metrics = metrics.as_array().unwrap();
            metrics.iter().find(|metric| metric["name"] == name).unwrap().clone()
        };
        let requests = metric("loadgen.requests");
        assert_eq!(requests["sum"]["aggregationTemporality"], 2);
        assert_eq!(requests["unit"], "{request}");
        let point = &requests["sum"]["dataPoints"][0];
        assert_eq!(point["asInt"], "6100");
        assert_eq!(point["timeUnixNano"], "1700000012000000000");
        assert_eq!(point["startTimeUnixNano"], "1700000000000000000");
        assert_eq!(point["attributes"][1], attribute("step", "400 users"));
        let latency = &metric("loadgen.latency")["gauge"]["dataPoints"][1];
        assert_eq!(latency["asDouble"], 1.5);
        assert_eq!(latency["attributes"][2], attribute("quantile", "0.99"));
        assert_eq!(metric("loadgen.failures")["sum"]["dataPoints"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_partial_success_is_none() {
        let rejected = |count: u32| {
            json!({ "partialSuccess": { "rejectedDataPoints": count.to_string(), "errorMessage": "old" } })
                .to_string()
        };
        for (answer, expected) in [
            (String::new(), Ok(())),
            ("{}".into(), Ok(())),
            ("{\"partialSuccess\":{}}".into(), Ok(())),
            (rejected(0), Ok(())),
            (rejected(3), Err("the collector rejected 3 points: old".to_string())),
        ] {
            assert_eq!(taken(&answer), expected, "{answer}");
        }
    }

    fn start(server: &Server) -> Otlp {
        Otlp::start(&Load::default(), &server.target(""), &Allowed::default()).unwrap()
    }

    #[test]
    fn what_a_collector_takes_is_delivered() {
        let server = Server::start(|_| ok("{}"));
        let otlp = start(&server);
        for _ in 0..3 {
            otlp.push(example());
        }
        assert_eq!(otlp.finish(), Pushed { delivered: 3, ..Pushed::default() });
        let asked = server.asked();
        assert!(asked[0].starts_with("POST /v1/metrics HTTP/1.1\r\n"), "{}", asked[0]);
        assert!(asked[0].contains("content-type: application/json"), "{}", asked[0]);
    }

    #[test]
    fn failures_are_counted_and_end_the_pushing() {
        let refused = "HTTP/1.1 503 no\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        let server = Server::start(|_| refused.into());
        let otlp = start(&server);
        for _ in 0..5 {
            otlp.push(example());
        }
        let pushed = otlp.finish();
        assert_eq!((pushed.delivered, pushed.failed), (0, 5));
        assert!(pushed.reason.unwrap().contains("3 times in a row"));
        assert_eq!(server.asked().len(), 3);
    }

    #[test]
    fn a_host_that_is_not_allowed_is_refused() {
        let target = Target::parse("http://192.0.2.1:4318").unwrap();
        let refused = Otlp::start(&Load::default(), &target, &Allowed::default()).unwrap_err();
        assert!(matches!(refused, Error::NotAllowed { .. }), "{refused}");
    }
}

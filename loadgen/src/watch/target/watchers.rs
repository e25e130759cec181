//! Asks all sources once a second, on a thread of its own, and keeps what they say.

use super::super::http::Http;
use super::{Kind, Sample, TargetSeries, kind_of};
use crate::wire::{Allowed, Error};
use sim::load::{Load, Speaks, Watch};
use sim::time::Span;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// How often a source is asked.
const EVERY: Duration = Duration::from_secs(1);

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often it is looked whether to end.
const GLANCE: Duration = Duration::from_millis(50);

/// The most series of a source; further ones are left out, and that is said.
const MOST_SERIES: usize = 64;

/// The most values of a series: some hours.
const MOST_VALUES: usize = 20_000;

/// Sources that are asked until this is dropped.
#[derive(Debug)]
pub struct Watchers {
    sources: Vec<Arc<Source>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// How asking a source went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The source, as the scenario calls it.
    pub source: String,
    /// How often it was asked.
    pub times: u64,
    /// How often that failed.
    pub failed: u64,
    /// Why it failed last.
    pub reason: Option<String>,
    /// How many series or values it had too many.
    pub left_out: u64,
}

#[derive(Debug)]
struct Source {
    speaks: Speaks,
    heard: Mutex<Heard>,
}

/// What a source said so far.
#[derive(Debug, Default)]
struct Heard {
    asked: Asked,
    series: Vec<TargetSeries>,
    /// The last value of what is counted, and when.
    counts: BTreeMap<String, (Span, f64)>,
}

impl Watchers {
    /// Begins to ask the scenario's sources; `t` of their series counts from now on.
    ///
    /// # Errors
    /// Where a source's host is not allowed or unknown.
    pub fn start(load: &Load, allowed: &Allowed) -> Result<Watchers, Error> {
        Watchers::every(load, allowed, EVERY)
    }

    fn every(load: &Load, allowed: &Allowed, every: Duration) -> Result<Watchers, Error> {
        let (mut sources, mut ways) = (Vec::new(), Vec::new());
        for Watch { name, target, speaks } in &load.watch {
            let kind = kind_of(speaks);
            let asked = Asked { source: name.clone(), ..Asked::default() };
            let heard = Mutex::new(Heard { asked, ..Heard::default() });
            let source = Arc::new(Source { speaks: speaks.clone(), heard });
            ways.push((Arc::clone(&source), kind, Http::new(load, target, kind.path, allowed)?));
            sources.push(source);
        }
        let ends = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&ends);
        let thread = (!ways.is_empty()).then(|| {
            let thread = std::thread::Builder::new().name("watchers".into());
            // Without a thread there are no series, and each source was asked no times.
            thread.spawn(move || watch(ways, every, &ended)).ok()
        });
        Ok(Watchers { sources, ends, thread: thread.flatten() })
    }

    /// Ends, and gives all series and how asking for them went.
    pub fn finish(mut self) -> (Vec<TargetSeries>, Vec<Asked>) {
        self.end();
        let mut series = Vec::new();
        let mut asked = Vec::new();
        for source in &self.sources {
            let mut heard = source.heard();
            series.append(&mut heard.series);
            asked.push(heard.asked.clone());
        }
        (series, asked)
    }

    fn end(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Watchers {
    fn drop(&mut self) {
        self.end();
    }
}

fn watch(ways: Vec<(Arc<Source>, Kind, Http)>, every: Duration, ends: &AtomicBool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return };
    let start = Instant::now();
    runtime.block_on(async {
        let mut asking = JoinSet::new();
        for (source, kind, mut http) in ways {
            asking.spawn(async move {
                loop {
                    let next = Instant::now() + every;
                    let answer = http.get(PATIENCE).await;
                    let samples = answer.and_then(|text| (kind.read)(&source.speaks, &text));
                    let at = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
                    source.heard().hear(Span::from_nanos(at), samples);
                    sleep(next.saturating_duration_since(Instant::now())).await;
                }
            });
        }
        // What is asked at the end is not waited for.
        while !ends.load(Ordering::Relaxed) {
            sleep(GLANCE).await;
        }
    });
}

impl Source {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    fn hear(&mut self, at: Span, samples: Result<Vec<Sample>, String>) {
        self.asked.times += 1;
        match samples {
            Ok(samples) => samples.into_iter().for_each(|sample| self.keep(at, sample)),
            Err(reason) => {
                self.asked.failed += 1;
                self.asked.reason = Some(reason);
            }
        }
    }

    fn keep(&mut self, at: Span, sample: Sample) {
        let Sample { name, unit, value, counts } = sample;
        let known = self.series.iter().position(|series| series.name == name);
        if known.is_none() && self.series.len() >= MOST_SERIES {
            self.asked.left_out += 1;
            return;
        }
        let index = known.unwrap_or_else(|| {
            let (source, name) = (self.asked.source.clone(), name.clone());
            let unit = if counts { "1/s" } else { unit }.to_string();
            let series = TargetSeries { source, name, unit, t: Vec::new(), values: Vec::new() };
            self.series.push(series);
            self.series.len() - 1
        });
        let value = if counts { self.rate(at, name, value) } else { Some(value) };
        let Some(value) = value else { return };
        let series = &mut self.series[index];
        if series.values.len() >= MOST_VALUES {
            self.asked.left_out += 1;
            return;
        }
        series.t.push(at);
        series.values.push(value);
    }

    /// How fast a count grew since it was last heard; nothing the first time, and when it began anew.
    fn rate(&mut self, at: Span, name: String, value: f64) -> Option<f64> {
        let (before, last) = self.counts.insert(name, (at, value))?;
        let passed = at.saturating_sub(before).seconds();
        (value >= last && passed > 0.0).then(|| (value - last) / passed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::http::testing::{Server, ok};
    use super::*;

    fn heard(samples: impl IntoIterator<Item = (u64, Sample)>) -> Heard {
        let mut heard = Heard::default();
        for (at, sample) in samples {
            heard.hear(Span::from_secs(at), Ok(vec![sample]));
        }
        heard
    }

    #[test]
    fn counts_become_rates_and_survive_a_restart() {
        let counts = [(0, 100.0), (1, 150.0), (3, 170.0), (4, 5.0), (5, 15.0)];
        let heard = heard(counts.map(|(at, value)| (at, Sample::count("requests", value))));
        let [series] = &heard.series[..] else { panic!("{heard:?}") };
        assert_eq!((&series.unit[..], &series.values[..]), ("1/s", &[50.0, 10.0, 10.0][..]));
        assert_eq!(series.t, [1, 3, 5].map(Span::from_secs));
    }

    #[test]
    fn series_and_values_are_bounded() {
        let many = (0..100).map(|n| (0, Sample::level(format!("queue {n}"), "1", 1.0)));
        let wide = heard(many);
        assert_eq!((wide.series.len(), wide.asked.left_out), (MOST_SERIES, 36));
        let long = (0..20_010).map(|at| (at, Sample::level("queue", "1", 1.0)));
        let long = heard(long);
        assert_eq!((long.series[0].values.len(), long.asked.left_out), (MOST_VALUES, 10));
    }

    fn watch_of(server: &Server, path: &str, speaks: Speaks) -> Watch {
        Watch { name: "router".into(), target: server.target(path), speaks }
    }

    #[test]
    fn sources_are_asked_again_and_again_and_failures_are_counted() {
        let server = Server::start(|number| match number {
            1 => "HTTP/1.1 500 no\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".into(),
            2 => ok("nonsense"),
            _ => ok(&format!("up 1\nserved_total {}\n", number * 10)),
        });
        let speaks = Speaks::Prometheus(vec!["up".into(), "served_total".into()]);
        let watch = vec![watch_of(&server, "", speaks)];
        let load = Load { watch, ..Load::default() };
        let every = Duration::from_millis(10);
        let watchers = Watchers::every(&load, &Allowed::default(), every).unwrap();
        let start = Instant::now();
        while watchers.sources[0].heard().asked.times < 5 {
            assert!(start.elapsed() < Duration::from_secs(60));
            std::thread::sleep(every);
        }
        let (series, asked) = watchers.finish();
        assert!(asked[0].times >= 5 && asked[0].failed == 2, "{asked:?}");
        let names: Vec<&str> = series.iter().map(|series| &series.name[..]).collect();
        assert_eq!(names, ["up", "served_total"]);
        assert!(series.iter().all(|series| series.source == "router"));
        assert!(series[0].values.len() >= 3 && series[1].values.iter().all(|rate| *rate > 0.0));
        assert!(server.asked()[0].starts_with("GET /metrics HTTP/1.1\r\n"));
    }

    #[test]
    fn a_source_that_never_answers_does_not_hold_up_the_end() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/stats;csv", silent.local_addr().unwrap());
        let target = sim::load::Target::parse(&url).unwrap();
        let watch = vec![Watch { name: "router".into(), target, speaks: Speaks::Haproxy }];
        let load = Load { watch, ..Load::default() };
        let watchers = Watchers::start(&load, &Allowed::default()).unwrap();
        let (series, asked) = watchers.finish();
        assert_eq!((series.len(), asked[0].failed), (0, 0));
    }
}

//! Asks all sources once a second, on a thread of its own, and keeps what they say.

use super::super::http::Http;
use super::heard::{Asked, Heard};
use super::{Kind, kind_of};
use crate::clock::Clock;
use crate::wire::{Allowed, Error};
use sim::experiment::TargetSeries;
use sim::load::{Load, Speaks, Watch};
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

/// Sources that are asked until this is dropped.
#[derive(Debug)]
pub struct Watchers {
    sources: Vec<Arc<Source>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Source {
    speaks: Speaks,
    heard: Mutex<Heard>,
}

impl Watchers {
    /// Begins to ask the scenario's sources; `t` of their series counts from `since`.
    ///
    /// # Errors
    /// Where a source's host is not allowed or unknown.
    pub fn start(load: &Load, allowed: &Allowed, since: Clock) -> Result<Watchers, Error> {
        Watchers::every(load, allowed, since, EVERY)
    }

    fn every(
        load: &Load,
        allowed: &Allowed,
        since: Clock,
        every: Duration,
    ) -> Result<Watchers, Error> {
        let (mut sources, mut ways) = (Vec::new(), Vec::new());
        for Watch { name, target, speaks } in &load.watch {
            let kind = kind_of(speaks);
            let heard = Mutex::new(Heard::of(name));
            let source = Arc::new(Source { speaks: speaks.clone(), heard });
            ways.push((Arc::clone(&source), kind, Http::new(load, target, kind.path, allowed)?));
            sources.push(source);
        }
        let ends = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&ends);
        let thread = (!ways.is_empty()).then(|| {
            let thread = std::thread::Builder::new().name("watchers".into());
            // Without a thread there are no series, and each source was asked no times.
            thread.spawn(move || watch(ways, since, every, &ended)).ok()
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

fn watch(ways: Vec<(Arc<Source>, Kind, Http)>, since: Clock, every: Duration, ends: &AtomicBool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async {
        let mut asking = JoinSet::new();
        for (source, kind, mut http) in ways {
            asking.spawn(async move {
                loop {
                    let next = Instant::now() + every;
                    let answer = http.get(PATIENCE).await;
                    let samples = answer.and_then(|text| (kind.read)(&source.speaks, &text));
                    source.heard().hear(since.now(), samples);
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

#[cfg(test)]
mod tests {
    use super::super::super::http::testing::{Server, ok};
    use super::*;

    fn clock() -> Clock {
        Clock::starting(Instant::now())
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
        let watchers = Watchers::every(&load, &Allowed::default(), clock(), every).unwrap();
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
        let rates = || series[1].values.iter().filter(|rate| !rate.is_nan());
        assert!(
            series[0].values.len() >= 3 && rates().count() > 0 && rates().all(|rate| *rate > 0.0)
        );
        assert!(server.asked()[0].starts_with("GET /metrics HTTP/1.1\r\n"));
    }

    #[test]
    fn a_source_that_never_answers_does_not_hold_up_the_end() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/stats;csv", silent.local_addr().unwrap());
        let target = sim::load::Target::parse(&url).unwrap();
        let watch = vec![Watch { name: "router".into(), target, speaks: Speaks::Haproxy }];
        let load = Load { watch, ..Load::default() };
        let watchers = Watchers::start(&load, &Allowed::default(), clock()).unwrap();
        let (series, asked) = watchers.finish();
        assert_eq!((series.len(), asked[0].failed), (0, 0));
    }
}

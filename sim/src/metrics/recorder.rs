//! What components tell of a run while it goes on.
//!
//! Requests are counted by client, queues and workers by app; wider scopes are sums. A request is
//! counted in the window in which it ends. Latency and waits go into histograms of every window that
//! is open, three digits each, and into one of two digits an interval.

use super::histogram::Counts;
use super::recovery::recover;
use super::scopes::{Scopes, Window};
use super::totals::Totals;
use super::{Cause, Series, Summary};
use crate::time::{SimTime, Span};
use serde::{Deserialize, Serialize};

/// The shape of what is recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The names of the apps.
    pub apps: Vec<String>,
    /// The names of the clients, each with the app that it asks.
    pub clients: Vec<(String, usize)>,
    /// When the measured time begins.
    pub begin: SimTime,
    /// The length of the measured time.
    pub duration: Span,
    /// The length of an interval of the series.
    pub interval: Span,
    /// Further windows of the measured time, from and to.
    pub windows: Vec<(Span, Span)>,
    /// The first fault's begin and the last one's end, in measured time.
    pub faults: Option<(Span, Span)>,
}

/// Records one run.
pub struct Recorder {
    plan: Plan,
    scopes: Scopes,
    totals: Totals,
    /// The first is the whole measured time.
    windows: Vec<Window>,
    interval: Interval,
    /// Attempts that wait, in all apps.
    queued: u64,
    digest: u64,
    /// Request by request, where that was asked for.
    diary: Option<Vec<Entry>>,
}

/// One success of a diary: which request it was, and its latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The client's place in the plan.
    pub client: u32,
    /// The request's number, unique in its client.
    pub number: u64,
    /// From its first send to its success.
    pub latency: Span,
}

/// A diary has no more entries; later successes are left out of it.
const LONGEST_DIARY: usize = 1_000_000;

/// The interval of the series that is being filled.
struct Interval {
    next_end: SimTime,
    open: bool,
    before: Totals,
    latency: Vec<Counts>,
    series: Vec<Series>,
}

impl Recorder {
    /// A recorder for a run of this shape, at the start of the simulation.
    pub fn new(plan: Plan) -> Recorder {
        let (apps, clients) = (plan.apps.len(), plan.clients.len());
        let totals = Totals {
            clients: vec![Default::default(); clients],
            apps: vec![Default::default(); apps],
        };
        let whole = (Span::ZERO, plan.duration);
        let windows = [whole]
            .into_iter()
            .chain(plan.windows.iter().copied())
            .map(|(from, to)| Window::new(plan.begin + from, plan.begin + to, clients, apps))
            .collect();
        let interval = Interval {
            next_end: plan.begin + plan.interval,
            open: false,
            before: totals.clone(),
            latency: vec![Counts::new(2); clients],
            series: Vec::new(),
        };
        let scopes = Scopes::new(&plan);
        let mut recorder =
            Recorder { plan, scopes, totals, windows, interval, queued: 0, digest: 0, diary: None };
        recorder.interval.series = recorder.scopes.empty_series();
        recorder
    }

    /// The same, with a diary of the first million successes of the measured time.
    pub fn with_diary(self) -> Recorder {
        Recorder { diary: Some(Vec::new()), ..self }
    }

    /// The instant at which the measured time ends.
    pub fn end(&self) -> SimTime {
        self.plan.begin + self.plan.duration
    }

    /// The next instant at which a window or an interval begins or ends.
    pub fn next_mark(&self) -> SimTime {
        let windows = self.windows.iter().map(Window::next_mark).min().unwrap_or(SimTime::NEVER);
        if self.interval.open { windows.min(self.interval.next_end) } else { windows }
    }

    /// Opens and closes what begins and ends at `mark`, before anything happens at that instant.
    pub fn pass(&mut self, mark: SimTime) {
        for window in &mut self.windows {
            window.pass(mark, &self.totals);
        }
        if mark == self.plan.begin {
            self.interval.open = true;
            self.interval.before = self.totals.at(mark);
        } else if self.interval.open && mark == self.interval.next_end {
            self.close_interval(mark);
        }
    }

    fn close_interval(&mut self, mark: SimTime) {
        let after = self.totals.at(mark);
        let interval = &mut self.interval;
        self.scopes.push_interval(
            &mut interval.series,
            &interval.before,
            &after,
            &interval.latency,
            self.plan.interval.seconds(),
        );
        interval.latency.iter_mut().for_each(Counts::clear);
        interval.before = after;
        interval.next_end += self.plan.interval;
        let end = self.plan.begin + self.plan.duration;
        interval.open = interval.next_end <= end;
    }

    /// A request begins.
    pub fn arrival(&mut self, now: SimTime, client: usize) {
        self.totals.clients[client].arrivals += 1;
        self.totals.clients[client].in_flight.add(now, 1);
    }

    /// A client sends an attempt.
    pub fn attempt(&mut self, client: usize) {
        self.totals.clients[client].attempts += 1;
    }

    /// A request ends well.
    pub fn success(&mut self, now: SimTime, client: usize, latency: Span) {
        let totals = &mut self.totals.clients[client];
        totals.successes += 1;
        totals.latency_nanos += u128::from(latency.nanos());
        totals.in_flight.sub(now, 1);
        for window in self.windows.iter_mut().filter(|window| window.is_open()) {
            window.latency[client].record(latency);
        }
        if self.interval.open {
            self.interval.latency[client].record(latency);
        }
        self.digest(now, client, latency.nanos());
    }

    /// Which request has just ended well, for the diary.
    #[inline]
    pub fn note(&mut self, client: usize, number: u64, latency: Span) {
        if let Some(diary) = &mut self.diary
            && diary.len() < LONGEST_DIARY
            && self.windows[0].is_open()
        {
            diary.push(Entry { client: client as u32, number, latency });
        }
    }

    /// The diary, in the order of the requests' ends; empty where none was asked for.
    pub fn take_diary(&mut self) -> Vec<Entry> {
        self.diary.take().unwrap_or_default()
    }

    /// A request ends badly.
    pub fn failure(&mut self, now: SimTime, client: usize, cause: Cause) {
        let totals = &mut self.totals.clients[client];
        totals.failures[cause as usize] += 1;
        totals.in_flight.sub(now, 1);
        self.digest(now, client, !(cause as u64));
    }

    /// An attempt's work begins after it was queued for `wait`.
    pub fn wait(&mut self, client: usize, wait: Span) {
        let totals = &mut self.totals.clients[client];
        totals.waits += 1;
        totals.wait_nanos += u128::from(wait.nanos());
        for window in self.windows.iter_mut().filter(|window| window.is_open()) {
            window.wait[client].record(wait);
        }
    }

    /// A dyno has finished an attempt.
    pub fn done(&mut self, app: usize) {
        self.totals.apps[app].done += 1;
    }

    /// An attempt begins to wait, in a router or a dyno.
    pub fn queued(&mut self, now: SimTime, app: usize) {
        self.totals.apps[app].queue.add(now, 1);
        let queue = self.totals.apps[app].queue.value;
        self.queued += 1;
        let all = self.queued;
        for window in self.windows.iter_mut().filter(|window| window.is_open()) {
            window.see_queue(app, queue, all);
        }
    }

    /// An attempt waits no longer.
    pub fn unqueued(&mut self, now: SimTime, app: usize) {
        self.totals.apps[app].queue.sub(now, 1);
        self.queued -= 1;
    }

    /// A worker begins to work.
    pub fn busy(&mut self, now: SimTime, app: usize) {
        self.totals.apps[app].busy.add(now, 1);
    }

    /// A worker stops working.
    pub fn unbusy(&mut self, now: SimTime, app: usize) {
        self.totals.apps[app].busy.sub(now, 1);
    }

    /// Workers of a dyno come up.
    pub fn workers_up(&mut self, now: SimTime, app: usize, workers: u32) {
        self.totals.apps[app].workers.add(now, u64::from(workers));
    }

    /// Workers of a dyno go down.
    pub fn workers_down(&mut self, now: SimTime, app: usize, workers: u32) {
        self.totals.apps[app].workers.sub(now, u64::from(workers));
    }

    /// Mixes the end of a request into the digest.
    fn digest(&mut self, now: SimTime, client: usize, end: u64) {
        for word in [now.nanos(), client as u64, end] {
            self.digest = (self.digest.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    /// Requests begun, ended well, ended badly since the simulation began.
    pub fn ledger(&self) -> (u64, u64, u64) {
        self.totals.clients.iter().fold((0, 0, 0), |(arrivals, successes, failures), client| {
            let failed: u64 = client.failures.iter().sum();
            (arrivals + client.arrivals, successes + client.successes, failures + failed)
        })
    }

    /// Attempts that wait and workers that work right now.
    pub fn levels(&self) -> (u64, u64) {
        self.totals
            .apps
            .iter()
            .fold((0, 0), |(queue, busy), app| (queue + app.queue.value, busy + app.busy.value))
    }

    /// The measures of the run, when its time is over.
    pub fn finish(self) -> Summary {
        let mut scopes = self.scopes.of_window(&self.windows[0]);
        recover(&mut scopes, &self.interval.series, &self.plan);
        let windows = self.windows[1..].iter().map(|w| self.scopes.of_window(w)).collect();
        Summary { digest: self.digest, scopes, windows, series: self.interval.series }
    }
}

#[cfg(test)]
mod tests;

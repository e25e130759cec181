//! Scopes: from totals and histograms to the measures of `all`, each app and each client.

use super::histogram::{Counts, Histogram};
use super::recorder::Plan;
use super::totals::{Sums, Totals};
use super::{CURVE, Cause, Metric, Scope, Series};
use crate::time::SimTime;

/// A window of time and what was recorded in it.
pub(super) struct Window {
    from: SimTime,
    to: SimTime,
    before: Option<Totals>,
    after: Option<Totals>,
    pub latency: Vec<Counts>,
    pub wait: Vec<Counts>,
    queue_max: Vec<u64>,
    queue_max_all: u64,
}

impl Window {
    pub fn new(from: SimTime, to: SimTime, clients: usize, apps: usize) -> Window {
        Window {
            from,
            to,
            before: None,
            after: None,
            latency: vec![Counts::new(3); clients],
            wait: vec![Counts::new(3); clients],
            queue_max: vec![0; apps],
            queue_max_all: 0,
        }
    }

    pub fn is_open(&self) -> bool {
        self.before.is_some() && self.after.is_none()
    }

    pub fn next_mark(&self) -> SimTime {
        match (&self.before, &self.after) {
            (None, _) => self.from,
            (Some(_), None) => self.to,
            (Some(_), Some(_)) => SimTime::NEVER,
        }
    }

    pub fn pass(&mut self, mark: SimTime, totals: &Totals) {
        if self.before.is_none() && mark == self.from {
            self.before = Some(totals.at(mark));
            for (app, queue) in totals.apps.iter().map(|app| app.queue.value).enumerate() {
                self.see_queue(app, queue, 0);
            }
            self.queue_max_all = totals.apps.iter().map(|app| app.queue.value).sum();
        } else if self.is_open() && mark == self.to {
            self.after = Some(totals.at(mark));
        }
    }

    pub fn see_queue(&mut self, app: usize, queue: u64, all: u64) {
        self.queue_max[app] = self.queue_max[app].max(queue);
        self.queue_max_all = self.queue_max_all.max(all);
    }
}

/// The scopes of a run, each with the clients and apps that it sums.
pub(super) struct Scopes(Vec<Member>);

/// A scope's name, and what it sums.
pub(super) struct Member {
    pub name: String,
    pub clients: Vec<usize>,
    pub apps: Vec<usize>,
    /// Whether it has series: `all`, and each app when there are several.
    pub series: bool,
}

impl Scopes {
    pub fn new(plan: &Plan) -> Scopes {
        let all = Member {
            name: "all".into(),
            clients: (0..plan.clients.len()).collect(),
            apps: (0..plan.apps.len()).collect(),
            series: true,
        };
        let apps = plan.apps.iter().enumerate().map(|(index, name)| Member {
            name: format!("app.{name}"),
            clients: (0..plan.clients.len()).filter(|&c| plan.clients[c].1 == index).collect(),
            apps: vec![index],
            series: plan.apps.len() > 1,
        });
        let clients = plan.clients.iter().enumerate().map(|(index, (name, _))| Member {
            name: format!("client.{name}"),
            clients: vec![index],
            apps: vec![],
            series: false,
        });
        Scopes([all].into_iter().chain(apps).chain(clients).collect())
    }

    /// The scopes, `all` first.
    pub fn members(&self) -> &[Member] {
        &self.0
    }

    /// The measures of every scope in a window that is over.
    pub fn of_window(&self, window: &Window) -> Vec<Scope> {
        let (Some(before), Some(after)) = (&window.before, &window.after) else {
            unreachable!("every window lies within the measured time")
        };
        let seconds = window.to.since(window.from).seconds();
        self.0
            .iter()
            .map(|member| {
                let sums = member.sums(before, after);
                let latency = merged(&window.latency, &member.clients);
                let wait = merged(&window.wait, &member.clients);
                let mut values = rates(&sums, seconds, !member.apps.is_empty());
                values.extend(quantiles(&latency, &wait));
                if let &[app] = member.apps.as_slice() {
                    values.push((Metric::QueueMax, window.queue_max[app] as f64));
                } else if !member.apps.is_empty() {
                    values.push((Metric::QueueMax, window.queue_max_all as f64));
                }
                values.sort_by_key(|(metric, _)| *metric);
                let name = member.name.clone();
                Scope { name, values, latency_curve: latency_curve(&latency) }
            })
            .collect()
    }

    /// The series to be filled, in their order.
    pub fn empty_series(&self) -> Vec<Series> {
        let metrics: Vec<Metric> = Metric::all().filter(|&metric| has_series(metric)).collect();
        let of = |member: &Member| {
            let scope = member.name.clone();
            let series = move |&metric| Series { scope: scope.clone(), metric, values: vec![] };
            metrics.iter().map(series).collect::<Vec<_>>()
        };
        self.0.iter().filter(|member| member.series).flat_map(of).collect()
    }

    /// Adds one interval to every series.
    pub fn push_interval(
        &self,
        series: &mut [Series],
        before: &Totals,
        after: &Totals,
        latency: &[Counts],
        seconds: f64,
    ) {
        let metrics = Metric::all().filter(|&metric| has_series(metric)).count();
        let members = self.0.iter().filter(|member| member.series);
        for (member, series) in members.zip(series.chunks_mut(metrics)) {
            let sums = member.sums(before, after);
            let mut values = rates(&sums, seconds, true);
            let latency = merged(latency, &member.clients);
            if !latency.is_empty() {
                values.push((Metric::LatencyP50, latency.quantile(0.5)));
                values.push((Metric::LatencyP99, latency.quantile(0.99)));
            }
            for one in series {
                let value = values.iter().find(|(metric, _)| *metric == one.metric);
                one.values.push(value.map_or(f64::NAN, |(_, value)| *value));
            }
        }
    }
}

impl Member {
    fn sums(&self, before: &Totals, after: &Totals) -> Sums {
        Sums::between(before, after, self.clients.iter().copied(), self.apps.iter().copied())
    }
}

/// Whether a metric has a value an interval.
fn has_series(metric: Metric) -> bool {
    if let Metric::Errors(cause) = metric {
        return !cause.is_of_load_test();
    }
    !matches!(
        metric,
        Metric::LatencyP90
            | Metric::LatencyP95
            | Metric::LatencyP999
            | Metric::LatencyMax
            | Metric::WaitP50
            | Metric::WaitP99
            | Metric::WaitMax
            | Metric::QueueMax
            | Metric::Recovery
            | Metric::ServiceMean
            | Metric::ServiceP50
            | Metric::ServiceP99
            | Metric::ServiceMax
            | Metric::LateP50
            | Metric::LateP99
            | Metric::LateMax
            | Metric::Users
    )
}

/// What some clients counted, together.
pub(super) fn merged(counts: &[Counts], clients: &[usize]) -> Histogram {
    Histogram::of(clients.iter().map(|&client| &counts[client]), 3)
}

/// The measures that are counts over time or over counts. Those of dynos need the scope to have
/// dynos.
pub(super) fn rates(sums: &Sums, seconds: f64, has_dynos: bool) -> Vec<(Metric, f64)> {
    let failures: u64 = sums.failures.iter().sum();
    let ended = sums.successes + failures;
    let mut values = vec![
        (Metric::Arrivals, sums.arrivals as f64 / seconds),
        (Metric::Goodput, sums.successes as f64 / seconds),
        (Metric::InFlightMean, sums.in_flight / seconds),
    ];
    for cause in Cause::ALL.into_iter().filter(|cause| !cause.is_of_load_test()) {
        let failed = sums.failures[cause as usize] as f64;
        values.push((Metric::Errors(cause), failed / seconds));
    }
    if ended > 0 {
        values.push((Metric::ErrorRate, failures as f64 / ended as f64));
    }
    if sums.successes > 0 {
        let nanos = sums.latency_nanos as f64 / sums.successes as f64;
        values.push((Metric::LatencyMean, nanos / 1e9));
    }
    if sums.waits > 0 {
        let nanos = sums.wait_nanos as f64 / sums.waits as f64;
        values.push((Metric::WaitMean, nanos / 1e9));
    }
    if sums.arrivals > 0 {
        let attempts = sums.attempts as f64 / sums.arrivals as f64;
        values.push((Metric::AttemptsPerRequest, attempts));
    }
    if has_dynos {
        values.push((Metric::Throughput, sums.done as f64 / seconds));
        values.push((Metric::QueueMean, sums.queue / seconds));
        if sums.workers > 0.0 {
            values.push((Metric::Utilization, sums.busy / sums.workers));
        }
    }
    values
}

/// Latency at the quantiles of [`CURVE`]; empty without successes.
pub(super) fn latency_curve(latency: &Histogram) -> Vec<f64> {
    let curve = CURVE.iter().map(|&quantile| latency.quantile(quantile));
    if latency.is_empty() { vec![] } else { curve.collect() }
}

/// The measures that come from histograms; none where nothing was recorded.
pub(super) fn quantiles(latency: &Histogram, wait: &Histogram) -> Vec<(Metric, f64)> {
    let mut values = Vec::new();
    if !latency.is_empty() {
        for (metric, quantile) in [
            (Metric::LatencyP50, 0.5),
            (Metric::LatencyP90, 0.9),
            (Metric::LatencyP95, 0.95),
            (Metric::LatencyP99, 0.99),
            (Metric::LatencyP999, 0.999),
        ] {
            values.push((metric, latency.quantile(quantile)));
        }
        values.push((Metric::LatencyMax, latency.longest()));
    }
    if !wait.is_empty() {
        values.push((Metric::WaitP50, wait.quantile(0.5)));
        values.push((Metric::WaitP99, wait.quantile(0.99)));
        values.push((Metric::WaitMax, wait.longest()));
    }
    values
}

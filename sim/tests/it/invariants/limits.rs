//! What the settings bound, and laws that hold exactly: read off the measures alone.

use sim::fault::Fault;
use sim::metrics::{Cause, Metric, Summary};
use sim::platform::{Platform, Source};
use sim::time::Span;
use sim::units::Limit;

/// A run's measures with what they are measures of.
pub struct Run<'r> {
    /// What was run.
    pub platform: &'r Platform,
    /// What it says of itself.
    pub summary: &'r Summary,
    /// Whether requests stopped coming, and none is to be under way at the end.
    pub ends: bool,
}

impl Run<'_> {
    fn of(&self, scope: &str, metric: Metric) -> f64 {
        self.summary.value(scope, metric).unwrap_or(0.0)
    }

    /// How often something happened that is measured a second.
    fn count(&self, scope: &str, metric: Metric) -> f64 {
        self.of(scope, metric) * self.platform.timing.duration.seconds()
    }

    /// What is broken, if anything is.
    pub fn broken(&self) -> Option<String> {
        self.clients().or_else(|| self.apps()).or_else(|| self.books())
    }

    /// Whether all that happened was measured.
    fn is_whole(&self) -> bool {
        self.platform.timing.warmup == Span::ZERO
    }

    /// Whether an event turns this setting.
    fn is_turned(&self, setting: &str) -> bool {
        let knobs = self.platform.events.iter().flat_map(|event| event.knobs.iter().flatten());
        knobs.into_iter().any(|knob| format!("{knob:?}").starts_with(setting))
    }

    /// Every request ends once and, by Little's law, what is under way is what comes times how long
    /// it stays: exactly so when all of it is measured.
    fn books(&self) -> Option<String> {
        let scopes = self.summary.scopes.iter().map(|scope| scope.name.as_str());
        for scope in scopes {
            let came = self.count(scope, Metric::Arrivals);
            let good = self.count(scope, Metric::Goodput);
            let failures = Cause::ALL.map(|cause| self.count(scope, Metric::Errors(cause)));
            let ended = good + failures.iter().sum::<f64>();
            let slack = 1e-6 * (1.0 + came);
            if self.is_whole() && ended > came + slack {
                return Some(format!("in {scope} {came} requests came and {ended} ended"));
            }
            if self.ends && self.is_whole() && ended < came - slack {
                return Some(format!("in {scope} {came} requests came and only {ended} ended"));
            }
            let under_way = self.count(scope, Metric::InFlightMean);
            let stayed = good * self.of(scope, Metric::LatencyMean);
            let little = 1e-6 * (1.0 + under_way);
            let all_good = good > came - slack;
            if self.ends && self.is_whole() && stayed > under_way + little
                || self.ends && self.is_whole() && all_good && stayed < under_way - little
            {
                return Some(format!(
                    "in {scope} successes took {stayed} s, and {under_way} s were under way"
                ));
            }
        }
        None
    }

    /// No client has more under way, waits longer or tries more often than it may.
    fn clients(&self) -> Option<String> {
        for client in &self.platform.clients {
            let scope = &format!("client.{}", client.name);
            let under_way = self.of(scope, Metric::InFlightMean);
            if let Source::Closed { users, .. } = &client.source
                && under_way > f64::from(*users) + 1e-9
            {
                return Some(format!("{users} users of {scope} have {under_way} under way"));
            }
            let most = client.retry.attempts + u32::from(client.hedge.is_some());
            let tries = self.of(scope, Metric::AttemptsPerRequest);
            if self.is_whole() && tries > f64::from(most) + 1e-9 {
                return Some(format!("{scope} tries {tries} times and may {most} times"));
            }
            let sent = tries * self.count(scope, Metric::Arrivals);
            let guarded = client.breaker.is_some() || client.throttle.is_some();
            if self.is_whole() && !guarded && sent < self.count(scope, Metric::Arrivals) - 1e-6 {
                return Some(format!("{scope} has sent {sent} attempts only"));
            }
            let longest = self.of(scope, Metric::LatencyMax);
            let deadline = client.deadline.span().seconds();
            if !self.is_turned("Deadline") && longest > deadline {
                return Some(format!("{scope} waited {longest} s, past its deadline"));
            }
            let timeout = client.timeout.span().seconds();
            if !self.is_turned("Timeout") && most == 1 && longest > timeout {
                return Some(format!("{scope} waited {longest} s for its only attempt"));
            }
        }
        None
    }

    /// No app has more queued or admitted than it may.
    fn apps(&self) -> Option<String> {
        let Platform { mesh, events, .. } = self.platform;
        for app in &self.platform.apps {
            let scope = &format!("app.{}", app.name);
            let good = self.count(scope, Metric::Goodput);
            let done = self.count(scope, Metric::Throughput);
            if self.is_whole() && good > done + 1e-6 {
                return Some(format!("{scope} finished {done} attempts of {good} successes"));
            }
            if let Some(admission) = &app.admission
                && let Limit::At(rate) = admission.rate
                && self.is_whole()
                && !self.is_turned("Admission")
            {
                let seconds = self.platform.timing.duration.seconds();
                let burst = f64::from(admission.burst);
                let admitted = rate.0 * seconds + burst + f64::from(mesh.routers);
                if done > admitted {
                    return Some(format!("{scope} finished {done} attempts, {admitted} admitted"));
                }
            }
            // A dyno that shuts down keeps its backlog while another one is in its place.
            let moves = events.iter().any(|event| matches!(event.event.fault, Fault::Scale(_)));
            if moves || app.idle_after.span() < Span::MAX {
                continue;
            }
            let dynos = f64::from(app.dynos);
            let here = f64::from(app.process.backlog.count()) * dynos;
            let routers = f64::from(mesh.backlog.count()) * f64::from(mesh.routers) * dynos;
            let queued = self.of(scope, Metric::QueueMax);
            if queued > here + routers {
                return Some(format!("{scope} has {queued} queued, more than {here} + {routers}"));
            }
        }
        None
    }
}

//! What is measured: the names, units and meanings of all metrics.

use super::Cause;

/// One measure of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// Requests that began, a second.
    Arrivals,
    /// Requests that succeeded within the client's timeout, a second.
    Goodput,
    /// Attempts that dynos finished, wanted or not, a second.
    Throughput,
    /// Failed requests over ended requests.
    ErrorRate,
    /// Requests that failed for one cause, a second.
    Errors(Cause),
    /// Mean latency of successes.
    LatencyMean,
    /// Quantiles of latency, of successes.
    LatencyP50,
    /// The 90th percentile.
    LatencyP90,
    /// The 95th percentile.
    LatencyP95,
    /// The 99th percentile.
    LatencyP99,
    /// The 99.9th percentile.
    LatencyP999,
    /// The largest latency of a success.
    LatencyMax,
    /// Mean time an attempt was queued in routers and dynos before its work began.
    WaitMean,
    /// The median of the same.
    WaitP50,
    /// The 99th percentile of the same.
    WaitP99,
    /// The largest of the same.
    WaitMax,
    /// Attempts sent over requests begun.
    AttemptsPerRequest,
    /// Busy workers, or cores, over those of dynos that are up.
    Utilization,
    /// Mean number of requests between their first send and their end.
    InFlightMean,
    /// Mean number of attempts queued in routers and dynos.
    QueueMean,
    /// The largest number of attempts queued at once.
    QueueMax,
    /// Time from the last fault's end until goodput is back above 95 % of before.
    Recovery,
    /// Mean time from the actual send of an attempt to its answer; of a load test.
    ServiceMean,
    /// The median of the same.
    ServiceP50,
    /// The 99th percentile of the same.
    ServiceP99,
    /// The largest of the same.
    ServiceMax,
    /// The median of how late the load generator itself sent, after the intended start.
    LateP50,
    /// The 99th percentile of the same.
    LateP99,
    /// The largest of the same.
    LateMax,
    /// Mean number of users that the load generator ran.
    Users,
}

impl Metric {
    /// All metrics, in the order of reports.
    pub fn all() -> impl Iterator<Item = Metric> {
        use Metric::*;
        let before = [Arrivals, Goodput, Throughput, ErrorRate];
        let after = [
            LatencyMean,
            LatencyP50,
            LatencyP90,
            LatencyP95,
            LatencyP99,
            LatencyP999,
            LatencyMax,
            WaitMean,
            WaitP50,
            WaitP99,
            WaitMax,
            AttemptsPerRequest,
            Utilization,
            InFlightMean,
            QueueMean,
            QueueMax,
            Recovery,
            ServiceMean,
            ServiceP50,
            ServiceP99,
            ServiceMax,
            LateP50,
            LateP99,
            LateMax,
            Users,
        ];
        before.into_iter().chain(Cause::ALL.map(Errors)).chain(after)
    }

    /// The name in files and expectations.
    pub const fn name(self) -> &'static str {
        match self {
            Metric::Arrivals => "arrivals",
            Metric::Goodput => "goodput",
            Metric::Throughput => "throughput",
            Metric::ErrorRate => "error_rate",
            Metric::Errors(cause) => match cause {
                Cause::Timeout => "errors_timeout",
                Cause::Deadline => "errors_deadline",
                Cause::H10 => "errors_h10",
                Cause::H11 => "errors_h11",
                Cause::H12 => "errors_h12",
                Cause::H13 => "errors_h13",
                Cause::H14 => "errors_h14",
                Cause::H19 => "errors_h19",
                Cause::H20 => "errors_h20",
                Cause::H21 => "errors_h21",
                Cause::H99 => "errors_h99",
                Cause::Failed => "errors_failed",
                Cause::H22 => "errors_h22",
                Cause::RateLimited => "errors_rate_limited",
                Cause::Concurrency => "errors_concurrency",
                Cause::Codel => "errors_codel",
                Cause::Stale => "errors_stale",
                Cause::Shed => "errors_shed",
                Cause::Breaker => "errors_breaker",
                Cause::Throttled => "errors_throttled",
                Cause::Dropped => "errors_dropped",
                Cause::Connect => "errors_connect",
                Cause::Reset => "errors_reset",
                Cause::Tls => "errors_tls",
                Cause::Malformed => "errors_malformed",
                Cause::TooLarge => "errors_too_large",
                Cause::Redirect => "errors_redirect",
                Cause::Status => "errors_status",
                Cause::Check => "errors_check",
            },
            Metric::LatencyMean => "latency_mean",
            Metric::LatencyP50 => "latency_p50",
            Metric::LatencyP90 => "latency_p90",
            Metric::LatencyP95 => "latency_p95",
            Metric::LatencyP99 => "latency_p99",
            Metric::LatencyP999 => "latency_p999",
            Metric::LatencyMax => "latency_max",
            Metric::WaitMean => "wait_mean",
            Metric::WaitP50 => "wait_p50",
            Metric::WaitP99 => "wait_p99",
            Metric::WaitMax => "wait_max",
            Metric::AttemptsPerRequest => "attempts_per_request",
            Metric::Utilization => "utilization",
            Metric::InFlightMean => "in_flight_mean",
            Metric::QueueMean => "queue_mean",
            Metric::QueueMax => "queue_max",
            Metric::Recovery => "recovery",
            Metric::ServiceMean => "service_mean",
            Metric::ServiceP50 => "service_p50",
            Metric::ServiceP99 => "service_p99",
            Metric::ServiceMax => "service_max",
            Metric::LateP50 => "late_p50",
            Metric::LateP99 => "late_p99",
            Metric::LateMax => "late_max",
            Metric::Users => "users",
        }
    }

    /// The metric called `name`.
    pub fn parse(name: &str) -> Option<Metric> {
        Metric::all().find(|metric| metric.name() == name)
    }

    /// The SI unit: `s`, `1/s`, `ratio`, or `1` for a plain count.
    pub const fn unit(self) -> &'static str {
        match self {
            Metric::Arrivals | Metric::Goodput | Metric::Throughput | Metric::Errors(_) => "1/s",
            Metric::ErrorRate | Metric::AttemptsPerRequest | Metric::Utilization => "ratio",
            Metric::InFlightMean | Metric::QueueMean | Metric::QueueMax | Metric::Users => "1",
            _ => "s",
        }
    }

    /// One line for people.
    pub const fn summary(self) -> &'static str {
        match self {
            Metric::Arrivals => "requests that began, a second",
            Metric::Goodput => "successes within the client's timeout, a second",
            Metric::Throughput => "attempts that dynos finished, wanted or not, a second",
            Metric::ErrorRate => "failed requests over ended requests",
            Metric::Errors(cause) => cause.summary(),
            Metric::LatencyMean => "mean time from first send to success",
            Metric::LatencyP50 => "median latency of successes",
            Metric::LatencyP90 => "90th percentile of latency",
            Metric::LatencyP95 => "95th percentile of latency",
            Metric::LatencyP99 => "99th percentile of latency",
            Metric::LatencyP999 => "99.9th percentile of latency",
            Metric::LatencyMax => "largest latency",
            Metric::WaitMean => "mean time queued in routers and dynos",
            Metric::WaitP50 => "median time queued",
            Metric::WaitP99 => "99th percentile of time queued",
            Metric::WaitMax => "longest time queued",
            Metric::AttemptsPerRequest => "attempts sent over requests begun",
            Metric::Utilization => "busy workers or cores over those that are up",
            Metric::InFlightMean => "mean number of requests under way",
            Metric::QueueMean => "mean number of attempts queued",
            Metric::QueueMax => "most attempts queued at once",
            Metric::Recovery => "time from the last fault's end until goodput is back above 95 %",
            Metric::ServiceMean => "mean time from the actual send to success",
            Metric::ServiceP50 => "median time from the actual send",
            Metric::ServiceP99 => "99th percentile of the same",
            Metric::ServiceMax => "longest of the same",
            Metric::LateP50 => "median time by which the generator sent late",
            Metric::LateP99 => "99th percentile of the same",
            Metric::LateMax => "longest of the same",
            Metric::Users => "mean number of users of the load generator",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_parse_back() {
        for metric in Metric::all() {
            assert_eq!(Metric::parse(metric.name()), Some(metric));
        }
    }
    #[test]
    fn metrics_come_in_their_order_with_their_units() {
        use Metric::*;
        let all: Vec<Metric> = Metric::all().collect();
        assert!(all.is_sorted_by(|one, other| one < other));
        assert!(all.iter().all(|metric| !metric.summary().is_empty()));
        for (unit, metrics) in [
            ("1/s", [Arrivals, Goodput, Throughput, Errors(Cause::H12)]),
            ("s", [LatencyMean, LatencyP999, WaitMax, Recovery]),
            ("1", [InFlightMean, QueueMean, QueueMax, QueueMax]),
            ("ratio", [ErrorRate, AttemptsPerRequest, Utilization, Utilization]),
        ] {
            assert_eq!(metrics.map(Metric::unit), [unit; 4]);
        }
    }
}

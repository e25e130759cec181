//! What `sim explain` says of things that are no kinds: causes, metrics, and the words of the model.

use crate::metrics::{Cause, Metric};

/// The words of scenarios and reports, each with its meaning.
pub(super) const WORDS: &[(&str, &str)] = &[
    ("app", "a tenant: its endpoints, its dynos and its state"),
    ("dyno", "one running copy of an app, with a process that serves"),
    ("router", "one node of the mesh, between clients and dynos"),
    ("mesh", "all routers together"),
    ("manager", "starts, stops and restarts dynos"),
    ("bus", "carries news of dynos and apps from the manager to the routers, with a delay"),
    ("client", "a population that sends requests: open (arrivals) or closed (users)"),
    ("request", "what a client wants, from its first send to its answer or its giving up"),
    ("attempt", "one try of a request by its client; a retry and a hedge are further ones"),
    ("dispatch", "one try of a router to hand an attempt to a dyno"),
    ("hedge", "a second attempt beside the first, sent when no answer has come for a while"),
    ("wait", "time spent queued, in a router or in a dyno's listen backlog"),
    ("work", "time spent being served, the service time"),
    ("latency", "of a request: from its first send to its success; failures have none"),
    ("hop", "the network's delay, one way"),
    ("quarantine", "a router leaves a dyno alone for a while that it could not connect to"),
    ("event", "what happens at a time that the scenario names: a fault or an operator's action"),
    ("variant", "the scenario with some settings changed"),
    ("replication", "the same variant with other chance"),
    ("expectation", "a condition on the measures that must hold"),
    (
        "key",
        "what a request is about, such as an object; balancers that hash send equal keys to one dyno",
    ),
];

/// What a cause of failure means, and what leads to it.
pub(super) const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Timeout => {
            "No answer came within the client's `timeout` of the last attempt's sending, and no try was left. The dyno works on unless the client `cancels`."
        }
        Cause::Deadline => {
            "The request's `deadline` passed, all attempts and the waits between them together."
        }
        Cause::H10 => {
            "Every dyno of the app has crashed and waits for its restart, so the router answers at once. See `restart` of the app, and `crash`."
        }
        Cause::H11 => {
            "The router already kept `mesh.backlog` times the dynos' number of the app's attempts waiting. Heroku's answer to more work than there are dynos for."
        }
        Cause::H12 => {
            "The dyno did not answer within `mesh.first-byte` of the dispatch. The router gives up and the dyno works on, so it is busier than the router believes."
        }
        Cause::H13 => "The dyno died, or did not shut down in time, with the attempt in its hands.",
        Cause::H14 => "The app is scaled to no dynos.",
        Cause::H19 => {
            "Connecting took longer than `mesh.connect` on the last dispatch allowed, as at dynos that are frozen with a full listen backlog."
        }
        Cause::H20 => "The app did not boot within `mesh.boot-wait`.",
        Cause::H21 => {
            "A dyno refused the connection on the last dispatch allowed: its listen backlog was full, or it was not up."
        }
        Cause::H99 => {
            "All dynos stayed in quarantine for `mesh.quarantine-wait`: an error of the platform."
        }
        Cause::Failed => "A dyno answered with an error of its own, an HTTP 5xx.",
        Cause::H22 => "The router held as many attempts as it may.",
        Cause::RateLimited => "The router's token bucket for the app was empty: an HTTP 429.",
        Cause::Concurrency => "The router's adaptive limit of attempts under way was reached.",
        Cause::Codel => {
            "The router's queue had stood for too long, and CoDel dropped the attempt from it."
        }
        Cause::Stale => "Nobody waited any more when the attempt left the router's queue.",
        Cause::Shed => "The router sheds load and the request's criticality was too low.",
        Cause::Breaker => {
            "The client's `breaker` was open, or as many attempts were under way as it allows. Nothing was sent, and nothing is tried again."
        }
        Cause::Throttled => {
            "The client's `throttle` held the request back, because few of its last ones were accepted. Nothing was sent, and nothing is tried again."
        }
        of_load_tests => load_test_cause(of_load_tests),
    }
}

/// The same for causes that only a load test can meet.
const fn load_test_cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Dropped => {
            "An arrival came and every user of the load generator was waiting for an answer. It is counted, never sent later in silence. Load tests only."
        }
        Cause::Connect => {
            "The target refused the connection, could not be reached, or did not accept in time. Load tests only."
        }
        Cause::Reset => {
            "The target closed or reset the connection before its answer had ended, as a router does that is killed. Load tests only."
        }
        Cause::Tls => {
            "The TLS handshake failed, or the certificate is not trusted; see `load.roots`. Load tests only."
        }
        Cause::Malformed => {
            "The answer broke the protocol: a head that is no HTTP, a length that is not kept, a packed body that cannot be unpacked. Load tests only."
        }
        Cause::TooLarge => {
            "The answer's head or its unpacked body was longer than `load.bounds` allow; it was read no further. Load tests only."
        }
        Cause::Redirect => {
            "A redirect led to a host that is not allowed, or there were more than `load.bounds.redirects`. Load tests only."
        }
        Cause::Status => {
            "The answer's status was not one of those that the request expects, and below 500. Load tests only."
        }
        Cause::Check => {
            "The status was right, but a header or the body was not what the request expects. Load tests only."
        }
        _ => panic!("a simulation can meet it"),
    }
}

/// How a metric is measured.
pub(super) fn metric(metric: Metric) -> String {
    let how = match metric {
        Metric::Arrivals => "Requests that begin in the window.",
        Metric::Goodput => {
            "Requests that end in the window with a success, each within the `timeout` of its attempt and its `deadline`."
        }
        Metric::Throughput => {
            "Attempts that dynos finish, also those that nobody waits for any more."
        }
        Metric::ErrorRate => "Failures over requests that end in the window.",
        Metric::Errors(reason) => {
            let unit = unit(metric);
            return format!(
                "Requests that end in the window with this cause as their last. {} {unit}",
                cause(reason)
            );
        }
        Metric::LatencyMean | Metric::LatencyMax => {
            "From a request's first send to its success, exact. Failures have no latency: they are counted by cause."
        }
        Metric::LatencyP50
        | Metric::LatencyP90
        | Metric::LatencyP95
        | Metric::LatencyP99
        | Metric::LatencyP999 => {
            "From a request's first send to its success, read off a histogram of three digits. Failures have no latency: they are counted by cause."
        }
        Metric::WaitMean | Metric::WaitMax | Metric::WaitP50 | Metric::WaitP99 => {
            "How long an attempt was queued in router and dyno before its work began, counted when it begins. Hops are no wait."
        }
        Metric::AttemptsPerRequest => {
            "Attempts sent, retries and hedges included, over requests begun. What a client holds back is no attempt."
        }
        Metric::Utilization => {
            "Busy workers over workers of dynos that are up, both as areas over time. A frozen worker is busy with what it holds."
        }
        Metric::InFlightMean => "Requests between their first send and their end, mean over time.",
        Metric::QueueMean | Metric::QueueMax => "Attempts queued in routers and dynos.",
        Metric::Recovery => {
            "From the end of the last fault until goodput is back above 95 % of its mean before the first: the first stretch of intervals that should hold 1,000 successes counts. Infinite when it never comes back, no value without a fault."
        }
        Metric::ServiceMean | Metric::ServiceP50 | Metric::ServiceP99 | Metric::ServiceMax => {
            "From the moment at which the load generator really sent the last attempt to its success. Latency counts from the intended start; where the two differ, the generator or its users were not free. Load tests only."
        }
        Metric::LateP50 | Metric::LateP99 | Metric::LateMax => {
            "How long after its intended start the load generator sent a request, because of its own scheduling. Load tests only."
        }
        Metric::Users => "Users that the load generator ran, mean over time. Load tests only.",
    };
    format!("{how} {}", unit(metric))
}

/// A metric's unit in words.
fn unit(metric: Metric) -> &'static str {
    match metric.unit() {
        "1/s" => "A rate, in 1/s.",
        "ratio" => "A ratio.",
        "s" => "A time, in seconds.",
        _ => "A count.",
    }
}

/// An expectation that uses a metric.
pub(super) fn expectation(metric: Metric) -> String {
    let bound = match (metric, metric.unit()) {
        (Metric::Goodput | Metric::Throughput | Metric::Arrivals, _) => "> 100/s",
        (Metric::AttemptsPerRequest, _) => "< 1.2",
        (_, "1/s") => "< 1/s",
        (_, "ratio") => "< 1%",
        (_, "s") => "< 2s",
        _ => "< 100",
    };
    format!("[[expect]]\nthat = \"{} {bound}\"", metric.name())
}

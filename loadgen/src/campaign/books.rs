//! Both sides of the books: what became of what users sent, and what the platform was asked.

use crate::stage::Counts;
use sim::metrics::{Cause, Counted};

/// Causes of attempts that a platform never saw, or may not have seen.
const NEVER_SENT: [Cause; 2] = [Cause::Dropped, Cause::Connect];

/// What became of all that the users of a variant sent in all its steps, in a line; beside it what its
/// platform counted, where that was started here.
pub(super) fn told(variant: &str, sent: &Counted, counts: Option<&Counts>) -> String {
    let mut text = format!(
        "{variant}, books: {} requests = {} successes + {} failures{} + {} under way; \
         {} attempts sent",
        sent.arrivals,
        sent.successes,
        sent.ended() - sent.successes,
        by_cause(sent),
        sent.arrivals - sent.ended(),
        sent.attempts,
    );
    text.extend(counts.map(by_platform));
    let unseen: u64 = NEVER_SENT.iter().map(|cause| sent.failed(*cause)).sum();
    if unseen > 0 {
        text.push_str(&format!(
            " ({unseen} requests were never sent: no free user, or no connection)"
        ));
    }
    text
}

/// How many failed for each cause that was met: ` (3 connect, 1 reset)`.
fn by_cause(sent: &Counted) -> String {
    let met = Cause::ALL.iter().filter(|cause| sent.failed(**cause) > 0);
    let met: Vec<String> =
        met.map(|cause| format!("{} {}", sent.failed(*cause), cause.name())).collect();
    if met.is_empty() { String::new() } else { format!(" ({})", met.join(", ")) }
}

/// What came to a platform's parts.
fn by_platform(counts: &Counts) -> String {
    let arrived: u64 = counts.dynos.iter().map(|dyno| dyno.arrived).sum();
    // A program that has ended no longer tells.
    let router = match counts.router.requests {
        0 if arrived > 0 => "the router does not tell how many came to it".to_string(),
        requests => format!("{requests} came to the router"),
    };
    format!(", {router}, {arrived} to dynos, which finished {}", counts.finished())
}

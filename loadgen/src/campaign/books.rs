//! Both sides of the books: what users sent, and what the platform was asked.

use crate::stage::Counts;
use sim::metrics::{Cause, Counted};

/// Causes of attempts that a platform never saw, or may not have seen.
const NEVER_SENT: [Cause; 2] = [Cause::Dropped, Cause::Connect];

/// What the users of a variant sent in all its steps beside what its platform counted, in a line.
pub(super) fn compared(variant: &str, sent: &Counted, counts: &Counts) -> String {
    let failed = sent.ended() - sent.successes;
    let arrived: u64 = counts.dynos.iter().map(|dyno| dyno.arrived).sum();
    // A program that has ended no longer tells.
    let router = match counts.router.requests {
        0 if arrived > 0 => "the router does not tell how many came to it".to_string(),
        requests => format!("{requests} came to the router"),
    };
    let mut text = format!(
        "{variant}, books: {} requests = {} successes + {failed} failures + {} under way; \
         {} attempts sent, {router}, {arrived} to dynos, which finished {}",
        sent.arrivals,
        sent.successes,
        sent.arrivals - sent.ended(),
        sent.attempts,
        counts.finished()
    );
    let unseen: u64 = NEVER_SENT.iter().map(|cause| sent.failed(*cause)).sum();
    if unseen > 0 {
        text.push_str(&format!(
            " ({unseen} requests were never sent: no free user, or no connection)"
        ));
    }
    text
}

//! Both sides of the books: what users sent, and what the platform was asked.

use super::layout::Done;
use crate::stage::Counts;
use sim::metrics::{Cause, Counted};

/// Causes of attempts that a platform never saw, or may not have seen.
const NEVER_SENT: [Cause; 2] = [Cause::Dropped, Cause::Connect];

/// What the users of a variant sent beside what its platform counted, in a line or two.
pub(super) fn compared<'d>(
    variant: &str,
    done: impl Iterator<Item = &'d Done>,
    counts: &Counts,
) -> Vec<String> {
    let mut sent = Counted::default();
    done.for_each(|done| sent.add(&done.counted));
    let failed = sent.ended() - sent.successes;
    let arrived: u64 = counts.dynos.iter().map(|dyno| dyno.arrived).sum();
    let mut text = format!(
        "{variant}, books: {} requests = {} successes + {failed} failures + {} under way; \
         {} attempts sent, {} came to the router, {arrived} to dynos, which finished {}",
        sent.arrivals,
        sent.successes,
        sent.arrivals - sent.ended(),
        sent.attempts,
        counts.router.requests,
        counts.finished()
    );
    let unseen: u64 = NEVER_SENT.iter().map(|cause| sent.failed(*cause)).sum();
    if unseen > 0 {
        text.push_str(&format!(
            " ({unseen} requests were never sent: no free user, or no connection)"
        ));
    }
    vec![text]
}
